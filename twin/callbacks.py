"""Telling the service how a message or a call fares, with whatever trouble is set."""

from collections import deque
from dataclasses import dataclass

from twin.account import Account
from twin.clock import Clock
from twin.faults import FaultKind, Faults
from twin.records import Message, Status
from twin.webhooks import Answer, Courier, Form, Parcel

API_VERSION = "2010-04-01"


@dataclass(frozen=True, slots=True, repr=False)
class Callback:
    """One status callback: where to, what, about which number and resource; `sender` is that of a text."""

    url: str
    form: Form
    number: str
    sid: str
    idempotency: str
    sender: str = ""


class Callbacks:
    """Makes the status callbacks of one resource one after the other; those of two go side by side."""

    def __init__(self, account: Account, clock: Clock, faults: Faults, courier: Courier) -> None:
        self._account = account
        self._clock = clock
        self._faults = faults
        self._courier = courier
        self._lines: dict[str, deque[Callback]] = {}
        self._held: dict[str, list[Callback]] = {}

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
            message.sender,
        )
        self.progress(callback, first=message.status is Status.SENDING, last=message.status.is_final)

    def progress(self, callback: Callback, *, first: bool, last: bool) -> None:
        """Make one of a resource's callbacks, unless trouble keeps all of them until its end."""
        if first and self._faults.strikes(FaultKind.REORDER_CALLBACKS, callback.number, callback.sender):
            self._held[callback.sid] = []
        if callback.sid not in self._held:
            self.make(callback)
            return
        self._held[callback.sid].append(callback)
        if last:
            for held in reversed(self._held.pop(callback.sid)):
                self.make(held)

    def make(self, callback: Callback) -> None:
        """Make one callback, unless trouble says otherwise."""
        if self._faults.strikes(FaultKind.LOSE_CALLBACK, callback.number, callback.sender):
            return
        times = 2 if self._faults.strikes(FaultKind.REPEAT_CALLBACK, callback.number, callback.sender) else 1
        delay = self._faults.strikes(FaultKind.DELAY_CALLBACK, callback.number, callback.sender)
        for _ in range(times):
            if delay:
                self._clock.after(delay.value, lambda: self._post(callback))
            else:
                self._line_up(callback)

    def _line_up(self, callback: Callback) -> None:
        line = self._lines.setdefault(callback.sid, deque())
        line.append(callback)
        if len(line) == 1:
            self._work_off(callback.sid)

    def _work_off(self, sid: str) -> None:
        """Post the first of a resource's line, and the next once that is answered."""
        callback = self._lines[sid][0]

        def answered(answer: Answer | None) -> None:
            self._judge(callback, answer)
            line = self._lines[sid]
            line.popleft()
            if line:
                self._work_off(sid)
            else:
                del self._lines[sid]

        self._courier.carry(_parcel(callback), answered)

    def _post(self, callback: Callback) -> None:
        self._courier.carry(_parcel(callback), lambda answer: self._judge(callback, answer))

    def _judge(self, callback: Callback, answer: Answer | None) -> None:
        if answer is None:
            self._account.alert(11205, callback.sid, self._clock.now())
        elif not 200 <= answer.status < 300:
            self._account.alert(11200, callback.sid, self._clock.now())


def _parcel(callback: Callback) -> Parcel:
    return Parcel(callback.url, callback.form, callback.idempotency)


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
