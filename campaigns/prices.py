"""What the provider takes, by the country of the phone: a table that the operator brings. We ship no prices.

A CSV file with a heading line and the columns `country` (ISO 3166), `sms` (a segment), `call` (a minute that
is begun) and `currency` (ISO 4217, the same in every line). Read whole or not at all.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Final

from django.conf import settings

from core import places

LARGEST: Final = 200_000
"""Bytes of the file."""

_COLUMNS: Final = ("country", "sms", "call", "currency")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


class Wrong(StrEnum):
    """Why a line, or the file, cannot be used."""

    NOT_A_TABLE = "not a CSV file with the columns country, sms, call and currency"
    COUNTRY = "country is not a two-letter ISO 3166 code"
    TWICE = "this country stands further up already"
    PRICE = "sms and call are decimal numbers such as 0.075"
    CURRENCY = "currency is a three-letter code, the same in every line"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be used, as an editor counts it, from 1."""

    line: int
    reason: Wrong


@dataclass(frozen=True, slots=True)
class Price:
    """In the table's currency: a segment of a text, and a minute of a call that is begun."""

    sms: Decimal
    call: Decimal


@dataclass(frozen=True, slots=True)
class Table:
    """The prices by country. With any bad line there are none; without a file there is neither."""

    currency: str = ""
    prices: Mapping[str, Price] = field(default_factory=dict)
    bad: Sequence[BadLine] = ()


def table() -> Table | None:
    """The operator's table; None when the setting PRICES names no file."""
    if not settings.PRICES:
        return None
    try:
        return read(Path(settings.PRICES).read_bytes())
    except OSError:  # gone since the start
        return Table(bad=[BadLine(1, Wrong.NOT_A_TABLE)])


def read(content: bytes) -> Table:
    """Read the file: UTF-8, separated by commas."""
    try:
        rows = list(csv.DictReader(io.StringIO(content[: LARGEST + 1].decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error):
        rows = []
    if not rows or not set(_COLUMNS) <= set(rows[0]) or len(content) > LARGEST:
        return Table(bad=[BadLine(1, Wrong.NOT_A_TABLE)])
    prices: dict[str, Price] = {}
    bad = []
    currency = _cell(rows[0], "currency")
    for line, row in enumerate(rows, start=2):
        country, price = _cell(row, "country").upper(), _price(row)
        if country not in places.countries():
            bad.append(BadLine(line, Wrong.COUNTRY))
        elif country in prices:
            bad.append(BadLine(line, Wrong.TWICE))
        elif price is None:
            bad.append(BadLine(line, Wrong.PRICE))
        elif not _CURRENCY.fullmatch(currency) or _cell(row, "currency") != currency:
            bad.append(BadLine(line, Wrong.CURRENCY))
        else:
            prices[country] = price
    return Table(bad=bad) if bad else Table(currency, prices)


def _price(row: Mapping[str, str | None]) -> Price | None:
    try:
        price = Price(Decimal(_cell(row, "sms")), Decimal(_cell(row, "call")))
    except InvalidOperation:
        return None
    return price if all(one.is_finite() and one >= 0 for one in (price.sms, price.call)) else None


def _cell(row: Mapping[str, str | None], column: str) -> str:
    return (row[column] or "").strip()
