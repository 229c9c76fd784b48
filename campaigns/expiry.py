"""When a campaign is too late to be sent: a question of yesterday frightens people and answers nothing.

Three things hold it, each enough by itself for what it sees: nothing is claimed or climbed from then on, a
worker in the middle of a batch begins no further request, and what the provider holds is valid no longer.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from campaigns import ladder
from campaigns.models import OUT_OF_TIME, Campaign, Collecting, Recipient
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
    """End what is running or paused beyond its time; returns how many. Answers still count.

    Whoever was asked and is silent stays due for the officers' list, if the ladder leads there: it ends
    earlier, and leads there all the same (`escalation.list_overdue`).
    """
    out = (Campaign.State.RUNNING, Campaign.State.PAUSED)
    ended = 0
    for campaign in Campaign.objects.filter(state__in=out, not_after__lt=now + SHORTEST):
        try:
            with transaction.atomic():
                move(campaign, Move.EXPIRE, by=None, now=now, ended_at=now)
                _count_uncollected(campaign)
                leave_for_the_list(campaign, Recipient.objects.filter(campaign=campaign), now)
        except WrongState:
            continue  # done or stopped a moment ago
        logger.info("a campaign has reached its end in time", extra={"campaign": campaign.pk})
        ended += 1
    return ended


def _count_uncollected(campaign: Campaign) -> None:
    """Nobody goes on with a list of recipients that is not finished by now: say how many are not on it."""
    row = Collecting.objects.filter(pk=campaign.pk).first()
    if row is not None and row.expected > row.written:
        campaign.left_out = {**row.left_out, OUT_OF_TIME: row.expected - row.written}
        campaign.save(update_fields=["left_out"])


def leave_for_the_list(campaign: Campaign, rows: QuerySet[Recipient], now: datetime) -> None:
    """Those of a campaign's recipients who wait for another text or call wait for the list now.

    It is made chunk by chunk (`escalation.list_overdue`).
    """
    last = ladder.list_rung(ladder.of(campaign))
    if last is not None:
        asked = rows.filter(asked_at__isnull=False, answer="", step__lt=last)
        asked.filter(due_at=None, contact__isnull=False).update(due_at=now)
