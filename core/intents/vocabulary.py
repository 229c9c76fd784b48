"""The words of every language in one tree of phrases, with the places and the typing errors they bring."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

from core.intents.gazetteer import PATH, Gazetteer, Named, open_gazetteer
from core.intents.keywords import (
    DENIALS,
    Entry,
    Mode,
    Sense,
    city_and_country,
    entries,
    read,
    strings,
    table,
    tags,
)
from core.intents.reading import Intent
from core.intents.text import fold, is_unspaced, normalise, script_runs
from core.intents.words import deletions, one_edit_apart

_SLOT: Final = re.compile(r"(\{(?:n|place)\}|\.\.(?!\.))")
_SHORTEST_TYPO: Final = 5
_PLAIN: Final = re.compile("[a-z]+\\*?")
_VOWELS: Final = re.compile("[aeiouyаеёиоуыэюяіїє]")


@dataclass(slots=True)
class Node:
    """A place in the tree of phrases: what may follow, and the phrases that end here."""

    words: dict[str, "Node"] = field(default_factory=dict)
    stems: dict[str, "Node"] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class Grammar:
    """The languages in which a denial, "until" or a number stands after the word it belongs to.

    `month_before`: "tháng 12" is December; elsewhere the number comes first ("12月"). `month_first`: 12/1 is
    1 December. `years`: eras that years of two digits may count from without saying so, as the year before
    their first. `at_after`: "in" stands behind its place ("दिल्ली में").
    """

    negation_before: set[str] = field(default_factory=set)
    negation_after: set[str] = field(default_factory=set)
    dates_after: set[str] = field(default_factory=set)
    count_after: set[str] = field(default_factory=set)
    month_before: set[str] = field(default_factory=set)
    at_after: set[str] = field(default_factory=set)
    month_first: set[str] = field(default_factory=set)
    years: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def learn(self, tag: str, data: Mapping[str, object]) -> None:
        """Take in the `[grammar]` of a language; each key is "before" (the default), "after" or "both"."""
        side = data.get("negation", "before")
        self.negation_before.update([tag] if side != "after" else [])
        self.negation_after.update([tag] if side != "before" else [])
        self.dates_after.update([tag] if data.get("dates", "before") != "before" else [])
        self.month_before.update([tag] if data.get("month_mark") == "before" else [])
        self.month_first.update([tag] if data.get("date_order") == "month" else [])
        years = data.get("years")
        self.years.update({tag: tuple(map(int, years))} if isinstance(years, list) else {})
        self.at_after.update([tag] if data.get("at") == "after" else [])
        self.count_after.update([tag] if data.get("count", "before") != "before" else [])


@dataclass(slots=True)
class Vocabulary:
    """Every phrase of every language, people's names of places, and what typing errors may mean."""

    tags: tuple[str, ...]
    gazetteer: Gazetteer
    root: Node = field(default_factory=Node)
    grave: Node = field(default_factory=Node)  # calls for help and STOP once more, without accents
    unspaced: set[str] = field(default_factory=set)
    openings: dict[str, int] = field(default_factory=dict)
    countries: dict[str, str] = field(default_factory=dict)
    cities: dict[str, str] = field(default_factory=dict)
    english: dict[tuple[str, str], str] = field(default_factory=dict)
    endings: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    prefixes: list[str] = field(default_factory=list)
    grammar: Grammar = field(default_factory=Grammar)
    inflected: dict[str, tuple[Named, frozenset[str]] | None] = field(default_factory=dict)
    _near: dict[str, list[str]] = field(default_factory=dict)
    _trusted: set[str] = field(default_factory=set)
    _guarded: set[str] = field(default_factory=set)
    _negations: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _skeletons: dict[str, set[str]] = field(default_factory=dict)
    _denies: dict[tuple[str, str], bool] = field(default_factory=dict)
    _common: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    def corrected(self, word: str) -> list[str]:
        """Words of five letters or more that this unknown word may be a mistyping of.

        Never a word of STOP; never a word of safety where a word of danger or denial is as near.
        """
        if len(word) < _SHORTEST_TYPO:
            return []
        near = {w for shorter in (word, *deletions(word)) for w in self._near.get(shorter, ())}
        found = [w for w in sorted(near) if one_edit_apart(word, w)]
        if any(w in self._guarded for w in found) and len(found) > 1:
            found = [w for w in found if w not in self._guarded]
        return found

    def mistyped_negation(self, word: str) -> set[str]:
        """The languages of which a word may be a mistyped denial, which must not pass for safety.

        One edit away from it, or written without its vowels ("nt", "tdk").
        """
        near = {n for shorter in (word, *deletions(word)) for n in self._negations.get(shorter, ())}
        return {tag for denial, tag in near if one_edit_apart(word, denial)} | self._skeletons.get(
            word, set()
        )

    def add(self, phrase: str, entry: Entry) -> None:
        """Put a phrase into the tree, and once more without its accents.

        Not where that would turn one of the language's small words into safety or danger ("so", sợ and số).
        """
        typed = elements(phrase)
        plain = [fold(element) for element in typed]
        if entry.sense is Intent.SAFE and self._is_like_denial(plain, entry.tag):
            entry = replace(entry, spelt=True)
        self._add(typed, entry)
        if entry.sense in _NOT_MISTAKEN and len(plain) == 1:
            words = self._common.get(entry.tag, {}).get(plain[0], set())
            if words and typed[0] not in words:
                return
        if plain != typed:
            self._add(plain, replace(entry, exact=False))
        if entry.sense in _GRAVE and entry.mode is not Mode.ALONE:
            self._add(plain, entry, self.grave)
        for element in plain:
            self._remember(element, entry, lone=len(plain) == 1)

    def _is_like_denial(self, words: Iterable[str], tag: str) -> bool:
        """Whether a phrase of safety holds a denial of its language, or a word one slip away from one.

        "No one is hurt" and "someone is hurt" are too near each other for a slip to be forgiven.
        """
        return any(self._is_denial_like(word, tag) for word in words)

    def _is_denial_like(self, word: str, tag: str) -> bool:
        known = self._denies.get((word, tag))
        if known is None:
            known = (word, tag) in self._negations.get(word, ()) or tag in self.mistyped_negation(word)
            self._denies[word, tag] = known
        return known

    def know_common(self, tag: str, words: str) -> None:
        """Remember the small words of a language, before its phrases are added."""
        known = self._common.setdefault(tag, {})
        for word in words.split():
            for typed in _words(word):
                known.setdefault(fold(typed), set()).add(typed)

    def know_unspaced(self, word: str) -> None:
        """Remember a word of a script without spaces, for cutting runs of it."""
        self.unspaced.add(word)
        self.openings[word[:2]] = max(self.openings.get(word[:2], 0), len(word))

    def _add(self, elements: list[str], entry: Entry, root: Node | None = None) -> None:
        node = root or self.root
        for element in elements:
            stem = element.endswith("*")
            following, word = (node.stems, element[:-1]) if stem else (node.words, element)
            if word not in following:
                following[word] = Node()
            node = following[word]
            if not element.isascii() and is_unspaced(element):
                self.know_unspaced(element.rstrip("*"))
        if entry not in node.entries:
            node.entries.append(entry)

    def _remember(self, element: str, entry: Entry, *, lone: bool) -> None:
        # One sign may be any other: only where a denial comes first, as in Chinese.
        lone = lone and is_unspaced(element) and entry.tag not in self.grammar.negation_after
        word = element.rstrip("*")
        if entry.sense in DENIALS and (len(word) > 1 or lone):
            for shorter in (word, *deletions(word)):
                self._negations.setdefault(shorter, []).append((word, entry.tag))
            skeleton = _VOWELS.sub("", word)
            if 1 < len(skeleton) < len(word):
                self._skeletons.setdefault(skeleton, set()).add(entry.tag)
        if (
            len(element) < _SHORTEST_TYPO
            or element.endswith("*")
            or not element.isalpha()
            or is_unspaced(element)
        ):
            return
        if entry.sense in _NEVER_GUESSED or element in self._trusted:
            return
        if entry.sense is Intent.SAFE:
            self._guarded.add(element)
        self._trusted.add(element)
        for shorter in (element, *deletions(element)):
            self._near.setdefault(shorter, []).append(element)


