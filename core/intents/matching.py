"""Finds the phrases of every language in a text and decides which language it is written in."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

from core.intents.keywords import Entry, Mode, Sense
from core.intents.reading import Intent
from core.intents.text import Kind, Token, is_unspaced
from core.intents.vocabulary import GRAVE, ROOT, Grammar, Node, Vocabulary

# Few messages have more words than these together.
_HEAD: Final = 60
_MIDDLE: Final = 30
_TAIL: Final = 30
_BESIDE: Final = 3  # words read on either side of what may not be overlooked
_TIMES_HEARD: Final = 12  # what is said more often says no more
_SAID: Final = 6  # words that tell one saying from another
_WIDEST_GAP: Final = 3
_TYPOS_TRIED: Final = 12
_MISTYPED: Final = 2  # languages likely enough to look for mistyped words in
_HINTS: Final = (0.6, 0.3, 0.15)
# Small words that stay what they are inside a longer phrase.
_STRUCTURE: Final = frozenset(
    {Sense.COMMON, Sense.AT, Sense.OF, Sense.ORIGIN, Sense.WITH, Sense.NUMBER, Sense.MONTH, Sense.EMBASSY}
    | {Sense.NOW, Sense.INSTEAD, Sense.MOVED, Sense.LEAVING}
)
# Small words that leave other meanings of the same words alone, however long they are.
_GENTLE: Final = _STRUCTURE | {
    Sense.FROM, Sense.UNTIL, Sense.AND, Sense.GOING, Sense.RETURNING, Sense.COMPANION, Sense.COMPANIONS,
    Sense.CHILDREN, Sense.COUNTED, Sense.CONTACT,
}  # fmt: skip
_MODEST: Final = frozenset({Mode.ALONE, Mode.BESIDE_PLACE})
_EXACTING: Final = frozenset({Intent.STOP, Intent.START, Intent.DELETE})
_PHRASES: Final = frozenset(Intent) | {
    Sense.DANGER,
    Sense.REASSURING,
    Sense.NEGATION,
    Sense.ASKING,
    Sense.WISHING,
    Sense.DOUBTING,
}


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found at tokens[start:end].

    `number` is what stood in its {n}, `place` the first token of its {place} or -1; `typo` says that a word
    was mistyped, `plain` that the text's accents were left aside.
    """

    start: int
    end: int
    entry: Entry
    number: int = 0
    place: int = -1
    typo: bool = False
    plain: bool = False

    @property
    def weight(self) -> float:
        """How much the phrase says about the language of the text."""
        return (0.4 if self.typo else 1.0) * (1.0 if self.entry.exact and not self.plain else 0.8)


@dataclass(frozen=True, slots=True)
class Found:
    """What a text is made of: its tokens, the phrases that stand, and the language it is likeliest in."""

    tokens: Sequence[Token]
    matches: Sequence[Match]
    grammar: Grammar
    languages: Sequence[str]  # the likeliest first

    @property
    def language(self) -> str | None:
        """The language the text is likeliest in, if it has any known word."""
        return self.languages[0] if self.languages else None


class _Path(NamedTuple):
    """How far a walk has come: where it began, and what it met; a number in words is of these languages."""

    start: int
    number: int = 0
    place: int = -1
    typo: bool = False
    plain: bool = False
    counting: frozenset[str] = frozenset()


