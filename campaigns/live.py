"""Telling open pages that something changed: at most twice a second for each campaign, and never less.

An event carries no figures: who shows a page asks `tally.of` when it hears one. A page that missed an event
is put right by the next, and the scheduled `jobs.publish` repeats what a dying process left unsaid.
"""

import atexit
import logging
import threading
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final, TypedDict, cast

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

CASES: Final = "cases"
"""The group that hears of every change in the list of cases."""

_INBOX: Final = "inbox"
_WINDOW: Final = 500  # milliseconds between two events of one campaign
_KEEP: Final = 60_000  # milliseconds an unsaid change is remembered

# Within the window a change is only noted down. The first to note one is told how long the window still
# lasts: it says so once the window is over. -1: speak now; -2: somebody else will.
_MAY_SPEAK: Final = """
if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then
  redis.call('DEL', KEYS[2])
  return -1
end
if redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[2]) then
  return math.max(redis.call('PTTL', KEYS[1]), 0)
end
return -2
"""


class Event(TypedDict):
    """What a consumer receives. `type` names its method: `changed` is `campaign_changed` or `cases_changed`.

    `campaign` is 0 for a case outside any campaign; `at` is an ISO time.
    """

    type: str
    campaign: int
    at: str


def group(campaign_id: int) -> str:
    """The name of the group whose members hear of this campaign."""
    return f"campaign-{campaign_id}"


def publish(campaign_id: int, now: datetime) -> None:
    """Tell the campaign's open pages to look again; a burst becomes two events a second and a last one.

    A dead Redis is logged once and nothing else: no webhook and no job fails for it.
    """
    wait = _wait(str(campaign_id))
    if wait == -1:
        _say(group(campaign_id), {"type": "campaign.changed", "campaign": campaign_id, "at": now.isoformat()})
    elif wait >= 0:
        _later(wait, lambda: publish(campaign_id, now))


def inbox_changed(now: datetime) -> None:
    """Tell every open page that the inbox is another one, paced as `publish` is: a flood is two a second."""
    wait = _wait(_INBOX)
    if wait == -1:
        _say(CASES, {"type": "cases.changed", "campaign": 0, "at": now.isoformat()})
    elif wait >= 0:
        _later(wait, lambda: inbox_changed(now))


def inbox_changed_after_commit(now: datetime) -> None:
    """`inbox_changed` once the running transaction is committed."""
    transaction.on_commit(lambda: inbox_changed(now))


def _wait(name: str) -> int:
    """Milliseconds until a change of that name may be told: -1 now, -2 somebody else will or nobody can."""
    try:
        return int(_redis().eval(_MAY_SPEAK, 2, *_keys(name), _WINDOW, _KEEP))
    except RedisError as error:
        _mute(error)
        return -2


def _later(milliseconds: int, tell: Callable[[], None]) -> None:
    def told() -> None:
        _waiting.discard(cast("threading.Timer", threading.current_thread()))
        tell()

    later = threading.Timer((milliseconds + 5) / 1000, told)
    later.daemon = True
    _waiting.add(later)
    later.start()


def publish_unsaid(campaign_id: int, now: datetime) -> None:
    """Publish a change that its process did not live to tell; nothing when there is none."""
    if _is_unsaid(str(campaign_id)):
        publish(campaign_id, now)


def say_unsaid_of_inbox(now: datetime) -> None:
    """The same for the inbox and the list of cases."""
    if _is_unsaid(_INBOX):
        inbox_changed(now)


def _is_unsaid(name: str) -> bool:
    window, unsaid = _keys(name)
    try:
        return bool(_redis().exists(unsaid)) and not _redis().exists(window)
    except RedisError as error:
        _mute(error)
        return False


def publish_after_commit(campaign_id: int, now: datetime) -> None:
    """`publish` once the running transaction is committed."""
    transaction.on_commit(lambda: publish(campaign_id, now))


def cases_changed_after_commit(now: datetime) -> None:
    """Tell every open list of cases to look again: at once, for somebody may need help. A flood is paced."""
    inbox_changed_after_commit(now)


_waiting: set[threading.Timer] = set()


@atexit.register
def say_no_more() -> None:
    """Drop what was to be said later: at the end of a process, whose unsaid changes `jobs.sweep` repeats."""
    while _waiting:
        _waiting.pop().cancel()


class _Voice:
    """Whether the layer was alive when last used, so that its death is logged once."""

    lost = False


def _say(name: str, event: Event) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async_to_sync(layer.group_send)(name, event)
    except (RedisError, OSError) as error:
        _mute(error)
        return
    if _Voice.lost:
        _Voice.lost = False
        logger.warning("live pages are told of changes again")


def _mute(error: Exception) -> None:
    if not _Voice.lost:
        _Voice.lost = True
        logger.warning("live pages are not told of changes: %s", type(error).__name__)


def _keys(name: str) -> tuple[str, str]:
    return f"live:{name}:window", f"live:{name}:unsaid"


def _redis() -> "Redis":
    return _connected(settings.REDIS_URL)


@lru_cache(maxsize=1)
def _connected(url: str) -> "Redis":
    return Redis.from_url(url, socket_timeout=2, socket_connect_timeout=1)
