"""Whose turn it is on a sender's line, and how fast a batch gives the line up."""

from random import Random

import pytest
from asgiref.sync import sync_to_async

from campaigns import batches, dispatch, launch
from campaigns.models import Batch, Campaign
from core import gateway
from core.models import Officer
from core.officers import Role
from telephony.memory import Memory
from telephony.messages import Accepted, OutboundSms
from telephony.senders import Sender
from tests import make
from tests.campaigns.conftest import Clock

pytestmark = pytest.mark.django_db


def test_campaigns_take_turns(provider: Memory, clock: Clock) -> None:
    first, second = make.running_campaign(recipients=1), make.running_campaign(recipients=1)
    for number in (1, 2):
        Batch.objects.create(campaign=first, sender=make.SENDER, number=number)
    order = list(batches.to_send(clock()).values_list("campaign", flat=True))
    assert order == [first.pk, second.pk, first.pk, first.pk]


def test_the_most_urgent_goes_first_whenever_it_was_launched(provider: Memory, clock: Clock) -> None:
    routine, normal, urgent = (
        make.running_campaign(recipients=1, urgency=urgency) for urgency in sorted(Campaign.Urgency)
    )
    order = list(batches.to_send(clock()).values_list("campaign", flat=True))
    assert order == [urgent.pk, normal.pk, routine.pk]


class PausedMeanwhile(Memory):
    """A provider during whose first answer an officer pauses the campaign."""

    def __init__(self, clock: Clock, campaign: Campaign, officer: Officer) -> None:
        super().__init__(clock=clock)
        self.campaign, self.officer = campaign, officer

    async def send_sms(self, sms: OutboundSms) -> Accepted:
        answer = await super().send_sms(sms)
        if len(self.sent) == 1:
            await sync_to_async(launch.pause)(self.campaign, by=self.officer, now=make.NOW)
        return answer


def test_a_pause_holds_a_batch_that_is_being_sent_within_a_second(
    redis_db: object, clock: Clock, settings: pytest.FixtureRequest
) -> None:
    settings.SENDERS = (Sender(make.SENDER, segments_per_second=2),)  # type: ignore[attr-defined]
    campaign = make.running_campaign(recipients=8)
    with gateway.using(provider := PausedMeanwhile(clock, campaign, make.officer(Role.APPROVER))):
        dispatch.work(campaign.batches.get().pk, clock=clock, rng=Random(1), seconds=2.0)
        begun = len(provider.sent)
        assert begun <= 3, "two a second for a second, and the one that was on its way"
        assert campaign.recipients.filter(delivery="planned").count() == 8 - begun


class UrgentMeanwhile(Memory):
    """A provider during whose first answer something more urgent is launched."""

    urgent: Campaign

    async def send_sms(self, sms: OutboundSms) -> Accepted:
        answer = await super().send_sms(sms)
        if len(self.sent) == 1:
            self.urgent = await sync_to_async(make.running_campaign)(
                recipients=2, urgency=Campaign.Urgency.LIFE_SAVING
            )
        return answer


def test_something_more_urgent_takes_the_line_within_a_second(
    redis_db: object, clock: Clock, settings: pytest.FixtureRequest
) -> None:
    settings.SENDERS = (Sender(make.SENDER, segments_per_second=4),)  # type: ignore[attr-defined]
    routine = make.running_campaign(recipients=12, urgency=Campaign.Urgency.ROUTINE)
    with gateway.using(provider := UrgentMeanwhile(clock=clock)):
        dispatch.work(routine.batches.get().pk, clock=clock, rng=Random(1), seconds=2.5)
        rows = provider.urgent.recipients.select_related("contact")
        wanted = {row.contact.phone for row in rows if row.contact}
        places = [place for place, sent in enumerate(provider.sent) if sent.to in wanted]
    assert len(places) == 2
    assert max(places) <= 6, "four a second for less than a second, and then the urgent ones"
    assert routine.recipients.exclude(delivery="planned").count() == len(provider.sent) - 2
