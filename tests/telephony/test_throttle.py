import asyncio
import math
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from telephony.messages import Channel
from telephony.senders import Sender
from telephony.throttle import HORIZON, PACE, Line, Throttle, ThrottleUnavailable, reserve

SECOND = 1_000_000
NOON = 1_800_000_000 * SECOND
_names = count()

rates = st.sampled_from([0.2, 1.0, 1.5, 3.0, 10.0, 33.0, 100.0, 400.0])
messages = st.lists(st.integers(1, 10), min_size=1, max_size=120)


def _sender(rate: float) -> Sender:
    """A sender whose line nobody has used yet."""
    return Sender(id=f"Line {os.getpid()} {next(_names)}", segments_per_second=rate, calls_per_second=rate)


def _interval(rate: float) -> float:
    return SECOND / (rate * PACE)


@dataclass(frozen=True)
class _Sent:
    """A message that left: when, in microseconds, and its segments."""

    at: float
    cost: int


def _run_line(costs: Sequence[int], rate: float, workers: int, rng: Random) -> list[_Sent]:
    """Let workers share a line, each asking again when told to, until everything has left."""
    line, waiting, sent = Line(), list(costs), list[_Sent]()
    asks = [NOON + rng.randrange(SECOND // 10) for _ in range(workers)]
    while waiting:
        worker = min(range(workers), key=asks.__getitem__)
        now = asks[worker]
        share = waiting[: rng.randint(1, len(waiting))]
        line, wait, granted = reserve(line, share, now=now, interval=_interval(rate))
        at: float = now + wait
        for cost in share[:granted]:
            sent.append(_Sent(at, cost))
            at += cost * _interval(rate)
        del waiting[:granted]
        asks[worker] = now + max(1000, line.free_at - now - HORIZON // 2)
    return sent


def _most_in_a_second(starts: Sequence[float]) -> int:
    """The most of these moments that any half-open window of one second holds."""
    ordered, first, most = sorted(starts), 0, 0
    for index, at in enumerate(ordered):
        while at - ordered[first] >= SECOND:
            first += 1
        most = max(most, index - first + 1)
    return most


@given(messages, rates, st.integers(1, 4), st.integers())
def test_no_window_of_one_second_starts_more_segments_than_the_rate(
    costs: list[int], rate: float, workers: int, seed: int
) -> None:
    sent = _run_line(costs, rate, workers, Random(seed))
    starts = [message.at + part * _interval(rate) for message in sent for part in range(message.cost)]
    assert _most_in_a_second(starts) <= math.ceil(rate)


@given(st.integers(20, 300), st.sampled_from([1.0, 10.0, 100.0]), st.integers())
def test_requests_a_few_milliseconds_early_or_late_do_not_break_the_rate(
    size: int, rate: float, seed: int
) -> None:
    rng = Random(seed)
    sent = _run_line([1] * size, rate, 2, rng)
    assert _most_in_a_second([message.at + rng.uniform(-10_000, 10_000) for message in sent]) <= rate


@given(messages, rates, st.integers(1, 4), st.integers())
def test_the_line_runs_at_more_than_95_percent_while_work_waits(
    costs: list[int], rate: float, workers: int, seed: int
) -> None:
    sent = _run_line(costs, rate, workers, Random(seed))
    seconds = (max(message.at + message.cost * _interval(rate) for message in sent) - sent[0].at) / SECOND
    assert sum(costs) >= 0.95 * rate * seconds


def test_an_idle_line_saves_nothing_up() -> None:
    line, _, _ = reserve(Line(), [1], now=NOON, interval=_interval(10))
    line, wait, granted = reserve(line, [1] * 100, now=NOON + 3600 * SECOND, interval=_interval(10))
    assert (wait, granted) == (0, 10)


def test_only_what_has_its_turn_within_the_horizon_is_given_away() -> None:
    line, wait, granted = reserve(Line(), [4, 4, 4, 4], now=NOON, interval=_interval(10))
    assert (wait, granted) == (0, 3)
    line, wait, granted = reserve(line, [1], now=NOON, interval=_interval(10))
    assert (granted, line.free_at) == (0, NOON + wait)


async def test_a_turn_exactly_at_the_horizon_is_still_given(redis: Redis) -> None:
    sender = _sender(10)
    line = Line(free_at=NOON + HORIZON, asked_at=NOON)
    await redis.hset(f"throttle:sms:{sender.id}", "free_at", str(line.free_at))
    await redis.hset(f"throttle:sms:{sender.id}", "asked_at", str(line.asked_at))
    grant = await Throttle(redis).reserve(sender, Channel.SMS, [1], now=NOON)
    _, wait, granted = reserve(line, [1], now=NOON, interval=_interval(10))
    assert (wait, granted) == (HORIZON, 1)
    assert grant.waits == (1.0,)


def test_a_message_longer_than_the_horizon_still_gets_its_turn() -> None:
    line, wait, granted = reserve(Line(), [10], now=NOON, interval=_interval(1))
    assert (wait, granted) == (0, 1)
    assert line.free_at >= NOON + 10 * SECOND


@given(st.integers(0, 3600 * SECOND))
def test_a_clock_set_back_keeps_what_was_reserved_and_no_more(step: int) -> None:
    line, _, _ = reserve(Line(), [5], now=NOON, interval=_interval(10))
    busy = line.free_at - NOON
    line, wait, _ = reserve(line, [1], now=NOON - step, interval=_interval(10))
    assert wait == busy
    assert line.free_at > NOON - step + busy


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    client = Redis.from_url(os.environ["REDIS_URL"])
    yield client
    await client.aclose()


@dataclass(frozen=True)
class _Ask:
    """One question to a line: microseconds since the last one (or back), and the messages."""

    step: int
    costs: list[int]


asks = st.lists(
    st.builds(
        _Ask,
        st.integers(-2 * SECOND, 2 * SECOND) | st.just(0),
        st.lists(st.integers(1, 12), min_size=1, max_size=30),
    ),
    min_size=1,
    max_size=12,
)


async def _answers_are_the_same(rate: float, questions: Sequence[_Ask]) -> None:
    sender, line, now = _sender(rate), Line(), NOON
    async with Redis.from_url(os.environ["REDIS_URL"]) as client:
        throttle = Throttle(client)
        for question in questions:
            now += question.step
            line, wait, granted = reserve(line, question.costs, now=now, interval=_interval(rate))
            grant = await throttle.reserve(sender, Channel.SMS, question.costs, now=now)
            assert len(grant.waits) == granted
            assert list(grant.waits[:1]) == [wait / SECOND][:granted]
            assert grant.again == max(0, line.free_at - now - HORIZON / 2) / SECOND
            saved = await client.hmget(f"throttle:sms:{sender.id}", ["free_at", "asked_at"])
            assert [int(value or 0) for value in saved] == [line.free_at, line.asked_at]


@settings(max_examples=150)
@given(st.floats(0.1, 2000), asks)
def test_the_script_in_redis_is_the_rule(rate: float, questions: list[_Ask]) -> None:
    asyncio.run(_answers_are_the_same(rate, questions))


async def test_the_waits_of_one_grant_follow_each_other_by_their_segments(redis: Redis) -> None:
    grant = await Throttle(redis).reserve(_sender(10), Channel.SMS, [1, 3, 2], now=NOON)
    assert grant.waits == pytest.approx([0.0, 0.102, 0.408], abs=0.001)
    assert grant.again == pytest.approx(0.612 - 0.5, abs=0.001)


async def test_workers_share_a_line_on_the_clock_of_redis(redis: Redis) -> None:
    sender = _sender(10)
    first = await Throttle(redis).reserve(sender, Channel.SMS, [5])
    second = await Throttle(redis).reserve(sender, Channel.SMS, [1])
    assert first.waits == (0.0,)
    assert 0.3 < second.waits[0] <= 0.511


async def test_a_full_line_grants_nothing_and_says_when_to_come_back(redis: Redis) -> None:
    sender, throttle = _sender(1), Throttle(redis)
    await throttle.reserve(sender, Channel.SMS, [10], now=NOON)
    grant = await throttle.reserve(sender, Channel.SMS, [1], now=NOON)
    assert grant.waits == ()
    assert grant.again == pytest.approx(10.2 - 0.5, abs=0.01)


async def test_senders_and_channels_have_lines_of_their_own(redis: Redis) -> None:
    sender, throttle = _sender(1), Throttle(redis)
    for channel in Channel:
        assert (await throttle.reserve(sender, channel, [1], now=NOON)).waits == (0.0,)
    assert (await throttle.reserve(_sender(1), Channel.SMS, [1], now=NOON)).waits == (0.0,)


async def test_calls_go_at_the_senders_call_rate(redis: Redis) -> None:
    sender = Sender(id=_sender(1).id, segments_per_second=100, calls_per_second=2)
    grant = await Throttle(redis).reserve(sender, Channel.VOICE, [1, 1], now=NOON)
    assert grant.waits[1] == pytest.approx(0.51, abs=0.001)


async def test_a_line_nobody_uses_any_more_is_forgotten(redis: Redis) -> None:
    sender = _sender(1)
    await Throttle(redis).reserve(sender, Channel.SMS, [3])
    left = await redis.pttl(f"throttle:sms:{sender.id}")
    assert 60_000 < left <= 64_000


async def test_a_million_waiting_messages_ask_for_no_more_than_can_be_granted(redis: Redis) -> None:
    grant = await Throttle(redis).reserve(_sender(10), Channel.SMS, [1] * 1_000_000, now=NOON)
    assert len(grant.waits) == 10


async def test_without_redis_nothing_is_granted() -> None:
    client = Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
    with pytest.raises(ThrottleUnavailable):
        await Throttle(client).reserve(_sender(10), Channel.SMS, [1])
    await client.aclose()


@pytest.mark.parametrize("costs", [[], [0], [2, -1]])
async def test_a_message_without_segments_is_a_programming_mistake(redis: Redis, costs: list[int]) -> None:
    with pytest.raises(ValueError, match="at least one segment"):
        await Throttle(redis).reserve(_sender(10), Channel.SMS, costs)


async def test_a_sender_without_a_rate_may_not_send(redis: Redis) -> None:
    with pytest.raises(ValueError, match="no line"):
        await Throttle(redis).reserve(_sender(0), Channel.SMS, [1])
