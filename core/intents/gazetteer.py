"""Looks names up in the compiled gazetteer. The file is mapped, so processes share one copy of it."""

import json
import mmap
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.intents.atlas import CITY, MAGIC, fingerprint
from core.intents.words import deletions, digest, one_edit_apart

_ROOT: Final = Path(__file__).parent.parent.parent
PATH: Final = _ROOT / "core" / "places.index"


_REMEMBERED: Final = 20_000  # names looked up lately


@dataclass(frozen=True, slots=True)
class City:
    """A city of the gazetteer; `rank` is its place by population in its country, 1 for the biggest."""

    number: int
    name: str
    country: str
    population: int
    capital: bool
    rank: int
    zone: str


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for: countries, and cities, each with whether the name is its own."""

    countries: tuple[str, ...] = ()
    cities: tuple[tuple[City, bool], ...] = ()


class Gazetteer:
    """The mapped file. Lookups take the keys of `atlas.name_key`."""

    def __init__(self, path: Path) -> None:
        """Map the file. Raises ValueError for a file of another format."""
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        start = len(MAGIC)
        if self._map[:start] != MAGIC:
            raise ValueError("not a gazetteer")
        (size,) = struct.unpack_from("<I", self._map, start)
        header = json.loads(self._map[start + 4 : start + 4 + size])
        self.fingerprint: str = header["fingerprint"]
        self.countries: tuple[str, ...] = tuple(header["countries"])
        self.months: dict[str, dict[str, int]] = header["months"]
        self.openings: dict[str, int] = header["unspaced"]
        self._zones: list[str] = header["zones"]
        self._shown: dict[str, dict[str, str]] = header["shown"]
        self._seen: dict[str, Named | None] = {}
        view = memoryview(self._map)
        sections, offset = [], start + 4 + size
        for length in header["sizes"]:
            sections.append(view[offset : offset + length])
            offset += length + -length % 8
        self._records, self._names, table, self._postings, near, self._lists, self._near = sections
        self._table, self._deletions = table.cast("Q"), near.cast("Q")

    def named(self, key: str) -> Named | None:
        """What the name stands for, best first; None for a name nobody knows."""
        if key not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[key] = self._look_up(key)
        return self._seen[key]

    def _look_up(self, key: str) -> Named | None:
        offset = _find(self._table, digest(key))
        if offset is None:
            return None
        countries, cities = [], []
        for posting in self._numbers(self._postings, offset):
            if posting & 3 == 3:
                countries.append(self.countries[posting >> 2])
            else:
                cities.append((self.city(posting >> 2), posting & 3 == 2))
        return Named(tuple(countries), tuple(cities))

    def near(self, key: str) -> list[str]:
        """Names of countries and large cities one edit away from the key."""
        found: set[str] = set()
        for shorter in {key, *deletions(key)}:
            offset = _find(self._deletions, digest(shorter))
            if offset is not None:
                found.update(map(self._near_name, self._numbers(self._lists, offset)))
        return sorted(name for name in found if one_edit_apart(key, name))

    def city(self, number: int) -> City:
        """The city of this number; numbers count from 0, the most populous."""
        country, capital, rank, zone, population, start, size = CITY.unpack_from(
            self._records, number * CITY.size
        )
        name = bytes(self._names[start : start + size]).decode()
        return City(number, name, country.decode(), population, bool(capital), rank, self._zones[zone])

    def cities(self) -> Iterator[City]:
        """Every city, the most populous first."""
        return map(self.city, range(len(self._records) // CITY.size))

    def name_in_script(self, city: City, script: str) -> str | None:
        """The city's name in a script, when the gazetteer knows exactly one."""
        return self._shown.get(str(city.number), {}).get(script)

    def _near_name(self, offset: int) -> str:
        return bytes(self._near[offset + 1 : offset + 1 + self._near[offset]]).decode()

    @staticmethod
    def _numbers(section: memoryview, offset: int) -> tuple[int, ...]:
        return struct.unpack_from(f"<{section[offset]}I", section, offset + 1)


def _find(table: memoryview, hashed: int) -> int | None:
    mask = len(table) - 1
    slot, wanted = hashed & mask, hashed >> 24
    while entry := table[slot]:
        if entry >> 24 == wanted:
            return int(entry & 0xFFFFFF) - 1
        slot = (slot + 1) & mask
    return None


def open_gazetteer(path: Path, tags: Sequence[str]) -> Gazetteer:
    """The gazetteer of these languages, compiled first where the file is missing or of other sources."""
    try:
        found = Gazetteer(path)
    except (OSError, ValueError, KeyError):
        found = None
    if found is not None and found.fingerprint == fingerprint(tags):
        return found
    # In a process of its own: compiling needs several times the memory that reading does.
    subprocess.run(  # noqa: S603 - our own module, our own arguments
        [sys.executable, "-m", "core.intents.atlas", str(path), *tags], check=True, cwd=_ROOT
    )
    return Gazetteer(path)
