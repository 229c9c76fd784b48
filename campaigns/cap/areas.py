"""An alert's areas as part of an audience: countries, and one circle around a city where that holds them all.

Trips hold a country and perhaps a city, so a shape becomes the smallest circle around a city we know that
holds all of it, and a part of a country becomes the country: wider, never narrower, and said.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from babel.core import get_global

from campaigns.audience import NEAR_MOST, Near
from campaigns.cap.alert import Area, Circle, Geocode, Point
from core import places
from core.intents.atlas import name_key

_ISO_3166_1: Final = re.compile(r"[A-Z]{2,3}")
_ISO_3166_2: Final = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")
_ABOUT_COUNTRIES: Final = re.compile(r"iso.?3166|iso.org/iso/country|country", re.IGNORECASE)
"""How senders name the list: "ISO 3166-1", "iso3166-2", "country code", the address of ISO's own page."""

GEONAMES: Final = "GeoNames admin1"
"""How we name GeoNames' codes of administrative areas ("LY.69") where we write them ourselves."""

_DIRECTIONS: Final = 16
"""Points that stand for the edge of a circle: what they leave out is 2% of its radius, which is added."""

_EDGE: Final = 1 / math.cos(math.pi / _DIRECTIONS)
_KM_A_DEGREE: Final = 111.195  # of a great circle on the sphere that core.places measures on


_WORK: Final = 4_000_000
"""Edges of polygons held against cities for one alert, some seconds: above it points are left out."""

_FARTHEST: Final = 300
_BORDER: Final = 50
"""With no city inside: how far the nearest may be, and how near another country's counts too (km)."""

_Ring = Sequence[places.Point]


@dataclass(frozen=True, slots=True)
class _Shape:
    """A polygon without a leap at the date line, and the box around it (degrees)."""

    ring: _Ring
    south: float
    north: float
    west: float
    width: float

    def may_hold(self, at: places.Point) -> bool:
        """Whether a place lies in the box."""
        return self.south <= at[0] <= self.north and (at[1] - self.west) % 360 <= self.width


@dataclass(frozen=True, slots=True)
class Found:
    """Where an area is for us: `near` holds its shapes; without it everywhere in the countries is meant.

    No country at all: it is not on our map, and an officer has to say where it is.
    """

    area: str
    countries: tuple[str, ...] = ()
    near: Near | None = None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """All areas together. `near` is set only when it holds every one of them."""

    found: tuple[Found, ...]
    countries: tuple[str, ...]
    near: Near | None

    @property
    def unknown(self) -> tuple[str, ...]:
        """The areas that an officer has to find."""
        return tuple(one.area for one in self.found if not one.countries)


