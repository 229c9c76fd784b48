"""When a campaign is too late to be sent: a question of yesterday frightens people and answers nothing.

Three things hold it, each enough by itself for what it sees: nothing is claimed or climbed from then on, a
worker in the middle of a batch begins no further request, and what the provider holds is valid no longer.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from campaigns.models import Campaign
from campaigns.states import Move, WrongState, move

logger = logging.getLogger(__name__)

LASTS: Final = timedelta(hours=24)
"""How long after its launch a campaign is sent and climbed, unless its author chose a moment."""

SHORTEST: Final = timedelta(seconds=5)
"""What is left of its time when a text is still worth sending: the provider advises to give it no less."""

LONGEST: Final = 36_000
"""Seconds a text waits at the provider at most; the provider's own limit."""

# An alert is out of date after an hour in a queue, a question after two (brief: sending limits).
_WAITS: Final[Mapping[str, int]] = {Campaign.Kind.ALERT: 3_600, Campaign.Kind.CHECK_IN: 7_200}


@dataclass(frozen=True, slots=True)
class Validity:
    """How long a text may wait at the provider: `most` seconds, and never beyond `until` (None: no end)."""

    most: int = LONGEST
    until: datetime | None = None

    def lasts(self, now: datetime) -> bool:
        """Whether anything may still be sent."""
        return self.until is None or self.until - now >= SHORTEST

    def seconds(self, now: datetime) -> int:
        """What to tell the provider about a text sent now: 1 to `most`."""
        if self.until is None:
            return self.most
        return max(1, min(self.most, int((self.until - now).total_seconds())))


def validity(campaign: Campaign) -> Validity:
    """How long its texts may wait; a correction as long as it can, because it must reach everybody."""
    most = LONGEST if campaign.corrects_id else _WAITS.get(campaign.kind, LONGEST)
    return Validity(most, campaign.not_after)


def lasting(now: datetime, prefix: str = "") -> Q:
    """Campaigns of which something may still be sent; `prefix` leads to the campaign, as "campaign__"."""
    return Q(**{f"{prefix}not_after": None}) | Q(**{f"{prefix}not_after__gte": now + SHORTEST})


def expire(now: datetime) -> int:
    """End what is running or paused beyond its time; returns how many. Answers still count."""
    out = (Campaign.State.RUNNING, Campaign.State.PAUSED)
    ended = 0
    for campaign in Campaign.objects.filter(state__in=out, not_after__lt=now + SHORTEST):
        try:
            move(campaign, Move.EXPIRE, by=None, now=now, ended_at=now)
        except WrongState:
            continue  # done or stopped a moment ago
        logger.info("a campaign has reached its end in time", extra={"campaign": campaign.pk})
        ended += 1
    return ended
