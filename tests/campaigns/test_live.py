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


async def hear(group: str, *, changes: int, seconds: float) -> int:
    """How many events a page gets when so many changes come at once."""
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(group, channel)
    for _ in range(changes):
        await asyncio.to_thread(live.publish, 7, make.NOW)
    heard = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                event = await layer.receive(channel)
                assert event == {"type": "campaign.changed", "campaign": 7, "at": make.NOW.isoformat()}
                heard += 1
    except TimeoutError:
        return heard


def test_one_change_is_told_at_once(quiet: object) -> None:
    assert async_to_sync(hear)(live.group(7), changes=1, seconds=0.3) == 1


def test_a_burst_is_told_once_at_once_and_once_more_at_its_end(quiet: object) -> None:
    assert async_to_sync(hear)(live.group(7), changes=20, seconds=0.9) == 2


def test_a_dead_layer_is_logged_once_and_fails_nobody(
    quiet: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, settings: object
) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock"  # type: ignore[attr-defined]
    live._redis.cache_clear()
    monkeypatch.setattr(live._Voice, "lost", False)
    with caplog.at_level(logging.WARNING):
        live.publish(7, make.NOW)
        live.publish(7, make.NOW)
    live._redis.cache_clear()
    assert [record.name for record in caplog.records].count("campaigns.live") == 1


def test_what_a_dying_process_left_unsaid_is_said_by_the_sweep(quiet: object) -> None:
    quiet.set("live:7:unsaid", "1")  # type: ignore[attr-defined]
    live.publish_unsaid(7, make.NOW)
    assert not quiet.exists("live:7:unsaid")  # type: ignore[attr-defined]
