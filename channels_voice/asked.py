"""What was said at a step of a call, and what it waits for: kept with it, read when the answer comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.privacy.fields import Json
from core.turn import Choice, Expects, Reply

PAGE = 4
"""Choices on one level, at most."""


class Awaits(StrEnum):
    """What a step waits for."""

    NOTHING = "nothing"  # a statement: the call goes on by itself
    END = "end"  # a statement, and the line is closed
    CHOICE = "choice"
    PLACE = "place"
    DAY = "day"
    NUMBER = "number"
    CODE = "code"
    RECORDING = "recording"
    OFFICER = "officer"  # one who is rung; the text is what is said when none takes the call


SPOKEN = frozenset({Awaits.PLACE, Awaits.DAY, Awaits.NUMBER})
"""Answers that may be spoken instead of keyed."""

KEYED = SPOKEN | {Awaits.CODE}
"""Answers of several keys."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One step. `lead` is said once before it, `tail` once after it.

    `question` is what `conversation.receive` called it.

    `choices` are picked by their place on the page; the `key` of a choice is the text that says it.
    `recorded`: the answer is spoken and listened to by an officer, since keys failed.
    """

    text: str = field(repr=False)
    awaits: Awaits
    language: str
    question: str = ""
    lead: str = field(default="", repr=False)
    tail: str = field(default="", repr=False)
    choices: Sequence[Choice] = ()
    page: int = 0
    silences: int = 0
    mistakes: int = 0
    recorded: bool = False

    @property
    def shown(self) -> Sequence[Choice]:
        """The choices of this page."""
        return self.choices[self.page * PAGE : (self.page + 1) * PAGE]

    @property
    def has_more(self) -> bool:
        """Whether there is another page."""
        return len(self.choices) > PAGE

    @property
    def next_page(self) -> int:
        """The page after this one; after the last one the first."""
        return (self.page + 1) % -(-len(self.choices) // PAGE)

    def as_json(self) -> Json:
        """What is kept with the step."""
        return {
            "text": self.text,
            "awaits": self.awaits.value,
            "language": self.language,
            "question": self.question,
            "choices": [[choice.key, choice.label, choice.language] for choice in self.choices],
            "page": self.page,
            "silences": self.silences,
            "mistakes": self.mistakes,
            "recorded": self.recorded,
        }

    @classmethod
    def from_json(cls, stored: Json) -> "Asked":
        """The step as it was kept, without what was said once around it."""
        choices = stored["choices"]
        return cls(
            text=str(stored["text"]),
            awaits=Awaits(str(stored["awaits"])),
            language=str(stored["language"]),
            question=str(stored["question"]),
            choices=[Choice(*map(str, choice)) for choice in choices] if isinstance(choices, list) else (),
            page=int(str(stored["page"])),
            silences=int(str(stored["silences"])),
            mistakes=int(str(stored["mistakes"])),
            recorded=bool(stored["recorded"]),
        )


_AWAITS: Mapping[Expects, Awaits] = {
    Expects.NOTHING: Awaits.NOTHING,
    Expects.PLACE: Awaits.PLACE,
    Expects.DAY: Awaits.DAY,
    Expects.NUMBER: Awaits.NUMBER,
    Expects.CODE: Awaits.CODE,
    Expects.RECORDING: Awaits.RECORDING,
}


def asked(reply: Reply, language: str, *, lead: str = "") -> Asked:
    """A reply as the step of a call, spoken in that language."""
    if reply.choices:
        awaits = Awaits.CHOICE
    elif reply.ends and not reply.resumes:
        awaits = Awaits.END
    else:
        awaits = _AWAITS[reply.expects]
    return Asked(
        text=reply.spoken,
        awaits=awaits,
        language=language,
        question=reply.question,
        lead=lead,
        choices=reply.choices,
    )
