"""Breaks the judgement of safety and STOP on purpose, one small change at a time.

    python -m tests.core.intents.mutants [EVERY]

Each mutant of `core/intents/decision.py` and `evidence.py` (a comparison turned, `and` for `or`, a condition
denied, a number moved by one) reads the intents of the corpus, and the denials of test_safety.py. One that
reads them all as before survives and is printed with its line: it needs a line of the corpus, or a reason.
EVERY takes each so-manieth mutant only.
"""

import ast
import copy
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

from core.intents import decision, evidence, understand
from core.intents.keywords import tags
from tests.core.intents.corpus import TODAY, languages, lines
from tests.core.intents.test_safety import called_safe, denied

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


def survives(module: ModuleType, mutant: ast.Module, read: dict[str, str]) -> bool:
    """Whether the mutant of a module reads every text as the engine does."""
    space = dict(vars(module))
    exec(compile(mutant, "mutant", "exec"), space)  # noqa: S102 - our own module, broken on purpose
    originals = {name: getattr(understand, name) for name in _USED[module]}
    try:
        for name in _USED[module]:
            setattr(understand, name, space[name])
        same = all(understand.understand(text, (), TODAY).intent == wanted for text, wanted in read.items())
        return same and not any(called_safe(denied(tag)) for tag in tags())
    except (IndexError, KeyError, TypeError, AttributeError, ValueError, NameError):
        return False
    finally:
        for name, original in originals.items():
            setattr(understand, name, original)


_USED: Final = {
    decision: ("Judge",),
    evidence: ("Decision", "Evidence", "alone", "denials", "polite_tokens", "reserved"),
}


def main() -> None:
    """Print the survivors and how many there were."""
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    corpus = [line for tag in languages() for line in lines(tag)]
    corpus.sort(key=lambda line: not line.meaning.startswith(_JUDGED))  # what kills most comes first
    read = {line.text: line.meaning.split()[0] for line in corpus}
    tried = lived = 0
    for module in _USED:
        path = Path(str(module.__file__))
        source = path.read_text("utf-8").splitlines()
        for line, mutant in mutants(module):
            tried += 1
            if tried % every == 0 and survives(module, mutant, read):
                lived += 1
                sys.stdout.write(f"{path.name}:{line}: {source[line - 1].strip()}\n")
    sys.stdout.write(f"{lived} of {tried // every} mutants lived\n")


if __name__ == "__main__":
    main()
