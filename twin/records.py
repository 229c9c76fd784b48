"""What the twin remembers: messages, phones and what went wrong. Calls are in call_records.py."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from twin.segments import Size


class Direction(StrEnum):
    """Who began, in the provider's words."""

    INBOUND = "inbound"
    API = "outbound-api"
    DIAL = "outbound-dial"
    REPLY = "outbound-reply"


class Status(StrEnum):
    """Where a message is, in the provider's words."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELED = "canceled"
    RECEIVED = "received"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the message."""
        return self in _FINAL


_FINAL: Final = frozenset(
    {Status.DELIVERED, Status.UNDELIVERED, Status.FAILED, Status.CANCELED, Status.RECEIVED}
)


class Pickup(StrEnum):
    """What happens when a phone rings."""

    PERSON = "person"  # it rings until somebody answers or rejects it, by hand
    BY_ITSELF = "by-itself"  # it is answered after `answers_after`, and presses one of `answers_with`
    MACHINE = "machine"  # an answering machine takes the call
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    REJECTS = "rejects"  # somebody looks at it and declines
    FAILS = "fails"  # the network knows no such number


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
    """A handset. With `answers_with` set it answers check-ins by itself, some `answers_after` seconds on.

    `pickup` None means: by itself when it has answers, else by hand. `answered_by` is what the provider's
    detection takes it for; empty means what it is.
    """

    number: str
    language: str = "en"
    answers_with: tuple[str, ...] = ()
    answers_after: float = 4.0
    unread: int = 0
    active: datetime | None = None
    pickup: Pickup | None = None
    answered_by: str = ""
    thread: list[Entry] = field(default_factory=list)

    @property
    def picks_up(self) -> Pickup:
        """What happens when it rings."""
        return self.pickup or (Pickup.BY_ITSELF if self.answers_with else Pickup.PERSON)


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
