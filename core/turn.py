"""One exchange with one person: what came in, who may answer, what goes out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from core.intents.reading import Intent, Reading
from core.models import ContactPoint, Conversation, Message, Trip
from core.privacy.fields import Json
from telephony.messages import Channel
from telephony.numbers import PhoneNumber

_Found = TypeVar("_Found")

OPEN_FOR: Final = timedelta(hours=24)
"""How long a question of ours waits for its answer."""

LED_ON_FOR: Final = timedelta(minutes=30)
"""How long somebody who is led and went away finds the question again that was open."""

ON_LINE: Final = "_line"
"""In what a dialogue stores with its question: on which line alone it is open."""

# Beside what a dialogue stores with its question: the step before it, for "back"; the question it interrupts;
# and that it waits until the person comes back to it, because something graver came between.
_BEFORE: Final = "_before"
_PARKED: Final = "_parked"
_HELD: Final = "_held"


class Said(StrEnum):
    """What kind of thing came in."""

    WORDS = "words"  # typed or keyed by the person
    HEARD = "heard"  # what a machine believes to have heard: it may raise an alarm, and never end one
    NOTHING = "nothing"  # the person waits to be led: who has something to ask asks it
    BACK = "back"  # the same, from one question further back
    OFFICER = "officer"  # the wish to speak to one of us
    RECORDING = "recording"  # a voice that an officer listens to
    SILENT = "silent"  # nothing, where a voice was to be recorded


class Expects(StrEnum):
    """What a question without choices waits for. NOTHING: it is no question."""

    NOTHING = "nothing"
    PLACE = "place"
    DAY = "day"
    NUMBER = "number"
    CODE = "code"  # four digits that only the person knows
    RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a channel hands to `conversation.receive`: `sender` is our number, `sid` its provider id.

    `guided`: the person is led by questions, one answer each, in one language to the end. `question` is the
    `Reply.question` that was put: an answer to another question than the one now open answers nothing.
    `language` is spoken instead of the phone's own, where the channel has no voice for that. `line` names the
    line it is said on; a text is a line of its own. `begins`: nothing was said on it before. `late`: what was
    said to that question when it was open no longer; `text` is empty then.
    """

    channel: Channel
    sid: str
    number: PhoneNumber
    sender: str
    text: str = field(repr=False)
    now: datetime
    said: Said = Said.WORDS
    guided: bool = False
    question: str = ""
    language: str = ""
    line: str = ""
    begins: bool = False
    late: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person just texted, said or keyed, read and put in its place.

    `conversation` is locked for this turn; a dialogue may change it, `receive` saves it. `trips` are the
    person's, earliest first; none for somebody who is not registered. `zone` is where the person's days
    begin: the destination while a trip runs, else the country of the number, else home. `guided`: the person
    is led by questions, so nothing is left to a default. `line` is the same for all that is said on one line,
    where each text is one; `begins`: a line on which nothing was said before. `late` was said to the question
    named `late_to`, which is open no longer: it answers nothing.
    """

    contact: ContactPoint
    conversation: Conversation
    message: Message
    reading: Reading
    now: datetime
    trips: Sequence[Trip] = ()
    opted_out: bool = False
    zone: tzinfo = UTC
    said: Said = Said.WORDS
    guided: bool = False
    line: str = ""
    begins: bool = False
    late: str = field(default="", repr=False)
    late_to: str = ""
    _found: dict[Callable[["Turn"], Any], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def text(self) -> str:
        """The words as they came, for the officer and for digits."""
        return self.message.body

    @property
    def today(self) -> date:
        """The person's date."""
        return self.now.astimezone(self.zone).date()

    @property
    def registered(self) -> bool:
        """Whether the person agreed to be reachable."""
        return self.contact.person_id is not None

    @property
    def is_led(self) -> bool:
        """Whether the person said nothing and waits for our next question."""
        return self.said in {Said.NOTHING, Said.BACK}

    @property
    def is_silent(self) -> bool:
        """Whether nothing was said that anybody could read or listen to."""
        return self.is_led or self.said is Said.SILENT

    @property
    def is_off_the_line(self) -> bool:
        """Whether the open question was put on another line, and is open there alone."""
        return self.conversation.data.get(ON_LINE, self.line) != self.line

    @property
    def held(self) -> bool:
        """Whether the open question waits until the person comes back to it."""
        return _HELD in self.conversation.data

    def once(self, find: Callable[["Turn"], _Found]) -> _Found:
        """What `find` says of this turn as it began, looked up once however many dialogues want to know."""
        if find not in self._found:
            self._found[find] = find(self)
        found: _Found = self._found[find]
        return found

    def ask(self, dialogue: str, step: str, data: Json, *, aside: bool = False) -> None:
        """Leave a question open: the next text is read as its answer for OPEN_FOR.

        `aside`: the question that another dialogue has open is parked, and is back once this one is closed.
        """
        kept = self._kept_beside(dialogue, step, aside=aside)
        self._open(dialogue, step, {**data, **kept})
        self.conversation.asked_at = self.now
        self.conversation.expires_at = self.now + OPEN_FOR

    def leave(self, dialogue: str, step: str, data: Json) -> None:
        """Forget every question, and keep this once the exchange is closed, for as long as a question."""
        self.ask("", "", {_PARKED: {"dialogue": dialogue, "step": step, "data": data}})

    def close(self) -> None:
        """Forget the open question and everything said for it; a question it had parked is open again."""
        parked = self.conversation.data.get(_PARKED)
        if isinstance(parked, dict):
            self._open(str(parked["dialogue"]), str(parked["step"]), parked["data"])
            self.conversation.asked_at = _moment(parked.get("asked_at")) or self.conversation.asked_at
            self.conversation.expires_at = _moment(parked.get("until")) or self.conversation.expires_at
            return
        self.start_over()

    def start_over(self) -> None:
        """Forget every open question and everything said for them."""
        self._open("", "", {})
        self.conversation.asked_at = None
        self.conversation.expires_at = None

    def hold(self) -> None:
        """Set the open question aside, with all that was told, until the person comes back to it."""
        if self.conversation.dialogue:
            self.conversation.data = {**self.conversation.data, _HELD: True}

    def undo(self) -> bool:
        """Go back to the question before the open one; False when there is none."""
        before = self.conversation.data.get(_BEFORE)
        if not isinstance(before, dict):
            return False
        self._open(self.conversation.dialogue, str(before["step"]), before["data"])
        return True

    def _open(self, dialogue: str, step: str, data: Json) -> None:
        self.conversation.dialogue = dialogue
        self.conversation.step = step
        self.conversation.data = data

    def _kept_beside(self, dialogue: str, step: str, *, aside: bool) -> Json:
        """What stays with the conversation when this question is asked."""
        now = self.conversation
        own = {name: value for name, value in now.data.items() if name not in {_BEFORE, _PARKED, _HELD}}
        if now.dialogue == dialogue:
            kept = {name: now.data[name] for name in (_BEFORE, _PARKED) if name in now.data}
            return kept if now.step == step else {**kept, _BEFORE: {"step": now.step, "data": own}}
        if not aside or not now.dialogue:
            return {}
        held = {_HELD: True} if self.held else {}
        waits: Json = {"dialogue": now.dialogue, "step": now.step, "data": {**own, **held}}
        # It waits as long as it was told that it would: a stay's question until the stay is deleted.
        waits = {**waits, "asked_at": _stored(now.asked_at), "until": _stored(now.expires_at)}
        return {_PARKED: now.data.get(_PARKED, waits)}

    def miss(self) -> bool:
        """Count an answer nobody could read. From the second in a row on, an officer reads it: True."""
        self.conversation.misses += 1
        self.message.unclear = self.conversation.misses > 1
        return self.message.unclear


