import asyncio
from collections.abc import Iterator

import pytest
import uvloop
from asgiref.sync import async_to_sync

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
