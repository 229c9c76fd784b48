"""What a text costs: its encoding and how many SMS it is cut into.

GSM-7 (3GPP TS 23.038): 160 septets, or parts of 153; the ten characters of the extension table take two,
and the pair is never cut. Anything else makes the whole text UCS-2: 70 UTF-16 units, or parts of 67, and
what is read as one letter is never cut: a surrogate pair, a letter with its marks, an emoji of several (a
grapheme cluster of Unicode Annex 29); CR and LF are two letters. So counts the provider's own calculator,
message-segment-calculator of TwilioDevEd. National shift tables are not counted on: the provider does not
use them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import regex

_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = "\f^{}\\[~]|€"
_SEPTETS: Final[Mapping[str, int]] = {**dict.fromkeys(_BASIC, 1), **dict.fromkeys(_EXTENSION, 2)}
_LETTER: Final = regex.compile(r"\r|\X")


class Encoding(StrEnum):
    """How a text travels."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


_WHOLE: Final[Mapping[Encoding, int]] = {Encoding.GSM_7: 160, Encoding.UCS_2: 70}
_PART: Final[Mapping[Encoding, int]] = {Encoding.GSM_7: 153, Encoding.UCS_2: 67}


@dataclass(frozen=True, slots=True)
class Segments:
    """The cost of one text. `units` are septets in GSM-7, UTF-16 units in UCS-2."""

    encoding: Encoding
    units: int
    segments: int


def count(text: str) -> Segments:
    """The encoding, the units and the segments of a text. The empty text is one empty segment."""
    if all(character in _SEPTETS for character in text):
        encoding = Encoding.GSM_7
        widths = [_SEPTETS[character] for character in text]
    else:
        encoding = Encoding.UCS_2
        widths = [_utf16_units(letter) for letter in _LETTER.findall(text)]
    units = sum(widths)
    if units <= _WHOLE[encoding]:
        return Segments(encoding, units, 1)
    return Segments(encoding, units, _parts(widths, _PART[encoding]))


def outside_gsm7(text: str) -> str:
    """The characters that keep a text out of GSM-7, each once, in their order."""
    return "".join(dict.fromkeys(character for character in text if character not in _SEPTETS))


def _utf16_units(letter: str) -> int:
    return len(letter.encode("utf-16-be", "surrogatepass")) // 2


def _parts(widths: Iterable[int], size: int) -> int:
    """The parts that letters of these widths fill. One wider than a part, a pile of marks, is cut."""
    parts, room = 0, 0
    for width in widths:
        if width > room:
            parts, room = parts + 1, size
        beyond = max(0, width - room)
        parts += -(-beyond // size)
        room = -beyond % size if beyond else room - width
    return parts
