"""Telling the service how a message or a call fares, with whatever trouble is set."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass

from twin.account import Account
from twin.clock import Clock
from twin.faults import FaultKind, Faults
from twin.records import Message, Status
from twin.webhooks import Form, Unreachable, Webhooks

API_VERSION = "2010-04-01"


@dataclass(frozen=True, slots=True, repr=False)
class Callback:
    """One status callback: where to, what, about which number and which resource."""

    url: str
    form: Form
    number: str
    sid: str
    idempotency: str


class Errands:
    """Things that run beside the requests, and can be waited for."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, errand: Coroutine[object, object, None]) -> None:
        """Start one."""
        task = asyncio.ensure_future(errand)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settled(self) -> None:
        """Return once nothing is under way, errands begun by errands included."""
        while self._running:
            await asyncio.gather(*self._running)

    async def abandon(self) -> None:
        """Stop whatever is under way."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


class Callbacks:
    """Makes the status callbacks of one resource one after the other; those of two go side by side."""

    def __init__(self, account: Account, clock: Clock, faults: Faults, webhooks: Webhooks) -> None:
        self._account = account
        self._clock = clock
        self._faults = faults
        self._webhooks = webhooks
        self._lines: dict[str, deque[Callback]] = {}
        self._held: dict[str, list[Callback]] = {}
        self.errands = Errands()

    def report(self, message: Message) -> None:
        """Make the callback for the message's present status, if one is asked for."""
        if not message.callback:
            return
        callback = Callback(
            message.callback,
            _form(message, self._account),
            message.to,
            message.sid,
            self._account.new_sid("IT"),
        )
        first = message.status is Status.SENDING
        if first and self._faults.strikes(FaultKind.REORDER_CALLBACKS, message.to):
            self._held[message.sid] = []
        if message.sid in self._held:
            self._held[message.sid].append(callback)
            if message.status.is_final:
                for held in reversed(self._held.pop(message.sid)):
                    self.make(held)
            return
        self.make(callback)

    def make(self, callback: Callback) -> None:
        """Make one callback, unless trouble says otherwise."""
        if self._faults.strikes(FaultKind.LOSE_CALLBACK, callback.number):
            return
        times = 2 if self._faults.strikes(FaultKind.REPEAT_CALLBACK, callback.number) else 1
        delay = self._faults.strikes(FaultKind.DELAY_CALLBACK, callback.number)
        for _ in range(times):
            if delay:
                self._clock.after(delay.value, lambda: self.errands.begin(self._post(callback)))
            else:
                self._line_up(callback)

    def _line_up(self, callback: Callback) -> None:
        line = self._lines.get(callback.sid)
        if line is not None:
            line.append(callback)
            return
        self._lines[callback.sid] = deque([callback])
        self.errands.begin(self._work_off(callback.sid))

    async def _work_off(self, sid: str) -> None:
        line = self._lines[sid]
        while line:
            await self._post(line.popleft())
        del self._lines[sid]

    async def _post(self, callback: Callback) -> None:
        try:
            answer = await self._webhooks.post(callback.url, callback.form, callback.idempotency)
        except Unreachable:
            self._account.alert(11205, callback.sid, self._clock.now())
            return
        if not 200 <= answer.status < 300:
            self._account.alert(11200, callback.sid, self._clock.now())


def _form(message: Message, account: Account) -> Form:
    form = {
        "SmsSid": message.sid,
        "SmsStatus": message.status.value,
        "MessageStatus": message.status.value,
        "To": message.to,
        "MessageSid": message.sid,
        "AccountSid": account.credentials.account_sid,
        "From": message.sender,
        "ApiVersion": API_VERSION,
    }
    if message.code is not None:
        form["ErrorCode"] = str(message.code)
    return form
