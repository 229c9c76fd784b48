import logging
from contextlib import ExitStack

import pytest
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from config import databases, warm
from core import places
from core.dialogues import retrace


def test_a_warm_process_has_read_what_the_first_text_needs() -> None:
    for read in (places._seats, retrace._words):
        read.cache_clear()
    warm.up()
    assert places._seats.cache_info().currsize == 1
    assert retrace._words.cache_info().currsize == 1


@pytest.mark.django_db(transaction=True)
def test_the_first_requests_at_once_find_open_connections() -> None:
    databases.open_some(4)
    before = connection.pool.get_stats()  # type: ignore[attr-defined]
    assert before["pool_size"] >= 4
    with ExitStack() as open_now:
        for _ in range(4):
            other = connection.copy()
            open_now.callback(other.close)
            other.ensure_connection()
    # Not how many were ever opened: the pool may still replace one that an earlier test broke.
    after = connection.pool.get_stats()  # type: ignore[attr-defined]
    assert after["requests_num"] >= before["requests_num"] + 4
    assert after.get("requests_queued", 0) == before.get("requests_queued", 0), "one had to wait"


def test_a_database_that_does_not_answer_yet_is_said_and_no_reason_not_to_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def nobody(_self: BaseDatabaseWrapper) -> None:
        raise OperationalError("nobody there")

    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", nobody)
    with caplog.at_level(logging.WARNING):
        databases.open_some(2)
    assert caplog.messages == ["no connection to the database yet: OperationalError"]
