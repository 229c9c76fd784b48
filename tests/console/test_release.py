"""What is told to somebody who may see no person."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.tally import Tally
from console import figures, release
from console.release import FEWEST, STEP

COUNT = st.integers(0, 40)
TALLIES = st.builds(Tally, total=COUNT, safe=COUNT, needs_help=COUNT, not_there=COUNT, silent=COUNT)
SHOWN = ("needs_help", "safe", "not_there", "silent", "total")


@pytest.mark.parametrize(
    ("count", "told"), [(0, None), (1, None), (9, None), (10, 10), (12, 10), (13, 15), (2141, 2140)]
)
def test_a_small_count_is_kept_back_and_the_others_are_rounded_to_five(count: int, told: int | None) -> None:
    assert release.rounded(count) == told


def test_where_one_part_is_missing_the_smallest_beside_it_is_missing_too() -> None:
    counts = {"total": 63, "a": 3, "b": 40, "c": 20}
    assert release.protected(counts, [("total", "a", "b", "c")]) == {
        "total": 65,
        "a": None,
        "b": 40,
        "c": None,
    }
    assert release.protected({**counts, "d": 2}, [("total", "a", "b", "c", "d")])["c"] == 20


@given(st.lists(TALLIES, max_size=5))
def test_no_line_of_a_table_lacks_one_count_alone(rows: list[Tally]) -> None:
    told = release.table(rows, read=False)
    grid = [[getattr(row, name) for name in SHOWN] for row in told]
    columns = [list(column) for column in zip(*grid, strict=True)] if len(grid) > 1 else []
    for line in (*grid, *columns):
        assert line.count(None) != 1
    for row, counts in zip(told, rows, strict=True):
        for name in SHOWN:
            count, said = getattr(counts, name), getattr(row, name)
            assert said is None or (count >= FEWEST and said % STEP == 0 and abs(said - count) < STEP)
    assert release.table(rows, read=False) == told


def test_an_alert_tells_who_read_it_and_a_check_in_who_is_safe() -> None:
    counts = Tally(total=70, acknowledged=30, safe=20, needs_help=10, silent=30)
    assert release.tally(counts, read=True).acknowledged == 30
    (told,) = release.table([counts], read=True)
    assert (told.acknowledged, told.safe) == (30, None)


def test_what_cannot_be_said_in_answer_hides_no_other_count() -> None:
    """A check-in has no one who "has read it": of four kinds of answers one alone is small."""
    counts = Tally(total=63, delivered=63, safe=20, needs_help=3, not_there=15, unclear=25)
    told = release.figures(asdict(counts) | {"answered": counts.answered}, read=False)
    assert (told["needs_help"], told["not_there"], told["safe"]) == (None, None, 20)


def test_a_count_kept_back_is_written_as_fewer_than_ten_and_has_no_share() -> None:
    assert "<10" in figures.spaced(None)
    assert figures.percent(None, 60) == figures.percent(5, None) == "–"
