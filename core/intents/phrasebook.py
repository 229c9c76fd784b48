"""Compiles the vocabulary: the phrases of every language as one tree, in a file that is mapped.

Sources: `locale/*/keywords.toml`, and Unicode CLDR through Babel for the months. Run by
`python -m core.places`, and whenever the file is missing or of other sources.
"""

import json
import re
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from itertools import accumulate
from typing import Final

from core.intents.atlas import months
from core.intents.compiled import packed
from core.intents.keywords import (
    DENIALS,
    PROOF,
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
from core.intents.near import near_tables
from core.intents.reading import Intent
from core.intents.text import fold, is_unspaced, normalise, script_runs
from core.intents.vocabulary import Contents, Denials, Grammar, fingerprint

_SLOT: Final = re.compile(r"(\{(?:n|place)\}|\.\.(?!\.))")
_SHORTEST_TYPO: Final = 5
_MOST_NEAR: Final = 255  # words that share a deletion
_PLAIN: Final = re.compile("[a-z]+\\*?")
_VOWELS: Final = re.compile("[aeiouyаеёиоуыэюяіїє]")
_NEVER_GUESSED: Final = frozenset(
    {
        Intent.STOP,
        Intent.START,
        Sense.COMMON,
        *DENIALS,
        *PROOF,
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
_NOT_MISTAKEN: Final = frozenset({Intent.SAFE, Sense.DANGER, Sense.WISHING, Sense.DOUBTING})


@dataclass(slots=True)
class _Branch:
    """A node of the tree while it grows."""

    words: dict[str, "_Branch"] = field(default_factory=dict)
    stems: dict[str, "_Branch"] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class Phrasebook:
    """What is being compiled. Each language's grammar and common words come before its phrases."""

    root: _Branch = field(default_factory=_Branch)
    grave: _Branch = field(default_factory=_Branch)
    grammar: Grammar = field(default_factory=Grammar)
    unspaced: set[str] = field(default_factory=set)
    countries: dict[str, str] = field(default_factory=dict)
    cities: dict[str, str] = field(default_factory=dict)
    english: dict[tuple[str, str], str] = field(default_factory=dict)
    endings: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    prefixes: list[str] = field(default_factory=list)
    trusted: set[str] = field(default_factory=set)
    guarded: set[str] = field(default_factory=set)
    denials: Denials = field(default_factory=Denials)
    denied: set[tuple[str, str]] = field(default_factory=set)
    skeletons: set[tuple[str, str]] = field(default_factory=set)
    _denies: dict[tuple[str, str], bool] = field(default_factory=dict)
    _common: dict[str, dict[str, set[str]]] = field(default_factory=dict)

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
            known = self.denials.has(word, tag) or tag in self.denials.mistyped(word)
            self._denies[word, tag] = known
        return known

    def know_common(self, tag: str, words: str) -> None:
        """Remember the small words of a language, before its phrases are added."""
        known = self._common.setdefault(tag, {})
        for word in words.split():
            for typed in _words(word):
                known.setdefault(fold(typed), set()).add(typed)

    def learn_places(self, tag: str, places: Mapping[str, object]) -> None:
        """Take in what a language calls places, and the endings it gives them."""
        for name, code in table(places.get("countries")).items():
            self.countries.setdefault(key(name), str(code))
        for name, city in table(places.get("cities")).items():
            self.cities.setdefault(key(name), str(city))
        for name, city in table(places.get("english")).items():
            self.english[city_and_country(str(city))] = name
            self.cities.setdefault(key(name), str(city))
        self.unspaced.update(filter(is_unspaced, (*self.countries, *self.cities)))
        for rule in strings(places.get("endings")):
            ending, _, instead = normalise(rule).partition(">")
            options = self.endings.setdefault(fold(ending), {})
            options.setdefault(fold(instead), set()).add(tag)
        self.prefixes += [
            p for p in map(fold, map(normalise, strings(places.get("prefixes")))) if p not in self.prefixes
        ]

    def _add(self, elements: list[str], entry: Entry, root: _Branch | None = None) -> None:
        node = root or self.root
        for element in elements:
            stem = element.endswith("*")
            following, word = (node.stems, element[:-1]) if stem else (node.words, element)
            if word not in following:
                following[word] = _Branch()
            node = following[word]
            if not element.isascii() and is_unspaced(element):
                self.unspaced.add(element.rstrip("*"))
        if entry not in node.entries:
            node.entries.append(entry)

    def _remember(self, element: str, entry: Entry, *, lone: bool) -> None:
        # One sign may be any other: only where a denial comes first, as in Chinese.
        lone = lone and is_unspaced(element) and entry.tag not in self.grammar.negation_after
        word = element.rstrip("*")
        if entry.sense in DENIALS and (len(word) > 1 or lone):
            self._deny(word, entry.tag)
        if (
            len(element) < _SHORTEST_TYPO
            or element.endswith("*")
            or not element.isalpha()
            or is_unspaced(element)
        ):
            return
        if entry.sense in _NEVER_GUESSED or element in self.trusted:
            return
        if entry.sense is Intent.SAFE:
            self.guarded.add(element)
        self.trusted.add(element)

    def _deny(self, word: str, tag: str) -> None:
        if (word, tag) not in self.denied:
            self.denied.add((word, tag))
            self.denials.add(word, tag)
        skeleton = _VOWELS.sub("", word)
        if 1 < len(skeleton) < len(word):
            self.skeletons.add((skeleton, tag))
            self.denials.add_skeleton(skeleton, tag)


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


def learnt(known: Iterable[str]) -> Phrasebook:
    """All that the data of these languages says."""
    book = Phrasebook()
    for tag in known:
        data = read(tag)
        book.grammar.learn(tag, table(data.get("grammar")))
        book.know_common(tag, str(data.get("common", "")))
        # The denials first: what is safety is held against them.
        for phrase, entry in sorted(entries(tag, data), key=lambda told: told[1].sense not in DENIALS):
            book.add(phrase, entry)
        asked = set(map(key, _asked_about(data)))
        for name, number in months(tag).items():
            if key(name) not in asked:
                book.add(name, Entry(tag, Sense.MONTH, value=number))
        book.learn_places(tag, table(data.get("places")))
    return book


def _asked_about(data: Mapping[str, object]) -> Iterator[str]:
    """Names of months that CLDR takes for ours where they may be another calendar's (ሕዳር, by country)."""
    dates = table(data.get("dates"))
    for section in ("other", "other_months"):
        yield from strings(dates.get(section))


def compile_phrases(known: Sequence[str]) -> bytes:
    """The vocabulary of these languages, for `vocabulary.loaded`."""
    book = learnt(known)
    numbers: dict[Entry, int] = {}
    tree = flattened((book.root, book.grave), numbers)
    contents: Contents = {
        "tags": list(known),
        "grammar": {
            part.name: sorted(getattr(book.grammar, part.name))
            for part in fields(book.grammar)
            if part.name != "years"
        },
        "years": {tag: list(bases) for tag, bases in book.grammar.years.items()},
        "entries": [
            (entry.tag, entry.sense, entry.mode, entry.value, entry.exact, entry.spelt) for entry in numbers
        ],
        "unspaced": sorted(book.unspaced),
        "countries": book.countries,
        "cities": book.cities,
        "english": [(*city, name) for city, name in book.english.items()],
        "endings": {
            ending: {instead: sorted(spoken) for instead, spoken in options.items()}
            for ending, options in book.endings.items()
        },
        "prefixes": book.prefixes,
        "denials": sorted(book.denied),
        "skeletons": sorted(book.skeletons),
        "guarded": sorted(book.guarded),
    }
    header = json.dumps(contents, ensure_ascii=False).encode()
    return packed(fingerprint(known), [header, *tree, *near_tables(book.trusted, _MOST_NEAR)])


def flattened(roots: Sequence[_Branch], numbers: dict[Entry, int]) -> list[bytes]:
    """The sections that `vocabulary.Nodes` reads; `numbers` learns every entry with its number.

    The labels, a line each, and tables of numbers by node: where its label begins, its first follower, its
    first follower by a stem, where the list of its entries begins; and those lists.
    """
    nodes, labels = list(roots), ["" for _ in roots]
    first, stems, entry_at, listed = array("I"), array("I"), array("I"), array("I")
    for node in nodes:  # which grows as it is walked
        first.append(len(nodes))
        nodes += node.words.values()
        stems.append(len(nodes))
        nodes += node.stems.values()
        labels += [*node.words, *node.stems]
        entry_at.append(len(listed))
        listed.extend(numbers.setdefault(entry, len(numbers)) for entry in node.entries)
    first.append(len(nodes))
    entry_at.append(len(listed))
    lines = [f"{label}\n".encode() for label in labels]
    label_at = array("I", accumulate(map(len, lines), initial=0))
    return [b"".join(lines), *(part.tobytes() for part in (label_at, first, stems, entry_at, listed))]


def main() -> None:
    """Write the file for every language to standard output."""
    sys.stdout.buffer.write(compile_phrases(tags()))


if __name__ == "__main__":
    main()
