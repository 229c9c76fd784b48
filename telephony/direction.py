"""How a phone lays a text out: from the left or from the right.

A phone goes by the first letter that has a direction (rule P2 of the Unicode Bidirectional Algorithm, UAX 9).
An Arabic text that begins with a Latin name is laid out from the left then, and "1 safe, 2 need help" reads
in another order than it was written.
"""

import unicodedata
from typing import Final

_FROM_RIGHT: Final = "\N{RIGHT-TO-LEFT MARK}"
_RIGHT: Final = frozenset({"R", "AL"})
_STRONG: Final = _RIGHT | {"L"}


def in_order(text: str) -> str:
    """The text with an invisible mark before each right-to-left line that would be laid out wrongly.

    A text is right-to-left when more of its letters are than not. The mark costs one character of UCS-2,
    which such a text is sent in anyway.
    """
    strong = [_direction(letter) for letter in text]
    rightward = sum(direction in _RIGHT for direction in strong)
    if 2 * rightward <= sum(direction in _STRONG for direction in strong):
        return text
    return "\n".join(_marked(line) for line in text.split("\n"))


def _marked(line: str) -> str:
    strong = [direction for direction in map(_direction, line) if direction in _STRONG]
    begins_left = bool(strong) and strong[0] == "L"
    return _FROM_RIGHT + line if begins_left and not _RIGHT.isdisjoint(strong) else line


def _direction(letter: str) -> str:
    return unicodedata.bidirectional(letter)
