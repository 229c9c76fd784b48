"""Putting work into a queue: names and ids only, and never a reason to fail what was already decided."""

import logging
from functools import cache
from typing import Final

import django_rq
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

logger = logging.getLogger(__name__)

URGENT: Final = "urgent"
CAMPAIGN: Final = "campaign"
ROUTINE: Final = "routine"

_FAILURE_SECONDS: Final = 7 * 24 * 3600


def put(queue: str, job: str, *ids: int) -> bool:
    """Queue `job` (the dotted name of a function in a jobs module) for those ids.

    The database is the truth and a sweep finds what was not queued, so a Redis that is down is logged and
    answered with False. Call it after the commit (`transaction.on_commit`): this is not done here, where a
    failure could not be caught any more. The same work queued twice must do no harm.
    """
    name = "-".join((job.rpartition(".")[2], *map(str, ids)))
    try:
        _queue(queue).enqueue_call(
            job,
            args=ids,
            description=name,
            result_ttl=0,  # nobody reads a result
            failure_ttl=_FAILURE_SECONDS,
        )
    except RedisError as error:
        logger.warning("not queued, left to the sweep: %s (%s)", name, type(error).__name__)
        return False
    return True


def waiting(queue: str) -> int:
    """How many jobs wait in that queue. Raises RedisError."""
    count: int = _queue(queue).count
    return count


def _queue(name: str) -> Queue:
    return django_rq.get_queue(name, commit_mode="auto", connection=_redis(settings.RQ_QUEUES[name]["URL"]))


@cache
def _redis(url: str) -> Redis:
    """One client a process, whose pool serves its threads.

    A client of its own for each job costs as much as the job: redis-py reads its package's metadata for every
    one and greets the server. The pool leaves a connection that the server closed, or that a parent process
    opened.
    """
    return Redis.from_url(url)
