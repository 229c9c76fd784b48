"""What the sending promises: everybody once, whatever breaks in between."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import transaction
from django.test import TestCase
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from campaigns import batches, dispatch, launch, rerouting
from campaigns.marking import Item
from campaigns.models import Attempt, Batch, Campaign, Recipient
from core import breaker, delivery, gateway
from core.models import Message, OptOut
from core.officers import Role
from core.privacy.index import blind_index
from telephony.errors import OutcomeUnknown
from telephony.memory import Memory
from telephony.messages import Accepted, DeliveryStatus, ListedMessage, OutboundSms, StatusUpdate
from telephony.numbers import PhoneNumber
from tests import make
from tests.campaigns.conftest import Clock

pytestmark = pytest.mark.django_db


def work(campaign: Campaign, clock: Clock, *, seconds: float = 2.0) -> None:
    """One job, as a worker would do it."""
    batch = campaign.batches.order_by("pk").first()
    assert batch is not None
    dispatch.work(batch.pk, clock=clock, rng=Random(1), seconds=seconds)


def abandon(campaign: Campaign) -> batches.Claim:
    """Claim the first batch as a worker that will be killed."""
    claim = batches.claim(Batch.objects.filter(campaign=campaign), make.NOW)
    assert claim is not None
    return claim


def outbound(item: Item, claim: batches.Claim) -> OutboundSms:
    return OutboundSms(
        to=item.to, sender=claim.sender, body=item.body, status_url=delivery.status_url(item.token)
    )


def sent_to_each(provider: Memory, campaign: Campaign) -> Counter[int]:
    """How many texts each recipient's phone got."""
    contacts = {
        bytes(row.contact.number_index): row.pk
        for row in campaign.recipients.select_related("contact")
        if row.contact
    }
    return Counter(contacts[blind_index(sms.to)] for sms in provider.sent)


def test_everybody_gets_the_text_once_and_the_campaign_is_done(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=5)
    work(campaign, clock)
    assert sorted(sent_to_each(provider, campaign).values()) == [1] * 5
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DONE
    assert set(campaign.recipients.values_list("delivery", flat=True)) == {"sending"}
    assert not Message.objects.filter(direction="out", provider_sid=None).exists()


def test_the_words_and_the_number_are_kept_out_of_the_message_row(provider: Memory, clock: Clock) -> None:
    work(make.running_campaign(recipients=1), clock)
    assert Message.objects.get(direction="out").body == ""


def test_the_callback_address_names_the_message_by_its_token(provider: Memory, clock: Clock) -> None:
    work(make.running_campaign(recipients=1), clock)
    token = Message.objects.get(direction="out").token
    assert provider.sent[0].status_url.endswith(f"/sms/status/{token}")


def test_a_batch_in_other_hands_is_left_alone(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=2)
    abandon(campaign)
    work(campaign, clock)
    assert provider.sent == []


@pytest.mark.parametrize(("accepted", "written"), [(0, 0), (1, 0), (2, 1), (4, 0), (4, 3), (4, 4)])
def test_a_worker_killed_anywhere_leaves_each_phone_exactly_one_text(
    provider: Memory, clock: Clock, accepted: int, written: int
) -> None:
    campaign = make.running_campaign(recipients=4)
    claim = abandon(campaign)
    answers = [drive(provider, outbound(item, claim)) for item in claim.items[:accepted]]
    delivery.accepted(
        [(item.message, answer.sid) for item, answer in zip(claim.items, answers, strict=False)][:written]
    )
    clock.later(batches.LEASE + timedelta(seconds=1))
    work(campaign, clock)
    assert sorted(sent_to_each(provider, campaign).values()) == [1] * 4
    assert not Message.objects.filter(direction="out", provider_sid=None).exists()
    assert Attempt.objects.count() == 4


def test_a_worker_killed_before_it_committed_leaves_a_batch_that_is_simply_ready(
    provider: Memory, clock: Clock
) -> None:
    campaign = make.running_campaign(recipients=2)
    work(campaign, clock)
    assert len(provider.sent) == 2