def locate(areas: Sequence[Area]) -> Whereabouts:
    """Find the areas on our map."""
    found = tuple(_found(area, _WORK // len(areas)) for area in areas)
    countries = tuple(sorted({code for one in found for code in one.countries}))
    shaped = all(one.near for one in found) and bool(found)
    near = _around([point for area in areas for point in _edge(area)], countries) if shaped else None
    return Whereabouts(found=found, countries=countries, near=near)


def _found(area: Area, work: int) -> Found:
    """Its shapes where it has some that we can hold, else its codes, else its name."""
    points = list(_edge(area))
    coded = tuple(sorted({code for geocode in area.geocodes for code in _coded(geocode)}))
    if points:
        countries = coded or _countries_of(area, points, work)
        return Found(area.description, countries, _around(points, countries) if countries else None)
    return Found(area.description, coded or _named(area.description))


def _coded(geocode: Geocode) -> Iterator[str]:
    """The country of an ISO 3166 code; a subdivision's is its country. Other lists of codes are not ours."""
    value = geocode.value.strip().upper()
    if geocode.scheme == GEONAMES and value[:2] in places.countries():
        yield value[:2]
        return
    part = _ISO_3166_2.fullmatch(value)
    if not _ABOUT_COUNTRIES.search(geocode.scheme):
        return
    code = part.group(1) if part else value if _ISO_3166_1.fullmatch(value) else ""
    code = _three_letters().get(code, code)
    if code in places.countries():
        yield code


def _named(description: str) -> tuple[str, ...]:
    """The country that is called exactly so in English."""
    key = name_key(description)
    return tuple(code for code in places.countries() if name_key(places.name_of_country(code, "en")) == key)


@cache
def _three_letters() -> Mapping[str, str]:
    """ISO 3166-1 alpha-3 to alpha-2, from CLDR's territory aliases."""
    aliases: Mapping[str, Sequence[str]] = get_global("territory_aliases")
    return {old: new[0] for old, new in aliases.items() if len(old) == 3 and old.isalpha() and len(new) == 1}


def _edge(area: Area) -> Iterator[Point]:
    """Points whose smallest circle holds the area."""
    for circle in area.circles:
        yield from _ring(circle)
    for polygon in area.polygons:
        yield from polygon


def _ring(circle: Circle) -> Iterator[Point]:
    if circle.km == 0:
        yield circle.centre
        return
    reach = circle.km * _EDGE / _KM_A_DEGREE
    north = math.radians(circle.centre.latitude)
    for step in range(_DIRECTIONS):
        bearing = 2 * math.pi * step / _DIRECTIONS
        angle = math.radians(reach)
        height = math.sin(north) * math.cos(angle) + math.cos(north) * math.sin(angle) * math.cos(bearing)
        latitude = math.asin(max(-1.0, min(1.0, height)))
        aside = math.atan2(
            math.sin(bearing) * math.sin(angle) * math.cos(north),
            math.cos(angle) - math.sin(north) * math.sin(latitude),
        )
        longitude = circle.centre.longitude + math.degrees(aside)
        yield Point(math.degrees(latitude), (longitude + 180) % 360 - 180)


def _around(points: Sequence[Point], countries: Sequence[str]) -> Near | None:
    """The smallest circle around a city of these countries that holds the points; None: none that we draw."""
    cities = places.nearest(_middle(points), countries)
    reaches = [
        (max(places.km_between(at, _pair(point)) for point in points), code, name)
        for code, name, at in cities
    ]
    if not reaches:
        return None
    reach, code, name = min(reaches)
    km = max(1, math.ceil(reach))
    return Near(code, name, km) if km <= NEAR_MOST else None


def _countries_of(area: Area, points: Sequence[Point], work: int) -> tuple[str, ...]:
    """The countries of the cities inside. Where there are none, of those closest by: a border may be near."""
    inside: set[str] = set()
    known = set(places.countries())
    shapes = [_shape(polygon) for polygon in area.polygons]
    reaches = [(one.centre.latitude, one.km / _KM_A_DEGREE) for one in area.circles]
    south = min([*(at - reach for at, reach in reaches), *(shape.south for shape in shapes)])
    north = max([*(at + reach for at, reach in reaches), *(shape.north for shape in shapes)])
    close_by = [
        (code, at)
        for code, at in places.city_points()
        if south <= at[0] <= north
        and code in known
        and (area.circles or any(shape.may_hold(at) for shape in shapes))
    ]
    edges = len(close_by) * sum(len(shape.ring) for shape in shapes)
    rings = [_thinned(shape, math.ceil(edges / work)) for shape in shapes]
    for code, at in close_by:
        if code not in inside and _holds(area.circles, rings, at):
            inside.add(code)
    if inside:
        return tuple(sorted(inside))
    middle = _middle(points)
    close = [(places.km_between(middle, at), code) for code, _, at in places.nearest(middle, ())]
    if not close or close[0][0] > _FARTHEST:
        return ()
    close = [(km, code) for km, code in close if code in known]
    return tuple(sorted({code for km, code in close if km <= max(_BORDER, 2 * close[0][0])}))


def _holds(circles: Sequence[Circle], shapes: Sequence[_Shape], at: places.Point) -> bool:
    return any(places.km_between(_pair(circle.centre), at) <= circle.km for circle in circles) or any(
        shape.may_hold(at) and _inside(shape, at) for shape in shapes
    )


def _shape(polygon: Sequence[Point]) -> _Shape:
    """The polygon without a leap at the date line."""
    ring = [(polygon[0].latitude, polygon[0].longitude)]
    for point in polygon[1:]:
        last = ring[-1][1]
        ring.append((point.latitude, last + (point.longitude - last + 180) % 360 - 180))
    norths, easts = [north for north, _ in ring], [east for _, east in ring]
    return _Shape(ring, min(norths), max(norths), min(easts), max(easts) - min(easts))


def _thinned(shape: _Shape, step: int) -> _Shape:
    """The polygon with one of each so many of its points, and four at least."""
    return replace(shape, ring=shape.ring[:: max(1, min(step, len(shape.ring) // 4))])


def _inside(shape: _Shape, at: places.Point) -> bool:
    """Whether a ray from the place to the east crosses the edge an odd number of times (flat, in degrees)."""
    latitude, ring = at[0], shape.ring
    longitude = shape.west + (at[1] - shape.west) % 360
    crossed = False
    for (from_north, from_east), (to_north, to_east) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (from_north > latitude) != (to_north > latitude):
            share = (latitude - from_north) / (to_north - from_north)
            crossed ^= longitude < from_east + share * (to_east - from_east)
    return crossed


def _middle(points: Sequence[Point]) -> places.Point:
    """The mean of the points on the sphere (degrees)."""
    x = y = z = 0.0
    for point in points:
        north, east = math.radians(point.latitude), math.radians(point.longitude)
        x += math.cos(north) * math.cos(east)
        y += math.cos(north) * math.sin(east)
        z += math.sin(north)
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


def _pair(point: Point) -> places.Point:
    return point.latitude, point.longitude
