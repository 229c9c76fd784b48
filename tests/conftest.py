"""Resources that tests share. Rows come from tests.make, not from here."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count

import hypothesis
import pytest
import redis
import time_machine
from django.conf import settings
from django.utils import timezone

from core import gateway
from telephony.memory import Memory
from telephony.numbers import synthetic
from tests import make
from tests.caller import Direct, calling_the_service
from tests.handset import Handset
from tests.leaks import Leaks
from tests.phone import Phone

# No test is timed: on a busy machine one example may take any time.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_xdist_auto_num_workers() -> int:
    """Twice as many as there are cores: tests of browsers and of whole processes mostly wait."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes minutes: at the end of the random order the other workers would wait for it.

    Each xdist worker begins with its share of an even cut of the list, so every share gets some of it.
    """
    long = [item for item in items if item.get_closest_marker("processes")]
    short = [item for item in items if not item.get_closest_marker("processes")]
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    cuts = [len(short) * number // workers for number in range(workers + 1)]
    items[:] = [
        item
        for number in range(workers)
        for item in (*long[number::workers], *short[cuts[number] : cuts[number + 1]])
    ]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-snapshots` writes the transcripts as they are played now, to be reviewed in the diff."""
    parser.addoption("--update-snapshots", action="store_true", help="write tests/snapshots anew")


@pytest.fixture
def updating(request: pytest.FixtureRequest) -> bool:
    """Whether the transcripts are to be written instead of compared."""
    return bool(request.config.getoption("--update-snapshots"))


@pytest.fixture
def now() -> Iterator[datetime]:
    """The clock stands at make.NOW when the test begins."""
    with time_machine.travel(make.NOW):
        yield make.NOW


@pytest.fixture
def redis_db() -> Iterator["redis.Redis"]:
    """This run's Redis, empty."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def provider() -> Iterator[Memory]:
    """The provider in memory, in the configured one's place: `provider.sent` has what the service sent."""
    memory = Memory(clock=timezone.now, token=settings.TWILIO_AUTH_TOKEN)
    with gateway.using(memory):
        yield memory


@pytest.fixture
def leaks(db: None, redis_db: "redis.Redis") -> Iterator[Leaks]:
    """Watches what is written down: `assert leaks.of(phone.number.e164, "help me") == []`."""
    found = Leaks(redis_db, settings.VAR_DIR)
    with found.watching():
        yield found


@pytest.fixture
def phones(db: None, provider: Memory) -> Callable[[int], Phone]:
    """Makes phones: `phones(0)`, `phones(1)`, … each with its own number."""
    sids = count(1)
    return lambda index: Phone(synthetic(500 + index), provider, sids)


@pytest.fixture
def phone(phones: Callable[[int], Phone]) -> Phone:
    """A phone that has never texted us."""
    return phones(0)


@pytest.fixture
def telephone(db: None) -> Iterator[Direct]:
    """The twin calling this very service, from make.NOW on: `telephone.caller(0).dials()`."""
    with calling_the_service(make.NOW) as line:
        yield line


@pytest.fixture
def handset(db: None, provider: Memory) -> Handset:
    """A telephone that has never rung us."""
    return Handset(synthetic(500), provider, count(1))
