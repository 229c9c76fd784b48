"""Callbacks that never came are asked for, and not too often."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from core import gateway, outbox, polling
from core.delivery import send_one
from core.models import Message
from telephony.memory import Memory
from telephony.messages import DeliveryStatus, StatusUpdate
from tests import make

pytestmark = pytest.mark.django_db


class Clock:
    """The time, moved by hand."""

    now = make.NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(clock: Clock, redis_db: object) -> Iterator[Memory]:
    """A provider that shares the test's clock, in the configured one's place."""
    with gateway.using(memory := Memory(clock=clock)):
        yield memory


@pytest.fixture
def sent(provider: Memory, clock: Clock) -> Message:
    """A text that was accepted, and of which nothing more was heard."""
    message = send_one(make.traveller(), "Where are you?", now=make.NOW)
    outbox.transmit(message.pk, clock=clock)
    message.refresh_from_db()
    return message


def test_a_lost_callback_is_asked_for_after_ten_minutes(
    provider: Memory, clock: Clock, sent: Message
) -> None:
    provider.report(str(sent.provider_sid), DeliveryStatus.DELIVERED)
    assert polling.poll(clock=clock) == 0, "its callback may still come"
    clock.now += polling.STUCK_AFTER
    assert polling.poll(clock=clock) == 1
    sent.refresh_from_db()
    assert sent.status == "delivered"


def test_what_stands_still_is_not_asked_about_again_at_once(
    provider: Memory, clock: Clock, sent: Message
) -> None:
    clock.now += polling.STUCK_AFTER
    assert polling.poll(clock=clock) == 0
    provider.report(str(sent.provider_sid), DeliveryStatus.DELIVERED)
    assert polling.poll(clock=clock) == 0
    clock.now += polling.STUCK_AFTER
    assert polling.poll(clock=clock) == 1


def test_what_the_provider_no_longer_has_stays_as_it_was(
    provider: Memory, clock: Clock, sent: Message
) -> None:
    provider._records.clear()
    clock.now += polling.STUCK_AFTER
    assert polling.poll(clock=clock) == 0
    sent.refresh_from_db()
    assert sent.status == "sending"


def test_after_a_day_nobody_asks_any_more(provider: Memory, clock: Clock, sent: Message) -> None:
    provider.report(str(sent.provider_sid), DeliveryStatus.DELIVERED)
    clock.now += polling.GIVEN_UP_AFTER + timedelta(minutes=1)
    assert polling.poll(clock=clock) == 0


class Slow(Memory):
    """A provider that takes minutes for an answer."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.clock = clock
        self.asked: list[str] = []

    async def fetch(self, sid: str) -> StatusUpdate:
        self.clock.now += 2 * polling.LASTS
        self.asked.append(sid)
        return await super().fetch(sid)


def test_a_provider_that_is_slow_is_asked_about_the_rest_in_the_next_run(
    redis_db: object, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "AT_ONCE", 1)
    with gateway.using(slow := Slow(clock)):
        for _ in range(2):
            outbox.transmit(send_one(make.traveller(), "Where are you?", now=make.NOW).pk, clock=clock)
        clock.now += polling.STUCK_AFTER
        for run in (1, 2):
            polling.poll(clock=clock)
            assert len(set(slow.asked)) == run
