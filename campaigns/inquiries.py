"""Asking somebody's emergency contact whether they have word of them, and taking in what comes back.

The contact is told no more than the name under which the person agreed to be introduced, and never where they
are. Nothing a contact says marks the person safe: an officer reads it. A drill asks nobody's relatives.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import pgettext

from campaigns import cases, involvement, waking
from campaigns.models import Campaign, Case, Inquiry, Recipient
from core import audit, emergency, gateway, places
from core.dialogues.answers import plain, refuses
from core.intents.reading import Intent
from core.languages import speaking
from core.models import ContactPoint, EmergencyContact, OptOut
from core.notices import Say
from core.turn import Reply, Turn
from telephony.messages import Channel

OPEN_FOR: Final = timedelta(hours=72)
"""How long what a contact writes is taken to be about the person they were asked about."""

_AT_ONCE: Final = 200
# What may be word of somebody else; the rest is for the dialogues it names.
_WORD: Final = frozenset({Intent.UNKNOWN, Intent.SAFE, Intent.NOT_THERE, Intent.START})


def plan(recipients: Sequence[int], campaign: Campaign, now: datetime) -> int:
    """Note that the contacts of these recipients' people are to be asked; returns of how many.

    Nobody's is asked twice in a campaign, whatever runs twice.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, {"recipients": list(recipients), "campaign": campaign.pk, "now": now})
        planned: int = cursor.rowcount
    if planned:
        audit.record(
            "campaign.contacts_asked", by=None, subject=campaign, now=now, figures={"people": planned}
        )
    return planned


def ask_waiting(say: Say, now: datetime) -> int:
    """Text the contacts who are due, in campaigns that run; returns how many were texted.

    Each is written down in the transaction that makes the text: a run that dies has asked or it has not.
    """
    due = Inquiry.objects.filter(due_at__lte=now, campaign__state=Campaign.State.RUNNING)
    ids = list(due.order_by("-campaign__urgency", "due_at", "pk").values_list("pk", flat=True)[:_AT_ONCE])
    return sum(_ask(pk, say, now) for pk in ids)


class Word:
    """Claims what an emergency contact writes who was asked: an officer reads it, whatever it says.

    A call for help may be the contact's own and is left to the dialogue for those; their own check-in is
    answered with its digits.
    """

    def claims(self, turn: Turn) -> bool:
        """Whether this is word of the person, and nothing that the contact has open themselves."""
        if turn.reading.intent not in _WORD or turn.conversation.dialogue or turn.guided:
            return False
        if refuses(turn.text) or plain(turn.text) == "0":
            return False
        asked = _asked(turn)
        return bool(asked) and not (plain(turn.text).isdigit() and _is_asked_too(turn.contact))

    def handle(self, turn: Turn) -> Reply:
        """Hand it to the officers, with the person's case and in the inbox."""
        asked = pass_on(turn)
        own = cases.waiting_for(turn.contact) if involvement.of(turn).has_case else None
        if own is not None and not (own.campaign and own.campaign.drill):
            # They asked for help themselves, and it may be about them.
            cases.open_case(
                turn.contact, reason=Case.Reason.UNCLEAR, words=turn.text, campaign=None, now=turn.now
            )
        turn.message.unclear = True  # the inbox: from there an officer answers the contact
        return _noted(asked)


def pass_on(turn: Turn) -> Sequence[Inquiry]:
    """Put what a contact writes on the cases of those they were asked about; these, the latest first.

    Somebody who was not asked about anybody: none. A call for help in it makes the case an urgent one.
    """
    asked = _asked(turn)
    urgent = turn.reading.intent is Intent.NEED_HELP
    reason = Case.Reason.NEEDS_HELP if urgent else Case.Reason.CONTACT
    for inquiry in asked:
        phone = _phone_asked(inquiry)
        if phone is None:
            continue
        # Nobody may take these for the person's own words.
        with speaking(settings.DEFAULT_LANGUAGE):
            words = f"[{Case.Reason.CONTACT.label}] {turn.text}"
        cases.open_case(phone, reason=reason, words=words, campaign=inquiry.campaign, now=turn.now)
    return asked


def _asked(turn: Turn) -> Sequence[Inquiry]:
    if not involvement.of(turn).is_contact:
        return ()
    rows = Inquiry.objects.filter(contact=turn.contact, asked_at__gt=turn.now - OPEN_FOR)
    return list(rows.select_related("campaign", "person").order_by("-asked_at", "-pk"))


