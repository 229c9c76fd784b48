"""How long rows live: declared on each model, carried out in one place."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q


class How(StrEnum):
    """What becomes of a row whose time is over."""

    DELETE = "delete"
    ERASE = "erase"  # the row stays for the count, the personal columns are emptied


@dataclass(frozen=True, slots=True)
class Retention:
    """A model's promise: `after` in words for docs/PRIVACY.md, `due(now)` as the rows it has come for.

    `erase` names the columns emptied when `how` is ERASE.
    """

    after: str
    due: Callable[[datetime], Q]
    how: How = How.DELETE
    erase: tuple[str, ...] = ()
