"""An officer's text leaves once, whatever happens to its answer."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

import pytest

from core import delivery, gateway, outbox, queues
from core.models import Message
from telephony.memory import Memory
from telephony.messages import ListedMessage
from telephony.numbers import PhoneNumber
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
def text() -> Message:
    return delivery.send_one(make.traveller(), "Where are you?", now=make.NOW)


def test_it_is_sent_once_however_often_the_job_runs(provider: Memory, clock: Clock, text: Message) -> None:
    outbox.transmit(text.pk, clock=clock)
    outbox.transmit(text.pk, clock=clock)
    text.refresh_from_db()
    assert [sms.body for sms in provider.sent] == ["Where are you?"]
    assert (text.status, text.provider_sid) == ("sending", f"SM{1:032x}")


def test_a_lost_answer_is_found_in_the_list(provider: Memory, clock: Clock, text: Message) -> None:
    provider.lose_answer(text.contact.phone)
    outbox.transmit(text.pk, clock=clock)
    clock.now += delivery.SURE_AFTER
    assert outbox.reconcile(clock=clock) == 0
    text.refresh_from_db()
    assert text.provider_sid is not None
    assert len(provider.sent) == 1


def test_a_lost_request_is_queued_again_once_it_is_proven(
    provider: Memory, clock: Clock, text: Message
) -> None:
    provider.lose_request(text.contact.phone)
    outbox.transmit(text.pk, clock=clock)
    assert outbox.reconcile(clock=clock) == 0, "too early to know"
    clock.now += delivery.SURE_AFTER
    assert outbox.reconcile(clock=clock) == 1
    provider.heal(text.contact.phone)
    outbox.transmit(text.pk, clock=clock)
    assert len(provider.sent) == 1


def test_refused_for_the_moment_it_waits(provider: Memory, clock: Clock, text: Message) -> None:
    provider.refuse(text.contact.phone, 20429)
    outbox.transmit(text.pk, clock=clock)
    text.refresh_from_db()
    assert text.status == "queued"


def test_refused_for_good_it_failed(provider: Memory, clock: Clock, text: Message) -> None:
    provider.refuse(text.contact.phone, 21614)
    outbox.transmit(text.pk, clock=clock)
    text.refresh_from_db()
    assert (text.status, text.error_code) == ("failed", 21614)


def test_who_said_stop_meanwhile_is_left_in_peace(provider: Memory, clock: Clock, text: Message) -> None:
    make.opted_out(text.contact)
    outbox.transmit(text.pk, clock=clock)
    assert provider.sent == []


def test_with_redis_down_nothing_is_sent(
    provider: Memory, clock: Clock, text: Message, settings: object
) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock"  # type: ignore[attr-defined]
    outbox.transmit(text.pk, clock=clock)
    text.refresh_from_db()
    assert (provider.sent, text.status) == ([], "queued")


def test_a_campaigns_message_is_not_its_business(provider: Memory, clock: Clock, text: Message) -> None:
    Message.objects.filter(pk=text.pk).update(body=b"", status_at=make.NOW - timedelta(hours=1))
    assert outbox.reconcile(clock=clock) == 0
    assert queues.waiting(queues.URGENT) == 0


class SlowList(Memory):
    """A provider that takes minutes for a list."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.clock = clock
        self.asked = 0

    def list_messages(self, to: PhoneNumber, *, since: datetime) -> AsyncIterator[ListedMessage]:
        self.clock.now += timedelta(minutes=2)
        self.asked += 1
        return super().list_messages(to, since=since)


def test_a_list_that_hardly_answers_does_not_keep_what_waits_from_being_queued(
    redis_db: object, clock: Clock
) -> None:
    first, second = (delivery.send_one(make.traveller(), "Where?", now=make.NOW) for _ in range(2))
    Message.objects.filter(pk__in=[first.pk, second.pk]).update(status="sending", rank=1)
    clock.now += delivery.SURE_AFTER
    with gateway.using(provider := SlowList(clock)):
        assert outbox.reconcile(clock=clock) == 1, "the one that it was asked about"
        assert provider.asked == 1
        assert outbox.reconcile(clock=clock) == 2