def test_a_callback_heals_a_killed_workers_row_without_asking_the_provider(
    provider: Memory, clock: Clock
) -> None:
    campaign = make.running_campaign(recipients=1)
    claim = abandon(campaign)
    answer = drive(provider, outbound(claim.items[0], claim))
    update = StatusUpdate(sid=answer.sid, status=DeliveryStatus.SENT)
    assert delivery.record(claim.items[0].token, update, now=clock())
    clock.later(batches.LEASE)
    doubt = batches.take_over(batches.in_doubt(clock()), clock())
    assert doubt is not None
    assert doubt.requests == []


def test_an_answer_that_was_lost_is_found_in_the_providers_list(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=2)
    unlucky = campaign.recipients.order_by("pk")[0].contact
    assert unlucky is not None
    provider.lose_answer(unlucky.phone)
    work(campaign, clock)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.RUNNING, "nobody knows yet, so it is not done"
    clock.later(delivery.SURE_AFTER)
    work(campaign, clock)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DONE
    assert sorted(sent_to_each(provider, campaign).values()) == [1, 1]


def test_only_a_proven_absence_is_sent_again(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=1)
    phone = campaign.recipients.get().contact
    assert phone is not None
    provider.lose_request(phone.phone)
    work(campaign, clock)
    provider.heal(phone.phone)
    work(campaign, clock)
    assert provider.sent == [], "too early to know"
    clock.later(delivery.SURE_AFTER)
    work(campaign, clock)
    assert len(provider.sent) == 1
    assert Message.objects.filter(direction="out").count() == 1, "the same message under the same token"


def test_a_refusal_for_good_is_a_failure_with_its_code(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=1)
    phone = campaign.recipients.get().contact
    assert phone is not None
    provider.refuse(phone.phone, 21614)
    with_callbacks(campaign, clock)
    message = Message.objects.get(direction="out")
    assert (message.status, message.error_code) == ("failed", 21614)
    assert campaign.recipients.get().delivery == "failed"
    phone.refresh_from_db()
    assert phone.sms_refused == 21614


def test_a_stop_that_only_the_provider_knew_is_remembered(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=1)
    phone = campaign.recipients.get().contact
    assert phone is not None
    provider.refuse(phone.phone, 21610)
    work(campaign, clock)
    assert OptOut.objects.get().source == "provider"


def test_a_full_queue_makes_the_message_wait_as_long_as_its_code_says(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=2)
    phone = campaign.recipients.order_by("pk")[0].contact
    assert phone is not None
    provider.refuse(phone.phone, 21611)
    work(campaign, clock)
    provider.heal(phone.phone)
    clock.later(timedelta(minutes=14))
    work(campaign, clock)
    assert len(provider.sent) == 1
    clock.later(timedelta(minutes=2))
    work_any(clock)
    assert sorted(sent_to_each(provider, campaign).values()) == [1, 1]


def test_who_said_stop_since_the_launch_is_skipped(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=2)
    phone = campaign.recipients.order_by("pk")[0].contact
    assert phone is not None
    make.opted_out(phone)
    work(campaign, clock)
    assert len(provider.sent) == 1
    assert campaign.recipients.order_by("pk")[0].delivery == "skipped"


def test_who_was_deleted_since_the_launch_is_skipped(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=2)
    phone = campaign.recipients.order_by("pk")[0].contact
    assert phone is not None
    phone.delete()
    work(campaign, clock)
    assert len(provider.sent) == 1
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DONE


def test_with_redis_down_nothing_is_sent_and_the_batch_waits(
    provider: Memory, clock: Clock, settings: pytest.FixtureRequest
) -> None:
    campaign = make.running_campaign(recipients=2)
    address, settings.REDIS_URL = settings.REDIS_URL, "unix:///nowhere/redis.sock"  # type: ignore[attr-defined]
    work(campaign, clock)
    assert provider.sent == []
    assert set(campaign.recipients.values_list("delivery", flat=True)) == {"planned"}
    settings.REDIS_URL = address  # type: ignore[attr-defined]
    clock.later(timedelta(seconds=10))
    work(campaign, clock)
    assert sorted(sent_to_each(provider, campaign).values()) == [1, 1]


