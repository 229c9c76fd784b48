import asyncio
import contextvars
from collections.abc import Iterator

import pytest
import uvloop
from asgiref.sync import async_to_sync
from django.db import connections
from rq import SimpleWorker

from config import workers


@pytest.fixture(autouse=True)
def own_policy() -> Iterator[None]:
    """What a worker changes for its whole process is put back."""
    before = asyncio.get_event_loop_policy()
    yield
    asyncio.set_event_loop_policy(before)


def test_a_workers_jobs_run_on_the_faster_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[type] = []

    async def look() -> None:
        seen.append(type(asyncio.get_running_loop()))

    def one_job(_worker: workers.BatchWorker, **_options: str) -> None:
        async_to_sync(look)()

    monkeypatch.setattr(workers.BatchWorker, "work", one_job)
    workers.run(["campaign"])
    assert seen == [uvloop.Loop]


def test_a_job_leaves_nothing_in_the_context_of_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a job does that builds a query in its event loop, whose thread is a new one each time."""
    seen: list[int] = []

    async def look() -> None:
        assert connections["default"].vendor == "postgresql"

    def one_job(*_given: object) -> bool:
        async_to_sync(look)()
        seen.append(len(contextvars.copy_context()))
        return True

    monkeypatch.setattr(SimpleWorker, "perform_job", one_job)
    worker = workers.worker(["campaign"])
    async_to_sync(look)()  # what every process keeps for itself is there
    before = len(contextvars.copy_context())
    done = [worker.perform_job(*[object()] * 3) for _ in range(3)]  # type: ignore[arg-type]
    assert all(done)
    assert seen == [before + 1] * 3, "each job had the same"
    assert len(contextvars.copy_context()) == before
