"""A worker's share of the sending: claim a batch, send it, write the results, put the rest back.

One call works for a few seconds on whatever waits, with a lane for each sender, so that no sender's line is
idle while another's batch is sent. It may die at any moment: what it had claimed is found by its lease.
"""

import asyncio
import contextlib
import logging
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from asgiref.sync import async_to_sync, sync_to_async
from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import Q, QuerySet

from campaigns import batches, live, rerouting
from campaigns.batches import Claim, Doubt, Outcome
from campaigns.models import Batch
from campaigns.sending import Line, Sending
from channels_voice import settling
from core import breaker, delivery, gateway
from core.collisions import once_more
from telephony.errors import ProviderError
from telephony.messages import Channel
from telephony.provider import Provider
from telephony.senders import Sender

logger = logging.getLogger(__name__)

SHIFT: Final = 15.0
"""Seconds after which a worker takes no further batch, so that it hears what else is to be done."""

LOOK: Final = 0.4
"""Seconds between two looks whether a batch may go on: a pause, a stop or something more urgent holds it
within a second."""

_RENEW: Final = 10.0  # seconds between two renewals of the leases
# From the last renewal on; a request lasts 15 s at most, so none outlives its lease.
_FENCE: Final = batches.LEASE.total_seconds() - 20.0
_FAST: Final = 200.0  # segments per second from which one batch is prepared while another is sent
_ASKS: Final = 5.0  # seconds for which it is asked about doubts at least, however late in the shift
_LISTS: Final = 16  # questions to the provider under way at once

_Trace = Callable[[Provider, delivery.Unsure, datetime], Awaitable[bool]]

_winding_down = threading.Event()


def wind_down() -> None:
    """Tell this process to begin nothing more and to give back its claims: for the worker's stop signal."""
    _winding_down.set()


@dataclass(slots=True)
class _Held:
    """A claim as its worker sees it: still ours and running, and until when requests may be begun.

    By the machine's clock and by the calendar's: whichever stands still while a machine sleeps.
    """

    fence: float
    until: datetime
    stands: bool = True

    def prolong(self, moment: float, now: datetime) -> None:
        """The lease runs from that moment on, which is `now`."""
        self.fence, self.until = moment + _FENCE, now + timedelta(seconds=_FENCE)


@dataclass(slots=True)
class _Shift:
    """One worker for a few seconds."""

    line: Line
    ends: float
    held: dict[uuid.UUID, _Held] = field(default_factory=dict)
    campaigns: set[int] = field(default_factory=set)

    @property
    def goes_on(self) -> bool:
        return not _winding_down.is_set() and _time() < self.ends

    def hold(self, taken: Claim | Doubt, moment: float, now: datetime) -> _Held:
        """Keep what was taken no earlier than at that moment, which was `now`."""
        held = _Held(fence=moment, until=now)
        held.prolong(moment, now)
        self.held[taken.ident] = held
        self.campaigns.add(taken.campaign)
        return held

    def may_send(self, held: _Held) -> bool:
        """Whether a request of that claim may be begun."""
        if not held.stands or _winding_down.is_set():
            return False
        return _time() < held.fence and self.line.clock() < held.until


@dataclass(frozen=True, slots=True)
class _Sent:
    """A batch that went out, and what is left of it to be written down."""

    claim: Claim
    rest: Outcome


