"""An alert's areas on our map: wider where they must be, never narrower."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.audience import Near
from campaigns.cap import areas
from campaigns.cap.alert import Area, Circle, Geocode, Point
from campaigns.cap.areas import locate
from core import places

DERNA = Circle(Point(32.76, 22.63), 50)


def square(north: float, east: float, half: float) -> tuple[Point, ...]:
    corners = [(1, -1), (1, 1), (-1, 1), (-1, -1), (1, -1)]
    return tuple(Point(north + half * up, (east + half * aside + 180) % 360 - 180) for up, aside in corners)


def test_a_circle_becomes_the_smallest_circle_around_a_city_that_holds_it() -> None:
    found = locate([Area("coast", circles=(DERNA,))])
    assert found.countries == ("LY",)
    assert found.near == Near("LY", "Darnah", 52)


@settings(max_examples=40)
@given(st.floats(-60, 65), st.floats(-180, 180), st.floats(0.1, 300))
def test_every_city_of_the_circle_is_in_the_audiences(north: float, east: float, km: float) -> None:
    found = locate([Area("anywhere", circles=(Circle(Point(north, east), km),))])
    inside = {code for code, at in places.city_points() if places.km_between((north, east), at) <= km}
    assert inside & set(places.countries()) <= set(found.countries)
    if found.near:
        centre = places.point_of(found.near.country, found.near.city)
        assert centre is not None
        assert places.km_between(centre, (north, east)) + km <= found.near.km * 1.001 + 1


def test_a_polygon_counts_the_countries_of_the_cities_inside() -> None:
    found = locate([Area("gulf", polygons=(square(25.3, 51.3, 1.2),))])
    assert set(found.countries) >= {"QA", "BH"}
    assert "IR" not in found.countries


def test_a_polygon_across_the_date_line_stays_whole() -> None:
    found = locate([Area("fiji", polygons=(square(-17.5, 179.5, 2),))])
    assert found.countries == ("FJ",)


@pytest.mark.parametrize(
    ("scheme", "value", "countries"),
    [
        ("ISO 3166-1", "LY", ("LY",)),
        ("iso3166", "LBY", ("LY",)),
        ("ISO 3166-2", "LY-DR", ("LY",)),
        ("http://www.iso.org/iso/country_codes.html", "AU-NSW", ("AU",)),
        ("ISO 3166-1", "XX", ()),
        ("SAME", "LY", ()),  # another list: its codes are not countries
    ],
)
def test_a_code_of_a_country_or_of_its_part_is_the_country(
    scheme: str, value: str, countries: tuple[str, ...]
) -> None:
    found = locate([Area("somewhere", geocodes=(Geocode(scheme, value),))])
    assert (found.countries, found.near) == (countries, None)


def test_an_area_that_is_called_like_a_country_is_the_country() -> None:
    assert locate([Area("Libya")]).countries == ("LY",)


def test_what_is_not_on_our_map_is_listed() -> None:
    found = locate([Area("Sample valley"), Area("coast", circles=(DERNA,))])
    assert found.unknown == ("Sample valley",)
    assert found.near is None  # else the circle would leave out whoever is in the valley


def test_a_whole_country_beside_a_circle_is_not_narrowed_by_it() -> None:
    found = locate([Area("Tunisia"), Area("coast", circles=(DERNA,))])
    assert (found.countries, found.near) == (("LY", "TN"), None)


def test_open_sea_far_from_any_city_is_not_on_our_map() -> None:
    assert locate([Area("sea", circles=(Circle(Point(-40, -20), 50),))]).unknown == ("sea",)


def test_with_no_city_inside_a_border_close_by_counts_for_both_sides() -> None:
    found = locate([Area("border", circles=(Circle(Point(33.1, 11.5), 10),))])
    assert found.countries == ("LY", "TN")


def test_what_is_too_wide_for_a_circle_is_its_countries() -> None:
    found = locate([Area("ocean", polygons=(square(0, 90, 20),))])
    assert found.near is None
    assert {"LK", "ID"} <= set(found.countries)


def test_a_circle_wider_than_a_quarter_of_the_earth_counts_the_countries_beyond_its_edge() -> None:
    found = locate([Area("half the world", circles=(Circle(Point(0, 20), 15_000),))])
    assert {"NO", "ZA", "LY"} <= set(found.countries)


def test_polygons_drawn_to_keep_us_busy_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    tall = [Point(85.0 * (-1) ** step, -40 + step / 10_000) for step in range(2_000)]
    wide = [Point(85.0 * (-1) ** step, -170 + step / 6) for step in range(2_000)]
    looked = 0

    def counted(shape: areas._Shape, at: tuple[float, float]) -> bool:
        nonlocal looked
        looked += len(shape.ring)
        return False

    monkeypatch.setattr(areas, "_inside", counted)
    locate([Area("tall", polygons=(tuple(tall),)), Area("wide", polygons=(tuple(wide),))])
    assert 0 < looked < 1.1 * areas._WORK
