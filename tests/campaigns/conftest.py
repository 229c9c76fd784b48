"""A clock moved by hand, and a provider that shares it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.conf import settings

from core import gateway
from telephony.memory import Memory
from tests import make


class Clock:
    """The time, moved by hand."""

    def __init__(self) -> None:
        self.now = make.NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, wait: timedelta) -> None:
        self.now += wait


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(clock: Clock, redis_db: object) -> Iterator[Memory]:
    """A provider that shares the test's clock, in the configured one's place."""
    memory = Memory(clock=clock, token=settings.TWILIO_AUTH_TOKEN)
    with gateway.using(memory):
        yield memory
