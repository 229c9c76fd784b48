"""What officers do with a campaign. Who may, from which state to which: the table is in campaigns.states."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import pgettext

from campaigns import batches, collecting, following, ladder, live, versions
from campaigns.audience import Audience
from campaigns.freeze import freeze_again
from campaigns.models import Campaign, CampaignText
from campaigns.preview import count, rule_of
from campaigns.selection import groups, reached
from campaigns.states import (
    AskedRecently,
    Move,
    NobodyToReach,
    NotAllowed,
    ReasonMissing,
    Refusal,
    SamePerson,
    TextMissing,
    TooMany,
    WrongDraft,
    WrongState,
    check,
    has_a_hand_in,
    move,
)
from campaigns.texts import Wordings
from core import audit, languages
from core.models import Officer
from core.officers import Permission

__all__ = [
    "AskedRecently",
    "Draft",
    "Estimate",
    "NobodyToReach",
    "NotAllowed",
    "ReasonMissing",
    "Refusal",
    "SamePerson",
    "TextMissing",
    "TooMany",
    "WrongDraft",
    "WrongState",
    "approve",
    "correct",
    "create",
    "edit",
    "launch",
    "pause",
    "resume",
    "send_back",
    "stop",
    "submit",
]

_LONGEST: Final = 1600

GROWTH: Final = 3
"""An audience that is more than so many times the last count is not taken without the number being typed."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many of our people are there in all, registered or not, and where that figure is from."""

    people: int
    source: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What an author writes: the texts by language tag, empty ones not counted."""

    title: str
    kind: Campaign.Kind
    audience: Audience
    texts: Mapping[str, str] = field(repr=False)
    drill: bool = False
    urgency: Campaign.Urgency = Campaign.Urgency.NORMAL
    present: Estimate | None = None
    acknowledge: bool = False


@transaction.atomic
def create(draft: Draft, *, by: Officer, now: datetime) -> Campaign:
    """Keep a new draft. Raises NotAllowed, or WrongDraft naming the field."""
    check(by, Permission.WRITE_CAMPAIGN)
    _look_over(draft)
    campaign = Campaign(author=by, created_at=now)
    _take_over(campaign, draft, by)
    audit.record("campaign.created", by=by, subject=campaign, now=now)
    return campaign


@transaction.atomic
def edit(campaign: Campaign, draft: Draft, *, by: Officer, now: datetime) -> None:
    """Change a draft; who does has written it too, and it is kept what changed.

    Raises NotAllowed, WrongDraft, WrongState.
    """
    check(by, Permission.WRITE_CAMPAIGN)
    _look_over(draft)
    locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if locked.state != Campaign.State.DRAFT:
        raise WrongState(locked.state)
    before = versions.snapshot(locked)
    _take_over(locked, draft, by)
    campaign.refresh_from_db()
    changed = versions.keep(campaign, before, by=by, now=now)
    audit.record("campaign.edited", by=by, subject=campaign, now=now, figures={"fields": changed})


def submit(campaign: Campaign, *, by: Officer, now: datetime) -> None:
    """Ask for approval. Raises NotAllowed, WrongState, TextMissing."""
    _require_text(campaign)
    people = count(campaign, now)
    move(
        campaign,
        Move.SUBMIT,
        by=by,
        now=now,
        submitter=by,
        submitted_at=now,
        returned_reason="",
        counted=people,
    )


def approve(campaign: Campaign, *, by: Officer, now: datetime, typed: int | None = None) -> None:
    """Approve what somebody else wrote and submitted; `typed` is the number of people the officer typed.

    Raises NotAllowed, SamePerson, WrongState, TooMany.
    """
    check(by, Permission.APPROVE_CAMPAIGN)
    if has_a_hand_in(campaign, by):
        raise SamePerson
    people = count(campaign, now)
    _look_at_growth(campaign, people, typed)
    steps = list(ladder.of(campaign).as_json())
    move(campaign, Move.APPROVE, by=by, now=now, approver=by, approved_at=now, ladder=steps, counted=people)


def send_back(campaign: Campaign, *, by: Officer, reason: str, now: datetime) -> None:
    """Return a submitted or approved campaign to its author. Raises NotAllowed, ReasonMissing, WrongState."""
    if not reason.strip():
        raise ReasonMissing
    move(
        campaign,
        Move.SEND_BACK,
        by=by,
        now=now,
        returned_reason=reason.strip()[:500],
        approver=None,
        approved_at=None,
        ladder=[],
    )


def launch(
    campaign: Campaign, *, by: Officer, now: datetime, typed: int | None = None, again: bool = False
) -> None:
    """Count the audience, write its first recipients and queue their batches; `typed` as in `approve`.

    `again`: the officer decided to ask a country again that was asked just now. An all-clear ends what went
    before it. Raises NotAllowed, WrongState, TextMissing, AskedRecently, NobodyToReach, TooMany. When it
    returns, the campaign is running; of a large audience the rest follows part by part (`collecting`),
    whatever becomes of Redis or the workers.
    """
    try:
        with transaction.atomic():
            # First of all: the row is ours from here on, and a second click finds it running.
            move(campaign, Move.LAUNCH, by=by, now=now, launched_at=now)
            _require_text(campaign)
            _look_at_the_last(campaign, by, now, again=again)
            following.end_earlier(campaign, by=by, now=now)
            found = groups(rule_of(campaign, now))
            people = reached(found)
            if not people:
                raise NobodyToReach
            _look_at_growth(campaign, people, typed)
            collecting.begin(campaign, found, now)
            batches.wake_after_commit(now)
            collecting.go_on_after_commit(campaign)
    except Refusal:
        campaign.refresh_from_db()
        raise


def pause(campaign: Campaign, *, by: Officer, now: datetime) -> None:
    """Hold the sending; every worker notices within a second. Raises NotAllowed, WrongState."""
    move(campaign, Move.PAUSE, by=by, now=now)


@transaction.atomic
def resume(campaign: Campaign, *, by: Officer, now: datetime) -> None:
    """Go on where it was paused. Raises NotAllowed, WrongState."""
    move(campaign, Move.RESUME, by=by, now=now)
    batches.wake_after_commit(now)


def stop(campaign: Campaign, *, by: Officer, now: datetime) -> None:
    """End the sending for good; answers are still taken in. Raises NotAllowed, WrongState."""
    move(campaign, Move.STOP, by=by, now=now, ended_at=now)


def correct(campaign: Campaign, *, by: Officer, now: datetime) -> Campaign:
    """Withdraw a campaign at once: stop it, and tell everybody who got it, or may have, to ignore it.

    The words are the service's own in every language, so no second approval is needed. Returns the running
    correction. Raises NotAllowed, NobodyToReach, WrongState (never launched, or already corrected).
    """
    check(by, Permission.STOP_CAMPAIGN)
    with transaction.atomic():
        locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if locked.launched_at is None or locked.corrects_id or locked.corrections.exists():
            raise WrongState(locked.state)
        if locked.ended_at is None:
            stop(locked, by=by, now=now)
        correction = _correction_of(locked, by, now)
        if not freeze_again(correction, of=locked):
            raise NobodyToReach
        audit.record("campaign.corrected", by=by, subject=locked, now=now)
        batches.wake_after_commit(now)
    campaign.refresh_from_db()
    live.publish(correction.pk, now)
    return correction


def _correction_of(campaign: Campaign, by: Officer, now: datetime) -> Campaign:
    correction = Campaign.objects.create(
        title=campaign.title,
        kind=Campaign.Kind.ALERT,
        state=Campaign.State.RUNNING,
        drill=campaign.drill,
        urgency=Campaign.Urgency.LIFE_SAVING,  # an error out there frightens people until it is withdrawn
        audience=campaign.audience,
        author=by,
        created_at=now,
        submitter=by,
        submitted_at=now,
        launched_at=now,
        corrects=campaign,
    )
    sent_at = (campaign.launched_at or now).astimezone(UTC)
    for language in languages.languages():
        with languages.speaking(language.tag):
            # Translators: withdraws a message that went out in error. At most 160 characters of the GSM
            # alphabet, 134 of any other script, with a 12-letter service name.
            text = pgettext(
                "sms",
                "Correction from %(service)s: our message sent at %(time)s UTC was an error. "
                "Please ignore it. You do not need to reply.",
            ) % {"service": settings.SERVICE_NAME, "time": f"{sent_at:%H:%M}"}
        CampaignText.objects.create(campaign=correction, language=language.tag, text=text)
    return correction


def _look_over(draft: Draft) -> None:
    known = {language.tag for language in languages.languages()}
    if not draft.title.strip() or len(draft.title) > 120:
        raise WrongDraft("title")
    if wrong := draft.audience.problem():
        raise WrongDraft(wrong)
    if draft.present and not (draft.present.people > 0 and draft.present.source.strip()):
        raise WrongDraft("present")
    if not set(draft.texts) | set(draft.audience.languages) <= known:
        raise WrongDraft("language")
    if any(len(text) > _LONGEST for text in draft.texts.values()):
        raise WrongDraft("text")


def _take_over(campaign: Campaign, draft: Draft, by: Officer) -> None:
    campaign.title = draft.title.strip()
    campaign.kind = draft.kind
    campaign.acknowledge = draft.acknowledge and draft.kind == Campaign.Kind.ALERT
    campaign.audience = dict(draft.audience.as_json())
    campaign.drill = draft.drill
    campaign.urgency = draft.urgency
    campaign.present = draft.present.people if draft.present else None
    campaign.present_source = draft.present.source.strip()[:200] if draft.present else ""
    campaign.save()
    campaign.writers.add(by)
    campaign.texts.all().delete()
    CampaignText.objects.bulk_create(
        CampaignText(campaign=campaign, language=language, text=text.strip())
        for language, text in draft.texts.items()
        if text.strip()
    )


def _require_text(campaign: Campaign) -> None:
    if not Wordings(campaign).complete:
        raise TextMissing(settings.DEFAULT_LANGUAGE)


def _look_at_the_last(campaign: Campaign, by: Officer, now: datetime, *, again: bool) -> None:
    """Raises AskedRecently unless nobody asked there just now, or the officer means to ask again."""
    recent = following.asked_recently(campaign, now)
    if recent is None:
        return
    if not again:
        raise AskedRecently(str(recent.pk))
    audit.record("campaign.asked_again", by=by, subject=campaign, now=now)


def has_grown(campaign: Campaign, people: int) -> bool:
    """Whether it is for more than GROWTH times as many people as when an officer last agreed to a number."""
    return campaign.counted is not None and people > GROWTH * max(campaign.counted, 1)


def _look_at_growth(campaign: Campaign, people: int, typed: int | None) -> None:
    """Raises TooMany when the audience has grown beyond what officers saw, and nobody typed its number."""
    if has_grown(campaign, people) and typed != people:
        raise TooMany(str(people))
