"""What a text means: `understand(text, languages, today) -> Reading`. No database, network or clock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from core.intents.dates import DateReader, Dates
from core.intents.decision import Judge
from core.intents.evidence import (
    Decision,
    Evidence,
    alone,
    denials,
    named_contact,
    polite_tokens,
    reserved,
)
from core.intents.keywords import DENIALS, PROOF, Sense
from core.intents.matching import Found, Match, Matcher, abridged, languages_of, settled
from core.intents.party import PartyReader
from core.intents.reading import About, Intent, Question, Reading
from core.intents.segmentation import segmented
from core.intents.text import Kind, Token, is_converted, is_unspaced, normalise, script_runs
from core.intents.vocabulary import Vocabulary, vocabulary
from core.intents.whereabouts import Mention, PlaceReader, mentions

_TYPO: Final = 0.8
_ASKS: Final = 0.5
_LIKELY: Final = 2
_SPOKEN: Final = 3  # languages that one text may mix
_SHORT: Final = 10  # letters of a denial in a script without spaces
_TRAVEL: Final = frozenset({Intent.REGISTER, Intent.UPDATE})
_PLACELESS: Final = frozenset({
    Intent.STOP, Intent.START, Intent.DELETE, Intent.MY_DATA, Intent.LANGUAGE, Intent.CARD, Intent.HELP,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explanation:
    """The Reading and what it rests on: words, language, and what they were taken for.

    `place` and `dates` are the words those were read from; `slips` may be a "not" mistyped, in the languages
    named beside them, and then nobody near them is called safe.
    """

    reading: Reading
    tokens: tuple[str, ...]
    languages: tuple[str, ...]
    phrases: tuple[str, ...]
    because: tuple[str, ...]
    place: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    slips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    tokens: Sequence[Token]
    languages: list[str]
    found: Found
    decision: Decision
    reading: Reading
    facts: "_Facts | None" = None


def understand(text: str, languages: Sequence[str], today: date) -> Reading:
    """Read a text. `languages` are hints, best first, never a filter; `today` is the sender's date."""
    return _see(text, languages, today).reading


def explain(text: str, languages: Sequence[str], today: date) -> Explanation:
    """The same reading with what matched what, for `manage.py understand --explain`."""
    seen = _see(text, languages, today)
    said = [token.text for token in seen.tokens]
    facts = seen.facts
    slips = facts.slips if facts else {}
    return Explanation(
        seen.reading,
        tuple(said),
        tuple(seen.languages),
        tuple(_line(match, seen.tokens) for match in seen.found.matches),
        tuple(_line(match, seen.tokens) for match in seen.decision.because),
        tuple(said[at] for at in sorted(facts.place.used)) if facts else (),
        tuple(said[at] for at in sorted(facts.dates.used)) if facts else (),
        tuple(f"{said[at]!r} [{' '.join(sorted(tags))}]" for at, tags in slips.items() if tags),
    )


def names_contact(text: str) -> bool:
    """Whether the text is the words for an emergency contact in any language, with a number or without."""
    words = vocabulary()
    tokens = abridged(segmented(script_runs(normalise(text)), words), words)
    return bool(named_contact(tokens, Matcher(tokens, words, {}).every()))


def _see(text: str, hints: Sequence[str], today: date) -> _Seen:
    words = vocabulary()
    tokens = abridged(segmented(script_runs(normalise(text)), words), words)
    mentioned = mentions(tokens, words)
    matches = Matcher(tokens, words, {m.start: m.end for m in mentioned}).every()
    every = [m for m in matches if m.entry.sense not in PROOF]
    proof = [m for m in matches if m.entry.sense in PROOF]
    languages = languages_of(every, hints, words.tags)
    found = Found(tokens, settled(every, languages), words.grammar, languages)
    short = [hint.split("-")[0].lower() for hint in hints]
    language = languages[0] if languages else next((tag for tag in short if tag in words.tags), None)
    fixed = reserved(tokens, polite_tokens(every))
    decision = Decision(fixed) if fixed else alone(tokens, every, short)
    if decision is not None and decision.intent not in _TRAVEL | {Intent.UNKNOWN}:
        if decision.because and language not in (tags := [m.entry.tag for m in decision.because]):
            language = tags[0]
        confidence = _TYPO if decision.typo else 1.0
        reading = Reading(decision.intent, language="en" if fixed else language, confidence=confidence)
        return _Seen(tokens, languages, found, decision, reading)
    facts = _Facts(found, mentioned, words, hints, today)
    decision = decision or Judge(facts.evidence(every, proof)).verdict()
    return _Seen(tokens, languages, found, decision, facts.reading(decision, language), facts)


