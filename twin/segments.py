"""How many parts a text takes on the air.

Written apart from the service's own counter on purpose: two programs that agree are worth more than one
used twice. Source of the alphabet and the part sizes: 3GPP TS 23.038 and TS 23.040.
"""

from dataclasses import dataclass
from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED: Final = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Size:
    """What a text weighs: `units` are septets in GSM-7 and 16-bit units in UCS-2."""

    encoding: str
    units: int
    segments: int


def size(text: str) -> Size:
    """Count the units and segments of a text; an empty one still takes a segment."""
    gsm = all(char in _BASIC or char in _ESCAPED for char in text)
    if gsm:
        weights = [2 if char in _ESCAPED else 1 for char in text]
        return Size("GSM-7", sum(weights), _parts(weights, whole=160, part=153))
    weights = [2 if ord(char) > 0xFFFF else 1 for char in text]
    return Size("UCS-2", sum(weights), _parts(weights, whole=70, part=67))


def _parts(weights: list[int], *, whole: int, part: int) -> int:
    if sum(weights) <= whole:
        return 1
    parts, room = 1, part
    for weight in weights:
        if weight > room:  # neither an escape pair nor a surrogate pair is torn apart
            parts, room = parts + 1, part
        room -= weight
    return parts
