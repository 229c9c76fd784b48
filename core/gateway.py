"""The way out: the configured provider, the throttle, and which sender speaks to whom."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.conf import settings
from redis.asyncio import Redis

from core import sender_health
from telephony.health import divided, instead
from telephony.messages import Channel
from telephony.provider import Provider
from telephony.senders import Sender
from telephony.throttle import Throttle, ThrottleUnavailable
from telephony.twilio_api import Twilio, TwilioConfig

logger = logging.getLogger(__name__)

CONNECTIONS: Final = 128
"""Requests to the provider that one process keeps in flight at most."""

# Knuth's multiplicative hash: neighbouring keys land far apart, and SQL can compute it as well as Python.
SPREAD_FACTOR: Final = 2_654_435_761
SPREAD_RANGE: Final = 2**32
SPREAD_KEYS: Final = 2**31  # keys are cut to this first, so that the product fits PostgreSQL's bigint

_PATIENCE: Final = 30.0  # seconds that what is sent waits for its sender's line; then it is left to a sweep

_installed: list[Provider] = []


@dataclass(frozen=True, slots=True)
class Share:
    """The keys a sender speaks to: those whose `spread` lies below `below` and not below an earlier share."""

    sender: Sender
    below: int


def provider() -> Provider:
    """The provider that the settings describe, one object for the process.

    It may be used from any event loop; whoever used it in a loop closes it there.
    """
    return _installed[-1] if _installed else _configured()


@contextmanager
def using(other: Provider) -> Iterator[None]:
    """Let another provider take the configured one's place in this process: for tests and dry runs."""
    _installed.append(other)
    try:
        yield
    finally:
        _installed.remove(other)


@lru_cache(maxsize=1)
def _configured() -> Provider:
    return Twilio(
        TwilioConfig(
            account_sid=settings.TWILIO_ACCOUNT_SID,
            auth_token=settings.TWILIO_AUTH_TOKEN,
            previous_token=settings.TWILIO_AUTH_TOKEN_PREVIOUS or None,
            base_url=settings.TWILIO_API_BASE_URL,
            connections=CONNECTIONS,
        )
    )


@asynccontextmanager
async def throttle() -> AsyncIterator[Throttle]:
    """The throttle shared by all workers, for the running event loop."""
    async with Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2) as redis:
        yield Throttle(redis)


async def line_is_free(sender_name: str, channel: Channel, segments: int, *, row: int) -> bool:
    """Wait for a sender's turn; False when it takes too long or nobody can tell. `row` names what waits.

    `segments` are those of a text, or the number of calls that are placed together.
    """
    sender = sender_named(sender_name)
    if sender is None:
        return False
    waited = 0.0
    try:
        async with throttle() as line:
            while waited < _PATIENCE:
                grant = await line.reserve(sender, channel, [segments])
                wait = grant.waits[0] if grant.waits else max(grant.again, 0.05)
                await asyncio.sleep(wait)
                if grant.waits:
                    return True
                waited += wait
    except ThrottleUnavailable:
        logger.warning("nothing is sent while Redis is down", extra={"row": row})
    return False


def senders() -> tuple[Sender, ...]:
    """Every sender of ours, as the settings list them."""
    listed: tuple[Sender, ...] = settings.SENDERS
    return listed


def sender_named(name: str) -> Sender | None:
    """The sender of that id; None when the settings no longer list it."""
    return next((sender for sender in senders() if sender.id == name), None)


def names(channel: Channel) -> frozenset[str]:
    """The ids of the senders that the settings list for that channel."""
    return frozenset(sender.id for sender in senders() if _speaks(sender, channel))


def shares(region: str | None, channel: Channel, *, two_way: bool = True) -> Sequence[Share]:
    """How the phones of a country divide between the senders that reach it, in proportion to their rates.

    Of a sender that fares badly there, all but a trickle goes to the others, and comes back with its health;
    the phones of the others stay where they are. So a sender may have several shares. Empty when no sender
    reaches it. `two_way` asks for senders that can be answered.
    """
    able = _able(region, channel, two_way=two_way)
    parts = divided([rate for _, rate in able], _weights(able, channel, region))
    return [Share(able[which][0], below=round(SPREAD_RANGE * below)) for which, below in parts]


def instead_of(
    name: str, region: str | None, channel: Channel, *, key: int, two_way: bool = True
) -> Sender | None:
    """Who takes a piece of a sender's work towards that country now: itself, or another while it is spared.

    The same for the same `key`. A sender that cannot speak there has a share of nothing: another takes it.
    None when no sender can.
    """
    able = _able(region, channel, two_way=two_way)
    mine = next((place for place, (sender, _) in enumerate(able) if sender.id == name), None)
    if mine is None:
        return sender_for(region, channel, key=key, two_way=two_way)
    weights = _weights(able, channel, region)
    return able[instead([rate for _, rate in able], weights, mine, spread(key) / SPREAD_RANGE)][0]


def spread(key: int) -> int:
    """Where a key falls in 0 … SPREAD_RANGE - 1."""
    return key % SPREAD_KEYS * SPREAD_FACTOR % SPREAD_RANGE


def sender_for(region: str | None, channel: Channel, *, key: int, two_way: bool = True) -> Sender | None:
    """The sender that speaks to a phone of that country; the same for the same `key` (the contact's id).

    None when no sender reaches the country on that channel.
    """
    place = spread(key)
    return next(
        (share.sender for share in shares(region, channel, two_way=two_way) if place < share.below), None
    )


def _able(region: str | None, channel: Channel, *, two_way: bool) -> list[tuple[Sender, float]]:
    """The senders that reach the country, with their rates."""
    return [
        (sender, _rate(sender, channel))
        for sender in senders()
        if sender.reaches(region) and _speaks(sender, channel) and (sender.two_way or not two_way)
    ]


def _weights(able: Sequence[tuple[Sender, float]], channel: Channel, region: str | None) -> Sequence[float]:
    spared = sender_health.weights(channel, region)
    return [spared.get(sender.id, 1.0) for sender, _ in able]


def _rate(sender: Sender, channel: Channel) -> float:
    return sender.segments_per_second if channel is Channel.SMS else sender.calls_per_second


def _speaks(sender: Sender, channel: Channel) -> bool:
    return sender.sms if channel is Channel.SMS else sender.voice
