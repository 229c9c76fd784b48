"""Letters that look alike but cost less: what keeps a text out of GSM-7, and what may stand in its place."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from channels_sms.segments import Segments, count, outside_gsm7

ACCENTS: Final[Mapping[str, str]] = {
    **dict(zip("áíóúâêîôûëïçãõÁÍÓÚÂÊÎÔÛËÏÀÈÌÒÙÃÕ", "aiouaeioueicaoAIOUAEIOUEIAEIOUAO", strict=True)),
    "œ": "oe",
    "Œ": "OE",
    "’": "'",
}
"""Letters of Spanish, French, Italian and Portuguese that GSM-7 lacks, as people who text write them."""

_MARKS: Final[Mapping[str, str]] = {
    **dict.fromkeys("‘’‚‛ʼ`´′", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−•", "-"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f\t", " "),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufe0f\ufeff", ""),
    "…": "...",
    "\u2028": "\n",
    "×": "x",
    "ı": "i",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "©": "(c)",
    "№": "No.",
}


@dataclass(frozen=True, slots=True)
class Plainer:
    """The same text in GSM-7: its words, its cost, and what was replaced by what, each pair once."""

    text: str
    cost: Segments
    changes: Sequence[tuple[str, str]]


def plainer(text: str) -> Plainer | None:
    """The text with look-alikes of GSM-7; None when that is not possible or saves no segment.

    An offer to whoever wrote the text, never made on their behalf: it takes letters from words.
    """
    changes = [(letter, _lookalike(letter)) for letter in outside_gsm7(unicodedata.normalize("NFC", text))]
    written = unicodedata.normalize("NFC", text).translate(
        {ord(letter): alike for letter, alike in changes if alike is not None}
    )
    cost = count(written)
    if outside_gsm7(written) or cost.segments >= count(text).segments:
        return None
    return Plainer(written, cost, tuple((letter, alike or "") for letter, alike in changes))


def _lookalike(letter: str) -> str | None:
    """What may stand for a letter; None for a letter of another alphabet or a picture."""
    known = ACCENTS.get(letter, _MARKS.get(letter))
    if known is not None:
        return known
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() and base.isalpha() else None
