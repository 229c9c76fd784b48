"""The texts that mutants of the judgement are tried on, how each is read, and which lines read it.

A text is taken apart once. What a mutant of the Judge changes begins at the Evidence, which is kept; only a
mutant of `core/intents/evidence.py` reads a text from its words on.
"""

import random
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from types import FrameType, ModuleType
from typing import Final, TypeVar

from core.intents import clearing, decision, evidence, travel, understand
from core.intents.decision import Judge
from core.intents.evidence import Evidence
from core.intents.keywords import DENIALS, Sense, tags
from core.intents.matching import Match, Matcher
from core.intents.reading import Intent
from core.intents.text import Token, is_unspaced
from core.intents.vocabulary import Vocabulary
from tests.core.intents import test_not_meant, test_safety, test_understand
from tests.core.intents.corpus import TODAY, languages, lines
from tests.core.intents.test_cries import cries, said, undenied
from tests.core.intents.test_doubts import told
from tests.core.intents.test_safety import denied

BROKEN: Final = (decision, clearing, evidence, travel)
_PATHS: Final = frozenset(str(module.__file__) for module in BROKEN)
MADE: Final = 120  # texts in doubt of each language
_TOLD: Final = frozenset({"text", ("text", "intent"), ("text", "hint", "intent")})  # what tests are given
_First = TypeVar("_First")
_Result = TypeVar("_Result")
_GRAVE: Final = ("need_help", "safe", "stop", "unknown", "not_there", "delete", "start")


@dataclass(frozen=True, slots=True)
class Trial:
    """One text and the intent a mutant is seen by if it reads another; None: by calling somebody safe.

    `wanted` says whether somebody depends on it; of what is only in doubt we count what is called safe.
    `evidence` is what the Judge was given, None where the text needed none.
    """

    text: str
    hints: tuple[str, ...]
    intent: Intent | None
    wanted: bool
    evidence: Evidence | None

    def is_failed(self, module: ModuleType) -> bool:
        """Whether the text is read otherwise now that this module is broken."""
        if module is evidence:
            intent = understand.understand(self.text, self.hints, TODAY).intent
        elif self.evidence is None:
            return False
        else:
            intent = decision.Judge(self.evidence).verdict().intent
        return intent is Intent.SAFE if self.intent is None else intent is not self.intent


class Trials:
    """All trials, those that kill most first, and which of them each line of the broken modules serves."""

    def __init__(self) -> None:
        _read_words_once()
        self.every: list[Trial] = []
        self._serves: dict[tuple[str, int], array[int]] = {}
        for text, hints, intent in _wanted():
            self._add(text, hints, intent, wanted=True)
        for tag in tags():
            for text in _in_doubt(tag):
                self._add(text, (), None, wanted=False)

    def of(self, module: ModuleType, first: int, last: int) -> list[Trial]:
        """The trials that run any of these lines of a module."""
        path = str(module.__file__)
        at = sorted({at for line in range(first, last + 1) for at in self._serves.get((path, line), ())})
        return [self.every[index] for index in at]

    def _add(self, text: str, hints: tuple[str, ...], intent: Intent | None, *, wanted: bool) -> None:
        read, given, ran = _watched(text, hints)
        if intent is None and read is Intent.SAFE:
            return
        for line in ran:
            self._serves.setdefault(line, array("I")).append(len(self.every))
        self.every.append(Trial(text, hints, intent and read, wanted, given))


class _Lines:
    """Traces which lines of the broken modules run."""

    def __init__(self) -> None:
        self.ran: set[tuple[str, int]] = set()

    def __call__(self, frame: FrameType, _event: str, _argument: object) -> "_Lines | None":
        if frame.f_code.co_filename not in _PATHS:
            return None
        self.ran.add((frame.f_code.co_filename, frame.f_lineno))
        return self


