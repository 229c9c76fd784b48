"""What the twin remembers of calls: where each one is, who said what on it, and what was recorded."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from twin.records import Direction


class CallStatus(StrEnum):
    """Where a call is, in the provider's words."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        """Whether the call is over."""
        return self not in _UNDER_WAY


_UNDER_WAY: Final = frozenset({CallStatus.QUEUED, CallStatus.RINGING, CallStatus.IN_PROGRESS})


class Phase(StrEnum):
    """What the person at the phone meets at this moment."""

    WAITING = "waiting"  # it rings, or the service has not answered yet
    SPEAKING = "speaking"  # something is said or played
    LISTENING = "listening"  # silence, and keys or words are waited for
    RECORDING = "recording"  # what is said is recorded
    CONNECTING = "connecting"  # somebody else's phone rings
    CONNECTED = "connected"  # another person is on the line
    OVER = "over"


class Who(StrEnum):
    """Who a line of a transcript is from."""

    SERVICE = "service"
    PHONE = "phone"
    OTHER = "other"  # the person at the other end of a connected call
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript.

    `verb` is the TwiML verb, or what the phone or the provider does. `language` is a BCP 47 tag, empty where
    nothing is said. `text` are the words, keys or the address of the sound. `seconds` is how long it takes.
    `says` are the words in a sound that tells them.
    """

    who: Who
    verb: str
    at: datetime
    text: str = field(default="", repr=False)
    language: str = ""
    seconds: float = 0.0
    says: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a call's instructions come from: an address, or the document itself when there is none."""

    url: str = ""
    method: str = "POST"
    twiml: str = ""
    form: tuple[tuple[str, str], ...] = ()
    is_fallback: bool = False


@dataclass(slots=True, repr=False)
class Call:
    """A call from `sender` to `to`; `first` is where its instructions come from once it is answered.

    `hand` is the number of the phone it concerns. `detects` is empty, `Enable` or `DetectMessageEnd`.
    `sip_code` is how the telephone network ended it, None until then. `connected` names the call at the
    other end of a bridge.
    """

    ordinal: int
    sid: str
    direction: Direction
    sender: str
    to: str
    created: datetime
    updated: datetime
    first: Source = Source()
    fallback: Source | None = None
    status: CallStatus = CallStatus.QUEUED
    phase: Phase = Phase.WAITING
    ring_seconds: int = 60
    longest_seconds: int = 14_400
    callback: str = ""
    events: frozenset[str] = frozenset({"completed"})
    detects: str = ""
    detects_aside: bool = False
    detection_callback: str = ""
    answered_by: str = ""
    parent: str = ""
    connected: str = ""
    sequence: int = 0
    queue_seconds: float = 0.0
    answered: datetime | None = None
    ended: datetime | None = None
    sip_code: int | None = None
    alerts: list[int] = field(default_factory=list)
    transcript: list[Line] = field(default_factory=list)

    @property
    def hand(self) -> str:
        """The number of the phone in somebody's hand."""
        return self.sender if self.direction is Direction.INBOUND else self.to

    @property
    def seconds(self) -> int:
        """How long it was answered, once it is over."""
        if self.answered is None or self.ended is None:
            return 0
        return round((self.ended - self.answered).total_seconds())


@dataclass(slots=True, repr=False)
class Recording:
    """What a caller said after the tone. It can be fetched from `ready` on. `words` are what was typed."""

    ordinal: int
    sid: str
    call_sid: str
    sender: str
    to: str
    created: datetime
    ready: datetime
    seconds: int
    words: str
