"""Workers that are slow, sleep or lose the database: whoever may have lost a batch begins nothing of it."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from itertools import chain, repeat
from random import Random
from unittest.mock import patch

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import QuerySet

from campaigns import batches, dispatch, jobs
from campaigns.batches import Claim, Doubt
from campaigns.models import Batch, Campaign
from core import gateway, queues
from core.models import Message
from telephony.errors import Refused
from telephony.memory import Memory
from telephony.messages import Accepted, ListedMessage, OutboundSms
from telephony.numbers import PhoneNumber
from tests import make
from tests.campaigns.conftest import Clock

pytestmark = pytest.mark.django_db


def work(campaign: Campaign, clock: Clock, *, seconds: float = 2.0) -> None:
    batch = campaign.batches.order_by("pk").first()
    assert batch is not None
    dispatch.work(batch.pk, clock=clock, rng=Random(1), seconds=seconds)


class SleepsMeanwhile(Memory):
    """A provider during whose first answer the whole machine sleeps, until another has taken over."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.clock = clock
        self.doubt: Doubt | None = None

    async def send_sms(self, sms: OutboundSms) -> Accepted:
        answer = await super().send_sms(sms)
        if self.doubt is None:
            self.clock.later(timedelta(hours=1))
            self.doubt = await sync_to_async(self.taken_over)()
        return answer

    def taken_over(self) -> Doubt | None:
        return batches.take_over(batches.in_doubt(self.clock()), self.clock())


def test_a_machine_that_slept_begins_nothing_of_what_it_had(redis_db: object, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=6)
    with gateway.using(provider := SleepsMeanwhile(clock)):
        work(campaign, clock)
    assert provider.doubt is not None
    assert len(provider.sent) == 1
    assert len(provider.doubt.requests) == 6


