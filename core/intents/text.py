"""A text as people type it, made comparable: normalised, folded, cut into tokens."""

import re
import unicodedata
from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple

# The provider caps a body at 1,600 characters; of anything longer we read both ends, because a cry for help
# may stand at either.
_HEAD: Final = 1200
_TAIL: Final = 400

# Planes 0 and 1 hold every digit and mark people type; the tags of plane 14 are invisible too.
_CATEGORIES: Final = {
    c: kind
    for c in map(chr, (*range(0x20000), *range(0xE0000, 0xE0200)))
    if (kind := unicodedata.category(c)) in {"Nd", "Cf", "Mn", "Mc"}
}
_DIGITS: Final = {
    ord(c): str(unicodedata.decimal(c)) for c, kind in _CATEGORIES.items() if kind == "Nd" and c > "9"
}
# Zero-width and direction marks, soft hyphens, Arabic tatweel, variation selectors (they dress up emoji).
_INVISIBLE: Final = dict.fromkeys(ord(c) for c, kind in _CATEGORIES.items() if kind == "Cf") | dict.fromkeys(
    (0x0640, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE0200))
)
_LOOKALIKES: Final = dict.fromkeys(map(ord, "’‘ʼʻ`´′＇‛"), "'") | dict.fromkeys(
    map(ord, "‐‑‒–—―−~〜～⁓→"), "-"
)
_CLEAN: Final = _DIGITS | _INVISIBLE | _LOOKALIKES | {ord("፡"): " "}  # parts words where no space does
# Ethiopic numerals have signs of their own for ones, tens and hundreds: ፳፭ is 25.
_ETHIOPIC_NUMBER: Final = re.compile("[፩-፻]+")

_ARABIC_LETTERS: Final = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ې": "ي",
        "ة": "ه",
        "ہ": "ه",
        "ۂ": "ه",
        "ۃ": "ه",
    }
    | {"ھ": "ه", "ە": "ه", "ک": "ك", "ؤ": "و", "ئ": "ي"}
    # Kurdish and Pashto letters that phones without them cannot type.
    | {"ێ": "ي", "ۍ": "ي", "ۆ": "و", "ڵ": "ل", "ڕ": "ر", "ګ": "گ", "ړ": "ر", "ډ": "د", "ټ": "ت", "ڼ": "ن"}
)
_LATIN_LETTERS: Final = str.maketrans(
    {"ı": "i", "ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ħ": "h", "ð": "d", "þ": "th"}
    | {"ɗ": "d", "ɓ": "b", "ƙ": "k", "ƴ": "y", "ё": "е", "ґ": "г"}
)
# Ethiopic letters that sound alike in Amharic and are mixed: seven orders of each, "a" and "ha" once more.
_ETHIOPIC_LETTERS: Final = {
    ord(variant) + order: chr(ord(letter) + order)
    for variant, letter in zip("ሐኀሠዐፀ", "ሀሀሰአጸ", strict=True)
    for order in range(7)
} | str.maketrans("ሃሓኃኣዓዉ", "ሀሀሀአአው")
_FOLD: Final = _ARABIC_LETTERS | _LATIN_LETTERS | _ETHIOPIC_LETTERS
# Marks that people leave out: accents of Latin, Greek and Cyrillic, vowel signs of Arabic and Hebrew.
# The vowel signs of Indic, Thai or Burmese writing are letters and stay.
_ACCENTS: Final = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")


def _ranges(characters: list[str]) -> str:
    """The characters as the inside of a regular expression class."""
    spans: list[list[int]] = []
    for code in map(ord, characters):
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "".join(rf"\U{a:08x}-\U{b:08x}" for a, b in spans)