_NEVER_GUESSED: Final = frozenset(
    {
        Intent.STOP,
        Intent.START,
        Sense.COMMON,
        *DENIALS,
        Sense.POLITE,
        Sense.REASSURING,
    }
    | {
        Sense.SPAM,
        Sense.CONTACT,
        Sense.AUTO_REPLY,
        Intent.DELETE,
        Sense.TODAY,
        Sense.TOMORROW,
        Sense.OTHER_DATE,
        Sense.OTHER_MONTH,
        Sense.EXACTLY,
    }
)


# What must be found in the middle of a long text, too.
_GRAVE: Final = frozenset({Intent.NEED_HELP, Intent.STOP, Sense.DANGER})
# Meanings too grave to be read into a small word that lost its accent.
_NOT_MISTAKEN: Final = frozenset({Intent.SAFE, Sense.DANGER, Sense.WISHING})


def elements(phrase: str) -> list[str]:
    """The words, `stem*`s and slots of a phrase as it stands in the data."""
    elements: list[str] = []
    for piece in _SLOT.split(phrase) if "{" in phrase or ".." in phrase else (phrase,):
        if _SLOT.fullmatch(piece):
            elements.append(piece)
            continue
        for chunk in piece.split():
            elements += _words(chunk)
    return elements


@cache
def _words(chunk: str) -> list[str]:
    """The words of what stands between two spaces of the data; most stand there again and again."""
    if _PLAIN.fullmatch(chunk):
        return [chunk]
    tokens = script_runs(normalise(chunk.rstrip("*")))
    words = [t.text for t in tokens if t.text[0].isalnum() or t.text in "?+&"]
    if chunk.endswith("*") and words:
        words[-1] += "*"
    return words


