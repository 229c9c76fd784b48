"""A page of a list that may be a million rows long, found from where the page beside it ended.

Rows that come and go meanwhile push nobody off a page: what follows the last row that was seen follows it
still.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.http import urlencode

from campaigns.models import Recipient

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: rows behind a row, the sorting, and how a row's place is written and read."""

    after: Callable[[str], Q]
    before: Callable[[str], Q]
    fields: tuple[str, ...]
    mark: Callable[[Recipient], str]

    @property
    def turned(self) -> tuple[str, ...]:
        """The same order backwards."""
        return tuple(name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in self.fields)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rows of a page, its number, of how many, and the addresses beside it; '' is none."""

    rows: Sequence[Recipient]
    number: int
    pages: int
    earlier: str
    later: str


def stretch(rows: QuerySet[Recipient], order: Order, asked: Mapping[str, str], count: int) -> Stretch:
    """The page that an address asks for with `after` or `before` a row; else, or if unreadable, the first.

    `count` says how many rows there are: with none nothing is looked for, which takes as long as all of them.
    """
    if not count:
        return Stretch((), 1, 1, "", "")
    pages = ceil(count / PAGE)
    try:
        number = max(1, min(int(asked.get("page", "1")), pages))
        if asked.get("before"):
            found = list(rows.filter(order.before(asked["before"])).order_by(*order.turned)[: PAGE + 1])
            if number > 1 and len(found) > PAGE:
                return _stretch(found[PAGE - 1 :: -1], (number, pages), order, asked, more=(True, True))
        elif asked.get("after"):
            found = list(rows.filter(order.after(asked["after"])).order_by(*order.fields)[: PAGE + 1])
            if found:
                more = (True, len(found) > PAGE)
                return _stretch(found[:PAGE], (max(2, number), pages), order, asked, more=more)
    except ValueError:
        pass  # written by hand: the list from its beginning
    found = list(rows.order_by(*order.fields)[: PAGE + 1])
    return _stretch(found[:PAGE], (1, pages), order, asked, more=(False, len(found) > PAGE))


def _stretch(
    rows: Sequence[Recipient],
    place: tuple[int, int],
    order: Order,
    asked: Mapping[str, str],
    *,
    more: tuple[bool, bool],
) -> Stretch:
    number, pages = place
    show = {"show": asked["show"]} if "show" in asked else {}

    def beside(side: str, row: Recipient, page: int) -> str:
        return f"?{urlencode(show | {side: order.mark(row), 'page': str(page)})}"

    earlier = beside("before", rows[0], number - 1) if rows and more[0] else ""
    later = beside("after", rows[-1], number + 1) if rows and more[1] else ""
    return Stretch(rows, number, max(pages, number), earlier, later)


def _marked(text: str) -> tuple[datetime, int]:
    at, _, pk = text.rpartition("_")
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment, int(pk)


def _answered_before(text: str) -> Q:
    at, pk = _marked(text)
    return Q(answered_at__lte=at) & (Q(answered_at__lt=at) | Q(pk__lt=pk))


def _answered_after(text: str) -> Q:
    at, pk = _marked(text)
    return Q(answered_at__gte=at) & (Q(answered_at__gt=at) | Q(pk__gt=pk))


LATEST_ANSWER: Final = Order(
    _answered_before,
    _answered_after,
    ("-answered_at", "-pk"),
    lambda row: f"{row.answered_at.isoformat() if row.answered_at else ''}_{row.pk}",
)
"""Who answered last comes first; for lists of people who answered."""

AS_ASKED: Final = Order(
    lambda text: Q(pk__gt=int(text)), lambda text: Q(pk__lt=int(text)), ("pk",), lambda row: str(row.pk)
)
"""As the list was made."""
