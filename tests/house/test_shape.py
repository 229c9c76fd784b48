"""How long files and functions are, how many arguments, what things are called."""

import ast
from collections.abc import Iterator
from pathlib import Path

from config.environment import ROOT
from tests.house import tracked

LONGEST_FILE = 500
LONGEST_FUNCTION = 60
MOST_ARGUMENTS = 5
VAGUE = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "services",
    "service",
    "managers",
    "repositories",
    "misc",
}
# An audit line has six parts, and a record of its own would only hide them.
ALLOWED = {"core/audit.py:record"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions() -> Iterator[tuple[Path, Function]]:
    for path in tracked.python():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function):
                yield path.relative_to(ROOT), node


def _arguments(function: Function) -> int:
    """The arguments a caller has to think of: not self, not the catch-all of a framework."""
    given = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
    return sum(argument.arg not in {"self", "cls"} for argument in given)


def test_no_file_is_longer_than_a_newcomer_reads() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in tracked.python()}
    assert {str(path): lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_every_function_fits_on_a_screen() -> None:
    long = [
        f"{path}:{function.name}"
        for path, function in _functions()
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_no_function_takes_more_than_five_arguments() -> None:
    greedy = [
        f"{path}:{function.name}"
        for path, function in _functions()
        # A test names its fixtures, a story's parts, as arguments.
        if path.parts[0] != "tests" and _arguments(function) > MOST_ARGUMENTS
        if f"{path}:{function.name}" not in ALLOWED
    ]
    assert greedy == []


def test_nothing_is_called_by_a_word_that_says_nothing() -> None:
    vague = [
        str(path.relative_to(ROOT))
        for path in tracked.paths()
        if {path.stem, path.parent.name} & VAGUE and path != ROOT / "tests/service.py"
    ]
    assert vague == []


def test_locale_holds_no_python() -> None:
    # A locale/__init__.py would also break datetime.strptime, which imports `locale`.
    assert [path for path in tracked.paths() if path.suffix == ".py" and "locale" in path.parts] == []


def test_tests_stand_where_a_newcomer_looks_for_them() -> None:
    strays = [
        str(path.relative_to(ROOT))
        for path in tracked.paths()
        if path.name.startswith("test_") and path.suffix == ".py"
        if path.relative_to(ROOT).parts[1] not in {*tracked.PACKAGES, "flows", "house"}
    ]
    assert strays == []
