"""Which year people mean by a number, and which calendars we must ask about.

The Buddhist year is the Common Era's plus 543 (Thailand), the year of an era counts from its first (Reiwa n
is 2018 + n): the offsets are data, `[dates.eras]` and `[grammar] years`. Solar Hijri (1405), Bikram Sambat
(2083) and Ethiopian years (2019) fit no trip in a calendar we convert: we ask for the date and never guess.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

BUDDHIST: Final = 543
_BEHIND: Final = 1  # years a trip may have begun before the present one
_AHEAD: Final = 10


def year_of(number: int, today: date, *, bases: Iterable[int] = ()) -> int | None:
    """The Gregorian year written as a number of two or four digits; None where the calendar must be asked.

    `bases` are further eras of the writer's language, each as the year before its first.
    """
    if number > 99:
        return next((y for y in (number, number - BUDDHIST) if _is_near(y, today)), None)
    for base in (0, *bases):
        turn = today.year - base
        found = next((n + base for n in _ending_in(number, turn) if _is_near(n + base, today)), None)
        if found:
            return found
    return None


def _ending_in(number: int, near: int) -> tuple[int, ...]:
    """The years of an era that end in these two digits, around a year of it."""
    century = near - near % 100
    return (century + number, century + 100 + number, century - 100 + number)


def _is_near(year: int, today: date) -> bool:
    return today.year - _BEHIND <= year <= today.year + _AHEAD