def _is_asked_too(contact: ContactPoint) -> bool:
    """Whether the contact is asked by a check-in as well."""
    theirs = Q(contact=contact)
    if contact.person_id is not None:
        theirs |= Q(contact__person=contact.person_id)
    return Recipient.objects.filter(theirs, asked_at__isnull=False).exists()


def _phone_asked(inquiry: Inquiry) -> ContactPoint | None:
    """The phone on which the person themselves was asked."""
    rows = Recipient.objects.filter(campaign=inquiry.campaign, contact__person=inquiry.person)
    row = rows.select_related("contact").order_by("-asked_at", "-pk").first()
    return row.contact if row else None


@transaction.atomic
def _ask(pk: int, say: Say, now: datetime) -> int:
    free = Inquiry.objects.select_for_update(skip_locked=True, of=("self",))
    rows = free.select_related("campaign", "person").filter(
        pk=pk, due_at__lte=now, campaign__state=Campaign.State.RUNNING
    )
    inquiry = rows.first()
    if inquiry is None:
        return 0
    inquiry.due_at = _asleep_until(inquiry, now)
    if inquiry.due_at is None and not _answered(inquiry):
        told = emergency.tell(inquiry.person, _question, say, now)
        if told is not None:
            inquiry.message, inquiry.contact, inquiry.asked_at = told, told.contact, now
    inquiry.save()
    return int(inquiry.asked_at is not None)


def _answered(inquiry: Inquiry) -> bool:
    """Whether the person has answered meanwhile, or an all-clear has ended the question."""
    if inquiry.campaign.closed_at is not None:
        return True
    theirs = Recipient.objects.filter(campaign=inquiry.campaign, contact__person=inquiry.person)
    return theirs.exclude(answer="").exists()


def _asleep_until(inquiry: Inquiry, now: datetime) -> datetime | None:
    """When the contact may be texted, by the clock of their number's country; None: now."""
    if not waking.waits_for_morning(inquiry.campaign.urgency, first=False):
        return None
    region = emergency.region_of(inquiry.person)
    return waking.sleeps_until(now, places.time_zone(region, None)) if region else None


def _question(name: str, region: str) -> Reply:
    # Translators: 2 SMS segments, 306 GSM-7 characters. To the emergency contact of somebody who did not
    # answer us: alarm nobody, say no more than this. %(name)s is the person's name, %(phone)s our number.
    text = pgettext(
        "sms",
        "%(service)s, the crisis unit: %(name)s, who gave us your number, has not answered us yet. If you "
        "know how they are, reply in your own words or call us: %(phone)s.",
    )
    called = gateway.sender_for(region, Channel.VOICE, key=0) or gateway.sender_for(
        region, Channel.SMS, key=0
    )
    named = {"service": settings.SERVICE_NAME, "name": name, "phone": called.id if called else ""}
    return Reply(text % named)


def _noted(asked: Sequence[Inquiry]) -> Reply:
    named = emergency.of(asked[0].person) if asked else None
    # Translators: 2 SMS segments, 306 GSM-7 characters. To an emergency contact who wrote about the person.
    text = pgettext(
        "sms",
        "Thank you. An officer reads what you wrote and may contact you. If you can, ask %(name)s to answer "
        "us as well: we count people as safe only when they say so themselves.",
    )
    return Reply(text % {"name": named.asked_as if named else ""}, resumes=True, always=True)


_EMERGENCY: Final = EmergencyContact._meta.db_table
POSSIBLE: Final = f"""EXISTS (
    SELECT FROM {_EMERGENCY} e
    WHERE e.person_id = c.person_id AND e.told_at IS NOT NULL AND e.refused_at IS NULL
        AND NOT EXISTS (SELECT FROM {OptOut._meta.db_table} o WHERE o.number_index = e.number_index)
        AND NOT EXISTS (SELECT FROM {Inquiry._meta.db_table} i
            WHERE i.campaign_id = r.campaign_id AND i.person_id = c.person_id)
)"""  # noqa: S608 - the names of tables are ours
"""In SQL, of a recipient `r` and its phone `c`: a contact may be asked and was not yet."""

_PLAN: Final = f"""
INSERT INTO {Inquiry._meta.db_table} (campaign_id, person_id, due_at)
SELECT DISTINCT %(campaign)s::bigint, c.person_id, %(now)s::timestamptz
FROM {Recipient._meta.db_table} r JOIN {ContactPoint._meta.db_table} c ON c.id = r.contact_id
WHERE r.id = ANY(%(recipients)s) AND r.answer = '' AND {POSSIBLE}
ON CONFLICT DO NOTHING
"""  # noqa: S608 - the names of tables are ours
