from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier

import pytest
from redis import Redis

from config import embedded
from core import queues


def _put(number: int) -> bool:
    return queues.put(queues.ROUTINE, "core.jobs.send_text", number)


def _connections(server: Redis) -> int:
    return int(server.info("stats")["total_connections_received"])


def test_one_job_after_the_other_goes_over_one_connection(redis_db: Redis) -> None:
    assert _put(0)
    before = _connections(redis_db)
    assert all(_put(number) for number in range(1, 20))
    assert _connections(redis_db) == before
    assert queues.waiting(queues.ROUTINE) == 20
    assert _connections(redis_db) == before


def test_threads_at_once_lose_no_job(redis_db: Redis) -> None:
    together = Barrier(8)

    def several(first: int) -> bool:
        together.wait()
        return all(_put(first + number) for number in range(25))

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(several, range(0, 200, 25)))
    assert queues.waiting(queues.ROUTINE) == 200
    jobs = {redis_db.hget(key, "description") for key in redis_db.scan_iter("rq:job:*")}
    assert len(jobs) == 200


def test_a_process_forked_after_a_job_opens_its_own_connection(redis_db: Redis) -> None:
    assert _put(1)
    before = _connections(redis_db)
    child = get_context("fork").Process(target=_put, args=(2,))
    child.start()
    assert _put(3)
    child.join()
    assert child.exitcode == 0
    assert _connections(redis_db) == before + 1
    assert queues.waiting(queues.ROUTINE) == 3


def test_jobs_are_queued_again_as_soon_as_redis_is_back(
    tmp_path: Path, settings: pytest.FixtureRequest
) -> None:
    def at(url: str) -> None:
        queue = {"URL": url, "SERIALIZER": "rq.serializers.JSONSerializer"}
        settings.RQ_QUEUES = {queues.ROUTINE: queue}  # type: ignore[attr-defined]

    with embedded.running(tmp_path, durable=True) as first:
        at(first.redis_url)
        assert _put(1)
    assert not _put(2), "nobody is there"
    with embedded.running(tmp_path, durable=True) as second:
        assert second.redis_url == first.redis_url
        assert _put(3)
        assert queues.waiting(queues.ROUTINE) >= 1


def test_a_connection_the_server_closed_costs_no_job(redis_db: Redis) -> None:
    assert _put(1)
    redis_db.client_kill_filter(_type="normal", skipme=True)
    assert _put(2)
    assert queues.waiting(queues.ROUTINE) == 2
