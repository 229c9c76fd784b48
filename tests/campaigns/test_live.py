"""Open pages are told: at most twice a second, and of the last change always."""

import asyncio
import logging

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from campaigns import live
from tests import make


@pytest.fixture
def quiet(redis_db: object) -> object:
    """No timer of an earlier test speaks."""
    live.say_no_more()
    return redis_db


async def hear(group: str, *, changes: int) -> tuple[int, float]:
    """How many events a page gets when so many changes come at once, and the seconds the changes took.

    However slow the machine is: it listens until nothing has come for four windows.
    """
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(group, channel)
    began = asyncio.get_running_loop().time()
    for _ in range(changes):
        await asyncio.to_thread(live.publish, 7, make.NOW)
    took = asyncio.get_running_loop().time() - began
    heard = 0
    while True:
        try:
            async with asyncio.timeout(2):
                event = await layer.receive(channel)
        except TimeoutError:
            return heard, took
        assert event == {"type": "campaign.changed", "campaign": 7, "at": make.NOW.isoformat()}
        heard += 1


def test_one_change_is_told_once(quiet: object) -> None:
    heard, _ = async_to_sync(hear)(live.group(7), changes=1)
    assert heard == 1


def test_a_burst_is_told_at_once_twice_a_second_at_most_and_once_more_at_its_end(quiet: object) -> None:
    heard, took = async_to_sync(hear)(live.group(7), changes=20)
    assert 2 <= heard <= 2 + 2 * took


def test_a_dead_layer_is_logged_once_and_fails_nobody(
    quiet: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, settings: object
) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock"  # type: ignore[attr-defined]
    monkeypatch.setattr(live._Voice, "lost", False)
    with caplog.at_level(logging.WARNING):
        live.publish(7, make.NOW)
        live.publish(7, make.NOW)
    assert [record.name for record in caplog.records].count("campaigns.live") == 1


def test_what_a_dying_process_left_unsaid_is_said_by_the_sweep(quiet: object) -> None:
    quiet.set("live:7:unsaid", "1")  # type: ignore[attr-defined]
    live.publish_unsaid(7, make.NOW)
    assert not quiet.exists("live:7:unsaid")  # type: ignore[attr-defined]


def test_what_was_left_unsaid_of_the_cases_is_said_by_the_sweep(quiet: object) -> None:
    quiet.set("live:inbox:unsaid", "1")  # type: ignore[attr-defined]
    live.say_unsaid_of_inbox(make.NOW)
    assert not quiet.exists("live:inbox:unsaid")  # type: ignore[attr-defined]
