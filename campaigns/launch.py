"""What officers do with a campaign. Who may, from which state to which: the table is in campaigns.states."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction

from campaigns import batches, collecting, expiry, following, ladder, recall, versions
from campaigns.audience import Audience
from campaigns.correction import TIME
from campaigns.ladder import Ladder
from campaigns.models import Campaign, CampaignText
from campaigns.preview import count, rule_of
from campaigns.rule import reached
from campaigns.selection import groups
from campaigns.states import (
    AskedRecently,
    Move,
    NobodyToReach,
    NotAllowed,
    ReasonMissing,
    Refusal,
    SamePerson,
    TextMissing,
    TooLate,
    TooMany,
    WrongDraft,
    WrongState,
    check,
    has_a_hand_in,
    move,
)
from campaigns.texts import Wordings
from core import audit, languages, queues
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
    "TooLate",
    "TooMany",
    "WrongDraft",
    "WrongState",
    "approve",
    "create",
    "edit",
    "hold",
    "launch",
    "pause",
    "resume",
    "send_back",
    "stop",
    "submit",
]

_LONGEST: Final = 1600

# Left in a text, people would read it as it stands.
_PLACEHOLDER: Final = re.compile(r"%\(\w*\)|\{[^}]*\}")

GROWTH: Final = 3
"""An audience that is more than so many times the last count is not taken without the number being typed."""

NEAR: Final = 50
"""A typed number holds while the audience is within one in so many of it: in a crisis people register while
an officer reads and types, and an exact number would be out of date with every try."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many of our people are there in all, registered or not, and where that figure is from."""

    people: int
    source: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What an author writes: the texts by language tag, empty ones not counted; no ladder: the usual one.

    `template` is the campaigns.templates.Template that the texts began with, if any. `correction` are own
    words for withdrawing it, by language tag; where there are none the service's stand.
    """

    title: str
    kind: Campaign.Kind
    audience: Audience
    texts: Mapping[str, str] = field(repr=False)
    drill: bool = False
    urgency: Campaign.Urgency = Campaign.Urgency.NORMAL
    present: Estimate | None = None
    acknowledge: bool = False
    template: str = ""
    correction: Mapping[str, str] = field(default_factory=dict, repr=False)
    not_after: datetime | None = None  # None: campaigns.expiry.LASTS after the launch
    ladder: Ladder | None = None


@transaction.atomic
def create(draft: Draft, *, by: Officer, now: datetime) -> Campaign:
    """Keep a new draft. Raises NotAllowed, or WrongDraft naming the field."""
    check(by, Permission.WRITE_CAMPAIGN)
    _look_over(draft, now)
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
    _look_over(draft, now)
    locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if locked.state != Campaign.State.DRAFT:
        raise WrongState(locked.state)
    before = versions.snapshot(locked)
    _take_over(locked, draft, by)
    campaign.refresh_from_db()
    changed = versions.keep(campaign, before, by=by, now=now)
    audit.record("campaign.edited", by=by, subject=campaign, now=now, figures={"fields": changed})


def hold(campaign: Campaign, seen: str | None = None) -> None:
    """Lock the campaign until the commit and make it fresh: nobody changes it between a look and a deed.

    `seen` names what the officer looked at (versions.mark). Raises WrongState when it is another by now.
    """
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    campaign.refresh_from_db()
    if seen is not None and seen != versions.mark(campaign):
        raise WrongState(campaign.state)


@transaction.atomic
def submit(campaign: Campaign, *, by: Officer, now: datetime) -> None:
    """Ask for approval. Raises NotAllowed, WrongState, TextMissing."""
    hold(campaign)
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


@transaction.atomic
def approve(campaign: Campaign, *, by: Officer, now: datetime, typed: int | None = None) -> None:
    """Approve what somebody else wrote and submitted; `typed` is the number of people the officer typed.

    Raises NotAllowed, SamePerson, WrongState, TooMany.
    """
    check(by, Permission.APPROVE_CAMPAIGN)
    hold(campaign)
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
    own = ladder.own(campaign)
    move(
        campaign,
        Move.SEND_BACK,
        by=by,
        now=now,
        returned_reason=reason.strip()[:500],
        approver=None,
        approved_at=None,
        ladder=list(own.as_json()) if own else [],
    )


def launch(
    campaign: Campaign, *, by: Officer, now: datetime, typed: int | None = None, again: bool = False
) -> None:
    """Count the audience, write its first recipients and queue their batches; `typed` as in `approve`.

    `again`: the officer decided to ask a country again that was asked just now. An all-clear ends what went
    before it. Raises NotAllowed, WrongState, TooLate, TextMissing, AskedRecently, NobodyToReach, TooMany.
    When it returns, the campaign is running; of a large audience the rest follows part by part
    (`collecting`), whatever becomes of Redis or the workers.
    """
    try:
        with transaction.atomic():
            # First of all: the row is ours from here on, and a second click finds it running.
            hold(campaign)
            last = campaign.not_after or now + expiry.LASTS
            move(campaign, Move.LAUNCH, by=by, now=now, launched_at=now, not_after=last)
            if not expiry.validity(campaign).lasts(now):
                raise TooLate
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
    """End the sending for good and call back what waits at the provider; answers are still taken in.

    Raises NotAllowed, WrongState.
    """
    move(campaign, Move.STOP, by=by, now=now, ended_at=now)
    transaction.on_commit(lambda: queues.put(queues.URGENT, recall.JOB, campaign.pk))


def _look_over(draft: Draft, now: datetime) -> None:
    known = {language.tag for language in languages.languages()}
    if not draft.title.strip() or len(draft.title) > 120:
        raise WrongDraft("title")
    if draft.not_after is not None and draft.not_after <= now:
        raise WrongDraft("not_after")
    if wrong := draft.audience.problem():
        raise WrongDraft(wrong)
    if draft.ladder and not ladder.is_answered(draft.kind, acknowledge=draft.acknowledge):
        raise WrongDraft("unanswered")
    if draft.ladder and not draft.ladder.is_sound():
        raise WrongDraft("ladder")
    if draft.present and not (draft.present.people > 0 and draft.present.source.strip()):
        raise WrongDraft("present")
    if not set(draft.texts) | set(draft.correction) | set(draft.audience.languages) <= known:
        raise WrongDraft("language")
    if any(len(text) > _LONGEST for text in (*draft.texts.values(), *draft.correction.values())):
        raise WrongDraft("text")
    own = (text.replace(TIME, "") for text in draft.correction.values())
    if any(_PLACEHOLDER.search(text) for text in (*draft.texts.values(), *own)):
        raise WrongDraft("placeholder")


def _take_over(campaign: Campaign, draft: Draft, by: Officer) -> None:
    campaign.title = draft.title.strip()
    campaign.kind = draft.kind
    campaign.acknowledge = draft.acknowledge and draft.kind == Campaign.Kind.ALERT
    campaign.audience = dict(draft.audience.as_json())
    campaign.drill = draft.drill
    campaign.urgency = draft.urgency
    campaign.template = draft.template
    campaign.correction = {tag: text.strip() for tag, text in draft.correction.items() if text.strip()}
    campaign.not_after = draft.not_after
    campaign.present = draft.present.people if draft.present else None
    campaign.present_source = draft.present.source.strip()[:200] if draft.present else ""
    campaign.ladder = list(draft.ladder.as_json()) if draft.ladder else []
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


def holds(typed: int, people: int) -> bool:
    """Whether a number that an officer read and typed is still that of the audience; of few, exactly."""
    return abs(typed - people) * NEAR <= people


def _look_at_growth(campaign: Campaign, people: int, typed: int | None) -> None:
    """Raises TooMany when the audience has grown beyond what officers saw, and nobody typed its number."""
    if has_grown(campaign, people) and not (typed is not None and holds(typed, people)):
        raise TooMany(str(people))
