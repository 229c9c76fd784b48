"""How a call of ours ended, in the terms that an officer must tell apart. None of them is an answer."""

from enum import StrEnum

from telephony.messages import AnsweredBy, CallStatus


class Outcome(StrEnum):
    """What came of ringing a phone. A key is noted with the recipient, not here."""

    RINGING = "ringing"  # on its way, ringing, or on the line now
    PICKED_UP = "picked-up"  # by a person as far as anybody can tell; no key
    KEYED = "keyed"  # picked up and answered by a key
    MACHINE = "machine"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    DECLINED = "declined"
    FAILED = "failed"


def outcome_of(status: str, answered_by: str, *, declined: bool, keyed: bool) -> Outcome:
    """From the columns of a Call. `keyed`: an answer was noted while the line was open."""
    if keyed:
        return Outcome.KEYED
    if answered_by == AnsweredBy.MACHINE:
        return Outcome.MACHINE
    if declined:
        return Outcome.DECLINED
    return _BY_STATUS.get(CallStatus(status), Outcome.RINGING)


_BY_STATUS = {
    CallStatus.COMPLETED: Outcome.PICKED_UP,
    CallStatus.BUSY: Outcome.BUSY,
    CallStatus.NO_ANSWER: Outcome.NO_ANSWER,
    CallStatus.FAILED: Outcome.FAILED,
    CallStatus.CANCELED: Outcome.FAILED,
}
