"""A campaign whose time is over: nothing is sent, climbed or left at the provider; answers still count."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from unittest.mock import patch

import pytest
from django.conf import settings
from django.test import TestCase
from hypothesis import given
from hypothesis import strategies as st

from campaigns import batches, correction, dispatch, escalation, expiry, ladder, launch, recall, rerouting
from campaigns.expiry import LONGEST, SHORTEST, Validity
from campaigns.models import Campaign, Recipient
from core import gateway, sender_health
from core.models import AuditEvent, Message, SenderHealth
from core.officers import Role
from telephony.memory import Memory
from telephony.messages import Channel, DeliveryStatus
from tests import make
from tests.campaigns.conftest import Clock
from tests.phone import Phone

pytestmark = pytest.mark.django_db

_HOUR = timedelta(hours=1)


def running(*, recipients: int = 2, lasts: timedelta = _HOUR) -> Campaign:
    campaign = make.running_campaign(recipients=recipients)
    campaign.not_after = make.NOW + lasts
    campaign.save()
    return campaign


def work(campaign: Campaign, clock: Clock) -> None:
    batch = campaign.batches.order_by("pk").first()
    assert batch is not None
    dispatch.work(batch.pk, clock=clock, rng=Random(1), seconds=2.0)


def test_after_its_time_nothing_is_claimed_even_before_anybody_ended_it(
    provider: Memory, clock: Clock
) -> None:
    campaign = running()
    clock.later(_HOUR)
    work(campaign, clock)
    assert provider.sent == []
    assert not batches.to_send(clock()).exists()


def test_it_is_ended_by_the_clock_and_its_story_says_so(clock: Clock) -> None:
    campaign = running()
    assert expiry.expire(clock()) == 0
    clock.later(_HOUR)
    assert expiry.expire(clock()) == 1
    campaign.refresh_from_db()
    assert (campaign.state, campaign.expired) == (Campaign.State.STOPPED, True)
    assert AuditEvent.objects.filter(verb="campaign.expired", subject_id=campaign.pk).exists()
    assert expiry.expire(clock()) == 0


def test_a_campaign_an_officer_stopped_has_not_expired(clock: Clock) -> None:
    campaign = running()
    launch.stop(campaign, by=make.officer(Role.APPROVER), now=clock())
    assert not campaign.expired


def test_a_paused_campaign_ends_as_well(clock: Clock) -> None:
    campaign = running()
    launch.pause(campaign, by=make.officer(Role.APPROVER), now=clock())
    clock.later(_HOUR)
    assert expiry.expire(clock()) == 1


def test_nobody_climbs_after_it(clock: Clock, redis_db: object) -> None:
    campaign = running()
    campaign.ladder = list(ladder.default("check-in", Campaign.Urgency.NORMAL).as_json())
    campaign.save()
    campaign.batches.update(state="done")
    Recipient.objects.filter(campaign=campaign).update(step=1, due_at=make.NOW + _HOUR)
    clock.later(_HOUR)
    assert escalation.climb(clock()) == 0


def test_an_answer_that_comes_after_it_counts(phone: Phone, now: datetime) -> None:
    recipient = make.asked(make.traveller(phone=phone.number))
    Campaign.objects.update(not_after=now)
    assert expiry.expire(now) == 1
    assert "safe" in phone.texts("1")
    recipient.refresh_from_db()
    assert recipient.answer == Recipient.Answer.SAFE


def test_each_text_is_valid_for_what_is_left_and_a_question_for_two_hours_at_most(
    provider: Memory, clock: Clock
) -> None:
    campaign = running(lasts=timedelta(minutes=30))
    work(campaign, clock)
    assert {sms.valid_seconds for sms in provider.sent} == {1800}
    assert expiry.validity(make.campaign()).most == 7200
    assert expiry.validity(make.campaign(kind=Campaign.Kind.ALERT)).most == 3600
    assert expiry.validity(Campaign(kind="alert", corrects=campaign)).most == LONGEST


@given(most=st.integers(1, LONGEST), left=st.integers(-100_000, 100_000))
def test_the_provider_is_never_told_less_than_a_second_or_more_than_its_limit(most: int, left: int) -> None:
    validity = Validity(most, make.NOW + timedelta(seconds=left))
    assert 1 <= validity.seconds(make.NOW) <= most
    assert validity.lasts(make.NOW) == (timedelta(seconds=left) >= SHORTEST)


def test_the_launch_gives_a_day_to_a_campaign_without_a_moment(redis_db: object) -> None:
    campaign = approved()
    launch.launch(campaign, by=make.officer(Role.APPROVER), now=make.NOW)
    assert campaign.not_after == make.NOW + expiry.LASTS


def test_a_campaign_whose_moment_has_passed_is_not_launched(redis_db: object) -> None:
    campaign = approved()
    campaign.not_after = make.NOW - _HOUR
    campaign.save()
    with pytest.raises(launch.TooLate):
        launch.launch(campaign, by=make.officer(Role.APPROVER), now=make.NOW)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.APPROVED


def approved() -> Campaign:
    campaign = make.campaign()
    make.traveller()
    campaign.state = Campaign.State.APPROVED
    campaign.approved_at = make.NOW
    campaign.save()
    return campaign


def test_stop_calls_back_what_the_provider_still_holds(provider: Memory, clock: Clock) -> None:
    campaign = running(recipients=3)
    work(campaign, clock)
    campaign.refresh_from_db()
    Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.RUNNING, ended_at=None)
    gone = Message.objects.filter(direction="out").order_by("pk")[0]
    assert gone.provider_sid
    provider.report(gone.provider_sid, DeliveryStatus.SENT)
    launch.stop(campaign, by=make.officer(Role.APPROVER), now=clock())
    assert recall.due(clock()) == [campaign.pk]
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert recall.recall(campaign.pk, clock=clock) == 2
    assert gone.provider_sid not in provider.canceled
    assert sorted(campaign.recipients.values_list("delivery", flat=True)) == ["failed", "failed", "sending"]
    assert recall.due(clock()) == [], "done with"


def test_a_correction_calls_back_what_waits_though_all_of_it_was_handed_over(
    provider: Memory, clock: Clock
) -> None:
    campaign = running(recipients=2)
    work(campaign, clock)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DONE
    assert recall.due(clock()) == [], "nobody withdrew it"
    correction.correct(campaign, by=make.officer(Role.APPROVER), now=clock())
    assert recall.due(clock()) == [campaign.pk]
    assert recall.recall(campaign.pk, clock=clock) == len(provider.canceled) == 2
    assert recall.due(clock()) == []


def test_a_batch_in_somebodys_hands_is_come_back_to(provider: Memory, clock: Clock) -> None:
    campaign = running()
    assert batches.claim(batches.to_send(clock()), clock()) is not None
    launch.stop(campaign, by=make.officer(Role.APPROVER), now=clock())
    recall.recall(campaign.pk, clock=clock)
    assert recall.due(clock()) == [campaign.pk]


class SlowToCancel(Memory):
    """A provider that takes six seconds for each message that it is to cancel."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.clock = clock

    async def cancel(self, sid: str) -> None:
        self.clock.later(timedelta(seconds=6))
        await super().cancel(sid)