class Ticks:
    """A machine's clock, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def late(claim: Callable[[QuerySet[Batch], datetime], Claim | None], ticks: Ticks) -> object:
    """That claim, for which the database takes most of a lease."""

    def claimed(rows: QuerySet[Batch], now: datetime) -> Claim | None:
        found = claim(rows, now)
        ticks.now += 50.0 if found else 0.0
        return found

    return claimed


def test_a_claim_that_took_as_long_as_its_lease_sends_nothing(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=2)
    ticks = Ticks()
    with (
        patch.object(dispatch, "_time", ticks),
        patch.object(batches, "claim", late(batches.claim, ticks)),
    ):
        work(campaign, clock)
    assert provider.sent == []
    assert campaign.batches.get().state == Batch.State.READY


class SlowList(Memory):
    """A provider that takes a quarter of a minute for each list."""

    def __init__(self, clock: Clock, ticks: Ticks) -> None:
        super().__init__(clock=clock)
        self.ticks = ticks
        self.asked: list[PhoneNumber] = []

    def list_messages(self, to: PhoneNumber, *, since: datetime) -> AsyncIterator[ListedMessage]:
        self.ticks.now += 15.0
        self.asked.append(to)
        return super().list_messages(to, since=since)


def test_a_list_that_hardly_answers_holds_up_nobody_else(redis_db: object, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=3)
    ticks = Ticks()
    assert batches.claim(Batch.objects.filter(campaign=campaign), make.NOW)
    with gateway.using(provider := SlowList(clock, ticks)), patch.object(dispatch, "_time", ticks):
        clock.later(batches.LEASE)
        work(campaign, clock)
        assert len(provider.asked) == 1, "and the worker is free again"
        assert campaign.batches.get(state=Batch.State.READY).recipients.count() == 1
        while rest := campaign.batches.exclude(state=Batch.State.DONE).first():
            assert len(provider.asked) <= 3
            clock.later(batches.LEASE)
            dispatch.work(rest.pk, clock=clock, rng=Random(1), seconds=2.0)
    assert len({sms.to for sms in provider.sent}) == len(provider.sent) == 3
    assert len(set(provider.asked)) == len(provider.asked) == 3


class AsksForPatience(Memory):
    """A provider that has too much to do for half a minute."""

    busy = True
    refused = 0

    async def send_sms(self, sms: OutboundSms) -> Accepted:
        if self.busy:
            self.refused += 1
            raise Refused(20429, retry_after=30.0)
        return await super().send_sms(sms)


def test_who_says_stop_while_the_provider_asks_for_patience_gets_nothing(
    redis_db: object, clock: Clock
) -> None:
    campaign = make.running_campaign(recipients=2)
    with gateway.using(provider := AsksForPatience(clock=clock)):
        work(campaign, clock)
        assert provider.refused == 2, "they wait in the database"
        wanting, leaving = (row.contact for row in campaign.recipients.order_by("pk"))
        assert wanting
        assert leaving
        make.opted_out(leaving)
        provider.busy = False
        assert not batches.to_send(clock() + timedelta(seconds=29)).exists()
        clock.later(timedelta(seconds=50))
        dispatch.work(batches.to_send(clock())[0].pk, clock=clock, rng=Random(1), seconds=2.0)
    assert [sms.to for sms in provider.sent] == [wanting.phone]


def test_a_lease_that_could_not_be_renewed_ends_no_watch_and_loses_nobody(
    provider: Memory, clock: Clock
) -> None:
    campaign = make.running_campaign(recipients=4)
    failing = chain([OperationalError("gone for a moment")], repeat(None))
    with (
        patch.object(dispatch, "LOOK", 0.005),
        patch.object(dispatch, "_RENEW", 0.0),
        patch.object(batches, "renew", side_effect=failing) as renew,
    ):
        work(campaign, clock)
    assert renew.call_count > 1, "it goes on watching"
    assert len({sms.to for sms in provider.sent}) == len(provider.sent) == 4


def test_what_a_sender_left_in_doubt_is_settled_and_sent_by_another_once_it_is_gone(
    provider: Memory, clock: Clock
) -> None:
    campaign = make.running_campaign(recipients=3)
    claim = batches.claim(Batch.objects.filter(campaign=campaign), make.NOW)
    assert claim is not None
    campaign.batches.update(sender="gone")
    Message.objects.update(sender="gone")
    clock.later(batches.LEASE)
    for _ in range(2):
        work(campaign, clock)
    assert sorted(sms.to.e164 for sms in provider.sent) == sorted(item.to.e164 for item in claim.items)
    assert "gone" not in {sms.sender for sms in provider.sent}
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DONE


def test_what_waits_for_a_sender_that_is_gone_keeps_no_worker_busy(redis_db: object) -> None:
    campaign = make.running_campaign(recipients=1)
    campaign.batches.update(sender="gone")
    with gateway.using(Memory(clock=Clock())):
        jobs.dispatch_batch(campaign.batches.get().pk)
    assert queues.waiting(queues.CAMPAIGN) == 0


def test_one_number_that_cannot_be_read_stops_nobody_and_waits_for_its_key(
    provider: Memory, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    campaign = make.running_campaign(recipients=3)
    bad = campaign.recipients.order_by("pk")[0].contact_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM core_contactpoint WHERE id = %s", [bad])
        (whole,) = cursor.fetchone()
        cursor.execute("UPDATE core_contactpoint SET number = %s WHERE id = %s", [b"lost" + whole[4:], bad])
        work(campaign, clock)
        assert len(provider.sent) == 2
        assert "numbers that no key opens wait: 1" in caplog.text
        cursor.execute("UPDATE core_contactpoint SET number = %s WHERE id = %s", [whole, bad])
    clock.later(timedelta(minutes=10))
    dispatch.work(batches.to_send(clock())[0].pk, clock=clock, rng=Random(1), seconds=2.0)
    assert len({sms.to for sms in provider.sent}) == len(provider.sent) == 3


def test_what_fails_for_one_number_leaves_the_work_of_another_alone(provider: Memory, clock: Clock) -> None:
    ours, other = settings.SENDERS[:2]
    broken, campaign = make.running_campaign(recipients=1), make.running_campaign(recipients=4)
    broken.batches.update(sender=ours.id)
    campaign.batches.update(sender=other.id)
    claim = batches.claim

    def fails(rows: QuerySet[Batch], now: datetime) -> Claim | None:
        found = claim(rows, now)
        if found and found.sender == ours.id:
            raise LookupError
        return found

    with patch.object(batches, "claim", fails), pytest.raises(ExceptionGroup):
        work(campaign, clock)
    assert {sms.sender for sms in provider.sent} == {other.id}
    assert len(provider.sent) == 4
