"""How many travel, the sender included."""

from typing import Final

from core.intents.keywords import Sense
from core.intents.matching import Found, Match
from core.intents.text import Kind, is_unspaced

LARGEST: Final = 99
_LARGEST_BARE: Final = 20
_YOUNG: Final = frozenset({Sense.CHILDREN, Sense.COMPANIONS})
_COUNTED_AFTER: Final = frozenset({Sense.ADULTS, Sense.CHILDREN, Sense.COMPANION, Sense.COMPANIONS})


class PartyReader:
    """Counts the travellers of one text; `taken` are tokens that belong to dates and places."""

    def __init__(self, found: Found, taken: frozenset[int]) -> None:
        self._tokens = found.tokens
        self._grammar = found.grammar
        self._language = found.language
        self._taken = taken | _no_longer(found)
        self._matches = [m for m in found.matches if not any(at in taken for at in range(m.start, m.end))]
        self._senses: dict[int, dict[Sense, Match]] = {}
        for match in self._matches:
            if isinstance(match.entry.sense, Sense) and not self._counts_those_before(match):
                self._senses.setdefault(match.start, {}).setdefault(match.entry.sense, match)

    def read(self) -> int | None:
        """The number of travellers, or None when the text does not say."""
        families = self._family(), self._left_alone(), self._all_told(), self._accompanied(), self._exactly()
        for count in (self._phrase(), self._counted(), *families, self._bare()):
            if count is not None:
                return count if 1 <= count <= LARGEST else None
        return None

    def is_told(self) -> bool:
        """Whether words say how many travel, not a number alone."""
        counts = self._phrase(), self._counted(), self._family(), self._accompanied(), self._exactly()
        return any(count for count in counts)

    def is_untold(self) -> bool:
        """Whether people travel along and nobody says how many: "with friends"."""
        along = any(
            m.entry.sense in {Sense.COMPANIONS, Sense.CHILDREN}
            and m.entry.tag == self._language
            and not m.typo
            for m in self._matches
        )
        return along and self.read() is None

    def _phrase(self) -> int | None:
        young = {m.start for m in self._matches if m.entry.sense is Sense.CHILDREN}
        phrases = (m for m in self._matches if m.entry.sense is Sense.PARTY_OF and m.end not in young)
        found = [m.number for m in phrases if m.number]
        return max(found, default=None)

    def _counted(self) -> int | None:
        """`2 people`, `2 adults 1 child`, `3人`, `watu 3`."""
        people = self._sum(Sense.COUNTED)
        adults = self._sum(Sense.ADULTS)
        if people is None and adults is None:
            return None
        total = (people or 0) + (adults or 0 if people is None else 0)
        if any(m.entry.sense is Sense.INCLUDING for m in self._matches):
            return total
        return total + (self._sum(Sense.CHILDREN) or 0)

    def _accompanied(self) -> int | None:
        """`me and my 2 kids`, `with my wife and 2 children`: those named, and the sender."""
        total, named, unknown = 1, False, False
        others = {m.end - 1 for m in self._matches if m.entry.sense is Sense.BESIDES}
        paired = {
            at
            for m in self._matches
            if m.entry.sense is Sense.COMPANIONS and m.entry.value
            for at in range(m.start + 1, m.end)
        }
        for at, senses in self._senses.items():
            if at in paired:
                continue  # "laba caruur": two, counted already
            for sense in (Sense.COMPANION, Sense.COMPANIONS, Sense.CHILDREN):
                if sense not in senses:
                    continue
                match = senses[sense]
                if match.start - 1 in others and sense is not Sense.COMPANION:
                    break  # "5 others, colleagues": counted already
                number = (
                    self._number_beside(match)
                    or match.entry.value
                    or (1 if sense is Sense.COMPANION else None)
                )
                if number is None:
                    unknown = True
                else:
                    total, named = total + number, True
                break
            if at >= 0 and Sense.BESIDES in senses:
                total, named = total + senses[Sense.BESIDES].number, True
        return total if named and not unknown else None

    def _family(self) -> int | None:
        """`my wife and I, our three children`: a pair that is counted as one phrase, and the children."""
        told = next((m for m in self._matches if self._is_told_by(m)), None)
        if told is None or told.entry.value < 2:
            return None
        children = 0
        for senses in self._senses.values():
            match = senses.get(Sense.COMPANIONS) or senses.get(Sense.CHILDREN)
            if match and match.start >= told.end:  # in "2 kids, four people" the kids are counted
                children += self._number_beside(match) or match.entry.value
        return told.entry.value + children if children else None

    def _all_told(self) -> int | None:
        """`the three of us`, whoever is named beside it."""
        told = self._exactly()
        return told if told and told > 1 else None

    def _left_alone(self) -> int | None:
        """`alone, my friend went home`: nobody named travels along, with no "and" or "with" before them."""
        joined = {m.end for m in self._matches if m.entry.sense in {Sense.AND, Sense.WITH}}
        others = (m for m in self._matches if m.entry.sense in {Sense.COMPANION, Sense.COMPANIONS})
        alone = self._exactly() == 1 and not any(m.start in joined for m in others)
        return 1 if alone else None

    def _exactly(self) -> int | None:
        return next((m.entry.value for m in self._matches if self._is_told_by(m)), None)

    def _is_told_by(self, match: Match) -> bool:
        """Whether the phrase counts all who travel, not the children beside it: "los dos niños"."""
        if match.entry.sense is not Sense.EXACTLY or match.entry.value < 2:
            return match.entry.sense is Sense.EXACTLY
        young = [m for m in self._matches if m.entry.sense in _YOUNG]
        counted = {m.start for m in young if m.entry.value or self._follows_count(m)}
        return not any(
            m.start <= match.start < m.end
            or (m.end == match.start and m.entry.tag in self._grammar.count_after)
            or (m.start == match.end and m.start not in counted)
            for m in young
        )

    def _follows_count(self, match: Match) -> bool:
        """Whether the number stands behind it, as its language counts."""
        return match.entry.tag in self._grammar.count_after and self._number_after(match) is not None

    def _bare(self) -> int | None:
        """A number from 1 to 20 that ends the text, not glued to a word (doubling: `orang2`)."""
        words = [at for at, token in enumerate(self._tokens) if token.kind is not Kind.MARK]
        if len(words) < 2 or words[-1] in self._taken or self._tokens[words[-1]].kind is not Kind.NUMBER:
            return None
        last = self._tokens[words[-1]]
        if last.glued and self._tokens[words[-1] - 1].kind is not Kind.MARK:
            return None
        return int(last.text) if len(last.text) < 3 and 1 <= int(last.text) <= _LARGEST_BARE else None

    def _sum(self, sense: Sense) -> int | None:
        total = None
        for senses in self._senses.values():
            if sense in senses and (number := self._number_beside(senses[sense])):
                total = (total or 0) + number
        return total

    def _counts_those_before(self, match: Match) -> bool:
        """Whether "2 คน" counts the children named before it ("ลูก 2 คน") and not all who travel."""
        number = match.start - 1
        return (
            match.entry.sense is Sense.COUNTED
            and match.entry.tag in self._grammar.count_after
            and number > 0
            and (self._tokens[number].kind is Kind.NUMBER or self._is_word_for_number(number))
            and any(m.end == number and m.entry.sense in _COUNTED_AFTER for m in self._matches)
        )

    def _is_word_for_number(self, at: int) -> bool:
        return any(m.start == at and m.entry.sense is Sense.NUMBER for m in self._matches)

    def _number_beside(self, match: Match) -> int | None:
        """The number right before the words, or after them where a language counts that way."""
        if match.entry.tag in self._grammar.count_after and (number := self._number_after(match)):
            return number
        for at in (match.start - 1, match.start - 2):
            number = self._number(at)
            if number:
                return number
            if Sense.COMMON not in self._senses.get(at, {}) and at != match.start - 1:
                break
        return self._pair_beside(match)

    def _pair_beside(self, match: Match) -> int | None:
        """`los dos niños`: a phrase that would count all of us elsewhere."""
        return next(
            (
                m.entry.value
                for m in self._matches
                if m.entry.sense is Sense.EXACTLY and m.entry.value > 1 and not self._is_told_by(m)
                if m.end == match.start
                or (m.start == match.end and match.entry.tag in self._grammar.count_after)
            ),
            None,
        )

    def _number_after(self, match: Match) -> int | None:
        """`watu 3`, `ลูก2คน`; not the 2 of a doubled word (`orang2`)."""
        if match.end >= len(self._tokens):
            return None
        doubled = self._tokens[match.end].glued and not is_unspaced(self._tokens[match.end - 1].text)
        doubled = doubled and self._tokens[match.end].kind is Kind.NUMBER
        return None if doubled else self._number(match.end)

    def _number(self, at: int) -> int | None:
        if not 0 <= at < len(self._tokens) or at in self._taken:
            return None
        token = self._tokens[at]
        if token.kind is Kind.NUMBER:
            return int(token.text) if len(token.text) < 3 else None
        return (
            self._senses[at][Sense.NUMBER].entry.value if Sense.NUMBER in self._senses.get(at, {}) else None
        )


def _no_longer(found: Found) -> frozenset[int]:
    """The numbers that hold no longer: "3 instead of 2"."""
    ends = (m.end for m in found.matches if m.entry.sense in {Sense.INSTEAD, Sense.NEGATION})
    return frozenset(at for at in ends if at < len(found.tokens) and found.tokens[at].kind is Kind.NUMBER)