class Matcher:
    """Walks the tree of phrases over one text."""

    def __init__(self, tokens: Sequence[Token], vocabulary: Vocabulary, places: dict[int, int]) -> None:
        """`places` maps the first token of a name to the token after it."""
        self._tokens = tokens
        self._vocabulary = vocabulary
        self._nodes = vocabulary.nodes
        self._places = places
        self._found: list[Match] = []
        self._typos_left = _TYPOS_TRIED
        self._corrections: dict[str, list[str]] = {}

    def every(self) -> list[Match]:
        """Every phrase of every language, at every position."""
        root = self._vocabulary.root
        named = {at for start, end in self._places.items() for at in range(start, end)}
        heard: dict[str, int] = {}
        for at, token in enumerate(self._tokens):
            heard[token.fold] = heard.get(token.fold, 0) + 1
            if heard[token.fold] > _TIMES_HEARD:
                continue
            before = len(self._found)
            self._walk(ROOT, at, _Path(at))
            unknown = len(self._found) == before and token.kind is Kind.WORD and at not in named
            if unknown and not is_unspaced(token.fold):
                for word in self._corrected(token.fold):
                    if word in root.words:
                        self._walk(root.words[word], at + 1, _Path(at, typo=True))
        return self._found

    def grave(self) -> list[Match]:
        """The calls for help and the STOPs, as they are spelt; the same words again and again a few times."""
        folds = [token.fold for token in self._tokens]
        often = {fold for fold, times in Counter(folds).items() if times > _TIMES_HEARD}
        heard: Counter[tuple[str, ...]] = Counter()
        for at, fold in enumerate(folds):
            if fold in often:
                said = tuple(folds[at : at + _SAID])
                heard[said] += 1
                if heard[said] > _TIMES_HEARD:
                    continue
            self._walk(GRAVE, at, _Path(at))
        return self._found

    def _walk(self, number: int, at: int, path: _Path) -> None:
        """Follow the tree from the node of a number at a token."""
        node = self._nodes[number]
        if node.entries and at > path.start:
            self._arrive(node, at, path)
        if at >= len(self._tokens):
            return
        token = self._tokens[at]
        if token.kind is Kind.NUMBER:
            following = node.words.get("{n}")
            if following and len(token.text) < 3:
                self._walk(following, at + 1, path._replace(number=int(token.text)))
            if token.text in node.words:  # "sa3dony": people write Arabic letters as digits
                self._walk(node.words[token.text], at + 1, path)
            return
        if at in self._places and "{place}" in node.words:
            self._walk(node.words["{place}"], self._places[at], path._replace(place=at))
        if ".." in node.words and at > path.start:
            self._skip(node.words[".."], at, path)
        if token.kind is Kind.WORD:
            self._step(node, at, path)
        elif token.text in node.words:
            self._walk(node.words[token.text], at + 1, path)

    def _arrive(self, node: Node, at: int, path: _Path) -> None:
        for entry in node.entries:
            # With accents typed and other accents meant, a word is another word: no STOP comes of that.
            misread = path.plain and not entry.exact and entry.sense in _EXACTING
            misread = misread or (path.typo and entry.spelt)
            if not misread and (not path.counting or entry.tag in path.counting):
                self._found.append(
                    Match(path.start, at, entry, path.number, path.place, typo=path.typo, plain=path.plain)
                )

    def _step(self, node: Node, at: int, path: _Path) -> None:
        token = self._tokens[at]
        exact = node.words.get(token.text)
        if exact:
            self._walk(exact, at + 1, path)
        plain = node.words.get(token.fold) if token.fold != token.text else None
        if plain:
            self._walk(plain, at + 1, path._replace(plain=True))
        if not exact and not plain and at > path.start and node.words and not is_unspaced(token.fold):
            for word in self._corrected(token.fold):
                if word in node.words:
                    self._walk(node.words[word], at + 1, path._replace(typo=True))
        shortest = 1 if node.sizes and is_unspaced(token.fold) else 2
        for size in node.sizes:
            if size > len(token.fold):
                break
            stem = node.stems.get(token.text[:size]) or node.stems.get(token.fold[:size])
            if stem and size >= shortest:
                self._walk(stem, at + 1, path)
        for number, tags in self._number_words(token.fold).items() if "{n}" in node.words else ():
            self._walk(node.words["{n}"], at + 1, path._replace(number=number, counting=frozenset(tags)))

    def _number_words(self, word: str) -> dict[int, set[str]]:
        """The numbers a word stands for, with their languages: "doi" is two in Romanian only."""
        found = self._vocabulary.root.words.get(word)
        numbers: dict[int, set[str]] = {}
        for entry in self._nodes[found].entries if found else ():
            if entry.sense is Sense.NUMBER:
                numbers.setdefault(entry.value, set()).add(entry.tag)
        return numbers

    def _corrected(self, word: str) -> list[str]:
        if word not in self._corrections:
            self._typos_left -= 1
            self._corrections[word] = self._vocabulary.corrected(word) if self._typos_left >= 0 else []
        return self._corrections[word]

    def _skip(self, number: int, at: int, path: _Path) -> None:
        clause = self._tokens[at - 1].clause
        for skipped in range(_WIDEST_GAP + 1):
            here = at + skipped
            if here >= len(self._tokens) or self._tokens[here].clause != clause:
                return
            self._walk(number, here, path)


