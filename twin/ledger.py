"""Everything of one sort the provider holds, found by sid, number or time without looking through it all."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar


class Filed(Protocol):
    """What can be filed: ordinals and creation times grow together."""

    @property
    def ordinal(self) -> int: ...
    @property
    def sid(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def created(self) -> datetime: ...


Record = TypeVar("Record", bound=Filed)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records a list asks for; empty and None ask for all. `below` is an ordinal, exclusive."""

    to: str = ""
    sender: str = ""
    created_from: datetime | None = None
    created_until: datetime | None = None
    below: int | None = None


class Ledger(Generic[Record]):
    """Records in the order they were filed."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Record] = {}
        self._all: list[Record] = []
        self._by_to: dict[str, list[Record]] = defaultdict(list)
        self._by_sender: dict[str, list[Record]] = defaultdict(list)
        self._filed = 0

    def __len__(self) -> int:
        return len(self._by_sid)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._all)

    def next_ordinal(self) -> int:
        """The place of the record that is about to be filed."""
        self._filed += 1
        return self._filed

    def file(self, record: Record) -> None:
        """Add a record; it must be the newest."""
        self._by_sid[record.sid] = record
        for records in (self._all, self._by_to[record.to], self._by_sender[record.sender]):
            records.append(record)

    def find(self, sid: str) -> Record | None:
        """The record of that sid; None when there is none."""
        return self._by_sid.get(sid)

    def remove(self, record: Record) -> None:
        """Forget a record."""
        del self._by_sid[record.sid]
        for records in (self._all, self._by_to[record.to], self._by_sender[record.sender]):
            del records[bisect_left(records, record.ordinal, key=_ordinal)]

    def newest_first(self, wanted: Wanted) -> Iterator[Record]:
        """The records asked for, from the shortest index that holds them all."""
        records = self._shortest(wanted)
        end = len(records)
        if wanted.below is not None:
            end = bisect_left(records, wanted.below, key=_ordinal)
        if wanted.created_until is not None:
            end = min(end, bisect_right(records, wanted.created_until, key=_created))
        for position in range(end - 1, -1, -1):
            record = records[position]
            if wanted.created_from is not None and record.created < wanted.created_from:
                return
            if wanted.to in {"", record.to} and wanted.sender in {"", record.sender}:
                yield record

    def _shortest(self, wanted: Wanted) -> Sequence[Record]:
        choices: list[Sequence[Record]] = [self._all]
        if wanted.to:
            choices.append(self._by_to.get(wanted.to, ()))
        if wanted.sender:
            choices.append(self._by_sender.get(wanted.sender, ()))
        return min(choices, key=len)


def _ordinal(record: Filed) -> int:
    return record.ordinal


def _created(record: Filed) -> datetime:
    return record.created
