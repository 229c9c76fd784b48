"""Texts of ten kilobytes that somebody might send to keep us busy: made of what the understanding knows.

The vocabulary's own words and stems, names of places and what they begin with, every script, digits and
pieces of dates, marks that lean on letters or cannot be seen; one of them again and again, many of them once,
and all of them mixed, with spaces, without and line by line.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from core.intents.vocabulary import GRAVE, ROOT, Vocabulary, vocabulary

BYTES: Final = 10_000
# What was the worst of its time.
KNOWN: Final = (
    "a ", "9", "🙂", "1/", "no ", "不", "ก", "안전", "safe not ", "ﷺ", "barsel ", "1 dec ", "عمان ",
)  # fmt: skip
_LETTERS: Final = (
    (0x61, 0x7A), (0xE0, 0x24F), (0x430, 0x44F), (0x5D0, 0x5EA), (0x620, 0x64A), (0x904, 0x939),
    (0x985, 0x9B9), (0xB85, 0xBB9), (0xD85, 0xDC6), (0xE01, 0xE2E), (0xE81, 0xEAE), (0x1000, 0x1021),
    (0x1200, 0x135A), (0x1780, 0x17B3), (0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3), (0x1F600, 0x1F64F),
)  # fmt: skip
_MARKS: Final = "\u0301\u0308\u0323\u064e\u0670\u093f\u0e34\u0e48\u102d\u1037\u103a\u3099\u20dd\ufe0f"
_UNSEEN: Final = "\u200b\u200c\u200d\u200e\u00ad\u2060\ufeff\u061c\u0640"
_DIGITS: Final = "0123456789٠٢٥۲۵२५২৫๒๕၂၅１２፳፭"
_DATES: Final = (
    *(
        "1/2",
        "31.12.",
        "1-20",
        "24-30 nov",
        "until",
        "from",
        "1 dec",
        "dec 1,",
        "2026-12-01",
        "25112026",
        "令和8年",
    ),
    *(
        "12月",
        "24日",
        "R8.12.1",
        "tháng 12",
        "1 al 20",
        "2569",
        "15 mangsir 2083",
        "tomorrow",
        "31 31",
        "'26",
    ),
)
_GLUE: Final = ("", " ", "\n", ". ", ", ", "-", "'", "/", "\u200b", "🙂")
_SIZES: Final = (1, 2, 5, 40, 400)  # different pieces in one text


def texts(number: int, seed: int) -> Iterator[str]:
    """So many texts of ten kilobytes; the same seed, the same texts."""
    chance = random.Random(seed)
    words = vocabulary()
    kinds = _kinds(words, chance)
    for _ in range(number):
        chosen = [chance.choice(kinds) for _ in range(chance.choice((1, 1, 1, 2, 4)))]
        glue = chance.choice(_GLUE[:2]) if chance.random() < 0.7 else chance.choice(_GLUE)
        pieces = [chance.choice(chosen)() for _ in range(chance.choice(_SIZES))]
        yield filled(glue.join(pieces) + glue)


def filled(unit: str) -> str:
    """The unit again and again, ten kilobytes of it."""
    return unit * max(1, BYTES // max(1, len(unit.encode("utf-8", "surrogatepass"))))


def _kinds(words: Vocabulary, chance: random.Random) -> Sequence[Callable[[], str]]:
    """What pieces may be made of."""
    root, grave = words.nodes[ROOT], words.nodes[GRAVE]
    known = [*root.words, *grave.words, *root.stems]
    unspaced = sorted(words.unspaced)
    # Where the words may be longest, there is most to look up.
    long = sorted(words.openings, key=lambda opening: -words.openings[opening][-1])[:400]
    cities = (city.name for city, _ in zip(words.gazetteer.cities(), range(9_000), strict=False))
    names = [*words.cities, *words.countries, *map(str.lower, cities)]
    firsts = [name.split()[0] for name in names]
    endings, denials = list(words.endings), sorted({word for word, _ in words.denials.words()})

    def one_of(pieces: Sequence[str]) -> Callable[[], str]:
        return lambda: chance.choice(pieces)

    return (
        *map(one_of, (known, unspaced, long, names, firsts, _DATES)),
        lambda: _phrase(words, chance),
        lambda: _slipped(chance.choice(chance.choice((known, denials, names))), chance),
        lambda: chance.choice(names) + chance.choice(endings),
        lambda: _letters(chance) + chance.choice(endings),
        lambda: _letters(chance),
        lambda: "".join(chance.choices(_DIGITS, k=chance.randint(1, 8))),
        lambda: chance.choice(_letters(chance)) + "".join(chance.choices(_MARKS, k=chance.randint(1, 9))),
        lambda: chance.choice(known) + chance.choice(_UNSEEN),
        lambda: chr(chance.randrange(0x20, 0xD800)),
    )


def _phrase(words: Vocabulary, chance: random.Random) -> str:
    """The way down the tree of phrases, as far as chance goes: a text full of beginnings."""
    said: list[str] = []
    number = chance.choice((ROOT, GRAVE))
    while len(said) < 8 and (node := words.nodes[number]).words:
        label, number = chance.choice(list(node.words.items()))
        said.append({"{n}": "2", "{place}": "rome", "..": "so"}.get(label, label))
    return " ".join(said)


def _slipped(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word) + 1)
    return word[:at] + chr(chance.randint(0x61, 0x7A)) + word[at + chance.randint(0, 1) :]


def _letters(chance: random.Random) -> str:
    first, last = chance.choice(_LETTERS)
    return "".join(chr(chance.randint(first, last)) for _ in range(chance.randint(1, 12)))
