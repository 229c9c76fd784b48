"""What a worker takes into its hands, and how often it goes to the database for it."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from campaigns import batches, correction, escalation, expiry, ladder
from campaigns.batches import Claim, Outcome
from campaigns.models import Attempt, Batch, Campaign, Case, Recipient
from channels_voice.models import Call
from core import delivery
from core.models import Message
from telephony.messages import Channel, DeliveryStatus, StatusUpdate
from tests import make

pytestmark = pytest.mark.django_db

_STATEMENTS = 11  # every lane of a worker waits for each of them


def claimed(campaign: Campaign, now: datetime = make.NOW) -> Claim:
    """The campaign's first batch in our hands."""
    claim = batches.claim(Batch.objects.filter(campaign=campaign), now)
    assert claim is not None
    return claim


@pytest.mark.parametrize("recipients", [1, 40])
def test_a_batch_of_any_size_is_claimed_in_few_statements(recipients: int) -> None:
    campaign = make.running_campaign(recipients=recipients)
    with CaptureQueriesContext(connection) as asked:
        claim = claimed(campaign)
    assert len(claim.items) == recipients
    assert len(asked) <= _STATEMENTS


def test_who_was_put_back_goes_again_under_the_same_token_beside_whoever_is_new() -> None:
    campaign = make.running_campaign(recipients=3)
    first = claimed(campaign)
    *back, gone = first.items
    delivery.accepted([(gone.message, "SM1")])
    batches.give_back(first, Outcome(unsent=[item.message for item in back]), make.NOW)
    Recipient.objects.create(campaign=campaign, batch_id=first.batch, contact=make.contact(), language="en")
    again = claimed(campaign)
    assert [(item.message, item.token, item.to) for item in again.items[:2]] == [
        (item.message, item.token, item.to) for item in back
    ]
    assert again.items[2].to not in {item.to for item in first.items}
    assert len({item.token for item in again.items}) == 3
    assert Attempt.objects.filter(recipient__batch=first.batch).count() == 4


def test_a_text_that_was_put_back_is_gone_once_its_recipient_has_answered() -> None:
    campaign = make.running_campaign(recipients=2)
    first = claimed(campaign)
    batches.give_back(first, Outcome(unsent=[item.message for item in first.items]), make.NOW)
    answered, silent = Recipient.objects.filter(campaign=campaign).order_by("pk")
    answered.answer = Recipient.Answer.SAFE
    answered.save()
    again = claimed(campaign)
    assert silent.contact
    assert [item.to for item in again.items] == [silent.contact.phone]
    assert Attempt.objects.get().recipient == silent
    assert list(Message.objects.values_list("pk", flat=True)) == [again.items[0].message]


def test_a_call_that_was_put_back_is_gone_once_its_recipient_has_answered() -> None:
    campaign = make.running_campaign(recipients=2)
    campaign.batches.update(channel=Channel.VOICE)
    first = claimed(campaign)
    batches.give_back(first, Outcome(unsent=[item.message for item in first.items]), make.NOW)
    answered, silent = Recipient.objects.filter(campaign=campaign).order_by("pk")
    Recipient.objects.filter(pk=answered.pk).update(answer=Recipient.Answer.SAFE)
    again = claimed(campaign)
    assert silent.contact
    assert [item.to for item in again.items] == [silent.contact.phone]
    assert list(Message.objects.values_list("pk", flat=True)) == [again.items[0].message]
    assert Call.objects.get().message_id == again.items[0].message


@pytest.mark.parametrize("channel", Channel)
def test_at_night_a_first_question_that_was_put_back_goes_out_and_waits_for_no_morning(
    channel: Channel,
) -> None:
    night = make.NOW + timedelta(hours=10)
    campaign = make.running_campaign(recipients=2, now=night)
    campaign.batches.update(channel=channel, step=3)
    campaign.recipients.update(step=2)
    first = claimed(campaign, night)
    batches.give_back(first, Outcome(unsent=[item.message for item in first.items]), night)
    assert set(campaign.recipients.values_list("delivery", "progress", "asked_at", "step")) == {
        ("planned", 0, None, 2)
    }
    assert {item.token for item in claimed(campaign, night).items} == {item.token for item in first.items}


