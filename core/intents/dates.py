"""Dates as people write them in a text message, and what they must mean from today."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from core.intents.calendars import year_of
from core.intents.keywords import Sense
from core.intents.matching import Found, Match
from core.intents.reading import About, Question
from core.intents.signposts import Signposts
from core.intents.spans import Point, resolved, shared, span
from core.intents.text import Kind

_FIRST_YEAR: Final = 1300  # in the calendars people count by
_LAST_YEAR: Final = 2700
_WORDS_BETWEEN: Final = 3  # between "until" and its date: "until the", "return on the"
_ENDS: Final = 2  # of a trip
_LONGEST_MONTH: Final = 32  # days, in Bikram Sambat
_HOURS: Final = 12  # of a clock: a bare number up to this may be the time
_BETWEEN: Final = frozenset("-/–,.&+")
_NOT_OF_DAYS: Final = frozenset("-/:%€£$₹¥₽₺₴")
_ORDINALS: Final = frozenset({"st", "nd", "rd", "th", "er", "ero", "o", "º", "ª", "e"})
_LINKS: Final = frozenset({Sense.UNTIL, Sense.FROM, Sense.AND, Sense.OF, Sense.AT, Sense.DAY_MARK})


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a text. `used` are the tokens they took; `question` is set when they must be asked for."""

    start: date | None = None
    end: date | None = None
    used: frozenset[int] = frozenset()
    question: Question | None = None
    count: int = 0


