from datetime import datetime, timedelta

import pytest
import redis
from django.test import Client

from config import health
from config.workers import worker
from core import counters, queues
from core.counters import Counted
from tests import make

pytestmark = pytest.mark.django_db


def _work(*names: str) -> None:
    """A worker that has just reported for these queues."""
    born = worker(names)
    born.register_birth()  # type: ignore[no-untyped-call]


def test_health_needs_nothing_but_the_process(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_readiness_names_each_queue_that_has_no_worker(client: Client, redis_db: "redis.Redis") -> None:
    _work(queues.URGENT, queues.ROUTINE)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "not_ready": ["worker for campaign"]}


def test_readiness_with_a_worker_for_every_queue_is_complete(client: Client, redis_db: "redis.Redis") -> None:
    _work(queues.URGENT, queues.CAMPAIGN, queues.ROUTINE)
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "not_ready": []}


def test_a_worker_that_gave_no_sign_of_life_does_not_count(redis_db: "redis.Redis", now: datetime) -> None:
    _work(queues.URGENT)
    assert health.readiness(now).workers[queues.URGENT] == 1
    assert health.readiness(now + timedelta(minutes=5)).workers[queues.URGENT] == 0


def test_figures_are_counts_from_redis_and_the_database(
    client: Client, redis_db: "redis.Redis", now: datetime
) -> None:
    _work(queues.URGENT)
    counters.count(Counted.REFUSED)
    point = make.traveller(now=now)
    make.case(point, now=now - timedelta(minutes=10))
    make.running_campaign(recipients=1, now=now)
    lines = client.get("/metrics").content.decode().splitlines()
    assert 'alongside_ready{part="database"} 1.0' in lines
    assert 'alongside_workers{queue="urgent"} 1.0' in lines
    assert 'alongside_events_total{event="webhook-refused"} 1.0' in lines
    assert 'alongside_campaigns{state="running"} 1.0' in lines
    assert 'alongside_batches{state="ready"} 1.0' in lines
    oldest = next(line for line in lines if line.startswith("alongside_case_oldest_seconds"))
    assert float(oldest.split()[1]) >= 600


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics"])
def test_operators_only_look(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
