"""Calls as far as they go today: nobody picks up, so each one rings out and ends as no-answer."""

from datetime import timedelta
from typing import Final

from telephony.senders import Sender
from twin.account import Account
from twin.callbacks import API_VERSION, Callback, Callbacks
from twin.clock import Clock
from twin.records import Call, CallStatus
from twin.wire import rfc2822

_DIAL_SECONDS: Final = 0.5
_UNKNOWN_SENDER: Final = Sender(id="")
_EVENTS: Final = {
    CallStatus.RINGING: "ringing",
    CallStatus.NO_ANSWER: "completed",
    CallStatus.CANCELED: "completed",
}


class Calls:
    """Places calls at the sender's rate and lets them ring."""

    def __init__(self, account: Account, clock: Clock, callbacks: Callbacks) -> None:
        self._account = account
        self._clock = clock
        self._callbacks = callbacks

    def place(self, call: Call) -> None:
        """Put a call into its sender's queue."""
        now = self._clock.now()
        queue = f"call {call.sender}"
        begins = max(now + timedelta(seconds=_DIAL_SECONDS), self._account.free_at.get(queue, now))
        rate = self._account.senders.get(call.sender, _UNKNOWN_SENDER).calls_per_second
        self._account.free_at[queue] = begins + timedelta(seconds=1 / rate)
        self._clock.after((begins - now).total_seconds(), lambda: self._ring(call))

    def cancel(self, call: Call) -> None:
        """Hang up a call that nobody has answered."""
        self._move(call, CallStatus.CANCELED)

    def _ring(self, call: Call) -> None:
        if call.status.is_final:
            return
        self._report(call, "initiated")
        self._move(call, CallStatus.RINGING)
        self._clock.after(call.ring_seconds, lambda: self._give_up(call))

    def _give_up(self, call: Call) -> None:
        if not call.status.is_final:
            self._move(call, CallStatus.NO_ANSWER)

    def _move(self, call: Call, status: CallStatus) -> None:
        call.status = status
        call.updated = self._clock.now()
        if status.is_final:
            call.ended = call.updated
        self._report(call, _EVENTS[status])

    def _report(self, call: Call, event: str) -> None:
        if not call.callback or event not in call.events:
            return
        form = {
            "CallSid": call.sid,
            "AccountSid": self._account.credentials.account_sid,
            "From": call.sender,
            "To": call.to,
            "Caller": call.sender,
            "Called": call.to,
            "CallStatus": call.status.value,
            "ApiVersion": API_VERSION,
            "Direction": "outbound-api",
            "CallbackSource": "call-progress-events",
            "Timestamp": rfc2822(self._clock.now()),
            "SequenceNumber": str(call.sequence),
        }
        if call.status.is_final:
            form |= {"CallDuration": "0", "Duration": "0"}
        call.sequence += 1
        self._callbacks.make(Callback(call.callback, form, call.to, call.sid, self._account.new_sid("IT")))
