"""When a sender's route to a country is spared, and how it comes back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.errors import is_of_sender
from telephony.health import (
    ENOUGH,
    GUARD,
    LONGEST_GUARD,
    WEIGHTS,
    WELL,
    Counts,
    Health,
    Standing,
    divided,
    guard,
    instead,
    judge,
)

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GOOD_NEWS = Counts(judged=100)
BAD_NEWS = Counts(judged=100, failed=20, slow=20)
counts = st.builds(
    lambda good, failed, slow: Counts(good + failed + slow, failed, slow),
    *[st.integers(0, 50)] * 3,
)
weights = st.lists(st.sampled_from(WEIGHTS), min_size=1, max_size=5)


def walk(health: Health, news: list[Counts], *, minutes: int = 1) -> list[Health]:
    """The health after each review, one every so many minutes."""
    states, now = [], health.since
    for one in news:
        now += timedelta(minutes=minutes)
        health = judge(health, one, now)
        states.append(health)
    return states


def test_enough_bad_news_spares_a_way_and_leaves_it_a_trickle() -> None:
    after = judge(Health(START), BAD_NEWS, START + GUARD)
    assert (after.standing, after.weight) == (Standing.SPARED, WEIGHTS[0])
    assert after.weight > 0


def test_a_few_failures_are_no_evidence() -> None:
    few = Counts(judged=ENOUGH - 1, failed=ENOUGH - 1)
    assert judge(Health(START), few, START + GUARD).standing is Standing.WELL


def test_a_spared_way_comes_back_step_by_step_after_the_guard_time() -> None:
    steps = [health.step for health in walk(Health(START, step=0), [GOOD_NEWS] * 20)]
    assert steps == sorted(steps)
    assert steps[:4] == [0] * 4, "the guard time"
    assert sorted(set(steps)) == list(range(WELL + 1)), "no step is left out"


def test_who_relapses_rests_longer_up_to_an_hour() -> None:
    once = judge(Health(START, step=1), BAD_NEWS, START + GUARD)
    assert (once.step, once.relapses) == (0, 1)
    assert guard(0) < guard(1) < guard(2)
    assert guard(1000) == LONGEST_GUARD


def test_an_hour_without_trouble_forgets_relapses() -> None:
    assert judge(Health(START, relapses=3), GOOD_NEWS, START + LONGEST_GUARD).relapses == 0


@given(news=st.lists(counts, max_size=40), step=st.integers(0, WELL))
def test_a_step_lasts_its_guard_time_and_only_falls_to_the_trickle(news: list[Counts], step: int) -> None:
    before = Health(START, step=step)
    for after in walk(before, news):
        assert 0 < after.weight <= 1
        if after.step != before.step:
            assert after.since - before.since >= GUARD
            assert after.step in {0, before.step + 1}
        before = after


@given(news=st.lists(counts, max_size=30))
def test_whatever_was_good_news_for_long_ends_well(news: list[Counts]) -> None:
    worst = Health(START, step=0)
    states = walk(worst, [*news, *[GOOD_NEWS] * 200])
    assert states[-1].standing is Standing.WELL


@given(news=st.lists(st.just(BAD_NEWS), min_size=1, max_size=100))
def test_a_way_that_stays_bad_never_gets_more_than_its_trickle(news: list[Counts]) -> None:
    assert {health.step for health in walk(Health(START, step=0), news)} == {0}


@given(data=st.data(), given_weights=weights)
def test_the_parts_are_the_whole_and_lose_nobody(data: st.DataObject, given_weights: list[float]) -> None:
    size = len(given_weights)
    rates = data.draw(st.lists(st.floats(0.1, 100), min_size=size, max_size=size))
    parts = divided(rates, given_weights)
    ends = [below for _, below in parts]
    assert ends == sorted(ends)
    assert ends[-1] == pytest.approx(1.0)


@given(data=st.data(), size=st.integers(1, 5), weight=st.sampled_from(WEIGHTS))
def test_where_all_ways_are_spared_alike_none_is(data: st.DataObject, size: int, weight: float) -> None:
    rates = data.draw(st.lists(st.floats(0.1, 100), min_size=size, max_size=size))
    assert divided(rates, [weight] * size) == divided(rates, [1.0] * size)


@given(place=st.floats(0, 1, exclude_max=True), spared=st.sampled_from(WEIGHTS[:-1]))
def test_another_way_in_trouble_moves_nobody_of_a_healthy_one(place: float, spared: float) -> None:
    rates = [10.0, 5.0, 1.0]
    before = whose(divided(rates, [1.0, 1.0, 1.0]), place)
    after = whose(divided(rates, [1.0, spared, 1.0]), place)
    assert before in {after, 1}


@given(place=st.floats(0, 1, exclude_max=True), given_weights=weights)
def test_a_piece_of_work_goes_to_a_way_that_fares_no_worse(place: float, given_weights: list[float]) -> None:
    for mine in range(len(given_weights)):
        taker = instead([1.0] * len(given_weights), given_weights, mine, place)
        assert taker == mine or given_weights[taker] > given_weights[mine]


def whose(parts: list[tuple[int, float]], place: float) -> int:
    return next((who for who, below in parts if place < below), parts[-1][0])


@pytest.mark.parametrize(("code", "blamed"), [(30003, False), (21610, False), (30007, True), (20003, False)])
def test_a_phone_that_is_off_is_not_the_senders_fault(code: int, blamed: bool) -> None:  # noqa: FBT001
    assert is_of_sender(code) is blamed


def test_a_code_nobody_has_listed_may_be_the_senders_fault() -> None:
    assert is_of_sender(39999)
    assert not is_of_sender(None)