_MARKS: Final = _ranges([c for c, kind in _CATEGORIES.items() if kind in {"Mn", "Mc"}])
_UNSPACED_CLASS: Final = (
    "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u1049\u1050-\u109f\uaa60-\uaa7f\u1780-\u17d3\u3005-\u3007"
    "\u3041-\u30fa\u30fc-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
)
_UNSPACED: Final = re.compile(f"[{_UNSPACED_CLASS}]")
# No word of an unspaced script ends within one of these: a letter with its signs; in Thai and Lao the vowel
# before it, too; in Burmese the letters that close it (asat) or are stacked under it.
_SYLLABLE: Final = re.compile(
    "[\u0e40-\u0e44]?[\u0e01-\u0e2e]"
    "(?:[\u0e31\u0e37\u0e47][\u0e48-\u0e4b]?[\u0e01-\u0e2e]|[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e])*"
    "|[\u0ec0-\u0ec4]?[\u0e81-\u0eae][\u0eb0-\u0ebd\u0ec8-\u0ece]*"
    rf"|[\u1000-\u102a\u103f](?:\u1039[\u1000-\u1021]|[\u1000-\u1021](?=\u1037?\u103a|\u1039)|[{_MARKS}])*"
    rf"|.[{_MARKS}ゃゅょぁぃぅぇぉャュョァィゥェォー]*",
    re.DOTALL,
)
_TWICE: Final = re.compile(rf"([{_MARKS}])\1+")  # a mark typed twice is one
_TOKEN: Final = re.compile(
    rf"(?P<iso>(?<!\d)[12]\d{{3}}[-/.][01]?\d[-/.][0-3]?\d(?!\d))"
    r"|(?P<full>(?<!\d)[0-3]?\d(?P<sep>[-/.])[0-3]?\d(?P=sep)(?:\d{4}|\d\d)(?!\d))"
    r"|(?P<short>(?<!\d)[0-3]?\d[/.][0-3]?\d(?!\d|[/.]\d))"
    r"|(?P<number>\d+)"
    rf"|(?P<unspaced>[{_UNSPACED_CLASS}]+)"
    rf"|(?P<word>(?:(?![{_UNSPACED_CLASS}])(?:[^\W\d_]|[{_MARKS}]))+)"
    r"|(?P<mark>[^\w\s])"
)
_INITIALS: Final = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,}(?:[^\W\d_](?!\w))?")
_THAI_INITIALS: Final = re.compile("(?<=[\u0e01-\u0e2e])\\.")
_CONTRACTION: Final = re.compile(r"(?<=[a-z])'(?=(?:t|s|m|re|ve|ll|d)(?![^\W\d_]))")
# "l'aiuto", "aidez-nous": two words each.
_INSIDE_WORD: Final = re.compile(r"(?<=[^\W\d_])['-](?=[^\W\d_])")
_ENDS_CLAUSE: Final = frozenset(".,;:!?\n،؛؟。！？、，；։።፣؞।॥၊။|")


_BURMESE: Final = re.compile("[\u1000-\u103f]")
# The zero is typed for the letter wa and the seven for ra; vowel signs come in the order of the hand; two
# letters have a twin.
_BURMESE_SLIPS: Final = (
    (
        re.compile(
            "(?<![\u1040-\u1049])\u1040(?=[\u1000-\u103f])|(?<=[\u1000-\u103f])\u1040(?![\u1040-\u1049])"
        ),
        "\u101d",
    ),
    (re.compile("(?<![\u1040-\u1049])\u1047(?=[\u102b-\u103e])"), "\u101b"),
    (re.compile("\u1037([\u102b-\u1036])"), "\\1\u1037"),
    (re.compile("\u1036([\u102f\u1030])"), "\\1\u1036"),
    (re.compile("([\u102f\u1030])([\u102d\u102e])"), "\\2\\1"),
    (re.compile("\u1025(?=\u103a)"), "\u1009"),
    (re.compile("\u101e\u103c"), "\u1029"),
)


class Kind(Enum):
    """What a token is made of."""

    WORD = auto()
    NUMBER = auto()
    DATE = auto()
    MARK = auto()


