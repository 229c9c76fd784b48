"""Sample data for the demo, plainly marked as such: people and their phones, officers, two campaigns.

Everything follows from the position in a list, so two demos look alike; numbers are such that nobody can own.
"""

import json
import os
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import transaction

from campaigns import launch
from campaigns.audience import Audience
from campaigns.models import Batch, Campaign, CampaignText, Case, Recipient
from core import people, trips
from core.accounts import one_time_password, open_account
from core.models import ContactPoint, Officer
from core.officers import Role
from telephony.messages import Channel, DeliveryStatus
from telephony.numbers import synthetic
from telephony.senders import Sender

PEOPLE: Final = 320
OFFICERS: Final[Mapping[str, Role]] = {
    "author": Role.AUTHOR,
    "approver": Role.APPROVER,
    "cases": Role.CASE_OFFICER,
    "analyst": Role.ANALYST,
    "admin": Role.ADMIN,
}
LOGINS_FILE: Final = "demo-logins.json"

_FIRST_NUMBER: Final = 200  # the numbers below are left to a newcomer's own phones
_TWIN_SECONDS: Final = 30

# One entry a share of the people: the lists are walked at different paces, so that they mix.
_LANGUAGES: Final = ("it", "it", "en", "ar", "fr", "it", "es", "en", "ar", "it")
_PLACES: Final = (
    *(("LY", "Tripoli"), ("LY", "Tripoli"), ("EG", "Cairo"), ("LY", "Benghazi"), ("TN", "Tunis")),
    *(("LY", "Tripoli"), ("TR", "Istanbul"), ("LY", "Benghazi"), ("EG", "Alexandria"), ("LY", "Misratah")),
    *(("MA", "Casablanca"), ("LY", "Tripoli"), ("LB", "Beirut"), ("EG", "Cairo"), ("TR", "Ankara")),
)
_PARTIES: Final = (1, 1, 2, 1, 4, 1, 3)

# What a phone answers by itself; an empty entry stays silent.
_HABITS: Final = (
    *("safe", "safe", "", "safe", "not there", "safe", "", "safe", "safe", "help", "", "safe"),
    *("safe", "", "safe", "not there", "safe", "", "unclear"),
)
_WORDS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "safe": {
        "en": ("1", "safe", "I'm ok"),
        "it": ("1", "sto bene", "tutto ok"),
        "es": ("1", "estoy bien"),
        "fr": ("1", "je vais bien"),
        "ar": ("1", "انا بخير"),
    },
    "help": {
        "en": ("2", "need help"),
        "it": ("2", "ho bisogno di aiuto"),
        "es": ("2", "necesito ayuda"),
        "fr": ("2", "besoin d'aide"),
        "ar": ("2", "احتاج مساعدة"),
    },
    "not there": dict.fromkeys(("en", "it", "es", "fr", "ar"), ("3",)),
    "unclear": {
        "en": ("who is this?",),
        "it": ("chi siete?",),
        "es": ("¿quién es?",),
        "fr": ("qui est-ce ?",),
        "ar": ("من معي؟",),
    },
}

_TITLE: Final = "Sample: are you safe in Libya?"
_QUESTIONS: Final[Mapping[str, str]] = {
    "en": "Alongside: are you safe in Libya? Reply 1 safe, 2 need help, 3 not there.",
    "it": "Alongside: tutto bene in Libia? Rispondi 1 sto bene, 2 serve aiuto, 3 non sono in Libia.",
    "es": "Alongside: ¿se encuentra bien en Libia? Responda 1 bien, 2 necesito ayuda, 3 no estoy en Libia.",
    "fr": "Alongside: tout va bien en Libye? Répondez 1 tout va bien, 2 besoin d'aide, 3 pas en Libye.",
    "ar": "Alongside: هل أنت بأمان في ليبيا؟ أجب 1 بأمان، 2 أحتاج مساعدة، 3 لست هناك.",
}
_PAST_TITLE: Final = "Sample: storm in Egypt, finished"
_PAST_COUNTRY: Final = "EG"
_PAST_QUESTION: Final = "Alongside: are you safe in Egypt? Reply 1 safe, 2 need help, 3 not there."
_PAST_ANSWERS: Final = (
    "safe",
    "safe",
    "",
    "safe",
    "not_there",
    "safe",
    "needs_help",
    "safe",
    "",
    "safe",
    "safe",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What stands in the list at one position: a phone, whose owner is somewhere, and how it answers."""

    number: str
    language: str
    country: str
    city: str
    party: int
    answers: Sequence[str]
    answers_after: float


def samples() -> Sequence[Sample]:
    """Everyone in the sample, always the same."""
    return [_sample(index) for index in range(PEOPLE)]


def seed(now: datetime, logins: Mapping[str, str], sender: Sender) -> bool:
    """Make people, officers and campaigns, all or nothing. False when they are there already."""
    if Officer.objects.filter(username__in=OFFICERS).exists():
        return False
    with transaction.atomic():
        officers = {name: _officer(name, logins[name], now) for name in OFFICERS}
        for index, sample in enumerate(samples()):
            _register(index, sample, now)
        _past_campaign(officers, sender, now - timedelta(days=3))
        launch.create(
            launch.Draft(_TITLE, Campaign.Kind.CHECK_IN, Audience(("LY",)), _QUESTIONS),
            by=officers["author"],
            now=now,
        )
    return True


def logins(var_dir: Path) -> Mapping[str, str]:
    """The officers' passwords: made once, kept where only this user can read them."""
    path = var_dir / LOGINS_FILE
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({name: one_time_password() for name in OFFICERS}))
        draft.replace(path)
    found: Mapping[str, str] = json.loads(path.read_text())
    return found


