"""An officer's list of numbers: read whole or not at all, and kept for a few days.

A file has a heading line and the columns `number` (international form), `consent` (yes, no, or empty when
nobody asked) and, if it likes, `language`. Only numbers whose people said yes are kept.
"""

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db import transaction

from campaigns.models import LIST_DAYS, ListedNumber, NumberList
from campaigns.states import check
from core import audit, languages, people
from core.models import ContactPoint, Officer
from core.officers import Permission
from core.privacy.index import blind_index
from telephony.numbers import NotAPhoneNumber, PhoneNumber

MOST: Final = 50_000
"""Lines of one file."""

LARGEST: Final = 4_000_000
"""Bytes of one file."""

_YES: Final = frozenset({"yes", "y", "true", "1"})
_NO: Final = frozenset({"no", "n", "false", "0"})
_CHUNK: Final = 5_000
_Row = tuple[int, Mapping[str, str] | None]
"""A line's number, and its cells by column; None where it has more cells than there are columns."""


class Wrong(StrEnum):
    """Why a line, or the file, cannot be used."""

    NOT_A_TABLE = "not_a_table"  # no heading line with `number` and `consent`, not text, or too many cells
    TOO_LONG = "too_long"
    NUMBER = "number"  # not in international form, or not a number
    TWICE = "twice"  # stands further up already
    CONSENT = "consent"  # neither yes, no nor empty
    LANGUAGE = "language"  # none that we speak


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be used, as the officer's editor counts it, from 1. Never what stands in it."""

    line: int
    reason: Wrong


@dataclass(frozen=True, slots=True)
class Entry:
    """A number whose person agreed; without a language the number's country decides."""

    number: PhoneNumber = field(repr=False)
    language: str | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says. With any bad line nothing of it may be kept."""

    entries: Sequence[Entry] = ()
    refused: int = 0
    unconfirmed: int = 0
    bad: Sequence[BadLine] = ()


class Unusable(Exception):
    """The file cannot be used; `bad` says which lines and why."""

    def __init__(self, bad: Sequence[BadLine]) -> None:
        super().__init__(f"{len(bad)} lines cannot be used")
        self.bad = bad


def read(content: bytes) -> Sheet:
    """Read a CSV file, separated by comma, semicolon or tab, in any encoding that spreadsheets write."""
    if len(content) > LARGEST:
        return Sheet(bad=[BadLine(MOST + 2, Wrong.TOO_LONG)])
    try:
        rows = _rows(_decoded(content))
    except (UnicodeDecodeError, csv.Error):
        return Sheet(bad=[BadLine(1, Wrong.NOT_A_TABLE)])
    if rows is None:
        return Sheet(bad=[BadLine(1, Wrong.NOT_A_TABLE)])
    if len(rows) > MOST:
        return Sheet(bad=[BadLine(MOST + 2, Wrong.TOO_LONG)])
    return _sheet(rows)


@transaction.atomic
def keep(title: str, content: bytes, *, by: Officer, now: datetime) -> NumberList:
    """Keep a list whose every line can be used. Raises NotAllowed, Unusable.

    Phones not heard of before are kept for as long as the list is.
    """
    check(by, Permission.WRITE_CAMPAIGN)
    sheet = read(content)
    if sheet.bad:
        raise Unusable(sheet.bad)
    made = NumberList.objects.create(
        title=title.strip()[:120],
        officer=by,
        uploaded_at=now,
        delete_at=now + timedelta(days=LIST_DAYS),
        refused=sheet.refused,
        unconfirmed=sheet.unconfirmed,
    )
    for first in range(0, len(sheet.entries), _CHUNK):
        _keep(made, sheet.entries[first : first + _CHUNK], now)
    figures = {"numbers": len(sheet.entries), "refused": sheet.refused, "unconfirmed": sheet.unconfirmed}
    audit.record("list.brought", by=by, subject=made, now=now, figures=figures)
    return made


def _keep(made: NumberList, entries: Sequence[Entry], now: datetime) -> None:
    strangers = [people.stranger(entry.number, now, entry.language) for entry in entries]
    ContactPoint.objects.bulk_create(strangers, ignore_conflicts=True, unique_fields=["number_index"])
    phones = ContactPoint.objects.filter(number_index__in=[one.number_index for one in strangers])
    phones.filter(person=None).exclude(kept_until__gt=made.delete_at).update(kept_until=made.delete_at)
    ListedNumber.objects.bulk_create(
        ListedNumber(numbers=made, contact_id=pk) for pk in phones.values_list("pk", flat=True)
    )


def _decoded(content: bytes) -> str:
    """The text. Raises UnicodeDecodeError.

    What is read of it is ASCII, so the code page of a file that is no Unicode is of no weight.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _rows(text: str) -> Sequence[_Row] | None:
    """The lines below the heading with their numbers; None without the columns. Raises csv.Error."""
    heading = text.partition("\n")[0]
    separator = max(",;\t", key=heading.count)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names = [_plain(name).casefold() for name in next(table, [])]
    if "\0" in text or names.count("number") != 1 or names.count("consent") != 1:
        return None
    rows: list[_Row] = []
    for line in table:
        values = [_plain(value) for value in line]
        if any(values):
            # More cells than columns: nobody knows which of them is the consent.
            row = None if any(values[len(names) :]) else dict(zip(names, values, strict=False))
            rows.append((table.line_num, row))
    return rows


def _plain(value: str) -> str:
    """What stands in a cell, without the marks of writing direction that come along with a copied number."""
    return value.strip() if value.isascii() else "".join(filter(_is_seen, value)).strip()


def _is_seen(letter: str) -> bool:
    return unicodedata.category(letter) != "Cf"


def _sheet(rows: Sequence[_Row]) -> Sheet:
    spoken = {language.tag for language in languages.languages()}
    seen: set[bytes] = set()
    entries: list[Entry] = []
    bad: list[BadLine] = []
    refused = unconfirmed = 0
    for line, row in rows:
        if row is None:
            bad.append(BadLine(line, Wrong.NOT_A_TABLE))
            continue
        consent, language = (row.get(name, "").casefold() for name in ("consent", "language"))
        number = _number(row.get("number", ""))
        index = blind_index(number) if number else b""
        speaks = not language or language in spoken
        if wrong := next(_wrong(number, consent, twice=index in seen, speaks=speaks), None):
            bad.append(BadLine(line, wrong))
        elif consent in _NO:
            refused += 1
        elif not consent:
            unconfirmed += 1
        elif number:
            entries.append(Entry(number, language or None))
        seen.add(index)
    return Sheet(entries, refused, unconfirmed, bad)


def _wrong(number: PhoneNumber | None, consent: str, *, twice: bool, speaks: bool) -> Iterator[Wrong]:
    if number is None:
        yield Wrong.NUMBER
    elif twice:
        yield Wrong.TWICE
    if consent and consent not in _YES | _NO:
        yield Wrong.CONSENT
    if not speaks:
        yield Wrong.LANGUAGE


def _number(text: str) -> PhoneNumber | None:
    """The number in international form, with + or 00; None for anything else."""
    written = f"+{text[2:]}" if text.startswith("00") else text
    try:
        return PhoneNumber.parse(written)
    except NotAPhoneNumber:
        return None