class Token(NamedTuple):
    """One word, number, written date or mark. `fold` is `text` without accents and letter variants.

    `glued` says that no space stands before it; `clause` counts the clauses of the text.
    """

    kind: Kind
    text: str
    fold: str
    glued: bool
    clause: int


def normalise(text: str) -> str:
    """The text in one width, one case, with ASCII digits and without invisible marks."""
    if len(text) > _HEAD + _TAIL:
        text = f"{text[:_HEAD]} {text[-_TAIL:]}"
    # Capital İ folds to i with a loose dot, which is no letter of any language we read.
    wide = unicodedata.normalize("NFKC", text)[: 2 * (_HEAD + _TAIL)]  # one sign may stand for a whole prayer
    folded = wide.casefold().replace("i\u0307", "i").translate(_INVISIBLE)
    clean = _TWICE.sub(r"\1", unicodedata.normalize("NFKC", _burmese(folded)).translate(_CLEAN))
    # Thai ae is typed as e twice: it looks the same.
    clean = clean.replace("\u0e40\u0e40", "\u0e41")
    clean = _ETHIOPIC_NUMBER.sub(_ethiopic_number, clean)
    return clean[: 2 * (_HEAD + _TAIL)]


def _burmese(text: str) -> str:
    """The text with Burmese as it is meant where two ways of typing look the same."""
    if _BURMESE.search(text):
        for seen, meant in _BURMESE_SLIPS:
            text = seen.sub(meant, text)
    return text


def _ethiopic_number(signs: re.Match[str]) -> str:
    total = part = 0
    for sign in signs[0]:
        value = int(unicodedata.numeric(sign))
        part += value % 100
        if value == 100:
            total, part = total + 100 * (part or 1), 0
    return str(total + part)


@lru_cache(maxsize=16_384)
def fold(word: str) -> str:
    """A normalised word without accents and with one form for each letter's variants."""
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFD", word.translate(_FOLD))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed)).translate(_FOLD)


def is_unspaced(word: str) -> bool:
    """Whether the word is of a script that writes without spaces (or glues its particles, like Korean)."""
    return _UNSPACED.match(word) is not None


def is_converted(word: str) -> bool:
    """Whether the keyboard composes the word (Han, kana, Hangul): a slip gives another whole word."""
    return (
        "\u3041" <= word[0] <= "\u30ff" or "\u3400" <= word[0] <= "\u9fff" or "\uac00" <= word[0] <= "\ud7af"
    )


def syllables(run: str) -> list[int]:
    """Where each part of a run of an unspaced script ends that no word can be cut within."""
    return [match.end() for match in _SYLLABLE.finditer(run)]


def script_runs(normalised: str) -> list[Token]:
    """The tokens of a normalised text; a run of an unspaced script is still one WORD."""
    joined = _INITIALS.sub(lambda m: m[0].replace(".", ""), normalised)
    joined = _CONTRACTION.sub("", _THAI_INITIALS.sub("", joined))
    tokens: list[Token] = []
    clause = 0
    previous_end = 0
    for match in _TOKEN.finditer(_INSIDE_WORD.sub(" ", joined)):
        group, word = match.lastgroup or "mark", match[0]
        start, end = match.span()
        if start != previous_end and "\n" in joined[previous_end:start]:
            clause += 1
        folded = word if group == "unspaced" else fold(word)
        tokens.append(Token(_KINDS[group], word, folded, 0 < start == previous_end, clause))
        if group == "mark" and word in _ENDS_CLAUSE:
            clause += 1
        previous_end = end
    return tokens


_KINDS: Final = {
    "iso": Kind.DATE,
    "full": Kind.DATE,
    "sep": Kind.DATE,
    "short": Kind.DATE,
    "number": Kind.NUMBER,
    "unspaced": Kind.WORD,
    "word": Kind.WORD,
    "mark": Kind.MARK,
}
