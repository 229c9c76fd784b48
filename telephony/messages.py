"""What passes over the wire, in our words. Frozen values; no provider names in here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from telephony.numbers import PhoneNumber


class Channel(StrEnum):
    """A way to reach a phone."""

    SMS = "sms"
    VOICE = "voice"


class DeliveryStatus(StrEnum):
    """Where a message is on its way to the handset; `rank` only ever rises."""

    QUEUED = "queued"  # with us or in the provider's queue
    SENDING = "sending"  # a request was made, or the provider is handing it to the carrier
    SENT = "sent"  # with the carrier; delivery unknown
    DELIVERED = "delivered"  # the carrier confirmed it
    UNDELIVERED = "undelivered"  # the carrier refused it
    FAILED = "failed"  # the provider refused it

    @property
    def rank(self) -> int:
        """Position on the way; the three ends share the highest rank, so the first one to arrive wins."""
        return _RANK[self]

    @property
    def is_final(self) -> bool:
        """Whether nothing more can happen to the message."""
        return self.rank == _FINAL


_FINAL: Final = 3
_RANK: Final[Mapping[DeliveryStatus, int]] = {
    DeliveryStatus.QUEUED: 0,
    DeliveryStatus.SENDING: 1,
    DeliveryStatus.SENT: 2,
    DeliveryStatus.DELIVERED: _FINAL,
    DeliveryStatus.UNDELIVERED: _FINAL,
    DeliveryStatus.FAILED: _FINAL,
}


class CallStatus(StrEnum):
    """How far a call has come; `rank` only ever rises. Busy, no answer, failed, canceled: never connected."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def rank(self) -> int:
        """Position on the way; the ends share the highest rank, so the first one to arrive wins."""
        return _CALL_RANK.get(self, _FINAL)

    @property
    def is_final(self) -> bool:
        """Whether the call is over."""
        return self.rank == _FINAL


_CALL_RANK: Final[Mapping[CallStatus, int]] = {
    CallStatus.QUEUED: 0,
    CallStatus.RINGING: 1,
    CallStatus.IN_PROGRESS: 2,
}


class AnsweredBy(StrEnum):
    """Who or what picked up, as the provider guesses: wrong in one call of ten, and never proof of life."""

    HUMAN = "human"
    MACHINE = "machine"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OutboundSms:
    """A text to send. `status_url` receives the status updates; `valid_seconds` is 1-36,000."""

    to: PhoneNumber
    sender: str
    body: str = field(repr=False)
    status_url: str
    valid_seconds: int = 36_000


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message over; `sid` is its name for it."""

    sid: str
    status: DeliveryStatus


@dataclass(frozen=True, slots=True)
class InboundSms:
    """A text that a phone sent to one of our senders. `sender` is our number."""

    sid: str
    number: PhoneNumber
    sender: str
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutboundCall:
    """A call to place. `url` says what is spoken once it is answered; `status_url` receives its progress.

    `ring_seconds` is how long it rings (5 to 600); `detects` asks who picked up, told to `status_url` beside
    the call.
    """

    to: PhoneNumber
    sender: str
    url: str
    status_url: str
    ring_seconds: int = 25
    detects: bool = False


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """The provider took the call over; `sid` is its name for it."""

    sid: str
    status: CallStatus


@dataclass(frozen=True, slots=True)
class CallTurn:
    """One request about a call that goes on: what was keyed, heard or recorded since the last answer.

    `number` is the person's, `sender` ours, whichever of them dialled. `digits` has 0-9, * and #; `speech` is
    what a machine believes to have heard; `recording` is the provider's id of a recording, or empty, of
    `seconds` length. `connected` is how somebody else fared whom the call was connected with, and
    `connected_sid` the provider's name for that; `bridged` is False when they never spoke with each other.
    `over`: the line is dead, and whatever is said now is heard by nobody.
    """

    sid: str
    number: PhoneNumber
    sender: str
    inbound: bool = True
    digits: str = field(default="", repr=False)
    speech: str = field(default="", repr=False)
    recording: str = ""
    seconds: int = 0
    connected: CallStatus | None = None
    connected_sid: str = ""
    bridged: bool = True
    over: bool = False


@dataclass(frozen=True, slots=True)
class CallUpdate:
    """News of a call. `status` None: only who picked up is told. `code` is the provider's error code.

    `declined`: somebody refused the call, which the status alone calls busy or no answer.
    """

    sid: str
    status: CallStatus | None
    answered_by: AnsweredBy | None = None
    code: int | None = None
    declined: bool = False


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """News of one outbound message. `code` is the provider's error code; None when there is none."""

    sid: str
    status: DeliveryStatus
    code: int | None = None


@dataclass(frozen=True, slots=True)
class ListedCall:
    """A call as the provider's own list shows it: what reconciliation compares against."""

    sid: str
    number: PhoneNumber
    sender: str
    status: CallStatus
    created: datetime
    answered_by: AnsweredBy | None = None


@dataclass(frozen=True, slots=True)
class ListedMessage:
    """A message as the provider's own list shows it: what reconciliation compares against."""

    sid: str
    number: PhoneNumber
    sender: str
    body: str = field(repr=False)
    status: DeliveryStatus
    created: datetime
    code: int | None = None
