"""What a worker does when the provider does not take texts from one of our numbers, or mixes up names."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from unittest.mock import patch

import pytest
from django.conf import settings

from campaigns import batches, dispatch, rerouting
from campaigns.models import Batch, Campaign
from core import delivery, gateway, sender_health
from core.models import Message
from telephony.errors import OutcomeUnknown, Refused
from telephony.health import GUARD
from telephony.memory import Memory
from telephony.messages import Accepted, DeliveryStatus, OutboundSms
from tests import make
from tests.campaigns.conftest import Clock

pytestmark = pytest.mark.django_db

OURS, OTHER = (sender.id for sender in settings.SENDERS[:2])


@pytest.fixture(autouse=True)
def two_equal_numbers() -> Iterator[None]:
    """Both may ask, and both reach everybody; nothing is believed beyond the test."""
    first, second = (replace(one, two_way=True, segments_per_second=100) for one in settings.SENDERS[:2])
    sender_health.forget()
    with patch.object(settings, "SENDERS", (first, second)):
        yield
    sender_health.forget()


class OneFails(Memory):
    """A provider that does not take what comes from our first number, as `trouble` says."""

    trouble: OutcomeUnknown | Refused | None = None

    async def send_sms(self, sms: OutboundSms) -> Accepted:
        if self.trouble and sms.sender == OURS:
            raise self.trouble
        return await super().send_sms(sms)


class OneName(Memory):
    """A provider that calls every text the same."""

    async def send_sms(self, sms: OutboundSms) -> Accepted:
        return replace(await super().send_sms(sms), sid="SM1")


def work(clock: Clock) -> None:
    """What the scheduler and a worker do in a minute."""
    sender_health.review(clock())
    rerouting.reroute(clock())
    waiting: Sequence[Batch] = [*batches.in_doubt(clock()), *batches.to_send(clock())]
    if waiting:
        dispatch.work(waiting[0].pk, clock=clock, rng=Random(1), seconds=2.0)


def texts(provider: Memory) -> Counter[str]:
    return Counter(sms.to.e164 for sms in provider.sent)


@pytest.mark.parametrize("trouble", [OutcomeUnknown(20503), OutcomeUnknown(), Refused(21611)])
def test_what_one_number_cannot_send_goes_by_another_once_and_comes_back(
    redis_db: object, clock: Clock, trouble: OutcomeUnknown | Refused
) -> None:
    campaign = make.running_campaign(recipients=24)
    with gateway.using(provider := OneFails(clock=clock)):
        provider.trouble = trouble
        work(clock)
        assert provider.sent == []
        for _ in range(20):
            clock.later(timedelta(minutes=1))
            work(clock)
        assert sorted(texts(provider).values()) == [1] * 24
        assert {sms.sender for sms in provider.sent} == {OTHER}
        provider.trouble = None
        for _ in range(6):
            clock.later(GUARD)
            work(clock)
        assert sender_health.spared_routes() == set()
        assert not campaign.batches.exclude(state=Batch.State.DONE).exists()


def test_two_texts_of_one_name_hold_up_nobody_and_are_not_sent_again(
    redis_db: object, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    campaign = make.running_campaign(recipients=3)
    with gateway.using(provider := OneName(clock=clock)):
        work(clock)
        assert Message.objects.filter(provider_sid="SM1").count() == 1
        assert campaign.batches.get().state == Batch.State.CLAIMED, "two are to be asked about"
        for _ in range(3):
            clock.later(delivery.SURE_AFTER)
            work(clock)
        assert campaign.batches.get().state == Batch.State.DONE
        # Its list has them under other names than its answers gave: found, and named as the list does.
        assert sorted(texts(provider).values()) == [1, 1, 1]
    assert Message.objects.filter(direction="out", provider_sid=None).count() == 0
    assert "one name" in caplog.text
    assert Campaign.objects.get().state == Campaign.State.DONE
    assert set(campaign.recipients.values_list("delivery", flat=True)) <= set(DeliveryStatus)
