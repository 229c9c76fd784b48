"""Counts of what leaves no other trace."""

import pytest
from pytest_django.fixtures import Settings
from redis import Redis

from core.counters import Counted, count, counts


def test_counts_add_up_across_what_is_counted(redis_db: Redis) -> None:
    assert not any(counts().values()), redis_db
    for what in (Counted.REFUSED, Counted.REFUSED, Counted.TOO_LARGE):
        count(what)
    assert (counts()[Counted.REFUSED], counts()[Counted.TOO_LARGE], counts()[Counted.UNREADABLE]) == (2, 1, 0)


def test_a_cache_that_is_down_loses_a_count_and_nothing_else(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nowhere}
    count(Counted.REFUSED)
    assert "not counted: webhook-refused" in caplog.text
