"""What open pages are told, counted once for all the lines of one process that heard of the same change.

In a flood of answers every open page hears twice a second that something moved. What one line counts serves
the others if the counting began after they had heard: nobody is told figures from before the change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final

from django.utils import timezone

from campaigns import inbox
from campaigns.models import Campaign
from console import board, context


@dataclass(frozen=True, slots=True)
class Counted:
    """A campaign as it was when the counting began: the moment, and that moment's turn."""

    turn: int
    at: datetime
    campaign: Campaign
    standing: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait for help and how many texts wait to be read, counted in that turn."""

    turn: int
    cases: int
    texts: int


_turns: Final = count()
_latest: Final[dict[int, Counted]] = {}
_frame: Final[list[Waiting]] = []


def heard() -> int:
    """The turn at which somebody hears of a change, to be handed to `since`."""
    return next(_turns)


def since(turn: int, campaign_id: int) -> Counted:
    """Counts that were begun after that turn: those of another line, if there are any."""
    found = _latest.get(campaign_id)
    if found is None or found.turn < turn:
        begun, now = next(_turns), timezone.now()
        campaign = Campaign.objects.get(pk=campaign_id)
        found = Counted(begun, now, campaign, board.standing(campaign), board.exact(campaign, now))
        _latest[campaign_id] = found
    return found


def waiting_since(turn: int) -> Waiting:
    """What waits for an officer, begun after that turn."""
    if not _frame or _frame[0].turn < turn:
        begun = next(_turns)
        _frame[:] = [Waiting(begun, context.waiting(), inbox.count(timezone.now()))]
    return _frame[0]
