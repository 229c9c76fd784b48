"""Breaks the judgement of safety and STOP on purpose, one small change at a time.

    python -m tests.core.intents.mutants [EVERY [FIRST]]

Each mutant of `core/intents/decision.py`, `clearing.py`, `evidence.py` and `travel.py` (a comparison turned,
`and` for `or`, a condition denied, a number moved by one) reads the intents of the corpus and of cries.txt,
and the texts of test_safety.py. One that reads them all as before survives and is printed with its line: it
needs a line of the corpus, or a reason. Beside it stands how many texts it calls safe that nobody is safe in,
of some thousands put together of denials, wishes, dangers and words of safety. EVERY takes each so-manieth
mutant only, beginning with the FIRST.
"""

import ast
import copy
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final, TypeVar

from core.intents import clearing, decision, evidence, travel, understand
from core.intents.keywords import DENIALS, Sense, tags
from core.intents.matching import Match, Matcher
from core.intents.reading import Intent
from core.intents.text import Token, is_unspaced
from core.intents.vocabulary import Vocabulary
from tests.core.intents import test_safety
from tests.core.intents.corpus import TODAY, languages, lines
from tests.core.intents.test_cries import cries, said, undenied
from tests.core.intents.test_safety import called_safe, denied

_BROKEN: Final = (decision, clearing, evidence, travel)
_USERS: Final = (understand, decision, clearing, evidence, travel)
MADE: Final = 120  # texts in doubt of each language
_First = TypeVar("_First")
_Result = TypeVar("_Result")
_JUDGED: Final = ("need_help", "safe", "stop", "unknown", "not_there", "delete", "start")
_TURNED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


def _changed(node: ast.AST) -> bool:
    """Break one node in place; False where there is nothing to break."""
    if isinstance(node, ast.Compare):
        node.ops[0] = _TURNED[type(node.ops[0])]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        node.value += 1
    else:
        return False
    return True


def mutants(module: ModuleType) -> Iterator[tuple[int, ast.Module]]:
    """Every mutant of a module with the line it changes."""
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    for index, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Constant):
            broken = copy.deepcopy(tree)
            changed = next(found for at, found in enumerate(ast.walk(broken)) if at == index)
            if _changed(changed):
                yield node.lineno, ast.fix_missing_locations(broken)


@contextmanager
def _instead(module: ModuleType, mutant: ast.Module) -> Iterator[None]:
    """Let the mutant of a module judge in its place."""
    space = dict(vars(module))
    exec(compile(mutant, "mutant", "exec"), space)  # noqa: S102 - our own module, broken on purpose
    own = {
        name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__
    }
    originals = [
        (user, name, original)
        for user in _USERS
        for name in own
        if (original := getattr(user, name, None)) is getattr(module, name)
    ]
    for user, name, _ in originals:
        setattr(user, name, space[name])
    try:
        yield
    finally:
        for user, name, original in originals:
            setattr(user, name, original)


def survives(read: dict[str, Intent]) -> bool:
    """Whether every text is read as the engine does while a mutant judges."""
    try:
        same = all(understand.understand(text, (), TODAY).intent == wanted for text, wanted in read.items())
        return same and not called_safe(iter(_unsafe()))
    except (IndexError, KeyError, TypeError, AttributeError, ValueError, NameError):
        return False


@cache
def _unsafe() -> tuple[str, ...]:
    return tuple(text for tag in tags() for text in denied(tag))


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


def _judged() -> Iterator[str]:
    """The texts that the tests of test_safety.py are given."""
    for test in vars(test_safety).values():
        for mark in getattr(test, "pytestmark", ()):
            for given in mark.args[1] if mark.args[0] in {"text", ("text", "intent")} else ():
                yield given if isinstance(given, str) else given[0]


def _in_doubt(tag: str) -> Iterator[str]:
    """Words of safety of a language with what may take it back before or behind them, near and far."""
    chance = random.Random(tag)
    safe, small = said(tag, Intent.SAFE), said(tag, Sense.COMMON)
    doubts = said(tag, *DENIALS), said(tag, Sense.WISHING), said(tag, Sense.ASKING), said(tag, Sense.DANGER)
    for _ in range(MADE if safe and small else 0):
        space = "" if is_unspaced(safe[0]) and tag != "ko" else " "
        parts = [
            chance.choice(chance.choice([told for told in doubts if told])),
            *chance.choices(small, k=chance.choice((0, 0, 1, 2, 5, 6, 9, 10))),
            chance.choice(safe),
        ]
        turned = parts[:: chance.choice((1, -1))]
        yield turned[0] + chance.choice((space, space, ", ", ". ")) + space.join(turned[1:])


def _read_words_once() -> None:
    """No mutant changes which words a text is made of: they are found once."""
    for name in ("normalise", "script_runs"):
        setattr(understand, name, cache(getattr(understand, name)))
    once = {name: _once(getattr(understand, name)) for name in ("segmented", "abridged", "mentions")}
    for name, remembered in {**once, "Matcher": _MatchedOnce}.items():
        setattr(understand, name, remembered)


def main() -> None:
    """Print the survivors and how many there were."""
    every, first = [*map(int, sys.argv[1:]), 1, 1][:2] if len(sys.argv) != 2 else [int(sys.argv[1])] * 2
    corpus = [line for tag in languages() for line in lines(tag)]
    corpus.sort(key=lambda line: not line.meaning.startswith(_JUDGED))  # what kills most comes first
    _read_words_once()
    other = [*_judged(), *(cry for tag in tags() for cry in cries(tag))]
    read = {text: understand.understand(text, (), TODAY).intent for text in other}
    read |= {line.text: Intent(line.meaning.split()[0]) for line in corpus}
    texts = [text for tag in tags() for text in (*_in_doubt(tag), *undenied(tag))]
    doubted = [text for text in texts if understand.understand(text, (), TODAY).intent is not Intent.SAFE]
    sys.stdout.write(f"{len(doubted)} texts in doubt\n")
    tried = lived = 0
    for module in _BROKEN:
        path = Path(str(module.__file__))
        source = path.read_text("utf-8").splitlines()
        for number, (line, mutant) in enumerate(mutants(module), start=1):
            if number % every != first % every:
                continue
            tried += 1
            with _instead(module, mutant):
                lives = survives(read)
                safe = len(called_safe(iter(doubted))) if lives else 0
            if lives:
                lived += 1
                sys.stdout.write(f"{path.name}:{line}: safe={safe} {source[line - 1].strip()}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{lived} of {tried} mutants lived\n")


if __name__ == "__main__":
    main()
