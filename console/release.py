"""Counts for somebody who may see figures and no person: none so small that it is about somebody.

A count below ten becomes "<10". Where that one alone is missing from a sum, the smallest beside it goes too:
else it could be worked out. All others are rounded to five, so that one answer more does not show from one
look to the next. The same counts give the same table. The threshold is our choice: published practice is from
3 to 11.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, TypeVar

from campaigns.tally import Tally

FEWEST: Final = 10
STEP: Final = 5

Count = int | None
"""None: fewer than FEWEST, or left out so that such a count cannot be worked out."""

K = TypeVar("K")

_SUMS: Final = (
    ("total", "planned", "sending", "sent", "delivered", "failed"),
    ("left", "sent", "delivered"),
    ("answered", "safe", "needs_help", "not_there", "unclear", "acknowledged"),
    ("total", "answered", "silent", "unreachable"),
)
"""Figures of one tally that add up: the sum and its parts."""

_COLUMNS: Final = ("needs_help", "safe", "not_there", "silent", "total")
_COLUMNS_READ: Final = ("needs_help", "acknowledged", "silent", "total")
"""What a table by place or language shows; of an alert that asks for a sign that it was read."""


@dataclass(frozen=True, slots=True)
class Told:
    """A tally, as far as it is told."""

    total: Count
    answered: Count
    safe: Count
    needs_help: Count
    not_there: Count
    acknowledged: Count
    silent: Count
    unreachable: Count


def protected(counts: Mapping[K, int], sums: Iterable[Sequence[K]] = ()) -> Mapping[K, Count]:
    """The counts as they are told. `sums` names counts of which each follows from all the others."""
    lines = [line for line in sums if all(key in counts for key in line)]
    told = {key for key, count in counts.items() if count >= FEWEST}
    again = True
    while again:
        again = False
        for line in lines:
            shown = [key for key in line if key in told]
            if shown and len(shown) == len(line) - 1:
                told.remove(min(shown, key=lambda key: counts[key]))
                again = True
    return {key: rounded(count) if key in told else None for key, count in counts.items()}


def rounded(count: int) -> Count:
    """To the nearest five; None for fewer than ten."""
    return STEP * round(count / STEP) if count >= FEWEST else None


def figures(counts: Mapping[str, int], *, read: bool) -> Mapping[str, Count]:
    """The figures of a board by name; `read`: of an alert that asks for a sign that it was read."""
    never = {"safe", "not_there"} if read else {"acknowledged"}
    # What no answer can be is known to be none, and hides nothing.
    return protected(counts, [[name for name in line if name not in never] for line in _SUMS])


def tally(counts: Tally, *, read: bool) -> Told:
    """One campaign among others."""
    told = figures(asdict(counts) | {"answered": counts.answered}, read=read)
    return Told(**{name: told[name] for name in Told.__dataclass_fields__})


def table(rows: Sequence[Tally], *, read: bool) -> Sequence[Told]:
    """A table by place or language. The rows together: a column adds up to what the board shows of all."""
    columns = _COLUMNS_READ if read else _COLUMNS
    counts = {(number, name): getattr(row, name) for number, row in enumerate(rows) for name in columns}
    across = [[(number, name) for name in columns] for number in range(len(rows))]
    down = [[(number, name) for number in range(len(rows))] for name in columns]
    told = protected(counts, [*across, *(line for line in down if len(line) > 1)])
    return [
        Told(**{name: told.get((number, name)) for name in Told.__dataclass_fields__})
        for number in range(len(rows))
    ]
