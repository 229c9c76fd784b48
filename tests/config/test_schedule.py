from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
import redis
import time_machine
from rq.utils import import_attribute

from config.schedule import SCHEDULE, scheduler
from config.workers import worker
from core import queues


def _waiting() -> Mapping[str, int]:
    return {name: queues.waiting(name) for name in (queues.URGENT, queues.ROUTINE)}


@pytest.mark.parametrize("job", [entry.job for entry in SCHEDULE])
def test_every_entry_names_a_function_without_arguments(job: str) -> None:
    function = import_attribute(job)
    assert function.__code__.co_argcount == 0


@pytest.mark.django_db
def test_everything_is_due_at_the_start_and_then_in_its_turn(redis_db: "redis.Redis", now: datetime) -> None:
    clock = scheduler()
    assert len(clock.enqueue_jobs()) == len(SCHEDULE)
    assert clock.enqueue_jobs() == []
    with time_machine.travel(now + timedelta(seconds=61)):
        minutely = [entry.job for entry in SCHEDULE if entry.every <= timedelta(minutes=1)]
        assert [job.func_name for job in clock.enqueue_jobs()] == minutely


@pytest.mark.django_db(transaction=True)
def test_what_the_clock_queues_is_json_and_a_worker_does_it(redis_db: "redis.Redis") -> None:
    scheduler().enqueue_jobs()
    before = _waiting()
    for name, waiting in before.items():
        assert waiting == sum(entry.queue == name for entry in SCHEDULE)
    assert worker([queues.URGENT, queues.ROUTINE]).work(burst=True)
    assert _waiting() == {queues.URGENT: 0, queues.ROUTINE: 0}
