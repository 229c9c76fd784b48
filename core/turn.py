"""One exchange with one person: what came in, who may answer, what goes out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from core.intents.reading import Reading
from core.models import ContactPoint, Conversation, Message
from telephony.messages import Channel
from telephony.numbers import PhoneNumber


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a channel hands to `conversation.receive`: `sender` is our number, `sid` its provider id."""

    channel: Channel
    sid: str
    number: PhoneNumber
    sender: str
    text: str = field(repr=False)
    now: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person just texted, said or keyed, read and put in its place.

    `conversation` is locked for this turn; a dialogue may change it, `receive` saves it.
    """

    contact: ContactPoint
    conversation: Conversation
    message: Message
    reading: Reading
    now: datetime

    @property
    def text(self) -> str:
        """The words as they came, for the officer and for digits."""
        return self.message.body


@dataclass(frozen=True, slots=True)
class Choice:
    """One numbered answer: `1 Yes` in a text, "press 1" on a call."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the person gets to read or hear, whatever the channel. An empty text means silence.

    `choices` are rendered by the channel; `ends` closes the conversation (and hangs up a call).
    """

    text: str = field(repr=False)
    choices: Sequence[Choice] = ()
    ends: bool = False


class Dialogue(Protocol):
    """One of `settings.DIALOGUES`: the first that claims a turn answers it."""

    def claims(self, turn: Turn) -> bool:
        """Whether this dialogue answers the turn. Changes nothing."""
        ...

    def handle(self, turn: Turn) -> Reply:
        """Answer the turn, in the contact's language (already active)."""
        ...
