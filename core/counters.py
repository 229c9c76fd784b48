"""Small counts of things that leave no other trace: kept in the cache, shared by all processes.

Counting never fails and never decides anything: with the cache down the count is lost, the answer is not.
"""

import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

_PREFIX: Final = "count:"


class Counted(StrEnum):
    """What is counted."""

    REFUSED = "webhook-refused"  # a missing or wrong signature
    TOO_LARGE = "webhook-too-large"
    UNREADABLE = "webhook-unreadable"  # signed, and without a field that must be there
    UNAVAILABLE = "webhook-unavailable"  # the database did not answer
    NOT_FROM_A_PHONE = "text-not-from-a-phone"
    KEPT_UNREAD = "text-kept-unread"  # one phone wrote faster than anybody types
    UNKNOWN_TOKEN = "status-unknown-token"  # noqa: S105 - a name


def count(what: Counted) -> None:
    """Add one, if the cache is there."""
    name = _PREFIX + what
    try:
        cache.add(name, 0, timeout=None)
        cache.incr(name)
    except (RedisError, ValueError) as error:  # ValueError: evicted between the two steps
        logger.warning("not counted: %s (%s)", what.value, type(error).__name__)


def counts() -> Mapping[Counted, int]:
    """Every count so far. Raises RedisError."""
    found = cache.get_many([_PREFIX + what for what in Counted])
    return {what: int(found.get(_PREFIX + what, 0)) for what in Counted}
