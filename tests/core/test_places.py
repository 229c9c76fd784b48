"""Names of countries and cities, and their clocks."""

from zoneinfo import ZoneInfo

import pytest

from core import places
from core.intents.atlas import compile_atlas
from core.intents.compiled import unpacked
from core.intents.gazetteer import Gazetteer


@pytest.mark.parametrize(
    ("tag", "name"), [("en", "Libya"), ("it", "Libia"), ("fr", "Libye"), ("ar", "ليبيا"), ("ja", "リビア")]
)
def test_a_country_is_called_as_its_reader_calls_it(tag: str, name: str) -> None:
    assert places.name_of_country("LY", tag) == name


def test_an_unknown_country_is_called_by_its_code() -> None:
    assert places.name_of_country("XX", "en") == "XX"


@pytest.mark.parametrize(
    ("tag", "country", "city", "name"),
    [
        ("ar", "LY", "Tripoli", "طرابلس"),
        ("it", "EG", "Cairo", "Il Cairo"),
        ("fr", "ES", "Seville", "Séville"),
        ("es", "GB", "London", "Londres"),
        ("en", "PT", "Lisbon", "Lisbon"),
        ("it", "CO", "Bogotá", "Bogotá"),
    ],
)
def test_a_city_is_called_as_its_reader_calls_it(tag: str, country: str, city: str, name: str) -> None:
    assert places.name_of_city(country, city, tag) == name


def test_a_city_nobody_knows_keeps_the_name_it_came_with() -> None:
    assert places.name_of_city("LY", "Nowhere-on-Sea", "ar") == "Nowhere-on-Sea"


@pytest.mark.parametrize(
    ("country", "city", "zone"),
    [
        ("LY", "Tripoli", "Africa/Tripoli"),
        ("US", "Los Angeles", "America/Los_Angeles"),
        ("US", None, "America/New_York"),
        ("ES", "Seville", "Europe/Madrid"),
        ("AQ", None, "UTC"),
    ],
)
def test_a_place_keeps_the_clock_of_its_city_or_capital(country: str, city: str | None, zone: str) -> None:
    assert places.time_zone(country, city) == zone


def test_every_country_has_a_clock_and_a_name_in_every_tongue() -> None:
    assert len(places.countries()) > 240
    for code in places.countries():
        assert ZoneInfo(places.time_zone(code, None)).key
        assert all(places.name_of_country(code, tag) for tag in ("en", "it", "es", "fr", "ar"))


def test_a_gazetteer_compiled_anew_knows_the_same() -> None:
    fresh = Gazetteer(unpacked(memoryview(compile_atlas(["en"]))))
    named = fresh.named("tripoli")
    assert named is not None
    assert [city.country for city, _ in named.cities][:2] == ["LY", "LB"]
    assert fresh.named("no such place") is None
    assert "barcelona" in fresh.near("barcelna")
