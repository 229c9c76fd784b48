"""What a call's script may wish for, what it is told, and the stage it plays on."""

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from twin.call_records import Call, CallStatus, Line, Phase, Recording, Source
from twin.verbs import Dial, Record
from twin.webhooks import Answer


@dataclass(frozen=True, slots=True)
class Wait:
    """Wish: some time, unless something happens on the line."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Ask:
    """Wish: the service's answer. A sound is fetched rather than asked for."""

    source: Source
    is_sound: bool = False


@dataclass(frozen=True, slots=True)
class Connect:
    """Wish: others on the line, until they or this one hang up."""

    dial: Dial


Wish = Wait | Ask | Connect


@dataclass(frozen=True, slots=True)
class TimeUp:
    """Event: the time is over and nothing happened."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """Event: a key."""

    key: str


@dataclass(frozen=True, slots=True)
class Spoke:
    """Event: somebody spoke; `confidence` is how sure the recognition is."""

    text: str = field(repr=False)
    confidence: float
    seconds: float


@dataclass(frozen=True, slots=True)
class HungUp:
    """Event: the line is dead."""


@dataclass(frozen=True, slots=True)
class Diverted:
    """Event: the service wants the call to go on elsewhere."""

    source: Source


@dataclass(frozen=True, slots=True)
class Answered:
    """Event: what the service said; None when it was not reached in time."""

    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Parted:
    """Event: the connected call is over. `status` is the last word on it, `sid` its name.

    `bridged`: the two spoke with each other; who only heard what is whispered did not.
    """

    status: CallStatus
    sid: str
    seconds: int
    bridged: bool


Event = TimeUp | Pressed | Spoke | HungUp | Diverted | Answered | Parted
Result = TypeVar("Result")
Script = Generator[Wish, Event, Result]


class Stage(Protocol):
    """What happens to the call while the script runs."""

    def now(self) -> datetime:
        """The time."""
        ...

    def pick_up(self, call: Call) -> None:
        """Answer an incoming call, unless it is answered."""
        ...

    def turn_away(self, call: Call, status: CallStatus) -> None:
        """End a call that was never answered."""
        ...

    def show(self, call: Call, phase: Phase) -> None:
        """The person meets something else now."""
        ...

    def note(self, call: Call, line: Line) -> None:
        """Write a line of the transcript."""
        ...

    def alert(self, call: Call, code: int) -> None:
        """The service did something wrong."""
        ...

    def may_show(self, call: Call, number: str) -> bool:
        """Whether whom this call is connected with may see that number."""
        ...

    def keep(self, call: Call, record: Record, seconds: int, words: str) -> tuple[Recording, str]:
        """File a recording; returns it and its address."""
        ...
