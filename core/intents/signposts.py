"""What the words around its dates say of them: which is the last day, and which no longer holds."""

import re
from typing import Final

from core.intents.keywords import Sense
from core.intents.matching import Found, Match
from core.intents.reading import Intent
from core.intents.spans import Point
from core.intents.text import Kind

_WORDS_BETWEEN: Final = 3  # between "until" and its date: "until the", "return on the"
_ENDS: Final = 2  # of a trip
_ORDINALS: Final = frozenset({"st", "nd", "rd", "th", "er", "ero", "o", "º", "ª", "e"})
_DAY_DASH_MONTH: Final = re.compile(r"(?<!\d)[0-3]?\d - [01]?\d(?!\d)")


class Signposts:
    """The tokens of one text and the words that lead to its dates."""

    def __init__(self, found: Found) -> None:
        self._tokens = found.tokens
        self._grammar = found.grammar
        self._language = found.language
        self._senses: dict[int, dict[Sense, Match]] = {}
        for match in found.matches:
            if isinstance(match.entry.sense, Sense):
                self._senses.setdefault(match.start, {}).setdefault(match.entry.sense, match)
        self._last = {(match.end - 1, match.entry.sense) for match in found.matches}
        self._updates = [m for m in found.matches if m.entry.sense is Intent.UPDATE]

    def _new(self, points: list[Point], *, changing: bool) -> list[Point]:
        """The dates but those that no longer hold: "28 dec instead of 20", "moved from 20 to 28 dec"."""
        kept = [point for point in points if not self._is_old(point)]
        kept = [point for point in kept if not self._is_denied(point)] or kept
        moved = changing and len(kept) == _ENDS and kept[0].end <= kept[1].at
        if moved and self._is_moved(kept[0], kept[1]):
            return kept[1:]
        return kept

    def _is_denied(self, point: Point) -> bool:
        own = any(m.entry.tag == self._language for m in self._of_sense(Sense.NEGATION) if m.end <= point.at)
        return own and self._follows(point, Sense.NEGATION)

    def _is_old(self, point: Point) -> bool:
        """Whether "instead of" is said of the date, in its language before or after it."""
        behind = self._senses.get(point.end, {}).get(Sense.INSTEAD)
        if behind and behind.entry.tag in self._grammar.dates_after:
            return True
        before = next((m for m in self._of_sense(Sense.INSTEAD) if m.end <= point.at), None)
        after_date = before is not None and self._is_of_date_before(before)
        return not after_date and self._follows(point, Sense.INSTEAD)

    def _is_of_date_before(self, match: Match) -> bool:
        dated = match.start > 0 and (
            self._tokens[match.start - 1].kind is not Kind.WORD
            or any((match.start - 1, sense) in self._last for sense in (Sense.MONTH, Sense.DAY_MARK))
        )
        return dated and match.entry.tag in self._grammar.dates_after

    def _is_moved(self, old: Point, new: Point) -> bool:
        """Whether a word for moving stands in the clause of two dates, of which the first was the return.

        Or "from" leads to the first: "moved from 20 to 28 dec".
        """
        if not self._same_clause(old.at, new.at):
            return False
        led = self._follows(old, Sense.FROM)
        returns = any(
            self._same_clause(m.start, old.at) and (m.end <= old.at or new.end <= m.start)
            for m in self._of_sense(Sense.RETURNING)
        )
        if any(self._same_clause(m.start, new.at) for m in self._of_sense(Sense.MOVED)):
            return returns or led
        return returns and led and any(self._same_clause(m.start, new.at) for m in self._updates)

    def _is_of_return(self, point: Point) -> bool:
        """Whether its clause speaks of the return before it, or behind it where verbs stand last."""
        return any(
            self._leads(m, point)
            or (
                m.entry.tag in self._grammar.dates_after
                and point.end <= m.start
                and self._same_clause(point.at, m.start)
            )
            for m in self._of_sense(Sense.RETURNING)
        )

    def _is_of_departure(self, point: Point) -> bool:
        """Whether its clause speaks of the departure before it: "departure moved to 2 dec"."""
        return not self._is_of_return(point) and any(
            self._leads(m, point) for m in self._of_sense(Sense.LEAVING)
        )

    def _leads(self, match: Match, point: Point) -> bool:
        return match.end <= point.at and self._same_clause(match.start, point.at)

    def _same_clause(self, one: int, other: int) -> bool:
        """Whether no mark parts two tokens; the dot of "vom 20. auf den 28." parts nothing."""
        return not any(
            self._tokens[at].clause != self._tokens[at + 1].clause
            and not (self._tokens[at].text == "." and self._number(at - 1) is not None)
            for at in range(min(one, other), max(one, other))
        )

    def _of_sense(self, sense: Sense) -> list[Match]:
        return [senses[sense] for senses in self._senses.values() if sense in senses]

    def _is_linked(self, first: Point, second: Point) -> bool:
        """Whether "from", "to" or a dash says which of two dates is the end."""
        dash = self._mark(second.at - 1) == "-"
        return dash or self._follows(first, Sense.FROM) or self._follows(second, Sense.UNTIL)

    def _follows(self, point: Point, sense: Sense) -> bool:
        """Whether "until" or "from" leads to the date, or follows it ("30 nov tak")."""
        at = point.at - 1
        for _ in range(_WORDS_BETWEEN):
            if self._ends_at(at, sense):
                return True
            if not (
                self._mark(at) in {":", "-"} or self._ends_at(at, Sense.COMMON) or self._ends_at(at, Sense.AT)
            ):
                break
            at -= 1
        if sense in self._senses.get(point.end, {}) and self._is_postposition(point.end, sense):
            return True
        last = point.end - 1  # "डिसेम्बरसम्म": until december, in one word
        return last > point.at and self._has(last, sense) and self._has(last, Sense.MONTH)

    def _ends_at(self, at: int, sense: Sense) -> bool:
        """Whether a phrase of this sense ends with the token."""
        return (at, sense) in self._last

    def _is_postposition(self, at: int, sense: Sense) -> bool:
        return self._senses[at][sense].entry.tag in self._grammar.dates_after

    # small steps

    def _leads_month(self, at: int) -> bool:
        """Whether the token says that the number after it is a month ("tháng 12")."""
        mark = self._senses.get(at, {}).get(Sense.MONTH_MARK)
        return mark is not None and mark.entry.tag in self._grammar.month_before

    def _ends_month(self, at: int) -> bool:
        """Whether the token says that the number before it is a month ("12月")."""
        mark = self._senses.get(at, {}).get(Sense.MONTH_MARK)
        return mark is not None and mark.entry.tag not in self._grammar.month_before

    def _has(self, at: int, sense: Sense) -> bool:
        return sense in self._senses.get(at, {})

    def _number(self, at: int) -> int | None:
        if at < len(self._tokens) and self._tokens[at].kind is Kind.NUMBER and len(self._tokens[at].text) < 9:
            return int(self._tokens[at].text)
        return None

    def _day(self, at: int) -> int | None:
        """The day of a month named there, in digits or in a word."""
        if self._has(at, Sense.DAY):
            return self._senses[at][Sense.DAY].entry.value
        number = self._number(at)
        return number if number and number <= 31 and len(self._tokens[at].text) < 3 else None

    def _mark(self, at: int) -> str:
        return self._tokens[at].text if at < len(self._tokens) and self._tokens[at].kind is Kind.MARK else ""

    def _skip(self, at: int, senses: set[Sense], *, limit: int, unless: Sense | None = None) -> int:
        for _ in range(limit):
            here = self._senses.get(at, {})
            if senses & here.keys() and (unless is None or unless not in here):
                at += 1
        return at

    def _after_day(self, at: int) -> int:
        """Past `th`, `º`, `日`, or the dot of a German day."""
        if at < len(self._tokens):
            token = self._tokens[at]
            if (token.glued and token.text in _ORDINALS) or self._has(at, Sense.DAY_MARK):
                return at + 1
        return at

    def _joined(self, at: int) -> bool:
        return all(here < len(self._tokens) and self._tokens[here].glued for here in (at + 1, at + 2))

    def _is_pair(self) -> bool:
        """Whether `25-11` is one of two such dates; a lone `1-5` may be anything."""
        text = " ".join(token.text for token in self._tokens)
        return len(_DAY_DASH_MONTH.findall(text)) >= 2

    def _counts(self, at: int) -> bool:
        return bool({Sense.COUNTED, Sense.ADULTS, Sense.CHILDREN} & self._senses.get(at, {}).keys())