@dataclass(frozen=True, slots=True)
class _Lane:
    """One sender's texts or calls, as the database knows them. To be asked in the database's thread.

    Of a sender that is gone from the settings (`sends` is False) nothing goes out, and what is in doubt is
    settled all the same.
    """

    sender: Sender
    channel: Channel
    sends: bool = True

    def turn_over(self, sent: _Sent | None, now: datetime, *, goes_on: bool) -> Doubt | Claim | None:
        """Give back what was sent and take what is next; batches in doubt come first, None is none.

        All in one visit to the database's thread, which every lane of this process waits for.
        """
        changed = set()
        if sent:
            batches.give_back(sent.claim, sent.rest, now)
            changed.add(sent.claim.campaign)
        taken: Doubt | Claim | None = None
        if goes_on:
            taken = batches.take_over(self._mine(batches.in_doubt(now)), now)
            if taken is None and self.sends:
                # Somebody of the batch may be deleted in this moment: one of the two has to begin again.
                taken = once_more(lambda: batches.claim(self._mine(batches.to_send(now)), now))
        if isinstance(taken, Claim):
            changed.add(taken.campaign)
        _publish(sorted(changed), now)
        return taken

    def may_wait(self, now: datetime) -> bool:
        """Whether what cannot be taken yet may be in a moment: calls, while no line is free."""
        if self.channel is Channel.SMS or not self.sends or breaker.is_open():
            return False
        return self._mine(batches.to_send(now)).exists()

    def _mine(self, rows: QuerySet[Batch]) -> QuerySet[Batch]:
        return rows.filter(sender=self.sender.id, channel=self.channel)


def following(now: datetime) -> int | None:
    """A batch that a worker can do something about; what waits for a sender that is gone is none."""
    texts = Q(channel=Channel.SMS, sender__in=gateway.names(Channel.SMS))
    calls = Q(channel=Channel.VOICE, sender__in=gateway.names(Channel.VOICE))
    return batches.to_send(now).filter(texts | calls).values_list("pk", flat=True).first()


def work(
    batch_id: int, *, clock: Callable[[], datetime], rng: Random, seconds: float = SHIFT
) -> Sequence[int]:
    """Work on that batch, then on whatever else waits, for about so many seconds; returns the campaigns.

    Batches in doubt are settled with the provider before anything of theirs is sent. A batch that somebody
    else has is left alone. Call it outside any transaction.
    """
    return async_to_sync(_work)(batch_id, clock, rng, seconds)


async def _work(batch_id: int, clock: Callable[[], datetime], rng: Random, seconds: float) -> Sequence[int]:
    provider = gateway.provider()
    try:
        async with gateway.throttle() as throttle:
            line = Line(provider, throttle, clock, asyncio.Semaphore(gateway.CONNECTIONS), rng)
            shift = _Shift(line, ends=_time() + seconds)
            watch = asyncio.create_task(_watch(shift))
            try:
                lanes = await sync_to_async(_lanes)(batch_id, clock())
                # Each to its end: what fails for one number leaves nothing of another's in doubt.
                ended = await asyncio.gather(*(_go(shift, lane) for lane in lanes), return_exceptions=True)
            finally:
                watch.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watch
    finally:
        await provider.close()
    await sync_to_async(_publish)(sorted(shift.campaigns), clock())
    if failed := [error for error in ended if isinstance(error, Exception)]:
        raise ExceptionGroup("of a worker's lanes", failed)
    return sorted(shift.campaigns)


def _publish(campaigns: Sequence[int], now: datetime) -> None:
    for campaign in campaigns:
        live.publish(campaign, now)


def _lanes(batch_id: int, now: datetime) -> Sequence[_Lane]:
    """One entry for each lane: every sender's texts and calls, fast ones twice.

    None if nobody is needed, or while the provider refuses our account.
    """
    if not Batch.objects.exclude(state=Batch.State.DONE).filter(pk=batch_id).exists() or breaker.is_open():
        return ()
    lanes: list[_Lane] = []
    for sender in gateway.senders():
        if sender.sms:
            lanes += [_Lane(sender, Channel.SMS)] * (2 if sender.segments_per_second > _FAST else 1)
        if sender.voice:
            lanes.append(_Lane(sender, Channel.VOICE))
    return [*lanes, *_lanes_of_the_gone(now)]


def _lanes_of_the_gone(now: datetime) -> Iterator[_Lane]:
    """One for each sender whose batches are in doubt and which the settings no longer list."""
    doubtful = batches.in_doubt(now).order_by().values_list("sender", "channel").distinct()
    for name, channel in doubtful:
        if name not in gateway.names(Channel(channel)):
            yield _Lane(Sender(name), Channel(channel), sends=False)