def abridged(tokens: Sequence[Token], vocabulary: Vocabulary) -> Sequence[Token]:
    """What there is time to read: of a long text its ends, and between them each call for help or STOP."""
    if len(tokens) <= _HEAD + _MIDDLE + _TAIL:
        return tokens
    end = len(tokens) - _TAIL
    between = tokens[_HEAD - _BESIDE : end + _BESIDE]
    graver = sorted(
        Matcher(between, vocabulary, {}).grave(), key=lambda m: (m.entry.sense is Sense.DANGER, m.start)
    )
    kept: set[int] = set()
    for match in graver:
        if len(kept) >= _MIDDLE:
            break
        start = match.start + _HEAD - _BESIDE
        kept.update(range(max(start - _BESIDE, _HEAD), min(start + match.end - match.start + _BESIDE, end)))
    return [*tokens[:_HEAD], *(tokens[at] for at in sorted(kept)), *tokens[end:]]


def languages_of(matches: Sequence[Match], hints: Sequence[str], tags: Sequence[str]) -> list[str]:
    """The languages with words in the text, the likeliest first."""
    by_token: dict[int, dict[str, float]] = {}
    phrases: dict[tuple[int, str], float] = {}
    for match in matches:
        share, tag = match.weight, match.entry.tag
        if match.end - match.start > 1:
            where = (match.start, tag)
            phrases[where] = max(phrases.get(where, 0.0), 0.4 * share * (match.end - match.start - 1))
        for at in range(match.start, match.end):
            languages = by_token.setdefault(at, {})
            if languages.get(tag, 0.0) < share:
                languages[tag] = share
    scores: dict[str, float] = {}
    for languages in by_token.values():
        # A word that few languages have says more about the language than one that all of them share.
        rarity = 0.5 + 1.0 / len(languages)
        for tag, share in languages.items():
            scores[tag] = scores.get(tag, 0.0) + share * rarity
    for (_, tag), bonus in phrases.items():
        scores[tag] += bonus
    for hint, bonus in zip([h.split("-")[0].lower() for h in hints], _HINTS, strict=False):
        if hint in scores:
            scores[hint] += bonus
    return sorted(scores, key=lambda tag: (-scores[tag], tags.index(tag)))


def settled(matches: Sequence[Match], languages: Sequence[str]) -> list[Match]:
    """The phrases that stand: the longest ones of the likeliest language, then what others add to them."""
    kept: list[Match] = []
    covered: dict[int, int] = {}
    by_tag: dict[str, list[Match]] = {tag: [] for tag in languages}
    spelt = {match.entry.tag for match in matches if not match.typo}
    for match in matches:
        # What only a slip of the pen makes a word of a language says nothing in a text of another.
        if not match.typo or (
            match.entry.tag in languages[:_MISTYPED] and (match.entry.tag in spelt or not spelt)
        ):
            by_tag[match.entry.tag].append(match)
    for tag in languages:
        own = _longest(by_tag[tag])
        own = [match for match in own if _adds(match, covered)]
        kept += own
        for match in own:
            for at in range(match.start, match.end):
                covered[at] = max(covered.get(at, 0), match.end - match.start)
    return sorted(kept, key=lambda match: (match.start, -match.end))


def _adds(match: Match, covered: dict[int, int]) -> bool:
    if match.end - match.start == 1:
        return match.start not in covered
    longest = max((covered.get(at, 0) for at in range(match.start, match.end)), default=0)
    return longest == 0 or (match.entry.sense in _PHRASES and match.end - match.start > longest)


def _longest(matches: Sequence[Match]) -> list[Match]:
    """Drop what a longer phrase of the same language says otherwise."""
    if all(match.end - match.start == 1 for match in matches):
        return list(matches)
    by_sense: dict[object, list[Match]] = {}
    for match in matches:
        by_sense.setdefault(match.entry.sense, []).append(match)
    own = {sense: _Shadow(of_sense) for sense, of_sense in by_sense.items()}
    strict = _Shadow(m for m in matches if m.entry.sense not in _GENTLE and m.entry.mode not in _MODEST)
    return [
        match
        for match in matches
        if not own[match.entry.sense].covers(match)
        and (match.entry.sense in _STRUCTURE or not strict.covers(match))
    ]


class _Shadow:
    """Which spans lie within a longer one of a set."""

    def __init__(self, matches: Iterable[Match]) -> None:
        self._reach: dict[int, int] = {}
        for match in matches:
            if match.end > self._reach.get(match.start, 0):
                self._reach[match.start] = match.end
        self._starts = sorted(self._reach)
        # How far any span reaches that begins among the first 0, 1, 2, ... of them.
        self._furthest = [0, *accumulate((self._reach[start] for start in self._starts), max)]

    def covers(self, match: Match) -> bool:
        """Whether a longer span holds the match."""
        earlier = self._furthest[bisect_left(self._starts, match.start)]
        return earlier >= match.end or self._reach.get(match.start, 0) > match.end