def connect_phones(twin_url: str) -> None:
    """Put everyone's phone on the twin, unless it has them already. Raises OSError without a twin."""
    present = json.loads(_ask(f"{twin_url}/twin/state"))["phones"]
    if present >= PEOPLE:
        return
    phones = [
        {
            "number": sample.number,
            "language": sample.language,
            "answers_with": sample.answers,
            "answers_after": sample.answers_after,
        }
        for sample in samples()
    ]
    _ask(f"{twin_url}/twin/phones", json.dumps({"phones": phones}).encode())


def _ask(url: str, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=_TWIN_SECONDS) as answer:  # noqa: S310 - the twin's own address
        content: bytes = answer.read()
    return content


def _sample(index: int) -> Sample:
    language = _LANGUAGES[index % len(_LANGUAGES)]
    country, city = _PLACES[index % len(_PLACES)]
    habit = _HABITS[index % len(_HABITS)]
    return Sample(
        number=synthetic(_FIRST_NUMBER + index).e164,
        language=language,
        country=country,
        city=city,
        party=_PARTIES[index % len(_PARTIES)],
        answers=_WORDS[habit][language] if habit else (),
        answers_after=2.0 + index * 7 % 40,
    )


def _register(index: int, sample: Sample, now: datetime) -> None:
    contact = people.contact_for(synthetic(_FIRST_NUMBER + index), now, sample.language)
    today = now.date()
    plan = trips.Plan(
        sample.country,
        sample.city,
        today - timedelta(days=1 + index % 12),
        today + timedelta(days=3 + index % 20),
        sample.party,
    )
    trips.register(contact, [plan], trips.Agreement(Channel.SMS, sample.language, "1"), now)


def _officer(name: str, password: str, now: datetime) -> Officer:
    officer, _ = open_account(name, OFFICERS[name], by=None, now=now, password=lambda: password)
    # A demo is entered again and again with what it prints.
    officer.must_change_password = False
    officer.save(update_fields=["must_change_password"])
    return officer


def _past_campaign(officers: Mapping[str, Officer], sender: Sender, then: datetime) -> None:
    """A check-in that is over. Written as rows: launching it would text everybody."""
    made = Campaign.objects.create(
        title=_PAST_TITLE,
        kind=Campaign.Kind.CHECK_IN,
        state=Campaign.State.DONE,
        audience=dict(Audience((_PAST_COUNTRY,)).as_json()),
        author=officers["author"],
        created_at=then,
        submitter=officers["author"],
        submitted_at=then,
        approver=officers["approver"],
        approved_at=then,
        launched_at=then,
        ended_at=then + timedelta(hours=6),
    )
    made.writers.add(officers["author"])
    CampaignText.objects.create(campaign=made, language="en", text=_PAST_QUESTION)
    batch = Batch.objects.create(campaign=made, sender=sender.id, state=Batch.State.DONE)
    phones = ContactPoint.objects.filter(person__trips__country=_PAST_COUNTRY).order_by("pk")
    recipients = [_past_recipient(made, batch, phone, index) for index, phone in enumerate(phones)]
    Recipient.objects.bulk_create(recipients)
    for recipient in recipients:
        if recipient.answer == Recipient.Answer.NEEDS_HELP:
            _past_case(recipient, officers["cases"])


def _past_recipient(campaign: Campaign, batch: Batch, phone: ContactPoint, index: int) -> Recipient:
    failed = index % 13 == 12
    answer = "" if failed else _PAST_ANSWERS[index % len(_PAST_ANSWERS)]
    status = DeliveryStatus.UNDELIVERED if failed else DeliveryStatus.DELIVERED
    return Recipient(
        campaign=campaign,
        batch=batch,
        contact=phone,
        language=phone.language,
        delivery=status,
        progress=10 + status.rank,
        step=1,
        asked_at=campaign.launched_at,
        answer=answer,
        answered_at=campaign.created_at + timedelta(minutes=2 + index % 50) if answer else None,
    )


def _past_case(recipient: Recipient, officer: Officer) -> None:
    asked = recipient.answered_at
    assert asked is not None  # noqa: S101 - somebody who needs help has answered
    Case.objects.create(
        campaign=recipient.campaign,
        contact=recipient.contact,
        person=recipient.contact.person if recipient.contact else None,
        reason=Case.Reason.NEEDS_HELP,
        state=Case.State.CLOSED,
        words="2",
        opened_at=asked,
        claimed_by=officer,
        claimed_at=asked + timedelta(minutes=3),
        closed_at=asked + timedelta(hours=2),
        outcome="Sample: spoke to them, a neighbour drove them to the airport.",
    )