async def _go(shift: _Shift, lane: _Lane) -> None:
    """Take the lane's batches one after the other while the shift lasts; calls wait for a free line."""
    sent: _Sent | None = None
    while sent or shift.goes_on:
        # Before the lease begins: its end is counted from here.
        moment, now = _time(), shift.line.clock()
        taken = await sync_to_async(lane.turn_over)(sent, now, goes_on=shift.goes_on)
        sent = None
        if isinstance(taken, Doubt):
            shift.hold(taken, moment, now)
            await _ask(shift, taken)
        elif taken is not None:
            held = shift.hold(taken, moment, now)
            sent = await _send(shift, taken, lane.sender, held)
        elif not shift.goes_on or not await sync_to_async(lane.may_wait)(shift.line.clock()):
            return
        else:
            await asyncio.sleep(LOOK)


async def _send(shift: _Shift, claim: Claim, sender: Sender, held: _Held) -> _Sent:
    rest = await Sending(shift.line, claim, sender, go_on=lambda: shift.may_send(held)).run()
    del shift.held[claim.ident]
    return _Sent(claim, rest)


async def _ask(shift: _Shift, doubt: Doubt) -> None:
    """Find out what became of an abandoned batch's requests; only a proven absence is sent again.

    In any order, and no longer than the shift lasts: with a list that hardly answers, one batch would keep
    the worker from all else, and the same few would be asked about each time.
    """
    limit = asyncio.Semaphore(_LISTS)
    trace = settling.trace if doubt.channel is Channel.VOICE else _trace_text
    until = max(shift.ends, _time() + _ASKS)
    asked = shift.line.rng.sample(doubt.requests, len(doubt.requests))

    async def found(request: delivery.Unsure) -> bool | None:
        async with limit:
            in_time = not _winding_down.is_set() and _time() < until
            return await _trace(shift.line, request, trace) if in_time else None

    answers = await asyncio.gather(*(found(request) for request in asked))
    del shift.held[doubt.ident]
    told = list(zip([request.message for request in asked], answers, strict=True))
    absent = [message for message, found in told if found is False]
    unproven = [message for message, found in told if found is None]
    await sync_to_async(_settle)(doubt, absent, unproven, shift.line.clock())


@transaction.atomic
def _settle(doubt: Doubt, absent: Sequence[int], unproven: Sequence[int], now: datetime) -> None:
    """Write down the answers; what is to be sent again does not go to a sender that fares badly."""
    if batches.settle(doubt, absent, unproven, now):
        rerouting.relieve(doubt.batch, now)


async def _trace(line: Line, request: delivery.Unsure, trace: _Trace) -> bool | None:
    """True: found and written down. False: certainly never arrived. None: nobody can tell yet."""
    try:
        return await trace(line.provider, request, line.clock())
    except ProviderError:
        return None


async def _trace_text(provider: Provider, request: delivery.Unsure, now: datetime) -> bool:
    found = await delivery.trace(provider, request)
    return await sync_to_async(delivery.adopt)(request.message, found, now=now)


async def _watch(shift: _Shift) -> None:
    """Keep the leases, and notice what is paused, stopped, overtaken or taken over; else, the fence holds."""
    renewed = _time()
    while True:
        await asyncio.sleep(LOOK)
        mine = list(shift.held)
        if not mine:
            continue
        moment, now = _time(), shift.line.clock()
        renews = moment - renewed >= _RENEW
        try:
            standing = await sync_to_async(_standing)(mine, now, renews=renews)
        except (DatabaseError, InterfaceError):
            logger.warning("nothing more is begun while the database does not answer")
            standing, renews = set(), False
        for ident in set(mine) & set(shift.held):
            if ident not in standing:
                shift.held[ident].stands = False
            elif renews:
                shift.held[ident].prolong(moment, now)
        renewed = moment if renews else renewed


def _standing(claims: Sequence[uuid.UUID], now: datetime, *, renews: bool) -> set[uuid.UUID]:
    """Which claims may go on; looked at behind the renewal, which does not bring back what was lost."""
    if renews:
        batches.renew(claims, now)
    return batches.held(claims, now)


def _time() -> float:
    return asyncio.get_running_loop().time()
