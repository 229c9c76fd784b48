"""The life of a campaign as one table: who may move it, from where, to where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.db.models import Exists

from campaigns import live
from campaigns.models import Batch, Campaign, Collecting, Inquiry, Recipient
from core import audit
from core.models import Officer
from core.officers import Permission

State = Campaign.State


class Refusal(Exception):
    """Something about the campaign forbids it. `code` names why; words are made where the reader is known."""

    code = "refused"

    def __init__(self, detail: str = "") -> None:
        super().__init__(self.code, detail)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class NotAllowed(Refusal):
    """The officer's role does not hold the permission named by `detail`."""

    code = "not_allowed"


class WrongState(Refusal):
    """The campaign is not, or no longer, in a state where this can be done; `detail` is its state now."""

    code = "wrong_state"


class SamePerson(Refusal):
    """Who wrote or submitted a campaign does not approve it."""

    code = "same_person"


class NobodyToReach(Refusal):
    """The audience has no phone that can be texted."""

    code = "nobody_to_reach"


class NobodyToTell(NobodyToReach):
    """Nobody got what is to be withdrawn: it is stopped, and there is no correction."""

    code = "nobody_to_tell"


class TooMany(Refusal):
    """It is for `detail` people now, more than three times the last count: somebody types that number."""

    code = "too_many"


class AskedRecently(Refusal):
    """A check-in (its key is `detail`) went to the same country within six hours: somebody confirms it."""

    code = "asked_recently"


class TooLate(Refusal):
    """The moment after which nothing of it is sent has passed."""

    code = "too_late"


class TextMissing(Refusal):
    """There is no text in the language named by `detail`, the one everybody falls back to."""

    code = "text_missing"


class ReasonMissing(Refusal):
    """Who sends a campaign back says why."""

    code = "reason_missing"


class WrongDraft(Refusal):
    """A field of the draft cannot be right; `detail` names it."""

    code = "wrong_draft"


class Move(StrEnum):
    """What can be done with a campaign. The value is the verb of its audit line."""

    SUBMIT = "campaign.submitted"
    APPROVE = "campaign.approved"
    SEND_BACK = "campaign.sent_back"
    LAUNCH = "campaign.launched"
    PAUSE = "campaign.paused"
    RESUME = "campaign.resumed"
    STOP = "campaign.stopped"
    FINISH = "campaign.finished"
    EXPIRE = "campaign.expired"


@dataclass(frozen=True, slots=True)
class Transition:
    """From any of `origins` to `to`, by an officer with `permission`; None: nobody's hand is needed."""

    origins: frozenset[State]
    to: State
    permission: Permission | None


TABLE: Final[Mapping[Move, Transition]] = {
    Move.SUBMIT: Transition(frozenset({State.DRAFT}), State.SUBMITTED, Permission.WRITE_CAMPAIGN),
    Move.APPROVE: Transition(frozenset({State.SUBMITTED}), State.APPROVED, Permission.APPROVE_CAMPAIGN),
    Move.SEND_BACK: Transition(
        frozenset({State.SUBMITTED, State.APPROVED}), State.DRAFT, Permission.APPROVE_CAMPAIGN
    ),
    Move.LAUNCH: Transition(frozenset({State.APPROVED}), State.RUNNING, Permission.LAUNCH_CAMPAIGN),
    Move.PAUSE: Transition(frozenset({State.RUNNING}), State.PAUSED, Permission.STOP_CAMPAIGN),
    Move.RESUME: Transition(frozenset({State.PAUSED}), State.RUNNING, Permission.LAUNCH_CAMPAIGN),
    Move.STOP: Transition(frozenset({State.RUNNING, State.PAUSED}), State.STOPPED, Permission.STOP_CAMPAIGN),
    Move.FINISH: Transition(frozenset({State.RUNNING}), State.DONE, None),
    Move.EXPIRE: Transition(frozenset({State.RUNNING, State.PAUSED}), State.STOPPED, None),
}


def check(by: Officer, permission: Permission) -> None:
    """Raises NotAllowed unless the officer's role holds the permission."""
    if not by.may(permission):
        raise NotAllowed(permission.value)


@transaction.atomic
def move(
    campaign: Campaign,
    what: Move,
    *,
    by: Officer | None,
    now: datetime,
    **columns: datetime | Officer | str | int | Sequence[Mapping[str, str | int]] | None,
) -> None:
    """Carry out one row of the table, with these columns in the same statement, and write it down.

    Of two officers at once one wins, the other gets WrongState. Raises NotAllowed. The campaign is fresh
    afterwards; its open pages are told after the commit.
    """
    row = TABLE[what]
    if row.permission is not None and by is not None:
        check(by, row.permission)
    moved = Campaign.objects.filter(pk=campaign.pk, state__in=row.origins).update(state=row.to, **columns)
    campaign.refresh_from_db()
    if not moved:
        raise WrongState(campaign.state)
    reason = str(columns.get("returned_reason") or "")
    audit.record(what.value, by=by, subject=campaign, now=now, purpose=reason[:200])
    live.publish_after_commit(campaign.pk, now)


def allowed(campaign: Campaign, what: Move, *, by: Officer) -> bool:
    """Whether the officer could make that move now: what a page offers. The move itself decides."""
    row = TABLE[what]
    if campaign.state not in row.origins or (row.permission and not by.may(row.permission)):
        return False
    return what is not Move.APPROVE or not has_a_hand_in(campaign, by)


def has_a_hand_in(campaign: Campaign, officer: Officer) -> bool:
    """Whether the officer wrote, changed or submitted the campaign, and so cannot approve it."""
    ours = {campaign.author_id, campaign.submitter_id}
    return officer.pk in ours or campaign.writers.filter(pk=officer.pk).exists()


def finish_if_sent(campaign_id: int, now: datetime) -> bool:
    """End a running campaign whose every batch is done and whose ladder nobody is on, no relative either.

    Not while recipients are still being written. Late news and answers are still counted.
    """
    # One look at all of it: who goes from "due" into a batch, or from the list into both, between two looks
    # would be in neither.
    campaign = Campaign.objects.filter(
        ~Exists(Collecting.objects.filter(pk=campaign_id)),
        ~Exists(Batch.objects.filter(campaign=campaign_id).exclude(state=Batch.State.DONE)),
        ~Exists(Recipient.objects.filter(campaign=campaign_id, due_at__isnull=False)),
        ~Exists(Inquiry.objects.filter(campaign=campaign_id, due_at__isnull=False)),
        pk=campaign_id,
    ).first()
    if campaign is None:
        return False
    try:
        move(campaign, Move.FINISH, by=None, now=now, ended_at=now)
    except WrongState:
        return False  # paused, stopped, or another worker was faster
    return True