def _stored(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(stored: object) -> datetime | None:
    return datetime.fromisoformat(stored) if isinstance(stored, str) else None


@dataclass(frozen=True, slots=True)
class Choice:
    """One numbered answer: `1 Yes` in a text, "press 1" on a call. `language`: the label's, if another."""

    key: str
    label: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the person gets to read or hear, whatever the channel. An empty text means silence.

    `choices` are rendered by the channel; `ends` closes the conversation (and hangs up a call). `resumes`
    settles its matter: a question that waits besides is put again below it. `always` marks an answer that the
    cap on automatic replies does not hold back. `receipt`: worth keeping, so it is texted where it was only
    spoken. `erases`: once this is said, everything held about the person is deleted.

    `aloud` is how it is said where the text is made for reading; `expects` what it waits for when it has no
    choices. `means` is no answer: by a choice the person asked for that, and whoever claims it answers.

    `receive` sets the rest: `token` names the stored reply in its status callback, `question` the question
    that is open now, `language` is the one it is in, where that is not another one already.
    """

    text: str = field(repr=False)
    choices: Sequence[Choice] = ()
    ends: bool = False
    resumes: bool = False
    always: bool = False
    erases: bool = False
    receipt: bool = False
    aloud: str = field(default="", repr=False)
    expects: Expects = Expects.NOTHING
    means: Intent | None = None
    token: UUID | None = None
    question: str = ""
    language: str = ""

    @property
    def spoken(self) -> str:
        """The words for the ear."""
        return self.aloud or self.text


class Dialogue(Protocol):
    """One of `settings.DIALOGUES`: the first that claims a turn answers it."""

    def claims(self, turn: Turn) -> bool:
        """Whether this dialogue answers the turn. Changes nothing."""
        ...

    def handle(self, turn: Turn) -> Reply:
        """Answer the turn, in the contact's language (already active)."""
        ...
