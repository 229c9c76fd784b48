"""The phrases of every language as one tree, and what mistyped words may mean, out of a mapped file."""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypedDict

from core.intents.compiled import Compiled, current, source_digest
from core.intents.gazetteer import Gazetteer, Named, open_gazetteer
from core.intents.keywords import LOCALE, Entry, Mode, Sense, tags
from core.intents.near import Near
from core.intents.reading import Intent
from core.intents.words import deletions, one_edit_apart, openings

_HERE: Final = Path(__file__).parent
PATH: Final = _HERE.parent / "phrases.index"
ROOT: Final = 0  # number of the node where every phrase begins
GRAVE: Final = 1  # and of the one for calls for help and STOP once more, without accents
_SHORTEST_TYPO: Final = 5
_REMEMBERED: Final = 20_000  # nodes visited lately
SHAPING: Final = (
    "atlas", "compiled", "keywords", "near", "phrasebook", "reading", "text", "vocabulary", "words",
)  # fmt: skip
"""The modules that decide what the file holds and how it is laid out."""

_SENSES: Final[Mapping[str, Intent | Sense]] = {str(sense): sense for sense in (*Intent, *Sense)}


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the tree of phrases: the numbers of the nodes that follow, and the phrases that end here.

    `sizes`: how many letters its stems have, the fewest first.
    """

    words: Mapping[str, int]
    stems: Mapping[str, int]
    sizes: tuple[int, ...]
    entries: tuple[Entry, ...]


class Nodes(dict[int, Node]):
    """The tree by the numbers of its nodes, each read when a text first comes to it.

    The nodes are numbered by their depth, so those that follow one stand beside each other: first its words,
    then its stems. Each has the word that leads to it as its label.
    """

    def __init__(self, sections: Iterable[memoryview], entries: tuple[Entry, ...]) -> None:
        """The sections of `phrasebook.flattened`."""
        super().__init__()
        self._labels, *tables = sections
        self._label_at, self._first, self._stems, self._entry_at, self._numbers = (
            section.cast("I") for section in tables
        )
        self._entries = entries

    def __missing__(self, number: int) -> Node:
        """Read a node."""
        if len(self) >= _REMEMBERED:
            self.clear()
        start, stems, end = self._first[number], self._stems[number], self._first[number + 1]
        labels = bytes(self._labels[self._label_at[start] : self._label_at[end]]).decode().split("\n")
        numbers = self._numbers[self._entry_at[number] : self._entry_at[number + 1]]
        by_stem = dict(zip(labels[stems - start :], range(stems, end), strict=False))
        node = self[number] = Node(
            dict(zip(labels, range(start, stems), strict=False)),
            by_stem,
            tuple(sorted(set(map(len, by_stem)))),
            tuple(self._entries[at] for at in numbers),
        )
        return node


@dataclass(slots=True)
class Grammar:
    """The languages in which a denial, "until" or a number stands after the word it belongs to.

    `month_before`: "tháng 12" is December; elsewhere the number comes first ("12月"). `month_first`: 12/1 is
    1 December. `years`: eras that years of two digits may count from without saying so, as the year before
    their first. `at_after`: "in" stands behind its place ("दिल्ली में"). `concord`: two denials are one
    ("никто не ранен").
    """

    negation_before: set[str] = field(default_factory=set)
    negation_after: set[str] = field(default_factory=set)
    dates_after: set[str] = field(default_factory=set)
    count_after: set[str] = field(default_factory=set)
    month_before: set[str] = field(default_factory=set)
    at_after: set[str] = field(default_factory=set)
    month_first: set[str] = field(default_factory=set)
    concord: set[str] = field(default_factory=set)
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
        self.concord.update([tag] if data.get("concord") else [])
        self.at_after.update([tag] if data.get("at") == "after" else [])
        self.count_after.update([tag] if data.get("count", "before") != "before" else [])


class Contents(TypedDict):
    """What the file says besides its tree; rows of `entries` hold the fields of an Entry in their order."""

    tags: list[str]
    grammar: dict[str, list[str]]
    years: dict[str, list[int]]
    entries: list[tuple[str, str, str, int, bool, bool]]
    unspaced: list[str]
    countries: dict[str, str]
    cities: dict[str, str]
    english: list[tuple[str, str, str]]  # of a city: its name, its country, what English speakers call it
    endings: dict[str, dict[str, list[str]]]
    prefixes: list[str]
    denials: list[tuple[str, str]]  # with the language of each
    skeletons: list[tuple[str, str]]  # denials without their vowels
    guarded: list[str]


class Denials:
    """The denials of every language, for telling words that may be one of them mistyped."""

    def __init__(
        self, denials: Iterable[tuple[str, str]] = (), skeletons: Iterable[tuple[str, str]] = ()
    ) -> None:
        """Each with the tag of its language; skeletons are written without vowels ("nt", "tdk")."""
        self._near: dict[str, list[tuple[str, str]]] = {}
        self._skeletons: dict[str, set[str]] = {}
        for word, tag in denials:
            self.add(word, tag)
        for skeleton, tag in skeletons:
            self.add_skeleton(skeleton, tag)

    def add(self, word: str, tag: str) -> None:
        """Take in a denial."""
        for shorter in (word, *deletions(word)):
            self._near.setdefault(shorter, []).append((word, tag))

    def add_skeleton(self, skeleton: str, tag: str) -> None:
        """Take in what a denial is without its vowels."""
        self._skeletons.setdefault(skeleton, set()).add(tag)

    def words(self) -> set[tuple[str, str]]:
        """Every denial with the tag of its language."""
        return {denial for near in self._near.values() for denial in near}

    def has(self, word: str, tag: str) -> bool:
        """Whether the word is a denial of the language."""
        return (word, tag) in self._near.get(word, ())

    def mistyped(self, word: str) -> frozenset[str]:
        """The languages of which a word may be a mistyped denial: one edit away, or without its vowels."""
        near = {n for shorter in {word, *deletions(word)} for n in self._near.get(shorter, ())}
        slips = {tag for denial, tag in near if one_edit_apart(word, denial)}
        return frozenset(slips | self._skeletons.get(word, set()))


@dataclass(slots=True)
class Vocabulary:
    """Every phrase of every language, people's names of places, and what typing errors may mean.

    `unspaced`: the words and names in scripts without spaces.
    `openings`: the first two letters of those, and how long the ones that open so are.
    """

    tags: tuple[str, ...]
    gazetteer: Gazetteer
    grammar: Grammar
    nodes: Nodes
    root: Node
    grave: Node
    unspaced: frozenset[str]
    openings: Mapping[str, Sequence[int]]
    countries: Mapping[str, str]
    cities: Mapping[str, str]
    english: Mapping[tuple[str, str], str]
    endings: Mapping[str, Mapping[str, frozenset[str]]]
    prefixes: tuple[str, ...]
    near: Near
    guarded: frozenset[str]
    denials: Denials
    slips: dict[str, frozenset[str]] = field(default_factory=dict)  # of words looked at lately
    inflected: dict[str, tuple[Named, frozenset[str]] | None] = field(default_factory=dict)

    def corrected(self, word: str) -> list[str]:
        """Words of five letters or more that this unknown word may be a mistyping of.

        Never a word of STOP; never a word of safety where a word of danger or denial is as near.
        """
        if len(word) < _SHORTEST_TYPO:
            return []
        found = self.near.to(word)
        if len(found) > 1 and any(w in self.guarded for w in found):
            found = [w for w in found if w not in self.guarded]
        return found

    def mistyped_negation(self, word: str) -> set[str]:
        """The languages of which a word may be a mistyped denial, which must not pass for safety."""
        if word not in self.slips:
            if len(self.slips) >= _REMEMBERED:
                self.slips.clear()
            self.slips[word] = self.denials.mistyped(word)
        return set(self.slips[word])


def loaded(compiled: Compiled, gazetteer: Gazetteer) -> Vocabulary:
    """The vocabulary in a file of `phrasebook.compile_phrases`."""
    header, *sections = compiled.sections
    told: Contents = json.loads(bytes(header))
    tree, near = sections[:-3], sections[-3:]
    entries = tuple(
        Entry(tag, _SENSES[sense], Mode(mode), value, exact, spelt)
        for tag, sense, mode, value, exact, spelt in told["entries"]
    )
    nodes = Nodes(tree, entries)
    unspaced = frozenset((*told["unspaced"], *gazetteer.unspaced))
    years = {tag: tuple(bases) for tag, bases in told["years"].items()}
    return Vocabulary(
        tuple(told["tags"]),
        gazetteer,
        Grammar(years=years, **{name: set(known) for name, known in told["grammar"].items()}),
        nodes,
        root=nodes[ROOT],
        grave=nodes[GRAVE],
        unspaced=unspaced,
        openings=openings(unspaced),
        countries=told["countries"],
        cities=told["cities"],
        english={(city, country): name for city, country, name in told["english"]},
        endings={
            ending: {instead: frozenset(known) for instead, known in options.items()}
            for ending, options in told["endings"].items()
        },
        prefixes=tuple(told["prefixes"]),
        near=Near(*near),
        guarded=frozenset(told["guarded"]),
        denials=Denials(told["denials"], told["skeletons"]),
    )


def fingerprint(known: Iterable[str]) -> str:
    """Names the sources of the file: another fingerprint means it must be compiled anew."""
    data = (LOCALE / tag / "keywords.toml" for tag in known)
    code = (_HERE / f"{name}.py" for name in SHAPING)
    return (
        f"{source_digest([*data, *code])} {' '.join(known)} babel {version('babel')} "
        f"unicode {unicodedata.unidata_version}"
    )


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of this process, with its gazetteer; both are compiled first where they are not."""
    known = tags()
    return loaded(current(PATH, fingerprint(known), "core.intents.phrasebook"), open_gazetteer(known))
