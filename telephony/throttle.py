"""How fast a sender may speak: a reservation of its line, kept in Redis and shared by every worker.

The rule is `reserve` below, plain arithmetic in whole microseconds; `_SCRIPT` is the same rule inside Redis,
and a test holds the two together. A line is a point in time, `free_at`: a message takes the line from then on
for as long as its segments last, so segments never leave faster than the rate. An idle line saves nothing up.

What it holds: with every message sent at its time, a window of one second never starts more segments than the
rate; only the last message's further segments, which the provider queues, may overhang it. Spacing is 2 %
wider than the rate asks, so an early or late request of some milliseconds does not break that either, and
while work waits the line runs at 98 %.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from telephony.messages import Channel
from telephony.senders import Sender

PACE: Final = 0.98
"""The share of a sender's rate that is used."""

HORIZON: Final = 1_000_000
"""How far ahead a line is given away at most, in microseconds: lost by a dying worker, waited by others."""

_KEEP_MILLISECONDS: Final = 60_000
_MICROSECONDS: Final = 1_000_000

# Redis' own clock is the one all workers share. When it is set back, what was still reserved stays reserved.
_SCRIPT: Final = """
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local interval, horizon, keep = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local line = redis.call('HMGET', KEYS[1], 'free_at', 'asked_at')
local free_at, asked_at = tonumber(line[1] or 0), tonumber(line[2] or 0)
if now < asked_at then
  free_at = free_at - (asked_at - now)
end
local start = math.max(now, free_at)
local count, cost = 0, 0
while ARGV[count + 5] and start + cost * interval <= now + horizon do
  cost = cost + tonumber(ARGV[count + 5])
  count = count + 1
end
free_at = start + math.ceil(cost * interval)
redis.call('HSET', KEYS[1], 'free_at', free_at, 'asked_at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil((free_at - now) / 1000) + keep)
return {start - now, count, free_at - now}
"""


class ThrottleUnavailable(Exception):
    """Redis does not answer, so nothing may be sent: without a count, two workers would be twice as fast."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sender's line: the time it is free from, and the time of the last question, in microseconds."""

    free_at: int = 0
    asked_at: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """When the first messages of those asked for may leave, and when to ask for the rest.

    `waits` has one entry for each message granted, in seconds from now, rising; it may be empty.
    `again` is the number of seconds after which to ask for more: late enough that a good part of the horizon
    is free, early enough that the line does not run dry.
    """

    waits: tuple[float, ...]
    again: float


def reserve(
    line: Line, costs: Sequence[int], *, now: int, interval: float, horizon: int = HORIZON
) -> tuple[Line, int, int]:
    """Give the line to the first messages whose turn comes within the horizon: (line after, wait, count).

    `costs` are segments, `interval` is the microseconds each lasts, `wait` the microseconds until the first.
    """
    free_at = line.free_at - max(0, line.asked_at - now)
    start = max(now, free_at)
    count = cost = 0
    while count < len(costs) and start + cost * interval <= now + horizon:
        cost += costs[count]
        count += 1
    return Line(free_at=start + math.ceil(cost * interval), asked_at=now), start - now, count


class Throttle:
    """The lines of all senders, in one Redis. It fails closed."""

    def __init__(self, redis: Redis) -> None:
        self._script = redis.register_script(_SCRIPT)

    async def reserve(
        self,
        sender: Sender,
        channel: Channel,
        costs: Sequence[int],
        *,
        now: int | None = None,
        horizon: int = HORIZON,
    ) -> Grant:
        """Reserve the sender's line for as many of these messages as have their turn within `horizon`.

        `costs` are the segments of each message, in the order of sending (a call costs 1). Send message i
        after `waits[i]` seconds; after `again` seconds ask anew for those not granted. One message or a
        thousand cost one round trip, so ask for all that wait. What is granted and not sent is time lost.
        `now`, in microseconds, is for tests; left out, it is the time of the Redis server.
        Raises ThrottleUnavailable.
        """
        interval = _interval(sender, channel)
        costs = costs[: int(horizon / interval) + 1]  # no more can be granted
        if not costs or min(costs) < 1:
            raise ValueError("every message costs at least one segment")
        try:
            wait, count, busy = await self._script(
                keys=[f"throttle:{channel}:{sender.id}"],
                args=["" if now is None else now, repr(interval), horizon, _KEEP_MILLISECONDS, *costs],
            )
        except RedisError as error:
            raise ThrottleUnavailable from error
        waits = []
        ahead: float = wait
        for cost in costs[:count]:
            waits.append(ahead / _MICROSECONDS)
            ahead += cost * interval
        return Grant(waits=tuple(waits), again=max(0.0, (busy - horizon / 2) / _MICROSECONDS))


def _interval(sender: Sender, channel: Channel) -> float:
    """Microseconds that one segment, or one call, keeps the sender's line."""
    rate = sender.segments_per_second if channel is Channel.SMS else sender.calls_per_second
    if rate <= 0:
        raise ValueError("a sender that may not send has no line")
    return _MICROSECONDS / (rate * PACE)