class _Facts:
    """Place, dates and party of one text."""

    def __init__(
        self,
        found: Found,
        mentioned: list[Mention],
        words: Vocabulary,
        hints: Sequence[str],
        today: date,
    ) -> None:
        self._found = found
        self._senses = {match.entry.sense for match in found.matches}
        american = "en-us" in [hint.lower() for hint in hints]
        month_first = american or found.language in words.grammar.month_first
        self._dates = DateReader(found, today, month_first=month_first)
        changing = bool({Intent.UPDATE, Sense.RETURNING} & self._senses)
        self.dates = self._dates.read(single_is_end=changing)
        travelling = bool(self.dates.count or {Intent.REGISTER, Intent.UPDATE, Sense.GOING} & self._senses)
        reader = PlaceReader(found, mentioned, words)
        self.place = reader.read(self.dates.used, travelling=travelling)
        travellers = PartyReader(found, self.dates.used | self.place.used)
        self.party = travellers.read()
        self._untold = travellers.is_untold()
        self._party_told = travellers.is_told()
        self.slips: dict[int, set[str]] = {}
        self._words = words
        settled_in = {m.entry.tag for m in found.matches if not m.typo}
        self._spoken = frozenset(settled_in & set(found.languages[:_SPOKEN]))

    def evidence(self, every: Sequence[Match], proof: Sequence[Match]) -> Evidence:
        """What the Judge needs to know; `every` are all matches, also those that do not stand.

        `proof` are the matches that say nothing but whether a denial clears a danger.
        """
        tokens, matches = self._found.tokens, self._found.matches
        self.slips = self._mistyped([*every, *proof])
        courtesy = polite_tokens(matches) | self.dates.used
        text = "".join(t.text for t in tokens)
        own = (range(m.start, m.end) for m in matches if m.entry.tag == self._found.language)
        return Evidence(
            self._found,
            self.place.place,
            self.dates,
            languages=self._found.languages[:_LIKELY],
            has_link="http" in text or "www." in text or Sense.SPAM in self._senses,
            other_words=sum(t.kind is Kind.WORD and at not in courtesy for at, t in enumerate(tokens)),
            denials=denials(every, matches, self._found.language),
            endings=[m for m in every if m.entry.sense in DENIALS and not m.typo],
            safety=[m for m in every if m.entry.sense is Intent.SAFE],
            own_words=frozenset(at for span in own for at in span),
            mistyped=self.slips,
            named=frozenset(self.place.used | self.dates.used),
            proof=proof,
            spoken=self._spoken,
            party_told=self._party_told,
            left=self.place.left,
        )

    def _mistyped(self, every: Sequence[Match]) -> dict[int, set[str]]:
        """For words that one slip parts from a denial: the languages of it that do not know them otherwise.

        In a script without spaces any few letters that nobody knows may be one, unless the keyboard composes
        them: there a slip is another whole sign.
        """
        known: dict[int, set[str]] = {}
        for match in every:
            latin = self._found.tokens[match.start].text[0] < "\u0250"
            if not match.typo and not (match.plain and latin):  # "ão" is no "ao"
                for at in range(match.start, match.end):
                    known.setdefault(at, set()).add(match.entry.tag)
        found: dict[int, set[str]] = {}
        for at, token in enumerate(self._found.tokens):
            if token.kind is not Kind.WORD or at in self.dates.used:
                continue
            if not is_unspaced(token.fold):
                found[at] = self._words.mistyped_negation(token.fold) - known.get(at, set())
                if len(token.fold) <= 2 and self._found.language in known.get(at, ()):
                    found[at] &= self._spoken  # two letters are a word of some language or other
            elif at not in known and at not in self.place.used and len(token.text) <= _SHORT:
                converted = is_converted(token.text)
                found[at] = self._words.mistyped_negation(token.fold) if converted else set(self._words.tags)
        return found

    def reading(self, decision: Decision, language: str | None) -> Reading:
        """The Reading of this decision: dates and questions only where the intent has a use for them."""
        travel = decision.intent in _TRAVEL or decision.intent is Intent.UNKNOWN
        dates, where = self.dates if travel else Dates(), self.place
        if decision.intent is Intent.UPDATE and dates.end:
            dates = replace(dates, question=None)  # "some days more, back on the 22nd"
        question = (where.question if decision.intent not in _PLACELESS else None) or dates.question
        if not question and self._untold and decision.intent is Intent.REGISTER:
            question = Question(About.PARTY)
        sure = where.sure and not decision.typo
        place = where.place if decision.intent not in _PLACELESS else None
        if decision.intent is Intent.NOT_THERE:
            place = where.former or place
        return Reading(
            decision.intent,
            place.country if place else None,
            place.city if place else None,
            dates.start,
            dates.end,
            self.party if travel and (decision.intent in _TRAVEL or place or dates.count) else None,
            language,
            _ASKS if question else 1.0 if sure else _TYPO,
            question,
        )


def _line(match: Match, tokens: Sequence[Token]) -> str:
    words = " ".join(token.text for token in tokens[match.start : match.end])
    typo = " (mistyped)" if match.typo else ""
    return f"{words!r} = {match.entry.sense} [{match.entry.tag}]{typo}"
