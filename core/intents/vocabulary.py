"""The words of every language, read from `locale/<tag>/keywords.toml` into one tree of phrases."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from core.intents.gazetteer import PATH, Gazetteer, open_gazetteer
from core.intents.reading import Intent
from core.intents.text import fold, is_unspaced, normalise, script_runs
from core.intents.words import deletions, one_edit_apart

LOCALE: Final = Path(__file__).parent.parent.parent / "locale"
_SLOT: Final = re.compile(r"(\{(?:n|place)\}|\.\.(?!\.))")
_SHORTEST_TYPO: Final = 5


class Sense(StrEnum):
    """What a phrase does in a text when it is not an intent of its own."""

    DANGER = "danger"  # "injured": a call for help, and reassurance where it is denied
    NEGATION = "negation"  # reaches a few words of its clause
    NEGATION_NEAR = "negation_near"  # reaches the next word only
    REASSURING = "reassuring"  # "don't worry": holds a negation that denies nothing
    CONTRAST = "contrast"  # "but"
    ASKING = "asking"  # "is it": safety asked about, not stated
    WISHING = "wishing"  # "stay": safety wished for, not stated
    GOING = "going"
    RETURNING = "returning"
    ORIGIN = "origin"
    EMBASSY = "embassy"
    OF = "of"
    AT = "at"
    TODAY = "today"
    TOMORROW = "tomorrow"
    FROM = "from"
    UNTIL = "until"
    AND = "and"
    OTHER_DATE = "other"  # a date we ask about: "next Friday", Ramadan
    ERA = "era"  # value: the year before its first
    MONTH = "month"
    MONTH_MARK = "month_mark"
    DAY_MARK = "day_mark"
    YEAR_MARK = "year_mark"
    COUNTED = "counted"  # "people"
    ADULTS = "adults"
    CHILDREN = "children"
    COMPANION = "companion"  # "my wife"
    COMPANIONS = "companions"  # "friends": how many is said beside it, or not at all
    PARTY_OF = "party_of"  # a phrase with {n}
    BESIDES = "besides"  # "and 2 others": a phrase with {n}, the sender not counted
    EXACTLY = "exactly"
    WITH = "with"
    INCLUDING = "including"
    NUMBER = "number"
    POLITE = "polite"
    COMMON = "common"
    SPAM = "spam"


class Mode(StrEnum):
    """Where a phrase counts."""

    ANYWHERE = "anywhere"
    ALONE = "alone"  # the text says nothing else
    WITH_TEXT = "with_text"  # the text says something else too
    BESIDE_PLACE = "beside_place"


@dataclass(frozen=True, slots=True)
class Entry:
    """One phrase of one language. `exact` is False where it is written without its accents."""

    tag: str
    sense: Intent | Sense
    mode: Mode = Mode.ANYWHERE
    value: int = 0
    exact: bool = True


@dataclass(slots=True)
class Node:
    """A place in the tree of phrases: the words, stems and slots that may follow, and the phrases that end here."""

    words: dict[str, "Node"] = field(default_factory=dict)
    stems: dict[str, "Node"] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class Grammar:
    """The languages in which a denial, "until" or a number stands after the word it belongs to."""

    negation_before: set[str] = field(default_factory=set)
    negation_after: set[str] = field(default_factory=set)
    dates_after: set[str] = field(default_factory=set)
    count_after: set[str] = field(default_factory=set)

    def learn(self, tag: str, data: Mapping[str, object]) -> None:
        """Take in the `[grammar]` of a language; each key is "before" (the default), "after" or "both"."""
        side = data.get("negation", "before")
        self.negation_before.update([tag] if side != "after" else [])
        self.negation_after.update([tag] if side != "before" else [])
        self.dates_after.update([tag] if data.get("dates", "before") != "before" else [])
        self.count_after.update([tag] if data.get("count", "before") != "before" else [])


@dataclass(slots=True)
class Vocabulary:
    """Every phrase of every language, the names of places that people use, and what typing errors may mean."""

    tags: tuple[str, ...]
    gazetteer: Gazetteer
    root: Node = field(default_factory=Node)
    unspaced: set[str] = field(default_factory=set)
    countries: dict[str, str] = field(default_factory=dict)
    cities: dict[str, str] = field(default_factory=dict)
    english: dict[tuple[str, str], str] = field(default_factory=dict)
    endings: dict[str, list[str]] = field(default_factory=dict)
    prefixes: list[str] = field(default_factory=list)
    grammar: Grammar = field(default_factory=Grammar)
    _near: dict[str, list[str]] = field(default_factory=dict)
    _trusted: set[str] = field(default_factory=set)
    _guarded: set[str] = field(default_factory=set)
    _negations: dict[str, list[str]] = field(default_factory=dict)

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

    def is_mistyped_negation(self, word: str) -> bool:
        """Whether an unknown word may be a denial with a slip of the finger, which must not pass for safety."""
        near = {n for shorter in (word, *deletions(word)) for n in self._negations.get(shorter, ())}
        return any(one_edit_apart(word, negation) for negation in near)

    def add(self, phrase: str, entry: Entry) -> None:
        """Put a phrase into the tree, and once more without its accents."""
        elements = _elements(phrase)
        self._add(elements, entry)
        plain = [fold(element) for element in elements]
        if plain != elements:
            self._add(plain, Entry(entry.tag, entry.sense, entry.mode, entry.value, exact=False))
        for element in plain:
            self._remember(element, entry)

    def _add(self, elements: list[str], entry: Entry) -> None:
        node = self.root
        for element in elements:
            if element.endswith("*"):
                node = node.stems.setdefault(element[:-1], Node())
            else:
                node = node.words.setdefault(element, Node())
            if is_unspaced(element):
                self.unspaced.add(element.rstrip("*"))
        if entry not in node.entries:
            node.entries.append(entry)

    def _remember(self, element: str, entry: Entry) -> None:
        if (
            entry.sense in {Sense.NEGATION, Sense.NEGATION_NEAR}
            and len(element) > 2
            and not is_unspaced(element)
        ):
            for shorter in (element, *deletions(element)):
                self._negations.setdefault(shorter, []).append(element)
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
        Sense.NEGATION,
        Sense.NEGATION_NEAR,
        Sense.POLITE,
        Sense.REASSURING,
    }
    | {Sense.SPAM, Intent.DELETE}
)


def _elements(phrase: str) -> list[str]:
    """The words, `stem*`s and slots of a phrase as it stands in the data."""
    elements: list[str] = []
    for piece in _SLOT.split(phrase):
        if _SLOT.fullmatch(piece):
            elements.append(piece)
            continue
        for chunk in piece.split():
            words = [
                t.text
                for t in script_runs(normalise(chunk.rstrip("*")))
                if t.text[0].isalnum() or t.text in "?+&"
            ]
            if chunk.endswith("*") and words:
                words[-1] += "*"
            elements += words
    return elements


def read(tag: str) -> dict[str, object]:
    """The data of one language as written. Raises OSError, tomllib.TOMLDecodeError."""
    return tomllib.loads((LOCALE / tag / "keywords.toml").read_text("utf-8"))


def tags() -> tuple[str, ...]:
    """The languages with a vocabulary, English first: it names the reserved words of the carriers."""
    found = sorted(path.parent.name for path in LOCALE.glob("*/keywords.toml"))
    return tuple(sorted(found, key=lambda tag: (tag != "en", tag)))


def entries(tag: str, data: Mapping[str, object]) -> Iterator[tuple[str, Entry]]:
    """Every phrase of a language's data with what it means."""
    for intent in Intent:
        for mode, phrases in _table(data.get(intent)).items():
            for phrase in _strings(phrases):
                yield phrase, Entry(tag, intent, Mode(mode))
    for section in ("safety", "travel", "dates", "party"):
        for name, phrases in _table(data.get(section)).items():
            if isinstance(phrases, list):
                for phrase in _strings(phrases):
                    yield phrase, Entry(tag, Sense(name))
            elif isinstance(phrases, dict):
                for phrase, value in phrases.items():
                    yield phrase, Entry(tag, _VALUED[name], value=int(value))
    for phrase, value in _table(data.get("numbers")).items():
        yield phrase, Entry(tag, Sense.NUMBER, value=int(str(value)))
    for phrase in _strings(data.get("polite")):
        yield phrase, Entry(tag, Sense.POLITE)
    for phrase in _strings(data.get("spam")):
        yield phrase, Entry(tag, Sense.SPAM)
    for word in str(data.get("common", "")).split():
        yield word, Entry(tag, Sense.COMMON)


