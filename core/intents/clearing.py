"""Which dangers of a text are denied for certain: "no one was hurt", but not "bleeding, no one comes".

A denial clears a danger only where nothing else can be what it denies. What words may do so, on which side of
the danger, and what may stand between is said word by word in `locale/<tag>/keywords.toml`; a denial that is
not named there clears nothing. So a word that nobody knows leaves the danger standing.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from core.intents.evidence import QUESTION_MARKS
from core.intents.keywords import Sense
from core.intents.matching import Found, Match
from core.intents.reading import Intent
from core.intents.text import Kind

_REACH: Final = 6  # words between a denial and the danger that it clears
# What may begin behind "injured is-not" and is not its complement.
_FOLLOWERS: Final = frozenset(
    {Intent.SAFE, Sense.REASSURING, Sense.POLITE, Sense.AND, Sense.CONTRAST, Sense.DANGER}
)
_BEFORE: Final = frozenset({Sense.CLEARS, Sense.CLEARS_WHOLE})
_BEHIND: Final = frozenset({Sense.CLEARS_BEHIND, Sense.CLEARS_LAST})


class Clearing:
    """The dangers of one text that its denials clear, and the words they do it with."""

    def __init__(self, found: Found, marks: Sequence[Match]) -> None:
        """`marks` are the matches of the senses of PROOF, in every language."""
        self._tokens = found.tokens
        self._concord = found.grammar.concord
        self._marks = [m for m in marks if not m.typo and (not m.plain or m.entry.exact or self._is_bare(m))]
        self._openings = {m.start for m in found.matches if m.entry.sense in _FOLLOWERS and not m.typo}
        self._safe = [m for m in found.matches if m.entry.sense is Intent.SAFE and not m.typo]
        self._cleared: dict[tuple[int, int], frozenset[int]] = {}
        self._dangers = [m for m in found.matches if m.entry.sense is Sense.DANGER]
        for danger in sorted(self._dangers, key=lambda m: m.start):
            self._weigh(danger, [m for m in self._marks if m.entry.sense in _BEFORE])
        for danger in sorted(self._dangers, key=lambda m: -m.start):
            self._weigh(danger, [m for m in self._marks if m.entry.sense in _BEHIND])

    def is_cleared(self, danger: Match) -> bool:
        """Whether the text says that there is no such danger."""
        return (danger.start, danger.end) in self._cleared

    def is_spent(self, denial: Match) -> bool:
        """Whether a denial has done its work by clearing a danger, so that it denies nothing else."""
        words = range(denial.start, denial.end)
        return any(spent.issuperset(words) for spent in self._cleared.values())

    def covered(self) -> frozenset[int]:
        """The words of the dangers that are cleared, and of what clears them."""
        return frozenset[int]().union(*self._cleared.values())

    def bridges(self, tag: str) -> frozenset[int]:
        """The words of a language that say nothing of their own: "is", "of us"."""
        marks = (m for m in self._marks if m.entry.sense is Sense.BRIDGE and m.entry.tag == tag)
        return frozenset(at for m in marks for at in range(m.start, m.end))

    def _weigh(self, danger: Match, denials: Sequence[Match]) -> None:
        for denial in denials:
            first, second = sorted((denial, danger), key=lambda m: m.start)
            parted = first.end > second.start or not self._same_clause(first, second)
            if parted or denial.entry.tag != danger.entry.tag:
                continue
            if self._clears(denial, danger):
                known = self._cleared.get((danger.start, danger.end), frozenset())
                start = self._opening(first, denial.entry.tag)
                # A word that is no danger unless it is mistyped takes up no denial: "nadie esát seguro".
                spent = () if danger.typo else range(start, second.end)
                self._cleared[danger.start, danger.end] = known.union(spent)

    def _clears(self, denial: Match, danger: Match) -> bool:
        if denial.entry.sense is Sense.CLEARS_LAST:
            return self._clears_last(denial, danger)
        if denial.entry.sense is Sense.CLEARS_WHOLE:
            return self._clears_whole(denial, danger)
        behind = denial.entry.sense is Sense.CLEARS_BEHIND
        return self._clears_behind(denial, danger) if behind else self._clears_before(denial, danger)

    def _opening(self, first: Match, tag: str) -> int:
        """Where what leads up to the denial begins: the "ne" of "nous ne sommes pas blessés" is its part."""
        bridges, clause, start = self.bridges(tag), self._tokens[first.start].clause, first.start
        for at in reversed(range(first.start)):
            if at not in bridges or self._tokens[at].clause != clause:
                break
            start = at
        return start

    def _clears_before(self, denial: Match, danger: Match) -> bool:
        tag = denial.entry.tag
        others = [
            m
            for m in self._marks
            if m.entry.tag == tag
            and m.entry.sense is Sense.CLEARS
            and self._same_clause(m, danger)
            and (m.end <= denial.start or denial.end <= m.start < danger.start)
        ]
        if (others and tag not in self._concord) or denial.start > danger.start:
            return False  # "no one is not hurt"
        allowed = self.bridges(tag).union(*(range(m.start, m.end) for m in others), self.covered())
        between = range(denial.end, danger.start)
        if not between and danger.end - danger.start > 1:
            return False  # "nobody roof fell in": what is a sentence itself is denied by no bare word
        return len(between) <= _REACH and allowed.issuperset(between)

    def _clears_behind(self, denial: Match, danger: Match) -> bool:
        """Whether it stands directly behind, and nothing follows for it: "wound not closing"."""
        between = set(range(danger.end, denial.start))
        if denial.start < danger.end or (between and not self._is_list(between, denial.entry.tag)):
            return False
        bridges = self.bridges(denial.entry.tag)
        for at in range(denial.end, len(self._tokens)):
            token = self._tokens[at]
            if token.clause != self._tokens[denial.start].clause or token.kind is Kind.MARK:
                return True
            if at in self._openings:
                return True
            if at not in bridges:
                return False
        return True

    def _clears_last(self, denial: Match, danger: Match) -> bool:
        """Whether it ends a clause that says nothing but the danger, behind safety: "ok, heridos no".

        Nobody asks: "heridos no?" And nobody is named: "my brother hurt, no".
        """
        ends = denial.start == danger.end and not self._goes_on(denial)
        start = self._opening(danger, denial.entry.tag)
        opens = start == 0 or self._tokens[start - 1].clause != self._tokens[start].clause
        return ends and any(
            m.end == start or (opens and m.end < start) for m in self._safe if m.entry.tag == denial.entry.tag
        )

    def _clears_whole(self, denial: Match, danger: Match) -> bool:
        """Whether the two are all that a clause says behind one of safety: "I am fine, no wounded or dead".

        Nobody asks: "safe? no wounded".
        """
        tag, clause = denial.entry.tag, self._tokens[denial.start].clause
        opens = self._tokens[denial.start - 1].clause != clause  # before the first word none is safe
        safe = [m.end for m in self._safe if m.entry.tag == tag and m.end <= denial.start]
        if not opens or not safe or danger.start < denial.end:
            return False
        end = next((at for at, t in enumerate(self._tokens) if t.clause > clause), len(self._tokens))
        asks = any(t.text in QUESTION_MARKS for t in self._tokens[safe[0] : end])
        return not asks and self._is_list_of_dangers(range(denial.end, end), tag)

    def _is_list_of_dangers(self, words: range, tag: str) -> bool:
        """Whether the words are dangers and what joins them: "injured or dead", not "injured trapped"."""
        dangers = [m for m in self._dangers if m.entry.tag == tag and not m.typo]
        told = {at: m.start for m in dangers for at in range(m.start, m.end)}
        bridges = self.bridges(tag)
        said = [at for at in words if self._tokens[at].kind is not Kind.MARK]
        parted = all(
            told[one] == told[other] for one, other in pairwise(said) if one in told and other in told
        )
        return parted and all(at in told or at in bridges for at in said)

    def _goes_on(self, denial: Match) -> bool:
        """Whether its clause has another word behind it, or is a question."""
        clause = self._tokens[denial.start].clause
        behind = (t for t in self._tokens[denial.end :] if t.clause == clause)
        return any(t.kind is not Kind.MARK or t.text in QUESTION_MARKS for t in behind)

    def _is_list(self, between: set[int], tag: str) -> bool:
        """Whether another danger, cleared by the same denial, ends what stands between."""
        covered = self.covered()
        return max(between) in covered and (covered | self.bridges(tag)).issuperset(between)

    def _is_bare(self, match: Match) -> bool:
        """Whether its words are typed without any accent, rather than with another."""
        return all(t.text == t.fold for t in self._tokens[match.start : match.end])

    def _same_clause(self, one: Match, other: Match) -> bool:
        first, last = min(one.start, other.start), max(one.end, other.end) - 1
        return self._tokens[first].clause == self._tokens[last].clause
