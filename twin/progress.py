"""Where each call stands, and telling whoever asked to be told."""

from collections.abc import Mapping
from typing import Final

from twin.account import Account
from twin.call_forms import progress_form
from twin.call_records import Call, CallStatus, Line, Phase, Who
from twin.callbacks import Callback, Callbacks
from twin.clock import Clock

_EVENTS: Final[Mapping[CallStatus, str]] = {
    CallStatus.QUEUED: "initiated",
    CallStatus.RINGING: "ringing",
    CallStatus.IN_PROGRESS: "answered",
}
# How the telephone network ends a call. Source: RFC 3261, section 21.
BUSY_HERE: Final = 486
DECLINED: Final = 603
NOBODY_THERE: Final = 480
CANCELED: Final = 487
UNKNOWN_NUMBER: Final = 404
_USUAL_CODES: Final[Mapping[CallStatus, int]] = {
    CallStatus.COMPLETED: 200,
    CallStatus.BUSY: BUSY_HERE,
    CallStatus.NO_ANSWER: NOBODY_THERE,
    CallStatus.CANCELED: CANCELED,
    CallStatus.FAILED: UNKNOWN_NUMBER,
}


class Progress:
    """Moves calls forward; a call that is over stays over."""

    def __init__(self, account: Account, clock: Clock, callbacks: Callbacks) -> None:
        self._account = account
        self._clock = clock
        self._callbacks = callbacks

    def move(self, call: Call, status: CallStatus, *, sip_code: int | None = None) -> None:
        """Give a call its next status and report it."""
        if call.status.is_final:
            return
        now = self._clock.now()
        call.status = status
        call.updated = now
        if status is CallStatus.IN_PROGRESS:
            call.answered = now
        if status.is_final:
            if self._account.on_the_line.get(call.hand) is call:
                del self._account.on_the_line[call.hand]
            call.ended = now
            call.phase = Phase.OVER
            call.sip_code = sip_code or _USUAL_CODES[status]
        else:
            self._account.on_the_line[call.hand] = call
        self.report(call)
        self._account.changed(call.hand)

    def report(self, call: Call) -> None:
        """Make the callback about the call's present status, if it is asked for."""
        event = _EVENTS.get(call.status, "completed")
        if not call.callback or event not in call.events:
            return
        form = progress_form(call, self._account.credentials.account_sid, self._clock.now())
        first = call.sequence == 0
        call.sequence += 1
        callback = Callback(call.callback, form, call.hand, call.sid, self._account.new_sid("IT"))
        self._callbacks.progress(callback, first=first, last=call.status.is_final)

    def show(self, call: Call, phase: Phase) -> None:
        """The person at the phone meets something else now."""
        if call.phase is not Phase.OVER:
            call.phase = phase
            self._account.changed(call.hand)

    def says(self, call: Call, who: Who, verb: str, text: str = "") -> None:
        """Write a line of what a person or the network does."""
        self.note(call, Line(who, verb, self._clock.now(), text))

    def note(self, call: Call, line: Line) -> None:
        """Write a line of the transcript."""
        call.transcript.append(line)
        self._account.changed(call.hand)