_VALUED: Final = {
    "pairs": Sense.COMPANIONS,
    "months": Sense.MONTH,
    "exactly": Sense.EXACTLY,
    "eras": Sense.ERA,
}


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def exonyms(tag: str) -> Iterator[tuple[str, str, str]]:
    """What a language calls cities: its name, the English name, the country."""
    for name, value in _table(_table(read(tag).get("places")).get("cities")).items() if tag in tags() else ():
        yield name, *_city_and_country(str(value))


def _city_and_country(text: str) -> tuple[str, str]:
    city, _, country = text.rpartition(", ")
    return city, country


def key(name: str) -> str:
    """A name of the data as it is looked up."""
    return " ".join(fold(element) for element in _elements(name))


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of this process, with its gazetteer."""
    known = tags()
    made = Vocabulary(known, open_gazetteer(PATH, known))
    for tag in known:
        data = read(tag)
        for phrase, entry in entries(tag, data):
            made.add(phrase, entry)
        for name, number in made.gazetteer.months[tag].items():
            made.add(name, Entry(tag, Sense.MONTH, value=number))
        _learn_places(made, _table(data.get("places")))
        made.grammar.learn(tag, _table(data.get("grammar")))
    return made


def _learn_places(made: Vocabulary, places: Mapping[str, object]) -> None:
    for name, code in _table(places.get("countries")).items():
        made.countries.setdefault(key(name), str(code))
    for name, city in _table(places.get("cities")).items():
        made.cities.setdefault(key(name), str(city))
    for name, city in _table(places.get("english")).items():
        made.english[_city_and_country(str(city))] = name
        made.cities.setdefault(key(name), str(city))
    for names in (made.countries, made.cities):
        made.unspaced.update(name for name in names if is_unspaced(name))
    for rule in _strings(places.get("endings")):
        ending, _, instead = normalise(rule).partition(">")
        options = made.endings.setdefault(fold(ending), [])
        if instead not in options:
            options.append(fold(instead))
    made.prefixes += [
        p for p in map(fold, map(normalise, _strings(places.get("prefixes")))) if p not in made.prefixes
    ]
