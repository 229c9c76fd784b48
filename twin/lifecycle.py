"""From accepted to the handset: the sender's queue, the statuses on the way, the callbacks about them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from telephony.senders import Sender
from twin.account import Account
from twin.callbacks import Callbacks
from twin.clock import Clock
from twin.faults import FaultKind, Faults
from twin.records import Direction, Logged, Message, Status
from twin.refusals import Refusal

LONGEST_QUEUE: Final = timedelta(hours=10)
_UNKNOWN_SENDER: Final = Sender(id="")


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds a message spends at each step when nothing holds it up."""

    queue: float = 0.2
    sending: float = 0.3
    carrier: float = 0.8


USUAL_PACE: Final = Pace()


@dataclass(frozen=True, slots=True)
class _Road:
    """What lies ahead of one message, settled when it is accepted."""

    carrier_seconds: float
    fails_with: int | None
    refused_with: int | None


class Lifecycle:
    """Walks messages through their statuses. All of it happens on the twin's loop, in the clock's order."""

    def __init__(self, account: Account, clock: Clock, faults: Faults, callbacks: Callbacks) -> None:
        self._account = account
        self._clock = clock
        self._faults = faults
        self._callbacks = callbacks
        self.pace = USUAL_PACE
        self.on_delivered: Callable[[Message], None] = lambda _message: None

    def check_queue(self, sender: str) -> None:
        """Refuse when the sender's queue is longer than the provider keeps. Raises Refusal."""
        free_at = self._account.free_at.get(sender)
        if free_at is not None and free_at - self._clock.now() > LONGEST_QUEUE:
            raise Refusal(21611)

    def accept(self, message: Message) -> None:
        """Take a message over: note it, show it on its phone, put it into its sender's queue."""
        now = self._clock.now()
        if message.direction is Direction.API:
            token = message.callback.partition("#")[0].rstrip("/").rpartition("/")[2]
            self._account.log.append(Logged(message.sid, message.to, message.sender, message.created, token))
        self._account.show(message, now)
        self._enqueue(message, now)

    def cancel(self, message: Message) -> None:
        """Call back a message that still waits in its sender's queue. Raises Refusal for any other."""
        if message.status is not Status.QUEUED:
            raise Refusal(30409)
        self._move(message, Status.CANCELED)

    def resume(self, message: Message) -> None:
        """Take up again a message that was on its way when the twin stopped."""
        self._enqueue(message, self._clock.now())

    def _enqueue(self, message: Message, now: datetime) -> None:
        road = _Road(
            carrier_seconds=self.pace.carrier + self._struck(FaultKind.SLOW_DELIVERY, message),
            fails_with=self._code(FaultKind.FAIL, message),
            refused_with=self._code(FaultKind.UNDELIVER, message),
        )

        def wait(until: datetime) -> float:
            return (until - now).total_seconds()

        expires = message.created + timedelta(seconds=message.valid_seconds)
        free_at = self._account.free_at.get(message.sender, now)
        begins = max(now + timedelta(seconds=self.pace.queue), free_at)
        leaves = begins + timedelta(seconds=self._struck(FaultKind.SLOW_QUEUE, message))
        if leaves > expires:  # it never reaches the head of the queue, so it takes no room in it
            self._later(message, wait(expires), lambda: self._end(message, Status.FAILED, 30036))
            return
        rate = self._account.senders.get(message.sender, _UNKNOWN_SENDER).segments_per_second
        self._account.free_at[message.sender] = begins + timedelta(seconds=message.size.segments / rate)
        self._later(message, wait(leaves), lambda: self._send(message, road))

    def _send(self, message: Message, road: _Road) -> None:
        self._move(message, Status.SENDING)
        self._later(message, self.pace.sending, lambda: self._hand_over(message, road))

    def _hand_over(self, message: Message, road: _Road) -> None:
        if road.fails_with is not None:
            self._end(message, Status.FAILED, road.fails_with)
            return
        message.sent = self._clock.now()
        self._move(message, Status.SENT)
        self._later(message, road.carrier_seconds, lambda: self._arrive(message, road))

    def _arrive(self, message: Message, road: _Road) -> None:
        if road.refused_with is not None:
            self._end(message, Status.UNDELIVERED, road.refused_with)
            return
        phone = self._account.phone(message.to, self._clock.now())
        phone.unread += 1
        self._move(message, Status.DELIVERED)
        self.on_delivered(message)

    def _end(self, message: Message, status: Status, code: int) -> None:
        message.code = code
        self._move(message, status)

    def _move(self, message: Message, status: Status) -> None:
        message.status = status
        message.updated = self._clock.now()
        self._account.changed(message.to)
        self._callbacks.report(message)

    def _later(self, message: Message, seconds: float, action: Callable[[], None]) -> None:
        """Run the next step, unless the message was called back or forgotten (a reset) in the meantime."""

        def step() -> None:
            here = self._account.messages.find(message.sid) is message
            if here and message.status is not Status.CANCELED:
                action()

        self._clock.after(seconds, step)

    def _struck(self, kind: FaultKind, message: Message) -> float:
        fault = self._faults.strikes(kind, message.to, message.sender)
        return fault.value if fault else 0.0

    def _code(self, kind: FaultKind, message: Message) -> int | None:
        fault = self._faults.strikes(kind, message.to, message.sender)
        return int(fault.value) if fault else None