def _watched(text: str, hints: tuple[str, ...]) -> tuple[Intent, Evidence | None, set[tuple[str, int]]]:
    """How a text is read, what the Judge was given, and the lines of the broken modules that ran."""
    given: list[Evidence] = []
    lines = _Lines()

    class Recorder(Judge):
        def __init__(self, evidence: Evidence) -> None:
            given.append(evidence)
            super().__init__(evidence)

    setattr(understand, "Judge", Recorder)  # noqa: B010 - what the module imports is not its own
    sys.settrace(lines)
    try:
        intent = understand.understand(text, hints, TODAY).intent
    finally:
        sys.settrace(None)
        setattr(understand, "Judge", Judge)  # noqa: B010
    return intent, given[0] if given else None, lines.ran


def _wanted() -> Iterator[tuple[str, tuple[str, ...], Intent | None]]:
    """What the tests want: the corpus, the texts of the tests, cries, doubts, and denials none is safe in."""
    corpus = [line for tag in languages() for line in lines(tag)]
    corpus.sort(key=lambda line: not line.meaning.startswith(_GRAVE))
    yield from ((line.text, (), Intent(line.meaning.split()[0])) for line in corpus)
    yield from ((cry, (), Intent.NEED_HELP) for tag in tags() for cry in cries(tag))
    yield from ((text, (), Intent.UNKNOWN) for tag in tags() for text, _ in told(tag))
    yield from ((text, hints, Intent.UNKNOWN) for text, hints in _of_tests())
    yield from ((text, (), None) for tag in tags() for text in (*denied(tag), *undenied(tag)))


def _of_tests() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The texts that the tests of three modules are given: any intent here stands for the one read now."""
    for module in (test_safety, test_not_meant, test_understand):
        for test in vars(module).values():
            for mark in getattr(test, "pytestmark", ()):
                if mark.name == "parametrize" and mark.args[0] in _TOLD:
                    for given in mark.args[1]:
                        text, *more = (given,) if isinstance(given, str) else given
                        yield text, tuple(more[:-1])


def _in_doubt(tag: str) -> Iterator[str]:
    """Words of safety of a language with what may take it back before or behind them, near and far."""
    chance = random.Random(tag)
    safe, small = said(tag, Intent.SAFE), said(tag, Sense.COMMON)
    doubts = [said(tag, *DENIALS)]
    doubts += [said(tag, s) for s in (Sense.WISHING, Sense.DOUBTING, Sense.ASKING, Sense.DANGER)]
    for _ in range(MADE if safe and small else 0):
        space = "" if is_unspaced(safe[0]) and tag != "ko" else " "
        parts = [
            chance.choice(chance.choice([told for told in doubts if told])),
            *chance.choices(small, k=chance.choice((0, 0, 1, 2, 5, 6, 9, 10))),
            chance.choice(safe),
        ]
        turned = parts[:: chance.choice((1, -1))]
        yield turned[0] + chance.choice((space, space, ", ", ". ")) + space.join(turned[1:])


class _MatchedOnce:
    """Stands for a Matcher; the same tokens are matched once."""

    _found: Final[dict[int, list[Match]]] = {}

    def __init__(self, tokens: Sequence[Token], vocabulary: Vocabulary, places: dict[int, int]) -> None:
        if id(tokens) not in self._found:
            self._found[id(tokens)] = Matcher(tokens, vocabulary, places).every()
        self._tokens = tokens

    def every(self) -> list[Match]:
        return self._found[id(self._tokens)]


def _once(function: Callable[[_First, Vocabulary], _Result]) -> Callable[[_First, Vocabulary], _Result]:
    """The function, asked once about the same object."""
    known: dict[int, tuple[_First, _Result]] = {}

    def remembered(first: _First, vocabulary: Vocabulary) -> _Result:
        if id(first) not in known:
            known[id(first)] = (first, function(first, vocabulary))
        return known[id(first)][1]

    return remembered


def _read_words_once() -> None:
    """No mutant changes which words a text is made of: they are found once."""
    for name in ("normalise", "script_runs"):
        setattr(understand, name, cache(getattr(understand, name)))
    once = {name: _once(getattr(understand, name)) for name in ("segmented", "abridged", "mentions")}
    for name, remembered in {**once, "Matcher": _MatchedOnce}.items():
        setattr(understand, name, remembered)