class StopsTheWorker(Memory):
    """A provider during whose first answer the worker gets its stop signal."""

    async def send_sms(self, sms: OutboundSms) -> Accepted:
        answer = await super().send_sms(sms)
        dispatch.wind_down()
        return answer


def test_a_worker_told_to_stop_gives_back_what_it_has_not_begun(redis_db: object, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=6)
    with gateway.using(provider := StopsTheWorker(clock=clock)):
        work(campaign, clock)
        dispatch._winding_down.clear()
        begun = len(provider.sent)
        assert begun < 6
        assert campaign.recipients.filter(delivery="planned").count() == 6 - begun
        assert campaign.batches.get().state == Batch.State.READY


def test_after_a_stop_nothing_more_is_sent(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=2)
    launch.stop(campaign, by=make.officer(Role.APPROVER), now=clock())
    work(campaign, clock)
    assert provider.sent == []


def test_a_batch_whose_campaign_was_stopped_while_it_was_looked_for_is_not_claimed() -> None:
    stopped, running = make.running_campaign(), make.running_campaign()
    Campaign.objects.filter(pk=stopped.pk).update(state=Campaign.State.STOPPED)
    seen_before = Batch.objects.order_by("campaign")
    claim = batches.claim(seen_before, make.NOW)
    assert claim is not None
    assert claim.campaign == running.pk
    assert not stopped.recipients.exclude(asked_at=None).exists()


def test_a_paused_campaign_goes_on_where_it_was(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=2)
    officer = make.officer(Role.APPROVER)
    launch.pause(campaign, by=officer, now=clock())
    work(campaign, clock)
    launch.resume(campaign, by=officer, now=clock())
    work(campaign, clock)
    assert len(provider.sent) == 2


def test_a_doubtful_batch_of_a_stopped_campaign_is_settled_and_not_sent(
    provider: Memory, clock: Clock
) -> None:
    campaign = make.running_campaign(recipients=1)
    abandon(campaign)
    launch.stop(campaign, by=make.officer(Role.APPROVER), now=clock())
    clock.later(batches.LEASE)
    work(campaign, clock)
    assert provider.sent == []
    assert campaign.recipients.get().delivery == "planned"


def test_the_claim_of_a_worker_that_slept_too_long_writes_nothing(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=1)
    claim = abandon(campaign)
    clock.later(batches.LEASE)
    assert batches.take_over(batches.in_doubt(clock()), clock()) is not None
    assert not batches.give_back(claim, batches.Outcome(), clock())


def test_what_waits_for_a_sender_that_is_gone_goes_by_another(clock: Clock) -> None:
    campaign = make.running_campaign(recipients=1)
    campaign.batches.update(sender="gone")
    rerouting.reroute(clock())
    assert campaign.batches.get().sender in {sender.id for sender in gateway.senders()}


@hypothesis_settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kills=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=3))
def test_any_number_of_killed_workers_ends_with_one_text_each(
    redis_db: object, kills: list[tuple[int, int]]
) -> None:
    clock = Clock()
    with transaction.atomic(), gateway.using(provider := Memory(clock=clock)):
        campaign = make.running_campaign(recipients=5)
        for accepted, written in kills:
            kill_one(provider, campaign, clock, accepted, written)
            clock.later(batches.LEASE)
        work(campaign, clock)
        got = sent_to_each(provider, campaign)
        transaction.set_rollback(True)  # the next example starts anew
    assert sorted(got.values()) == [1] * 5


