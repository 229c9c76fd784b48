"""Times and counts as they are read."""

from datetime import UTC, datetime, timedelta

import pytest

from console import figures, moments
from tests.make import NOW


def test_a_moment_names_the_clock_there_and_here() -> None:
    said = moments.absolute(NOW, ("Africa/Tripoli", "Europe/Rome"), NOW, "en")
    assert said == "14:00 Tripoli · 13:00 Rome"


def test_a_moment_of_another_day_carries_the_day_of_each_place() -> None:
    late = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    said = moments.absolute(late, ("Africa/Tripoli", "Europe/Rome"), NOW, "en")
    assert said == "00:30 Tripoli · Nov 21, 23:30 Rome"


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (5, "just now"),
        (70, "1 minute ago"),
        (240, "4 minutes ago"),
        (7140, "119 minutes ago"),
        (-7200, "in 2 hours"),
    ],
)
def test_how_long_ago_is_said_in_one_unit(ago: int, said: str) -> None:
    assert moments.relative(NOW - timedelta(seconds=ago), NOW, "en") == said


def test_a_length_of_time_is_never_less_than_a_minute() -> None:
    assert moments.duration(3, "en") == "1 minute"


def test_counts_have_thin_spaces_and_shares_have_a_base() -> None:
    assert figures.spaced(1_204_300) == "1\u202f204\u202f300"
    assert figures.percent(1, 3) == "33\u202f%"
    assert figures.percent(0, 0) == "–"
