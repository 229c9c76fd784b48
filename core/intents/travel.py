"""Whether a text registers a trip, changes one, or only speaks of it beside something else."""

from collections.abc import Mapping, Sequence
from typing import Final

from core.intents.evidence import Decision, Evidence, because
from core.intents.keywords import Sense
from core.intents.matching import Match
from core.intents.reading import Intent

_BESIDE: Final = 2  # words between somebody and what is said of them: "my friend has now gone home"
_OTHERS: Final = frozenset({Sense.COMPANION, Sense.COMPANIONS})


class Travel:
    """Weighs what one text says of trips."""

    def __init__(self, evidence: Evidence, by_sense: Mapping[object, Sequence[Match]]) -> None:
        self._evidence = evidence
        self._by_sense = by_sense

    def wish(self, *, safe: bool) -> Decision | None:
        """Register or update, where the text is about a trip; `safe`: somebody says that they are.

        A change that says what changes is heard before "we are safe", which is asked for once more; one that
        does not is lost to nobody.
        """
        if self._sells():
            return None
        register, update = self._of(Intent.REGISTER), self._of(Intent.UPDATE)
        if update and (not register or update[0].start <= register[0].start) and not self._arrives(update):
            return None if safe and not self._tells() else because(Intent.UPDATE, update)
        if register:
            return because(Intent.REGISTER, register)
        return None if safe else self._told_without_a_verb()

    def _is_span(self) -> bool:
        """Whether first and last day and those who travel are told: the place is one that nobody knows."""
        dates = self._evidence.dates
        return dates.start is not None and dates.end is not None and self._evidence.party_told

    def _sells(self) -> bool:
        """Whether the text sells something: a word of its own language, or more than one word, says so."""
        return any(
            m.entry.tag == self._evidence.found.language or m.end - m.start > 1 for m in self._of(Sense.SPAM)
        )

    def _told_without_a_verb(self) -> Decision | None:
        evidence = self._evidence
        gone = self._of(Intent.NOT_THERE)
        if gone and self._moves(gone):
            return because(Intent.UPDATE, gone)
        returning, going, now = self._of(Sense.RETURNING), self._of(Sense.GOING), self._of(Sense.NOW)
        dated = evidence.dates.count > 0 or evidence.dates.question is not None
        if returning and dated and evidence.dates.count < 2 and not going:
            return because(Intent.UPDATE, returning)
        if (evidence.place and (dated or going)) or (going and dated) or self._is_span():
            return because(Intent.REGISTER, going)
        return because(Intent.UPDATE, now) if now and evidence.party_told else None

    def _of(self, sense: Intent | Sense) -> Sequence[Match]:
        return self._by_sense.get(sense, ())

    def _tells(self) -> bool:
        """Whether the text says what changes: a place, a date, how many."""
        evidence = self._evidence
        return evidence.place is not None or evidence.dates.count > 0 or evidence.party_told

    def _arrives(self, update: Sequence[Match]) -> bool:
        """Whether "staying until" is said of a trip that begins today or tomorrow: nobody knows of it yet."""
        evidence = self._evidence
        begins = min(
            (m.start for sense in (Sense.TODAY, Sense.TOMORROW) for m in self._of(sense)), default=None
        )
        return (
            evidence.place is not None
            and evidence.dates.start is not None
            and evidence.dates.end is not None
            and begins is not None
            and begins < update[0].start
        )

    def is_told_of(self, intent: Intent) -> bool:
        """Whether words of another intent only tell of a trip: its dates, a new place, who goes home.

        "Rentre" without its accent is a return; "at the embassy in Rome, 1-20 Dec" asks for no way there.
        """
        dates, matches = self._evidence.dates, self._of(intent)
        if intent is Intent.WHERE:
            return self._evidence.place is not None and dates.end is not None
        if intent is Intent.NOT_THERE and self._moves(matches):
            return True
        if intent in {Intent.END, Intent.NOT_THERE} and self._is_of_others(matches):
            return True
        returns = self._of(Sense.RETURNING)
        within = all(any(r.start <= m.start and m.end <= r.end for r in returns) for m in matches)
        return within and dates.count > 0

    def _moves(self, absences: Sequence[Match]) -> bool:
        """Whether somebody left one place and names the next: "left Rome, now in Paris".

        "I am not in Rome, I am in Paris" says no more than where they are.
        """
        evidence = self._evidence
        if evidence.place is None or evidence.left is not False:
            return evidence.left is None and evidence.place is not None and bool(self._of(Intent.UPDATE))
        denied = {at for d in evidence.denials for at in range(d.start, d.end)}
        plain = all(denied & set(range(m.start, m.end)) for m in absences)
        return bool(self._of(Intent.UPDATE) or self._of(Sense.NOW)) or not plain

    def _is_of_others(self, ends: Sequence[Match]) -> bool:
        """Whether it is somebody else who went home, and who stays is told: "friend home, now alone"."""
        evidence = self._evidence
        if not evidence.party_told or not (self._of(Sense.NOW) or self._of(Intent.UPDATE)):
            return False
        tokens = evidence.found.tokens
        others = [m for sense in _OTHERS for m in self._of(sense)]
        return all(
            any(
                0 <= end.start - o.end <= _BESIDE and tokens[o.start].clause == tokens[end.start].clause
                for o in others
            )
            for end in ends
        )
