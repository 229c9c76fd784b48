"""Which days the dates of a trip are: the year nobody wrote, a month that two of them share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

_LONG_TRIP: Final = timedelta(days=240)  # longer ones are told with their years
_SHORT_TRIP: Final = timedelta(days=31)
_UNDER_WAY: Final = timedelta(days=45)  # a trip that began this recently is meant, not next year's


@dataclass(frozen=True, slots=True)
class Point:
    """One date of a text at tokens[at:end]. `swappable`: 3/4 may be 4/3; `day` 0 means today + `shift`.

    `foreign`: of a calendar we must ask about.
    """

    at: int
    end: int
    day: int
    month: int | None = None
    year: int | None = None
    swappable: bool = False
    shift: int | None = None
    foreign: bool = False


def shared(points: Sequence[Point], today: date) -> list[Point]:
    """A day without a month takes the next date's month, else the one before, else the next such day."""
    told = list(points)
    for at, point in enumerate(told):
        if point.day and point.month is None:
            following = next((p for p in told[at + 1 :] if p.month), None)
            if following and following.month:
                month = following.month - (1 if point.day > following.day else 0)
                year = following.year - (1 if month == 0 else 0) if following.year else None
                told[at] = replace(point, month=month or 12, year=year)
                continue
            base = resolved(told[at - 1], today, today) if at else today
            day = next(d for d in (base + timedelta(n) for n in range(70)) if d.day == point.day)
            told[at] = replace(point, month=day.month, year=day.year)
    return told


def span(first: Point, second: Point, today: date, *, linked: bool) -> tuple[date, date]:
    """The two days; `linked` says that words or a dash tell which is the end. Raises ValueError."""
    if first.year is None and second.year and first.month:
        end = resolved(second, today, today)
        start = date(end.year, first.month, first.day)
        return (start if start <= end else start.replace(year=end.year - 1)), end
    start = resolved(first, today, today)
    if first.year is None and first.shift is None and second.year is None and second.shift is None:
        end = resolved(second, today, today)
        if end < start:
            return _turned(start, end, today, linked=linked)
    return start, resolved(second, max(start, today), today)


def resolved(point: Point, earliest: date, today: date) -> date:
    """The date; without a year, the first on or after `earliest`. Raises ValueError for 31 February."""
    if point.shift is not None:
        return today + timedelta(days=point.shift)
    if point.month is None:
        raise ValueError("a day without a month")
    if point.year is not None:
        return date(point.year, point.month, point.day)
    for year in range(earliest.year, earliest.year + 9):
        try:
            found = date(year, point.month, point.day)
        except ValueError:
            if (point.month, point.day) != (2, 29):
                raise
            continue
        if found >= earliest:
            return found
    raise ValueError("no such day")


def _turned(start: date, end: date, today: date, *, linked: bool) -> tuple[date, date]:
    """Two dates without years of which the second comes first this time round.

    The trip is under way, or crosses the new year; "8/12 25/11" would last most of a year and is the same
    trip told from its end. Where words say that it is not, the dates stay in the wrong order: they are asked
    about.
    """
    earlier = start.replace(year=start.year - 1)
    if today - earlier <= _UNDER_WAY:
        return earlier, end
    following = end.replace(year=end.year + 1)
    if following - start <= _LONG_TRIP or start - end > _LONG_TRIP:
        return start, following
    return (end, start) if start - end <= _SHORT_TRIP and not linked else (start, end)