def key(name: str) -> str:
    """A name of the data as it is looked up."""
    return " ".join(fold(element) for element in elements(name))


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of this process, with its gazetteer."""
    known = tags()
    made = Vocabulary(known, open_gazetteer(PATH, known))
    for tag in known:
        data = read(tag)
        made.grammar.learn(tag, table(data.get("grammar")))
        made.know_common(tag, str(data.get("common", "")))
        # The denials first: what is safety is held against them.
        for phrase, entry in sorted(entries(tag, data), key=lambda told: told[1].sense not in DENIALS):
            made.add(phrase, entry)
        asked = set(map(key, _asked_about(data)))
        for name, number in made.gazetteer.months[tag].items():
            if key(name) not in asked:
                made.add(name, Entry(tag, Sense.MONTH, value=number))
        _learn_places(made, tag, table(data.get("places")))
    _words.cache_clear()
    return made


def _asked_about(data: Mapping[str, object]) -> Iterator[str]:
    """Names of months that CLDR takes for ours where they may be another calendar's (ሕዳር, by country)."""
    dates = table(data.get("dates"))
    for section in ("other", "other_months"):
        yield from strings(dates.get(section))


def _learn_places(made: Vocabulary, tag: str, places: Mapping[str, object]) -> None:
    for name, code in table(places.get("countries")).items():
        made.countries.setdefault(key(name), str(code))
    for name, city in table(places.get("cities")).items():
        made.cities.setdefault(key(name), str(city))
    for name, city in table(places.get("english")).items():
        made.english[city_and_country(str(city))] = name
        made.cities.setdefault(key(name), str(city))
    for name in (*made.countries, *made.cities):
        if is_unspaced(name):
            made.know_unspaced(name)
    for rule in strings(places.get("endings")):
        ending, _, instead = normalise(rule).partition(">")
        options = made.endings.setdefault(fold(ending), {})
        options.setdefault(fold(instead), set()).add(tag)
    made.prefixes += [
        p for p in map(fold, map(normalise, strings(places.get("prefixes")))) if p not in made.prefixes
    ]
