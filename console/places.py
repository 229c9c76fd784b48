"""How a campaign fares by place: counted for all officers at once, and shown with the moment it was true.

It takes a pass over everybody: seconds for a million people. So the board opens without it, and what one
officer's page had counted serves the others for a while.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.cache import cache
from redis.exceptions import RedisError

from campaigns.models import Campaign
from campaigns.tally import Tally
from console import board

FRESH: Final = timedelta(seconds=5)
"""How long a count serves at least; one that took long serves ten times as long as it took."""

_WORTH: Final = 10
_KEPT: Final = 600  # seconds: an older one is no news at all
_COUNTING: Final = 30  # seconds that others wait for whoever counts, with the count before


@dataclass(frozen=True, slots=True)
class Places:
    """The rows by place, most people first, when they were counted, and until when they serve."""

    rows: Sequence[board.Row]
    at: datetime
    until: datetime


def recent(campaign: Campaign, now: datetime) -> Places:
    """The latest count, made now if it is too old and nobody else is making one.

    Without Redis each officer's page counts for itself.
    """
    name = f"board-places-{campaign.pk}"
    try:
        kept = _kept(cache.get(name))
        if kept and (now < kept.until or not cache.add(f"{name}-counting", 1, _COUNTING)):
            return kept
        found = _count(campaign, now)
        cache.set(name, _as_json(found), _KEPT)
        cache.delete(f"{name}-counting")
    except RedisError:
        return _count(campaign, now)
    return found


def _count(campaign: Campaign, now: datetime) -> Places:
    began = time.monotonic()
    rows = board.by_place(campaign)
    took = timedelta(seconds=time.monotonic() - began)
    return Places(rows, now, now + max(FRESH, took * _WORTH))


def _as_json(places: Places) -> str:
    rows = [[row.name, row.country, asdict(row.tally)] for row in places.rows]
    return json.dumps([rows, places.at.isoformat(), places.until.isoformat()])


def _kept(stored: str | None) -> Places | None:
    if stored is None:
        return None
    rows, at, until = json.loads(stored)
    return Places(
        [board.Row(name, country, Tally(**counts)) for name, country, counts in rows],
        datetime.fromisoformat(at),
        datetime.fromisoformat(until),
    )
