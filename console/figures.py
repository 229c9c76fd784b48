"""How a count is written: thin spaces between the thousands, the same digits in every language."""

from typing import Final

_THIN: Final = "\N{NARROW NO-BREAK SPACE}"
_FEW: Final = "\N{LEFT-TO-RIGHT ISOLATE}<10\N{POP DIRECTIONAL ISOLATE}"
"""Of a count that `console.release` keeps back."""


def spaced(value: int | None) -> str:
    """A count such as 2 140; None is one too small to be told."""
    return f"{value:,}".replace(",", _THIN) if value is not None else _FEW


def percent(part: int | None, base: int | None) -> str:
    """The share, rounded; a dash when there is no base. It never stands without its base beside it."""
    return f"{round(100 * part / base)}{_THIN}%" if base and part is not None else "–"