def test_calling_back_keeps_no_correction_waiting_and_is_gone_on_with(redis_db: object, clock: Clock) -> None:
    with gateway.using(provider := SlowToCancel(clock)):
        campaign = running(recipients=3)
        work(campaign, clock)
        correction.correct(campaign, by=make.officer(Role.APPROVER), now=clock())
        with TestCase.captureOnCommitCallbacks(execute=True):
            assert recall.recall(campaign.pk, clock=clock) == 2
        assert recall.due(clock()) == [campaign.pk]
        assert recall.recall(campaign.pk, clock=clock) == 1
        assert recall.due(clock()) == []
    assert len(set(provider.canceled)) == 3


def test_batches_that_wait_for_a_sender_that_fares_badly_go_to_another(clock: Clock) -> None:
    first, second = settings.SENDERS[:2]
    with patch.object(settings, "SENDERS", (replace(first, two_way=True), replace(second, two_way=True))):
        campaigns = [running(recipients=1) for _ in range(12)]
        region = campaigns[0].recipients.get().contact.region  # type: ignore[union-attr] # nobody was deleted
        SenderHealth.objects.create(
            sender=first.id, channel=Channel.SMS, region=region, step=0, since=clock(), counted_at=clock()
        )
        sender_health.forget()
        moved = rerouting.reroute(clock())
        sender_health.forget()
    senders = [campaign.batches.get().sender for campaign in campaigns]
    assert senders.count(second.id) == moved
    assert moved >= 9, "all but a trickle"


def test_what_was_put_back_and_goes_by_another_sender_is_looked_for_under_that_one(
    provider: Memory, clock: Clock
) -> None:
    campaign = running(recipients=1)
    phone = campaign.recipients.get().contact
    assert phone is not None
    provider.refuse(phone.phone, 21611)
    work(campaign, clock)
    other = settings.SENDERS[1].id
    campaign.batches.exclude(state="done").update(sender=other)
    provider.heal(phone.phone)
    clock.later(timedelta(minutes=16))
    dispatch.work(campaign.batches.exclude(state="done").get().pk, clock=clock, rng=Random(1), seconds=2.0)
    assert [sms.sender for sms in provider.sent] == [other]
    assert Message.objects.get(direction="out").sender == other
