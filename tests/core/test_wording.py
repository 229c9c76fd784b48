"""Places, dates and people as a reader writes them."""

from datetime import date

import pytest
from babel.dates import format_date

from core import wording
from core.languages import languages, speaking
from core.trips import Plan

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("tag", "written"),
    [
        ("en", "25 Nov - 8 Dec"),
        ("it", "25 nov - 8 dic"),
        ("es", "25 nov - 8 dic"),
        ("fr", "25 nov - 8 déc"),
        ("ar", "25 نوفمبر - 8 ديسمبر"),
    ],
)
def test_dates_are_written_as_the_reader_writes_them(tag: str, written: str) -> None:
    with speaking(tag):
        assert wording.span(date(2026, 11, 25), date(2026, 12, 8), TODAY) == written


def test_a_year_stands_only_where_it_is_needed() -> None:
    assert wording.span(date(2026, 12, 25), date(2027, 1, 8), TODAY) == "25 Dec - 8 Jan 2027"
    assert wording.span(date(2027, 1, 3), date(2027, 1, 9), TODAY) == "3 Jan - 9 Jan 2027"
    assert wording.span(date(2025, 12, 3), date(2027, 1, 9), TODAY) == "3 Dec 2025 - 9 Jan 2027"
    assert wording.day(date(2026, 8, 1), TODAY) == "1 Aug"


def test_august_is_spelled_in_the_letters_of_a_text() -> None:
    with speaking("fr"):
        assert wording.day(date(2026, 8, 1), TODAY) == "1 aout"


@pytest.mark.parametrize(
    ("count", "written"), [(1, "شخص واحد"), (2, "شخصان"), (3, "3 أشخاص"), (11, "11 شخصا"), (99, "99 شخصا")]
)
def test_arabic_counts_as_arabic_does(count: int, written: str) -> None:
    with speaking("ar"):
        assert wording.people(count) == written


def test_a_place_is_called_as_the_reader_calls_it() -> None:
    with speaking("it"):
        assert wording.place("EG", "Cairo") == "Il Cairo, Egitto"
        assert wording.place("EG", None) == "Egitto"
    with speaking("ar"):
        assert wording.place("LY", "Tripoli") == "طرابلس، ليبيا"


CAIRO = Plan("EG", "Cairo", date(2026, 12, 1), date(2026, 12, 5), 2)
PARIS = Plan("FR", "Paris", date(2026, 12, 5), date(2026, 12, 9), 2)


def test_a_journey_names_its_countries_where_there_is_room() -> None:
    told = "Cairo, Egypt, 1 Dec - 5 Dec; Paris, France, 5 Dec - 9 Dec, 2 people"
    assert wording.journey([CAIRO, PARIS], TODAY, room=len(told)) == told
    short = "Cairo, 1 Dec - 5 Dec; Paris, 5 Dec - 9 Dec, 2 people"
    assert wording.journey([CAIRO, PARIS], TODAY, room=len(told) - 1) == short


def test_a_single_trip_always_names_its_country() -> None:
    assert wording.journey([CAIRO], TODAY, room=1) == "Cairo, Egypt, 1 Dec - 5 Dec, 2 people"


def test_a_country_without_a_city_keeps_its_name() -> None:
    whole = Plan("FR", "", date(2026, 12, 5), date(2026, 12, 9), 1)
    assert wording.journey([CAIRO, whole], TODAY, room=1).endswith("; France, 5 Dec - 9 Dec, 1 person")


def test_a_stay_without_an_end_does_not_show_the_day_it_is_kept_to() -> None:
    open_ended = Plan("LY", "", date(2026, 11, 25), date(2027, 2, 23), 1, open_ended=True)
    assert wording.dates(open_ended, TODAY) == "from 25 Nov, no end date"


@pytest.mark.parametrize("tag", [spoken.tag for spoken in languages()])
@pytest.mark.parametrize("year", [2026, 2027])
def test_a_month_is_said_in_full_whatever_the_year(tag: str, year: int) -> None:
    with speaking(tag):
        said = wording.day_aloud(date(year, 11, 25), TODAY)
    # In Chinese a month of a date is its number. Where one is declined, its stem is what both forms share.
    full = "11月" if tag == "zh" else format_date(date(year, 11, 25), "LLLL", locale=tag)
    assert full[:4].casefold() in said.casefold()
    assert ("2027" in said) == (year == 2027)


def test_a_date_of_another_year_is_said_with_it() -> None:
    assert wording.day_aloud(date(2027, 11, 25), TODAY) == "25 November 2027"
    with speaking("fr"):
        assert wording.day_aloud(date(2027, 11, 25), TODAY) == "25 novembre 2027"
