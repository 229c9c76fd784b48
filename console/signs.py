"""The answers a person can give, and the lack of one: one colour, one shape and one word each, everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


class Sign(StrEnum):
    """What we know of one person; the order is the order in which an officer must see them."""

    NEEDS_HELP = "needs_help"
    SAFE = "safe"
    NOT_THERE = "not_there"
    UNCLEAR = "unclear"
    SILENT = "silent"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a sign looks: the style and the icon of that name, and its word."""

    css: str
    icon: str
    word: str | Promise


SIGNS: Final[Mapping[str, Drawing]] = {
    Sign.NEEDS_HELP: Drawing("help", "help", pgettext_lazy("console", "Needs help")),
    Sign.SAFE: Drawing("safe", "safe", pgettext_lazy("console", "Safe")),
    Sign.NOT_THERE: Drawing("away", "away", pgettext_lazy("console", "Not there")),
    Sign.UNCLEAR: Drawing("unclear", "unclear", pgettext_lazy("console", "Unclear")),
    Sign.SILENT: Drawing("silent", "silent", pgettext_lazy("console", "Silent")),
    Sign.UNREACHABLE: Drawing("unreachable", "unreachable", pgettext_lazy("console", "Unreachable")),
}
