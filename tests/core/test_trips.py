"""Trips: what makes sense, and until when each is kept."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from core import trips
from core.trips import Draft, Plan, Problem
from tests import make

TODAY = date(2026, 11, 22)


def draft(start: str | None = None, end: str | None = None, *, country: str = "LY", party: int = 1) -> Draft:
    """A draft with those dates."""
    return Draft(
        country,
        None,
        date.fromisoformat(start) if start else None,
        date.fromisoformat(end) if end else None,
        party,
    )


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (draft("2026-11-25", "2026-12-08"), None),
        (draft("2026-11-01", "2026-11-22"), None),
        (draft("2026-11-22", "2026-11-22"), None),
        (draft(), None),
        (Draft(), None),
        (draft("2026-11-25", "2027-11-26"), None),
        (draft("2026-11-25", "2027-11-27"), Problem.TOO_LONG),
        (draft(None, "2027-11-24"), Problem.TOO_LONG),
        (draft("2026-12-08", "2026-11-25"), Problem.BACKWARDS),
        (draft("2026-11-01", "2026-11-21"), Problem.OVER),
        (draft(None, "2026-11-21"), Problem.OVER),
        (draft("2027-11-24"), Problem.TOO_FAR),
        (draft(country="IT"), Problem.HOME),
        (draft(party=0), Problem.PARTY),
        (draft(party=100), Problem.PARTY),
        (draft(party=99), None),
    ],
)
def test_the_first_thing_that_cannot_be_right_is_found(told: Draft, problem: Problem | None) -> None:
    assert trips.problem(told, TODAY) is problem


@given(
    st.builds(
        Draft,
        country=st.none() | st.sampled_from(["LY", "JP"]),
        city=st.none() | st.text(max_size=20),
        start=st.none() | st.dates(),
        end=st.none() | st.dates(),
        party=st.none() | st.integers(0, 500),
    )
)
def test_a_draft_survives_the_conversation(told: Draft) -> None:
    back = Draft.from_json(told.as_json())
    assert back == (told if told.city else Draft(told.country, None, told.start, told.end, told.party))


@pytest.mark.parametrize(
    ("country", "city", "zone"),
    [
        ("LY", "Tripoli", "Africa/Tripoli"),
        ("JP", "Osaka", "Asia/Tokyo"),
        ("US", "Los Angeles", "America/Los_Angeles"),
    ],
)
def test_a_trip_is_kept_until_midnight_two_days_on_at_its_place(country: str, city: str, zone: str) -> None:
    moment = trips.deletion_moment(country, city, date(2026, 12, 20))
    assert moment == datetime(2026, 12, 22, tzinfo=ZoneInfo(zone))


def test_no_grace_still_lets_the_last_day_end(settings: Settings) -> None:
    settings.TRIP_GRACE_DAYS = 0
    assert trips.deletion_day(date(2026, 12, 20)) == date(2026, 12, 21)


@pytest.mark.django_db
class TestKeeping:
    """Rows."""

    PLAN = Plan("LY", "Tripoli", date(2026, 11, 25), date(2026, 12, 8), 2)

    def test_a_changed_trip_is_deleted_later(self) -> None:
        trip = make.trip()
        trips.update(trip, self.PLAN)
        trip.refresh_from_db()
        assert trip.delete_at == datetime(2026, 12, 9, 22, tzinfo=UTC)

    def test_a_trip_purged_a_moment_ago_is_kept_all_the_same(self) -> None:
        trip = make.trip()
        type(trip).objects.all().delete()
        trips.update(trip, self.PLAN)
        assert type(trip).objects.get().party == 2

    def test_overlapping_dates_in_one_country_are_one_trip(self) -> None:
        person = make.person()
        first = trips.add(person, self.PLAN, make.NOW)
        assert trips.add(person, self.PLAN, make.NOW) == first

    def test_a_later_journey_to_the_same_country_is_another(self) -> None:
        person = make.person()
        trips.add(person, self.PLAN, make.NOW)
        trips.add(person, Plan("LY", "", date(2027, 3, 1), date(2027, 3, 9), 1), make.NOW)
        assert person.trips.count() == 2

    def test_who_is_abroad_counts_both_ends(self) -> None:
        trip = trips.add(make.person(), self.PLAN, make.NOW)
        for day in (self.PLAN.start, self.PLAN.end):
            assert list(trips.abroad("LY", day)) == [trip]
        assert not trips.abroad("LY", self.PLAN.end + timedelta(days=1)).exists()
        assert not trips.abroad("EG", self.PLAN.end).exists()