class DateReader(Signposts):
    """Reads the dates of one text."""

    def __init__(self, found: Found, today: date, *, month_first: bool) -> None:
        """`month_first` is the habit of the sender, or of the language."""
        super().__init__(found)
        self._today = today
        self._month_first = month_first
        self._dated_elsewhere = any(m.entry.sense is Sense.MONTH for m in found.matches) or any(
            token.kind is Kind.DATE for token in found.tokens
        )
        self._others = [m for m in found.matches if m.entry.sense is Sense.OTHER_DATE]
        parties = (m for m in found.matches if m.entry.sense is Sense.PARTY_OF)
        self._of_party = {at for m in parties for at in range(m.start + 1, m.end)}
        self._counting = {
            m.end
            for m in found.matches
            if m.entry.sense is Sense.COUNTED
            and m.entry.tag == found.language
            and m.entry.tag in found.grammar.count_after
            and not self._number(m.start - 1)
        }

    def read(self, *, single_is_end: bool) -> Dates:
        """The dates; `single_is_end` says what a lone date without "from" or "until" stands for."""
        points = shared(self._points(), self._today)
        used = frozenset(at for point in points for at in range(point.at, point.end))
        points = self._new(points, changing=single_is_end)
        if any(point.foreign for point in points):
            told = [point for point in points if not point.foreign]
            if len(told) < _ENDS:
                return Dates(used=used, question=Question(About.DATES), count=len(points))
            points = told
        asked = any(m.start not in used for m in self._others)
        if not points:
            return Dates(question=Question(About.DATES) if asked else None)
        try:
            start, end = self._placed(points[:2], single_is_end=single_is_end)
        except ValueError:
            return Dates(used=used, question=Question(About.DATES), count=len(points))
        if start and end and end < start:
            return Dates(used=used, question=Question(About.DATES, (start, end)), count=len(points))
        missing = asked and (start is None or end is None)
        return Dates(start, end, used, Question(About.DATES) if missing else None, len(points))

    def _placed(self, points: Sequence[Point], *, single_is_end: bool) -> tuple[date | None, date | None]:
        if len(points) == 1:
            only = resolved(points[0], self._today, self._today)
            relative = points[0].shift is not None
            until = self._follows(points[0], Sense.UNTIL) and not self._is_of_departure(points[0])
            returns = self._is_of_return(points[0]) or not self._follows(points[0], Sense.FROM)
            is_end = until or (single_is_end and returns and not self._is_of_departure(points[0]))
            return (None, only) if is_end and (until or not relative) else (only, None)
        first, second = points
        if self._follows(first, Sense.UNTIL) and not self._follows(second, Sense.UNTIL):
            first, second = second, first
        return span(first, second, self._today, linked=self._is_linked(first, second))

    # finding

    def _points(self) -> list[Point]:
        points: list[Point] = []
        at = 0
        while at < len(self._tokens):
            found = self._point(at)
            points += found
            at = found[-1].end if found else at + 1
        return _forced(points, month_first=self._month_first)

    def _point(self, at: int) -> list[Point]:
        token = self._tokens[at]
        if token.kind is Kind.DATE:
            return [self._written(token.text, at)]
        return self._from_number(at) if token.kind is Kind.NUMBER else self._from_word(at)

    def _from_word(self, at: int) -> list[Point]:
        senses = self._senses.get(at, {})
        for sense, shift in ((Sense.TODAY, 0), (Sense.TOMORROW, 1)):
            if sense in senses:
                return [Point(at, senses[sense].end, 0, shift=shift)]
        if Sense.ERA in senses:
            return self._of_era(at, senses[Sense.ERA])
        if Sense.OTHER_MONTH in senses:
            return [self._of_other_month(at, senses[Sense.OTHER_MONTH].end)]
        return self._from_month(at, senses)

    def _from_month(self, at: int, senses: Mapping[Sense, Match]) -> list[Point]:
        if self._leads_month(at) and (month := self._number(at + 1)) and month <= 12:  # "tháng 11"
            return self._month_then_day(senses[Sense.MONTH_MARK].start, at + 2, month)
        if Sense.DAY in senses:  # "primero de mayo", "vom ersten bis zum dritten Mai"
            told = self._day_then_month(at, senses[Sense.DAY].entry.value)
            return told if told and told[-1].month else []
        if Sense.MONTH in senses and Sense.PARTY_OF not in senses:  # Romanian "noi 4": we are four
            return self._month_then_day(at, senses[Sense.MONTH].end, senses[Sense.MONTH].entry.value)
        return []

    def _from_number(self, at: int) -> list[Point]:
        text = self._tokens[at].text
        number = int(text[:9])
        if len(text) == 8 and (compact := self._compact(text, at)):
            return [compact]
        if len(text) == 4 and self._has(at + 1, Sense.YEAR_MARK):  # 2026年11月24日
            return self._in_year(at, at + 2, self._year(number))
        return self._from_day(at, number) if len(text) <= 2 and 1 <= number <= _LONGEST_MONTH else []

    def _from_day(self, at: int, number: int) -> list[Point]:
        beside = self._senses.get(self._after_day(at + 1), {})
        if Sense.OTHER_MONTH in beside:
            return [self._of_other_month(at, beside[Sense.OTHER_MONTH].end)]
        if number <= 12 and self._ends_month(at + 1):
            return self._month_then_day(at, at + 2, number)
        return self._day_then_month(at, number) if number <= 31 else []

    def _day_then_month(self, at: int, day: int) -> list[Point]:
        """`24 nov 2026`, `24. Nov`, `24 de noviembre`, `24-30 nov`, `24 ngày tháng 11`, `24号`."""
        here = self._after_day(at + 1)
        month, after = self._month_at(here)
        if month:
            return [self._ended(Point(at, after, day, month))]
        second = self._second_day(at) if at not in self._counting else None  # "watu 3, 1 desemba"
        if second:
            _, number, after_number = second
            month, after = self._month_at(self._after_day(after_number))
            if month:
                return [Point(at, at + 1, day), self._ended(Point(second[0], after, number, month))]
        spaced = [self._number(at + 1), self._number(at + 2)]
        if spaced[0] and spaced[0] <= 12 and spaced[1] and (year := self._year(spaced[1])) and spaced[1] > 99:
            return [Point(at, at + 3, day, spaced[0], year)]  # "25 11 2026"
        if self._mark(at + 1) == "-" and (month := self._number(at + 2)) and month <= 12 and self._joined(at):
            return [Point(at, at + 3, day, month, None, swappable=day <= 12)] if self._is_pair() else []
        if (
            self._has(at + 1, Sense.DAY_MARK)
            and self._senses[at + 1][Sense.DAY_MARK].entry.sense is Sense.DAY_MARK
        ):
            return [Point(at, at + 2, day)]
        return self._bare_days(at, day)

    def _bare_days(self, at: int, day: int) -> list[Point]:
        """Days without any month: "torno il 18", "from 20 to 28"."""
        only = Point(at, self._after_day(at + 1), day)
        if second := self._second_day(at):
            last = Point(second[0], self._after_day(second[2]), second[1])
            led = self._follows(only, Sense.FROM) or (only.end > at + 1 and self._follows(last, Sense.UNTIL))
            if led and day != second[1] and not self._is_amount(last):
                return [only, last]
        return [only] if self._is_day(only) and not self._is_amount(only) else []

    def _is_day(self, only: Point) -> bool:
        """Whether a number without a month is a day all the same: "28 dec instead of 20", "back on the 5th".

        Where no other date stands, a small number may be the time of the day unless something marks the day.
        """
        if self._dated_elsewhere and self._follows(only, Sense.INSTEAD):
            return True
        if not (self._follows(only, Sense.UNTIL) or self._follows(only, Sense.RETURNING)):
            return False
        led = self._ends_at(only.at - 1, Sense.COMMON) and not self._ends_at(only.at - 1, Sense.AT)
        marked = only.end > only.at + 1 or led
        return self._dated_elsewhere or only.day > _HOURS or marked

    def _is_amount(self, point: Point) -> bool:
        return self._counts(point.end) or self._unit(point.end)

    def _unit(self, at: int) -> bool:
        """Whether what follows a number makes it no day: a word that is counted, a mark, thousands, money."""
        if self._mark(at) in {".", ","} and at + 1 < len(self._tokens) and self._tokens[at + 1].glued:
            return self._number(at + 1) is not None
        return (
            self._mark(at) in _NOT_OF_DAYS
            or (at < len(self._tokens) and len(self._tokens[at].text) > 2 and self._number(at) is not None)
            or (at < len(self._tokens) and self._tokens[at].kind is Kind.WORD and not self._senses.get(at))
        )

    def _month_then_day(self, at: int, here: int, month: int) -> list[Point]:
        """`Nov 24, 2026`, `Nov 24-30`, `11月24日`; a month with no day beside it is no date."""
        if self._mark(here) == ".":
            here += 1
        here = self._skip(here, {Sense.COMMON, Sense.OF, Sense.AT}, limit=1)
        day = self._number(here)
        if not day or day > 31 or len(self._tokens[here].text) > 2:
            return []
        if self._has(here + 1, Sense.MONTH) and not self._number(self._senses[here + 1][Sense.MONTH].end):
            return []  # "dec 5 jan": the number is the next date's
        after = self._after_day(here + 1)
        second = self._second_day(here)
        taken = second and (self._counts(second[2]) or self._ends_month(second[2]))
        if second and not taken and not self._month_at(self._after_day(second[2]))[0]:
            last = self._ended(Point(second[0], self._after_day(second[2]), second[1], month))
            return [replace(last, at=at, end=here + 1, day=day), last]
        return [self._ended(Point(at, after, day, month))]

    def _of_era(self, at: int, era: Match) -> list[Point]:
        """`令和8年12月1日`, `R8.12.1`, `R8/12/1`."""
        base, here = era.entry.value, era.end
        if here < len(self._tokens) and self._tokens[here].kind is Kind.DATE:
            parts = _parts(self._tokens[here].text)
            if len(parts) == 3:
                return [self._dated(Point(at, here + 1, parts[2], parts[1]), base + parts[0])]
        number = self._number(here)
        if not number:
            return []
        here += 2 if self._has(here + 1, Sense.YEAR_MARK) else 1
        if self._tokens[here - 1].kind is Kind.NUMBER and self._mark(here) in {".", "/"}:
            here += 1
        return self._in_year(at, here, base + number)

    def _in_year(self, at: int, here: int, year: int | None) -> list[Point]:
        """The date that follows its year: then the month comes before the day, whatever the habit."""
        rest = self._point(here) if here < len(self._tokens) else []
        if not rest:
            return []
        first = rest[0]
        if first.swappable and first.month and first.day <= 12:
            first = replace(first, day=first.month, month=first.day, swappable=False)
        return [self._dated(replace(first, at=at), year), *rest[1:]]

    def _of_other_month(self, at: int, end: int) -> Point:
        """`15 mangsir 2083`: a month of a calendar we ask about, with the day and the year beside it."""
        number = self._number(end)
        if self._tokens[at].kind is not Kind.NUMBER and number and number <= _LONGEST_MONTH:
            end = self._after_day(end + 1)
        number = self._number(end)
        longest = number is not None and len(self._tokens[end].text) == 4
        return Point(at, end + 1 if longest else end, 1, foreign=True)

    def _ended(self, point: Point) -> Point:
        """The date with the year that stands behind it, if one does."""
        base, number, end = self._year_at(point.end)
        return self._dated(replace(point, end=end), self._year(number) if base is None else base + number)

    def _dated(self, point: Point, year: int | None) -> Point:
        """The date in this year; None is a year that must be asked about, 0 none at all."""
        return replace(point, year=year or None, foreign=year is None)

    def _year(self, number: int) -> int | None:
        if number == 0:
            return 0
        return year_of(number, self._today, bases=self._grammar.years.get(self._language or "", ()))

    def _written(self, text: str, at: int) -> Point:
        """A date written with digits only."""
        parts = _parts(text)
        if len(parts) == 3 and parts[0] > 31:
            return self._dated(Point(at, at + 1, parts[2], parts[1]), self._year(parts[0]))
        day, month, *rest = parts
        point = Point(at, at + 1, day, month, swappable=True)
        return self._dated(point, self._year(rest[0])) if rest else point

    def _compact(self, text: str, at: int) -> Point | None:
        """25112026 or 20261125."""
        for day, month, number in ((text[:2], text[2:4], text[4:]), (text[6:], text[4:6], text[:4])):
            year = self._year(int(number))
            if 1 <= int(day) <= 31 and 1 <= int(month) <= 12 and year:
                return Point(at, at + 1, int(day), int(month), year)
        return None

    def _second_day(self, at: int) -> tuple[int, int, int] | None:
        """The day at the other end of `1-20`, `1 al 20`, `1 und 20`: where, which, and the token after it."""
        here = self._after_day(at + 1)
        linked = False
        for _ in range(3):
            if self._mark(here) in _BETWEEN or _LINKS & self._senses.get(here, {}).keys():
                here, linked = here + 1, True
            elif linked and self._ends_at(here, Sense.COMMON) and not self._counts(here):
                here += 1
        number = self._day(here) if here not in self._of_party else None  # "until the 4th, a family of 4"
        if linked and number:
            return here, number, here + 1
        return None

    def _month_at(self, here: int) -> tuple[int | None, int]:
        if self._mark(here) in {".", "/", "-"}:
            here += 1
        if not self._leads_month(here):
            here = self._skip(here, {Sense.OF, Sense.COMMON}, limit=1, unless=Sense.MONTH)
        senses = self._senses.get(here, {})
        if Sense.MONTH in senses:
            end = senses[Sense.MONTH].end
            return senses[Sense.MONTH].entry.value, end + (1 if self._mark(end) == "." else 0)
        if self._leads_month(here) and (number := self._number(here + 1)) and number <= 12:
            return number, here + 2
        return None, here

    def _year_at(self, here: int) -> tuple[int | None, int, int]:
        """The base of the era named there, the year's number (0: none), and the token after it."""
        at = here + 1 if self._mark(here) in {",", ".", "-", "/", "'"} else here
        at = self._skip(at, {Sense.OF, Sense.YEAR_MARK}, limit=1, unless=Sense.ERA)
        if self._has(at, Sense.ERA) and (number := self._number(self._senses[at][Sense.ERA].end)):
            era = self._senses[at][Sense.ERA]
            return era.entry.value, number, era.end + 1
        number = self._number(at)
        if number and len(self._tokens[at].text) == 4 and _FIRST_YEAR <= number <= _LAST_YEAR:
            return None, number, at + 1
        short = number and len(self._tokens[at].text) == 2
        marked = self._mark(here) in {"'", "/", "-"} and not self._month_at(self._after_day(at + 1))[0]
        if number and short and marked and number >= 24:  # but "5 jan - 28 dec" is two dates
            return None, number, at + 1
        if number and short and not self._mark(here) and self._is_year_of_era(at):
            return None, number, at + 1
        return None, 0, here

    def _is_year_of_era(self, at: int) -> bool:
        """Whether "25 พ.ย. 69" ends in its year: a number that no day has, in a language with eras."""
        number = int(self._tokens[at].text)
        era = self._language in self._grammar.years and number > 31 and self._year(number)
        return bool(era) and not self._counts(at + 1)


def _parts(text: str) -> list[int]:
    return [int(part) for part in re.split(r"[-/.]", text)]


def _forced(points: list[Point], *, month_first: bool) -> list[Point]:
    """Read 3/4 like its neighbour 27/4: one date that can only be month-first turns the others."""
    written = [p for p in points if p.swappable and p.month]
    only_month_first = any((p.month or 0) > 12 >= p.day for p in written)
    only_day_first = any(p.day > 12 >= (p.month or 0) for p in written)
    if only_day_first or not (only_month_first or month_first):
        return points
    return [replace(p, day=p.month, month=p.day) if p.swappable and p.month else p for p in points]
