"""The answers a person can give, and the lack of one: one colour, one shape and one word each, everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from campaigns.models import Campaign
from campaigns.texts import asks_to_be_read


class Sign(StrEnum):
    """What we know of one person; the order is the order in which an officer must see them."""

    NEEDS_HELP = "needs_help"
    SAFE = "safe"
    NOT_THERE = "not_there"
    UNCLEAR = "unclear"
    ACKNOWLEDGED = "acknowledged"
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
    Sign.ACKNOWLEDGED: Drawing("read", "read", pgettext_lazy("console", "Has read it")),
    Sign.SILENT: Drawing("silent", "silent", pgettext_lazy("console", "Silent")),
    Sign.UNREACHABLE: Drawing("unreachable", "unreachable", pgettext_lazy("console", "Unreachable")),
}


def of_campaign(campaign: Campaign) -> Sequence[Sign]:
    """What a campaign's board tells apart: whoever is not asked how they are cannot have said so."""
    asks = campaign.kind == Campaign.Kind.CHECK_IN
    never = set()
    if not asks_to_be_read(campaign):
        never.add(Sign.ACKNOWLEDGED)
    if not asks:
        never |= {Sign.SAFE, Sign.NOT_THERE, Sign.UNCLEAR}
    return [sign for sign in Sign if sign not in never]
