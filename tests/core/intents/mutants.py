"""Breaks the judgement of safety and STOP on purpose, one small change at a time.

    python -m tests.core.intents.mutants [EVERY [FIRST]]

Each mutant of `core/intents/decision.py`, `clearing.py`, `evidence.py` and `travel.py` (a comparison turned,
`and` for `or`, a condition denied, a number moved by one) reads the intents of the corpus, of cries.txt and
of what the tests are given. One that reads them all as before survives: it needs a line of the corpus, or a
reason in survivors.toml. Beside it stands how many texts it calls safe that nobody is safe in, of some
thousands put together of denials, wishes, dangers and words of safety. Ends with 1 where a survivor has no
reason, or a reason no survivor. EVERY takes each so-manieth mutant only, beginning with the FIRST.
"""

import ast
import multiprocessing
import os
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

from core.intents import clearing, decision, evidence, travel, understand
from tests.core.intents.judged import BROKEN, Trials

SURVIVORS: Final = Path(__file__).parent / "survivors.toml"
_USERS: Final = (understand, decision, clearing, evidence, travel)
_TURNED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """What can be broken: the node's place in a walk of the module's tree, and how a reason names it.

    `line` is the text of the line it begins in, `part` its own text; first to last are the lines of the
    statement around it, none where it is no part of a function.
    """

    module: str
    index: int
    number: int
    line: str
    part: str
    first: int
    last: int

    @property
    def name(self) -> tuple[str, str, str]:
        """What survivors.toml calls it."""
        return self.module, self.line, self.part


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mutant: whether it lives, how many ran it, whom it calls safe."""

    piece: Piece
    lives: bool
    tried: int
    safe: tuple[str, ...]


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


def pieces(module: ModuleType) -> Iterator[Piece]:
    """All of a module that can be broken."""
    path = Path(str(module.__file__))
    text = path.read_text("utf-8")
    source = text.splitlines()
    tree = ast.parse(text)
    around = _statements(tree)
    for index, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Constant):
            part = ast.unparse(node)
            if _changed(node):
                line = source[node.lineno - 1].strip()
                first, last = around.get(id(node), (0, 0))
                yield Piece(path.name, index, node.lineno, line, part, first, last)


def _statements(tree: ast.Module) -> dict[int, tuple[int, int]]:
    """For each node of a function: the first and last line of the innermost statement around it."""
    around: dict[int, tuple[int, int]] = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for statement in (node for child in function.body for node in ast.walk(child)):
                if isinstance(statement, ast.stmt):  # a walk meets the outer ones first
                    lines = statement.lineno, statement.end_lineno or statement.lineno
                    around.update((id(node), lines) for node in ast.walk(statement))
    return around


@contextmanager
def _instead(module: ModuleType, piece: Piece) -> Iterator[None]:
    """Let the mutant of a module judge in its place."""
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    _changed(next(node for at, node in enumerate(ast.walk(tree)) if at == piece.index))
    space = dict(vars(module))
    ast.fix_missing_locations(tree)
    exec(compile(tree, "mutant", "exec"), space)  # noqa: S102 - our own module, broken on purpose
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


class _Bench:
    """Tries mutants; its trials are prepared once and shared by the processes forked from it."""

    trials: Trials

    @classmethod
    def outcome(cls, piece: Piece) -> Outcome:
        """What becomes of the mutant of one piece."""
        module = next(module for module in BROKEN if Path(str(module.__file__)).name == piece.module)
        trials = cls.trials.of(module, piece.first, piece.last) if piece.first else cls.trials.every
        with _instead(module, piece):
            try:
                if any(trial.is_failed(module) for trial in trials if trial.wanted):
                    return Outcome(piece, lives=False, tried=len(trials), safe=())
                safe = tuple(t.text for t in trials if not t.wanted and t.is_failed(module))
            except (IndexError, KeyError, TypeError, AttributeError, ValueError, NameError):
                return Outcome(piece, lives=False, tried=len(trials), safe=())
        return Outcome(piece, lives=True, tried=len(trials), safe=safe)


def reasons() -> dict[tuple[str, str, str], str]:
    """Why mutants may live, from survivors.toml."""
    read = tomllib.loads(SURVIVORS.read_text("utf-8")).get("survivor", [])
    return {(told["module"], told["line"], told["part"]): told["reason"] for told in read}


def _told(outcome: Outcome, reason: str | None) -> str:
    piece = outcome.piece
    first = f"{piece.module}:{piece.number}: safe={len(outcome.safe)} of {outcome.tried}"
    return "\n".join(
        (
            f"{first} {'explained' if reason else 'NOT EXPLAINED'}: {piece.part}",
            f"    in: {piece.line}",
            *(f"    safe: {text}" for text in outcome.safe[:3]),
            "",
        )
    )


def main() -> int:
    """Print the survivors; 1 if any lives without a reason, or a reason without a survivor."""
    every, first = [*map(int, sys.argv[1:]), 1, 1][:2] if len(sys.argv) != 2 else [int(sys.argv[1])] * 2
    known = reasons()
    found = [
        piece
        for module in BROKEN
        for number, piece in enumerate(pieces(module), 1)
        if number % every == first % every
    ]
    _Bench.trials = Trials()
    sys.stdout.write(f"{len(_Bench.trials.every)} texts\n")
    lived: Counter[tuple[str, str, str]] = Counter()
    unexplained = 0
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        for outcome in pool.imap(_Bench.outcome, found):
            if outcome.lives:
                lived[outcome.piece.name] += 1
                reason = known.get(outcome.piece.name)
                unexplained += reason is None
                sys.stdout.write(_told(outcome, reason))
                sys.stdout.flush()
    names = {piece.name for piece in found}
    stale = [name for name in known if name not in lived and (name in names or every == 1)]
    sys.stdout.writelines(f"a reason without a survivor: {' | '.join(name)}\n" for name in stale)
    sys.stdout.write(
        f"{lived.total()} of {len(found)} mutants lived, {lived.total() - unexplained} explained\n"
    )
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