def test_at_night_a_reminder_that_was_put_back_waits_for_the_morning() -> None:
    night = make.NOW + timedelta(hours=10)
    campaign = make.running_campaign(recipients=1, urgency=Campaign.Urgency.LIFE_SAVING, now=night)
    batches.give_back(claimed(campaign, night), Outcome(), night)
    Campaign.objects.update(state=Campaign.State.RUNNING)
    campaign.batches.update(state=Batch.State.READY, step=2)
    reminder = claimed(campaign, night)
    batches.give_back(reminder, Outcome(unsent=[item.message for item in reminder.items]), night)
    Campaign.objects.filter(pk=campaign.pk).update(urgency=Campaign.Urgency.NORMAL)
    assert claimed(campaign, night).items == []


def test_a_text_after_a_machine_that_is_put_back_does_not_undo_the_call() -> None:
    row = make.asked(make.traveller())
    Recipient.objects.filter(pk=row.pk).update(step=2, progress=33)  # the third rung's call was picked up
    Attempt.objects.create(recipient=row, step=3, channel=Channel.VOICE)
    row.campaign.batches.update(step=3)
    text = claimed(row.campaign)
    batches.give_back(text, Outcome(unsent=[text.items[0].message]), make.NOW)
    row.refresh_from_db()
    assert (row.delivery, row.progress, row.step) == ("delivered", 33, 2)


def with_a_reminder_on_its_way(ends: datetime) -> tuple[Recipient, Claim]:
    """A check-in whose time ends then, and a claim of its second rung."""
    row = make.asked(make.traveller())
    row.campaign.ladder = list(ladder.default("check-in", Campaign.Urgency.NORMAL).as_json())
    row.campaign.not_after = ends
    row.campaign.save()
    Attempt.objects.create(recipient=row, step=1, channel=Channel.SMS)
    row.campaign.batches.update(step=2)
    return row, claimed(row.campaign)


def test_who_is_put_back_when_the_time_is_over_is_on_the_officers_list() -> None:
    ends = make.NOW + timedelta(seconds=30)
    _, reminder = with_a_reminder_on_its_way(ends)
    assert expiry.expire(ends) == 1
    batches.give_back(reminder, Outcome(unsent=[item.message for item in reminder.items]), ends)
    assert escalation.list_overdue(ends) == 1
    assert Case.objects.get().reason == Case.Reason.SILENT


def test_who_was_listed_and_closed_is_not_listed_again_by_what_was_in_doubt() -> None:
    ends = make.NOW + timedelta(seconds=30)
    row, reminder = with_a_reminder_on_its_way(ends)
    expiry.expire(ends)
    escalation.list_overdue(ends)
    Case.objects.update(state=Case.State.CLOSED)
    later = ends + batches.LEASE
    doubt = batches.take_over(batches.in_doubt(later), later)
    assert doubt is not None
    assert batches.settle(doubt, [item.message for item in reminder.items], [], later)
    assert escalation.list_overdue(later) == 0
    assert Case.objects.get().state == Case.State.CLOSED
    row.refresh_from_db()
    assert row.step == len(ladder.of(row.campaign).rungs)


def test_a_text_that_was_taken_all_the_same_counts_though_it_was_put_back() -> None:
    campaign = make.running_campaign(recipients=1)
    first = claimed(campaign)
    item = first.items[0]
    batches.give_back(first, Outcome(unsent=[item.message]), make.NOW)
    with TestCase.captureOnCommitCallbacks(execute=True):
        delivery.record(item.token, StatusUpdate("SM1", DeliveryStatus.SENT), now=make.NOW)
    assert list(correction.reached(campaign)) == [campaign.recipients.get()]
    assert claimed(campaign).items == []
    assert campaign.recipients.get().delivery == "sent"


def test_who_was_refused_for_the_moment_only_has_as_many_tries_left_as_before() -> None:
    campaign = make.running_campaign(recipients=2)
    first = claimed(campaign)
    busy, full = (item.message for item in first.items)
    later = make.NOW + timedelta(minutes=15)
    batches.give_back(first, Outcome(later={busy: later, full: later}, codes={full: 21611}), make.NOW)
    assert dict(Attempt.objects.values_list("message", "refusals")) == {busy: 0, full: 1}
