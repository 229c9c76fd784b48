"""A check-in whose time ends before its ladder: nobody silent is forgotten, and the board says so."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from campaigns import expiry, jobs
from campaigns.models import OUT_OF_TIME, Campaign, Case, Collecting, Recipient
from core.officers import Role
from telephony.messages import DeliveryStatus
from tests import make
from tests.climbing import Story, climbing
from tests.console.desk import at_the_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(redis_db: object) -> Iterator[Story]:
    with climbing() as story:
        yield story


def ends(story: Story) -> None:
    """What the scheduler does in the minute after the campaign's time, twice."""
    story.line.advance(3_600)
    with time_machine.travel(story.now, tick=False):
        for _ in range(2):
            jobs.sweep()
            jobs.climb()


def board(story: Story) -> str:
    with time_machine.travel(story.now, tick=False):
        page = at_the_desk(Role.APPROVER).get(reverse("console:board", args=[story.campaign.pk]))
    return page.content.decode()


def test_the_silent_end_on_the_officers_list_and_the_board_says_who_was_never_asked(story: Story) -> None:
    silent, answering, waiting = (story.line.caller(place) for place in range(3))
    story.asks(silent, answering, waiting, not_after=story.now + timedelta(minutes=50))
    story.texts(answering, "1")
    story.passes(30)  # the text again
    never = Recipient.objects.create(
        campaign=story.campaign,
        batch=story.campaign.batches.create(sender=make.SENDER, waits_until=story.now + timedelta(days=1)),
        contact=make.traveller(now=story.now),
        language="en",
    )
    Case.objects.all().delete()
    story.texts(waiting, "we are trapped, help")
    ends(story)
    story.campaign.refresh_from_db()
    assert story.campaign.expired
    listed = Case.objects.get(reason=Case.Reason.SILENT)
    assert listed.contact is not None
    assert listed.contact.phone == silent.number
    assert not Case.objects.filter(contact=never.contact).exists()
    Recipient.objects.exclude(pk=never.pk).update(delivery=DeliveryStatus.DELIVERED)
    assert "Ended at its time. Never asked: 1. Silent: 1." in board(story)
    assert story.inbox(silent) == 2, "nothing is sent after its time"
    assert "you are safe" in story.texts(silent, "1")
    listed.refresh_from_db()
    assert listed.state == Case.State.CLOSED
    assert "Never asked: 1. Silent: 0." in board(story)


def test_who_waits_for_a_call_when_the_time_ends_is_listed_as_well(story: Story) -> None:
    caller = story.line.caller(0)
    story.asks(caller, not_after=story.now + timedelta(minutes=50))
    row = story.row(caller)
    Recipient.objects.filter(pk=row.pk).update(due_at=None)  # taken into a batch that nobody has claimed
    ends(story)
    assert Case.objects.get().reason == Case.Reason.SILENT
    with time_machine.travel(story.now, tick=False):
        Case.objects.update(state=Case.State.CLOSED)
        jobs.climb()
    assert Case.objects.count() == 1, "whoever an officer closed is not listed again"


@pytest.mark.parametrize("columns", [{"ladder": []}, {"state": Campaign.State.PAUSED}])
def test_nobody_is_listed_without_a_ladder_and_everybody_after_a_pause(
    story: Story, columns: dict[str, object]
) -> None:
    story.asks(story.line.caller(0), not_after=story.now + timedelta(minutes=50))
    Campaign.objects.update(**columns)
    ends(story)
    assert Case.objects.count() == ("state" in columns)


def test_who_said_stop_is_not_listed(story: Story) -> None:
    caller = story.line.caller(0)
    story.asks(caller, not_after=story.now + timedelta(minutes=50))
    story.texts(caller, "STOP")
    ends(story)
    assert not Case.objects.exists()


def test_people_whose_list_was_not_made_in_time_were_never_asked(story: Story) -> None:
    story.asks(story.line.caller(0), not_after=story.now + timedelta(minutes=50))
    Collecting.objects.create(
        campaign=story.campaign, below=1, expected=10, written=1, left_out={"opted_out": 2}
    )
    story.line.advance(3_600)
    assert expiry.expire(story.now) == 1
    story.campaign.refresh_from_db()
    assert story.campaign.left_out == {"opted_out": 2, OUT_OF_TIME: 9}
    assert "Never asked: 9." in board(story)
    assert OUT_OF_TIME not in board(story)
