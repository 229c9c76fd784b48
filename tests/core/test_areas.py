"""The administrative areas of a country: their cities and what they are called."""

import pytest

from core import areas, places
from core.areas import Area


def test_an_area_is_the_cities_of_which_the_gazetteer_says_so() -> None:
    assert areas.cities_in(Area("LY", "69")) == ("Benghazi", "Qaryat Sulūq")
    assert Area("LY", "69") in areas.areas_of("LY")


def test_every_city_of_a_country_is_in_one_area_at_most() -> None:
    for country in ("LY", "IT", "NP"):
        listed = [city for area in areas.areas_of(country) for city in areas.cities_in(area)]
        assert len(listed) == len(set(listed)) > 0


def test_the_cities_outside_are_those_of_all_other_areas() -> None:
    inside = [Area("LY", "69"), Area("EG", "11")]
    outside = areas.cities_outside("LY", inside)
    assert "Tripoli" in outside
    assert "Benghazi" not in outside
    assert len(outside) + 2 == sum(len(areas.cities_in(area)) for area in areas.areas_of("LY"))


def test_a_city_is_found_under_each_name_that_a_trip_may_hold() -> None:
    assert {"Seville", "Sevilla"} <= set(areas.cities_in(areas.area_called("ES.51")))


@pytest.mark.parametrize(
    ("area", "tag", "name"),
    [
        (Area("LY", "69"), "en", "Banghazi (Benghazi, Qaryat Sulūq)"),
        (Area("LY", "69"), "ar", "Banghazi (بنغازي, Qaryat Sulūq)"),
        (Area("LY", "77"), "ar", "طرابلس (Qaşr Bin Ghashīr)"),
        (Area("LY", "77"), "de", "Tripolis (Qaşr Bin Ghashīr)"),
        (Area("LY", "74"), "en", "Nalut"),  # its only city is called like it
        (Area("SG", "02"), "en", "Sengkang New Town, Punggol"),  # GeoNames names this area no longer
        (Area("LY", "999"), "en", "LY.999"),
    ],
)
def test_an_area_is_called_by_its_name_and_its_biggest_cities(area: Area, tag: str, name: str) -> None:
    assert areas.name_of_area(area, tag) == name


def test_what_geonames_writes_for_none_is_no_area() -> None:
    assert areas.cities_in(Area("SG", "")) == ()
    for country in places.countries():
        assert not {"", "00"} & {area.code for area in areas.areas_of(country)}


@pytest.mark.parametrize("written", ["LY.69", "ly:69", " LY.69 "])
def test_an_area_is_read_as_it_is_written(written: str) -> None:
    assert areas.area_called(written) == Area("LY", "69")


@pytest.mark.parametrize("written", ["", "LY", "LY.", ".69"])
def test_what_is_no_area_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="country and code"):
        areas.area_called(written)
