"""Sending one claimed batch: its messages one by one under the throttle, results written in groups."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from asgiref.sync import sync_to_async

from campaigns.batches import Claim, Outcome
from campaigns.marking import Item
from channels_voice import outbound
from core import breaker, delivery
from telephony.errors import (
    BACKOFF,
    NO_ANSWER,
    Backoff,
    Decision,
    OutcomeUnknown,
    Refused,
    is_of_account,
    rule_for,
)
from telephony.messages import Channel, OutboundSms
from telephony.provider import Provider
from telephony.senders import Sender
from telephony.throttle import HORIZON, Grant, Throttle, ThrottleUnavailable

logger = logging.getLogger(__name__)

IN_FLIGHT: Final = 64
"""Requests to the provider that one batch has under way at most."""

# How far ahead a batch takes its sender's line, in microseconds: what is more urgent waits as long.
_AHEAD: Final = 400_000
_EARLY: Final = 0.002  # seconds; less is not worth a timer
_GROUP_SECONDS: Final = 0.5
_LINE_DOWN: Final = timedelta(seconds=5)  # how long a batch waits when Redis does not answer
_TRY_AGAIN: Final = timedelta(seconds=30)  # the provider took nothing, five times in a row
# Seconds; who waits longer is claimed anew then, and may have answered or said STOP meanwhile.
_HELD_FOR: Final = 2.0
_TOGETHER: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Line:
    """What a worker shares between its batches. `clock` is the aware time, `rng` spreads the backoff."""

    provider: Provider
    throttle: Throttle
    clock: Callable[[], datetime]
    slots: asyncio.Semaphore
    rng: Random
    backoff: Backoff = BACKOFF


_Turns = asyncio.Queue[tuple[float, Item] | None]


@dataclass(slots=True)
class Sending:
    """One batch on its way. `go_on` is asked before each request; once it says no, no request is begun."""

    line: Line
    claim: Claim
    sender: Sender
    go_on: Callable[[], bool]
    _unsent: list[int] = field(default_factory=list)
    _later: dict[int, datetime] = field(default_factory=dict)
    _unknown: list[int] = field(default_factory=list)
    _codes: dict[int, int] = field(default_factory=dict)
    _accepted: list[tuple[int, str]] = field(default_factory=list)
    _refused: list[tuple[int, int | None]] = field(default_factory=list)
    _waits_until: datetime | None = None
    _shut_out: bool = False  # the provider lets in nothing of ours

    async def run(self) -> Outcome:
        """Send what can be sent; what is left is in the Outcome, everything else is written down."""
        over = asyncio.Event()
        writer = asyncio.create_task(self._write_groups(over))
        turns: _Turns = asyncio.Queue()
        try:
            # A few that take one after the other: a task for each message would cost more than it does.
            async with asyncio.TaskGroup() as senders:
                count = min(IN_FLIGHT, len(self.claim.items))
                for _ in range(count):
                    senders.create_task(self._send_in_turn(turns))
                await self._give_turns(turns)
                for _ in range(count):
                    turns.put_nowait(None)
        finally:
            over.set()
            await writer
        return Outcome(self._unsent, self._later, self._unknown, self._waits_until, self._codes)

    def _goes_on(self) -> bool:
        in_time = self.claim.validity.lasts(self.line.clock())
        return in_time and not self._shut_out and self.go_on()

    async def _give_turns(self, turns: _Turns) -> None:
        """Give each message its moment on the sender's line, _AHEAD at most before it."""
        loop = asyncio.get_running_loop()
        waiting: Sequence[Item] = self.claim.items
        while waiting and self._goes_on():
            costs = [item.segments for item in waiting]
            try:
                grant = await self._reserve(costs, horizon=_AHEAD)
            except ThrottleUnavailable:
                logger.warning("nothing is sent while Redis is down", extra={"batch": self.claim.batch})
                self._waits_until = self.line.clock() + _LINE_DOWN
                break
            asked_at = loop.time()
            for item, wait in zip(waiting, grant.waits, strict=False):
                turns.put_nowait((asked_at + wait, item))
            waiting = waiting[len(grant.waits) :]
            if waiting:
                await asyncio.sleep(grant.again)
        self._unsent += [item.message for item in waiting]

    async def _send_in_turn(self, turns: _Turns) -> None:
        loop = asyncio.get_running_loop()
        while turn := await turns.get():
            moment, item = turn
            wait = moment - loop.time()
            if wait > _EARLY:
                await asyncio.sleep(wait)
            async with self.line.slots:
                if self._goes_on():
                    await self._until_answered(item)
                else:
                    self._unsent.append(item.message)

    async def _until_answered(self, item: Item) -> None:
        """Make the request, again while it is certainly refused for the moment only."""
        tried = 0
        while True:
            try:
                sid = await self._request(item)
            except OutcomeUnknown as unknown:
                self._unknown.append(item.message)
                self._codes[item.message] = unknown.code or NO_ANSWER
                return
            except Refused as refusal:
                tried += 1
                if not await self._may_repeat(refusal, item, tried):
                    return
            else:
                self._accepted.append((item.message, sid))
                return

    async def _request(self, item: Item) -> str:
        """Make one request; the provider's name for the text or the call."""
        provider = self.line.provider
        if self.claim.channel is Channel.VOICE:
            return (await provider.place_call(outbound.order(item.to, self.sender.id, item.token))).sid
        url = delivery.status_url(item.token)
        valid = self.claim.validity.seconds(self.line.clock())
        sms = OutboundSms(
            to=item.to, sender=self.sender.id, body=item.body, status_url=url, valid_seconds=valid
        )
        return (await provider.send_sms(sms)).sid

    async def _reserve(self, costs: Sequence[int], *, horizon: int = HORIZON) -> Grant:
        return await self.line.throttle.reserve(self.sender, self.claim.channel, costs, horizon=horizon)

    async def _may_repeat(self, refusal: Refused, item: Item, tried: int) -> bool:
        """Decide about a refused message; True after the wait when the same request is to be made again."""
        if refusal.code is not None and is_of_account(refusal.code):
            # Certainly not accepted, and not for anything about this person: it waits as if never begun.
            self._unsent.append(item.message)
            self._shut_out = True
            await sync_to_async(breaker.trip)(refusal.code, self.line.clock())
            return False
        if refusal.decision is not Decision.RETRY:
            self._refuse(item, refusal)
            return False
        wait = self.line.backoff.wait(tried, self.line.rng, at_least=refusal.retry_after or 0.0)
        if wait is None:
            self._put_off(item, _TRY_AGAIN)
            return False
        if wait > _HELD_FOR:
            self._put_off(item, timedelta(seconds=wait))
            return False
        await asyncio.sleep(wait)
        # The provider counts a refused request against our rate, so we do too.
        if not self._goes_on() or not await self._on_the_line(item):
            self._unsent.append(item.message)
            return False
        return True

    async def _on_the_line(self, item: Item) -> bool:
        while self._goes_on():
            try:
                grant = await self._reserve([item.segments])
            except ThrottleUnavailable:
                return False
            await asyncio.sleep(grant.waits[0] if grant.waits else max(grant.again, 0.05))
            if grant.waits:
                return self._goes_on()
        return False

    def _refuse(self, item: Item, refusal: Refused) -> None:
        rule = rule_for(refusal.code) if refusal.code is not None else None
        if rule and rule.decision is Decision.LATER and item.refusals < len(rule.waits):
            self._codes[item.message] = rule.code
            self._put_off(item, rule.waits[item.refusals])
        else:
            self._refused.append((item.message, refusal.code))

    def _put_off(self, item: Item, wait: timedelta) -> None:
        """Let the message wait; what waits equally long is tried again together, so times are rounded up."""
        at = self.line.clock() + wait + _TOGETHER
        self._later[item.message] = at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % _TOGETHER

    async def _write_groups(self, over: asyncio.Event) -> None:
        """Write the results that have gathered, now and then and at the end."""
        way = outbound if self.claim.channel is Channel.VOICE else delivery
        while True:
            if not over.is_set():
                with contextlib.suppress(TimeoutError):  # the time is up: write what there is
                    await asyncio.wait_for(over.wait(), _GROUP_SECONDS)
            accepted, self._accepted = self._accepted, []
            refused, self._refused = self._refused, []
            if accepted:
                self._unknown += await sync_to_async(way.accepted)(accepted)
            if refused:
                await sync_to_async(way.refused)(refused, now=self.line.clock())
            if over.is_set() and not self._accepted and not self._refused:
                return