def kill_one(provider: Memory, campaign: Campaign, clock: Clock, accepted: int, written: int) -> None:
    """A worker that settles what is in doubt, then dies in the middle of its own batch."""
    while doubt := batches.take_over(batches.in_doubt(clock()).filter(campaign=campaign), clock()):
        absent = [
            request.message
            for request in doubt.requests
            if not delivery.adopt(request.message, drive_list(provider, request), now=clock())
        ]
        batches.settle(doubt, absent, [], clock())
    claim = batches.claim(batches.to_send(clock()).filter(campaign=campaign), clock())
    if claim is None:
        return
    sids = [(item.message, drive(provider, outbound(item, claim)).sid) for item in claim.items[:accepted]]
    delivery.accepted(sids[:written])


def drive(provider: Memory, sms: OutboundSms) -> Accepted:
    """Make one request outside any event loop."""
    coroutine = provider.send_sms(sms)
    try:
        coroutine.send(None)
    except StopIteration as done:
        answer: Accepted = done.value
        return answer
    raise AssertionError("the provider in memory never waits")


def drive_list(provider: Memory, request: delivery.Unsure) -> list[ListedMessage]:
    coroutine = delivery.trace(provider, request)
    try:
        coroutine.send(None)
    except StopIteration as done:
        return list(done.value)
    raise AssertionError("the provider in memory never waits")


def with_callbacks(campaign: Campaign, clock: Clock) -> None:
    """Work in a test whose transaction never commits, so that what follows a commit follows at once."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        work(campaign, clock)


def work_any(clock: Clock) -> None:
    batch = batches.to_send(clock()).first()
    assert batch is not None
    dispatch.work(batch.pk, clock=clock, rng=Random(1), seconds=2.0)


def test_recipients_know_when_they_were_asked(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=1)
    work(campaign, clock)
    assert Recipient.objects.get().asked_at == make.NOW


class NoAnswer(AsyncIterator[ListedMessage]):
    """A list that does not come."""

    async def __anext__(self) -> ListedMessage:
        raise OutcomeUnknown


class ListDown(Memory):
    """A provider whose list does not answer; `asked` has the numbers it was asked about."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.asked: list[tuple[PhoneNumber, datetime]] = []

    def list_messages(self, to: PhoneNumber, *, since: datetime) -> AsyncIterator[ListedMessage]:
        self.asked.append((to, since))
        return NoAnswer()


def test_while_the_provider_does_not_answer_nothing_is_proven_and_nothing_sent_again(
    redis_db: object, clock: Clock
) -> None:
    campaign = make.running_campaign(recipients=2)
    with gateway.using(silent := ListDown(clock)):
        abandon(campaign)
        clock.later(batches.LEASE)
        work(campaign, clock)
        assert (len(silent.asked), silent.sent) == (2, [])
        assert set(campaign.recipients.values_list("delivery", flat=True)) == {"sending"}
    with gateway.using(provider := Memory(clock=clock)):
        clock.later(batches.LEASE)
        work(campaign, clock)
        assert len(provider.sent) == 2, "asked again later, and proven"


def test_only_rows_without_a_sid_are_in_doubt(provider: Memory, clock: Clock) -> None:
    campaign = make.running_campaign(recipients=3)
    claim = abandon(campaign)
    delivery.accepted([(claim.items[0].message, "SM1")])
    clock.later(batches.LEASE)
    doubt = batches.take_over(batches.in_doubt(clock()), clock())
    assert doubt is not None
    assert {request.message for request in doubt.requests} == {item.message for item in claim.items[1:]}


def test_an_account_that_is_refused_fails_nobody_and_goes_on_by_itself(
    provider: Memory, clock: Clock
) -> None:
    campaign = make.running_campaign(recipients=3)
    provider.account_code = 20003
    work(campaign, clock)
    assert breaker.is_open()
    assert set(campaign.recipients.values_list("delivery", flat=True)) == {"planned"}
    provider.account_code = None
    work(campaign, clock)
    assert provider.sent == [], "nothing is claimed while it is open"
    clock.later(timedelta(minutes=2))
    assert breaker.probe(clock())
    work(campaign, clock)
    assert sorted(sent_to_each(provider, campaign).values()) == [1] * 3
