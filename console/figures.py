"""How a count is written: thin spaces between the thousands, the same digits in every language."""

from typing import Final

_THIN: Final = "\N{NARROW NO-BREAK SPACE}"


def spaced(value: int) -> str:
    """A count such as 2 140."""
    return f"{value:,}".replace(",", _THIN)


def percent(part: int, base: int) -> str:
    """The share, rounded; a dash when there is no base. It never stands without its base beside it."""
    return f"{round(100 * part / base)}{_THIN}%" if base else "–"
