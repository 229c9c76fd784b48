"""What operators ask: is the process up, is the service ready, how is it doing. Counts, nothing personal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import django_rq
from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from rq.serializers import JSONSerializer
from rq.worker.base import BaseWorker

from campaigns.models import Batch, Campaign, Case
from config.workers import HEARTBEAT_SECONDS
from core import breaker, counters, queues, sender_health
from core.models import Message
from telephony.messages import DeliveryStatus

QUEUES: Final = (queues.URGENT, queues.CAMPAIGN, queues.ROUTINE)

_LATE: Final = timedelta(seconds=2 * HEARTBEAT_SECONDS)
_UNSETTLED: Final = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING, DeliveryStatus.SENT)


@dataclass(frozen=True, slots=True)
class Readiness:
    """What works right now. `workers` counts the living ones by queue; empty when Redis does not answer."""

    database: bool
    redis: bool
    workers: Mapping[str, int]

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not ready, each in a word or two; empty when everything is."""
        parts = (("database", self.database), ("redis", self.redis))
        idle = (f"worker for {queue}" for queue in QUEUES if not self.workers.get(queue))
        return (*(name for name, works in parts if not works), *idle)


@require_GET
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer: the process is up."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_GET
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """Say what is not ready; 503 when something is not."""
    missing = readiness(timezone.now()).missing
    return JsonResponse({"ready": not missing, "not_ready": missing}, status=503 if missing else 200)


@require_GET
@never_cache
def metrics(_request: HttpRequest) -> HttpResponse:
    """The figures for Prometheus, read afresh from the database and Redis: the same from every process."""
    registry = CollectorRegistry()
    registry.register(_Figures(timezone.now()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def readiness(now: datetime) -> Readiness:
    """Ask the database, Redis and the workers' signs of life."""
    workers = _living_workers(now)
    return Readiness(database=_database_answers(), redis=workers is not None, workers=workers or {})


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _living_workers(now: datetime) -> Mapping[str, int] | None:
    """Living workers by queue; None when Redis does not answer.

    An idle worker gives a sign every 45 s. A busy one gives none; RQ forgets it when its job's time is over.
    """
    try:
        workers = BaseWorker.all(
            connection=django_rq.get_connection(queues.URGENT), serializer=JSONSerializer
        )
        living = [worker for worker in workers if worker.get_state() == "busy" or _fresh(worker, now)]
        return {queue: sum(queue in worker.queue_names() for worker in living) for queue in QUEUES}
    except RedisError:
        return None


def _fresh(worker: BaseWorker, now: datetime) -> bool:
    return worker.last_heartbeat is not None and now - worker.last_heartbeat < _LATE


class _Figures(Collector):
    """The figures at one moment. Those whose source does not answer are absent, and `ready` says so."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        found = readiness(self._now)
        ready = GaugeMetricFamily("alongside_ready", "1 while the part answers", labels=["part"])
        ready.add_metric(["database"], found.database)
        ready.add_metric(["redis"], found.redis)
        yield ready
        if found.redis:
            yield from self._from_redis(found)
        if found.database:
            yield from self._from_database()

    def _from_redis(self, found: Readiness) -> Iterator[Metric]:
        workers = GaugeMetricFamily("alongside_workers", "Living workers", labels=["queue"])
        waiting = GaugeMetricFamily("alongside_jobs_waiting", "Jobs in the queue", labels=["queue"])
        failed = GaugeMetricFamily("alongside_jobs_failed", "Jobs that failed in a week", labels=["queue"])
        for name in QUEUES:
            queue = django_rq.get_queue(name)
            workers.add_metric([name], found.workers.get(name, 0))
            waiting.add_metric([name], queue.count)
            failed.add_metric([name], queue.failed_job_registry.count)
        events = CounterMetricFamily("alongside_events", "Things that leave no other trace", labels=["event"])
        for what, number in counters.counts().items():
            events.add_metric([what.value], number)
        yield from (workers, waiting, failed, events)

    def _from_database(self) -> Iterator[Metric]:
        # Drills are counted with nothing real; their batches load the senders all the same.
        campaigns = Campaign.objects.filter(drill=False)
        cases = Case.objects.exclude(campaign__drill=True)
        yield _by_state("alongside_campaigns", "Campaigns", _counts(campaigns))
        yield _by_state(
            "alongside_batches", "Batches not done", _counts(Batch.objects.all(), Batch.State.DONE)
        )
        yield _by_state("alongside_cases", "Cases not closed", _counts(cases, Case.State.CLOSED))
        asked = cases.filter(state=Case.State.OPEN).exclude(reason=Case.Reason.SILENT)
        oldest = asked.aggregate(at=Min("opened_at"))["at"]
        yield GaugeMetricFamily(
            "alongside_case_oldest_seconds",
            "How long the oldest case has waited for an officer",
            value=(self._now - oldest).total_seconds() if oldest else 0,
        )
        yield GaugeMetricFamily(
            "alongside_provider_refuses_account",
            "1 while the provider refuses our account and nothing is sent",
            value=breaker.is_open(),
        )
        yield GaugeMetricFamily(
            "alongside_sender_ways_spared",
            "Ways from a sender to a country that others take over for",
            value=len(sender_health.spared_routes()),
        )
        yield GaugeMetricFamily(
            "alongside_messages_unsettled",
            "Messages whose delivery is not known yet",
            value=Message.objects.filter(status__in=_UNSETTLED).count(),
        )


def _counts(found: QuerySet[Campaign] | QuerySet[Batch] | QuerySet[Case], but: str = "") -> Mapping[str, int]:
    rows = found.exclude(state=but).values_list("state").annotate(number=Count("pk")).order_by()
    return dict(rows)


def _by_state(name: str, meaning: str, counts: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=["state"])
    for state, number in sorted(counts.items()):
        family.add_metric([state], number)
    return family
