"""What takes a pass over everybody: counted for all officers at once, and shown with the moment it was true.

What one officer's page had counted serves the others for a while.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from django.core.cache import cache
from redis.exceptions import RedisError

FRESH: Final = timedelta(seconds=5)
"""How long a count serves at least; one that took long serves ten times as long as it took."""

_WORTH: Final = 10
_KEPT: Final = 600  # seconds: an older one is no news at all
_COUNTING: Final = 30  # seconds that others wait for whoever counts, with the count before


@dataclass(frozen=True, slots=True)
class Kept:
    """What was counted, as JSON, when, and until when it serves."""

    text: str
    at: datetime
    until: datetime

    def again_in(self, now: datetime) -> int:
        """Seconds until a page that shows it should ask again; 0 for what was counted at this very moment."""
        return 0 if self.at == now else ceil(max(0.0, (self.until - now).total_seconds())) + 1


def recent(name: str, count: Callable[[], str], now: datetime) -> Kept:
    """The latest count of that name, made now if it is too old and nobody else is making one.

    Without Redis each officer's page counts for itself.
    """
    try:
        kept = _kept(cache.get(name))
        if kept and (now < kept.until or not cache.add(f"{name}-counting", 1, _COUNTING)):
            return kept
        found = _made(count, now)
        cache.set(name, json.dumps([found.text, found.at.isoformat(), found.until.isoformat()]), _KEPT)
        cache.delete(f"{name}-counting")
    except RedisError:
        return _made(count, now)
    return found


def _made(count: Callable[[], str], now: datetime) -> Kept:
    began = time.monotonic()
    text = count()
    took = timedelta(seconds=time.monotonic() - began)
    return Kept(text, now, now + max(FRESH, took * _WORTH))


def _kept(stored: str | None) -> Kept | None:
    if stored is None:
        return None
    text, at, until = json.loads(stored)
    return Kept(text, datetime.fromisoformat(at), datetime.fromisoformat(until))
