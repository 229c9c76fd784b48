"""What the twin remembers: messages, calls, phones and what went wrong."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from twin.segments import Size


class Direction(StrEnum):
    """Who began, in the provider's words."""

    INBOUND = "inbound"
    API = "outbound-api"
    REPLY = "outbound-reply"


class Status(StrEnum):
    """Where a message is, in the provider's words."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    RECEIVED = "received"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the message."""
        return self in _FINAL


_FINAL: Final = frozenset({Status.DELIVERED, Status.UNDELIVERED, Status.FAILED, Status.RECEIVED})


class CallStatus(StrEnum):
    """Where a call is, in the provider's words."""

    QUEUED = "queued"
    RINGING = "ringing"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        """Whether the call is over."""
        return self in {CallStatus.NO_ANSWER, CallStatus.CANCELED}


@dataclass(slots=True, repr=False)
class Message:
    """A text the provider handles. `ordinal` grows with each one; `sent` is None until it leaves the queue.

    `callback` is the status callback's URL, empty for none; `idempotency` names the webhook's delivery.
    """

    ordinal: int
    sid: str
    direction: Direction
    sender: str
    to: str
    body: str
    size: Size
    created: datetime
    updated: datetime
    status: Status
    sent: datetime | None = None
    code: int | None = None
    callback: str = ""
    valid_seconds: int = 36_000
    media: int = 0
    idempotency: str = ""


@dataclass(slots=True, repr=False)
class Call:
    """A call the provider was asked to place. `sender` is the number it is placed from."""

    ordinal: int
    sid: str
    sender: str
    to: str
    created: datetime
    updated: datetime
    status: CallStatus = CallStatus.QUEUED
    ring_seconds: int = 60
    callback: str = ""
    events: frozenset[str] = frozenset({"completed"})
    sequence: int = 0
    ended: datetime | None = None


@dataclass(slots=True, repr=False)
class Entry:
    """A text in a phone's thread: the handset's own copy, which no deletion at the provider reaches.

    `alert` is the provider's code when the service failed to take the text; None when it took it.
    """

    message: Message
    body: str
    alert: int | None = None

    @property
    def is_mine(self) -> bool:
        """Whether the phone wrote it."""
        return self.message.direction is Direction.INBOUND


@dataclass(slots=True, repr=False)
class Phone:
    """A handset. With `answers_with` set it answers check-ins by itself, some `answers_after` seconds on."""

    number: str
    language: str = "en"
    answers_with: tuple[str, ...] = ()
    answers_after: float = 4.0
    unread: int = 0
    active: datetime | None = None
    thread: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True, repr=False)
class Logged:
    """An accepted request to send: what a test counts. `token` is the callback URL's last part."""

    sid: str
    to: str
    sender: str
    created: datetime
    token: str


@dataclass(frozen=True, slots=True)
class Alert:
    """Something the service did wrong, as the provider's debugger would list it. Ids and codes only."""

    code: int
    sid: str
    at: datetime
