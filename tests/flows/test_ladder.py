"""A check-in climbs its ladder: who does not answer is texted again, rung, rung again, and then listed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from campaigns import jobs, ladder, launch
from campaigns.models import Attempt, Campaign, Case
from channels_voice import outbound
from channels_voice.models import Call
from core import delivery
from core.models import AuditEvent, ContactPoint, Message
from core.officers import Role
from tests import make
from tests.caller import Caller, Conversation
from tests.climbing import Story, climbing, rates
from twin.records import Pickup

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(redis_db: object) -> Iterator[Story]:
    with climbing() as story:
        yield story


@pytest.fixture
def caller(story: Story) -> Caller:
    return story.line.caller(0)


def climbs_to_the_call(story: Story, caller: Caller) -> Conversation:
    """The text, the text again, and the telephone rings."""
    story.asks(caller)
    story.passes(30)
    story.passes(30)
    assert (story.inbox(caller), story.rung(caller)) == (2, 1)
    return caller.rings()


@pytest.mark.parametrize(("key", "answer"), [("1", "safe"), ("2", "needs_help"), ("3", "not_there")])
def test_who_is_silent_is_rung_and_answers_by_one_key(
    story: Story, caller: Caller, key: str, answer: str
) -> None:
    call = climbs_to_the_call(story, caller).answers()
    call.hears("This is an automatic call from Alongside.").presses(key).listens()
    assert story.answer(caller) == answer
    if not call.is_over:
        call.hangs_up()
    story.passes(60)
    story.passes(60)
    assert (story.inbox(caller), story.rung(caller)) == (2, 1), "the first answer ends it"
    story.campaign.refresh_from_db()
    assert story.campaign.state == Campaign.State.DONE
    assert story.outcomes() == {"Answered": 1}
    assert Case.objects.filter(reason=Case.Reason.NEEDS_HELP).exists() == (answer == "needs_help")


def test_the_question_and_its_three_keys_fit_into_twenty_five_seconds(story: Story, caller: Caller) -> None:
    call = climbs_to_the_call(story, caller).answers().listens()
    spoken = " ".join(line.text for line in call.transcript if line.verb == "Say")
    assert spoken.count("press") == 3
    assert len(spoken) < 25 * 14, "people speak some fourteen letters a second"


def test_a_machine_is_told_who_rang_and_a_text_follows(story: Story, caller: Caller) -> None:
    caller.picks_up(Pickup.MACHINE)
    call = climbs_to_the_call(story, caller)
    story.line.advance(40)
    with time_machine.travel(story.now, tick=False):
        outbound.leave_word(Call.objects.get().pk)
    story.line.advance(60)
    assert call.is_over
    said = [line.text for line in call.transcript if line.verb == "Say"]
    assert said[-1].startswith("This is Alongside. Please call us back:")
    story.minute()
    assert story.answer(caller) == "", "a machine is never safe"
    assert story.inbox(caller) == 3, "the text that follows a machine"
    assert story.outcomes() == {"Answering machine": 1}
    story.passes(5)
    assert (story.inbox(caller), story.rung(caller)) == (3, 1)
    story.passes(60)
    assert story.rung(caller) == 2, "the ladder goes on"


def test_a_machine_that_hears_the_whole_call_is_not_an_answer(story: Story, caller: Caller) -> None:
    caller.picks_up(Pickup.MACHINE)
    climbs_to_the_call(story, caller)
    story.line.advance(300)
    assert story.answer(caller) == ""


@pytest.mark.parametrize(
    ("pickup", "word"),
    [
        (Pickup.BUSY, "Busy"),
        (Pickup.NO_ANSWER, "Nobody picked up"),
        (Pickup.REJECTS, "Declined"),
        (Pickup.FAILS, "Call failed"),
    ],
)
def test_who_was_not_reached_answers_the_next_call(
    story: Story, caller: Caller, pickup: Pickup, word: str
) -> None:
    caller.picks_up(pickup)
    climbs_to_the_call(story, caller)
    story.line.advance(60)
    assert story.outcomes() == {word: 1}
    caller.picks_up(Pickup.PERSON)
    story.passes(30)
    assert story.rung(caller) == 1, "the wait is not over"
    story.passes(30)
    caller.rings().answers().hears("are you safe?").presses("1").listens()
    assert story.answer(caller) == "safe"
    assert story.outcomes() == {"Answered": 1, word: 1}


def test_who_picks_up_and_presses_nothing_is_silent(story: Story, caller: Caller) -> None:
    climbs_to_the_call(story, caller).answers().listens().hangs_up()
    story.minute()
    assert story.answer(caller) == ""
    assert story.outcomes() == {"Picked up, no key pressed": 1}
    story.passes(60)
    assert story.rung(caller) == 2


def test_a_text_between_two_rungs_stops_the_call(story: Story, caller: Caller) -> None:
    story.asks(caller)
    story.passes(30)
    story.texts(caller, "1")
    story.passes(60)
    assert story.answer(caller) == "safe"
    assert story.rung(caller) == 0


def test_stop_is_the_end_of_the_ladder(story: Story, caller: Caller) -> None:
    story.asks(caller)
    story.texts(caller, "STOP")
    story.passes(30)
    story.passes(60)
    assert (story.inbox(caller), story.rung(caller)) == (1, 0)
    story.campaign.refresh_from_db()
    assert story.campaign.state == Campaign.State.DONE


def test_a_paused_campaign_rings_nobody_until_it_goes_on(story: Story, caller: Caller) -> None:
    story.asks(caller)
    story.passes(30)
    approver = make.officer(Role.APPROVER)
    launch.pause(story.campaign, by=approver, now=story.now)
    story.passes(90)
    assert story.rung(caller) == 0
    launch.resume(story.campaign, by=approver, now=story.now)
    story.minute()
    assert story.rung(caller) == 1


def test_a_stopped_campaign_rings_nobody(story: Story, caller: Caller) -> None:
    story.asks(caller)
    story.passes(30)
    launch.stop(story.campaign, by=make.officer(Role.APPROVER), now=story.now)
    story.passes(90)
    assert (story.inbox(caller), story.rung(caller)) == (2, 0)


def test_a_key_that_is_delivered_again_changes_nothing(story: Story, caller: Caller) -> None:
    call = climbs_to_the_call(story, caller).answers().listens().presses("3")
    heard = call.redelivers()
    assert "not there" in heard
    story.texts(caller, "1")
    call.redelivers()
    assert story.answer(caller) == "safe", "the later answer stands"


def test_at_night_the_next_rung_waits_until_morning(story: Story, caller: Caller) -> None:
    story.line.advance(timedelta(hours=7, minutes=45).total_seconds())  # 21:45 in Tripoli
    story.asks(caller)
    story.passes(30)
    story.passes(60)
    assert story.inbox(caller) == 1
    morning = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # 8:00 in Tripoli
    story.line.advance((morning - story.now).total_seconds() - 60)
    story.minute()
    assert story.inbox(caller) == 1
    story.passes(1)
    assert story.inbox(caller) == 2


def test_calls_that_wait_for_their_line_do_not_ring_at_night(story: Story, caller: Caller) -> None:
    story.line.advance(timedelta(hours=6, minutes=30).total_seconds())  # 20:30 in Tripoli
    story.asks(caller)
    story.passes(30)
    story.line.advance(1800)
    with time_machine.travel(story.now, tick=False):
        jobs.climb()  # 21:30: in a batch, whose turn comes late
    story.line.advance(3600)
    story.minute()
    assert story.rung(caller) == 0
    story.line.advance(timedelta(hours=9, minutes=31).total_seconds())
    story.minute()
    assert story.rung(caller) == 1


def test_where_lives_depend_on_it_people_are_woken_and_that_is_written_down(
    story: Story, caller: Caller
) -> None:
    story.line.advance(timedelta(hours=11).total_seconds())  # 1:00 in Tripoli
    story.asks(caller, urgency=Campaign.Urgency.LIFE_SAVING)
    story.passes(10)
    story.passes(10)
    assert (story.inbox(caller), story.rung(caller)) == (2, 1)
    events = AuditEvent.objects.filter(verb="campaign.quiet_hours_overridden", subject_id=story.campaign.pk)
    assert [event.figures for event in events] == [{"people": 1}, {"people": 1}]


def test_who_never_answers_is_listed_for_an_officer_and_off_the_list_once_safe(
    story: Story, caller: Caller
) -> None:
    caller.picks_up(Pickup.NO_ANSWER)
    climbs_to_the_call(story, caller)
    story.passes(60)
    story.passes(60)
    case = Case.objects.get()
    assert (case.reason, case.campaign, story.rung(caller)) == ("silent", story.campaign, 2)
    story.passes(1)
    story.campaign.refresh_from_db()
    assert story.campaign.state == Campaign.State.DONE
    assert story.texts(caller, "I am safe").startswith("Thank you, we have noted that you are safe. If")
    case.refresh_from_db()
    assert case.state == Case.State.CLOSED


def test_a_call_for_help_turns_a_silent_case_into_an_urgent_one(story: Story, caller: Caller) -> None:
    caller.picks_up(Pickup.NO_ANSWER)
    climbs_to_the_call(story, caller)
    story.passes(60)
    story.passes(60)
    assert "your call for help is with the crisis unit" in story.texts(caller, "help me")
    assert Case.objects.get().reason == Case.Reason.NEEDS_HELP


def test_a_phone_that_takes_no_texts_is_rung_at_once(story: Story, caller: Caller) -> None:
    story.provider.no_texts[caller.number] = 21614
    story.asks(caller)
    story.passes(1)
    assert (story.inbox(caller), story.rung(caller)) == (0, 1)


def test_a_refused_call_is_a_failed_one_and_the_phone_is_not_tried_again(
    story: Story, caller: Caller
) -> None:
    story.asks(caller)
    story.passes(30)
    story.provider.refuse(caller.number, 21211)
    story.passes(30)
    assert story.outcomes() == {"Call failed": 1}
    assert ContactPoint.objects.get().voice_refused == 21211
    assert ContactPoint.objects.get().sms_refused is None
    story.passes(60)
    assert Case.objects.get().reason == Case.Reason.SILENT


def test_a_call_of_unknown_outcome_is_asked_about_and_not_rung_again(story: Story, caller: Caller) -> None:
    story.asks(caller)
    story.passes(30)
    story.provider.lose_answer(caller.number)
    story.passes(30)
    assert len(story.provider.placed) == 1
    story.line.advance(delivery.SURE_AFTER.total_seconds() + 1)
    story.minute()
    assert Call.objects.get().provider_sid, "found in the provider's list"
    assert len(story.provider.placed) == 1
    assert Attempt.objects.filter(channel="voice").count() == 1


def test_only_a_call_that_certainly_never_arrived_is_placed_again(story: Story, caller: Caller) -> None:
    story.asks(caller)
    story.passes(30)
    story.provider.lose_request(caller.number)
    story.passes(30)
    story.provider.heal(caller.number)
    story.minute()
    assert story.rung(caller) == 0, "too early to know"
    story.line.advance(delivery.SURE_AFTER.total_seconds() + 1)
    story.minute()
    assert story.rung(caller) == 1
    assert (Call.objects.count(), Message.objects.filter(channel="voice").count()) == (1, 1)


def test_no_more_calls_are_on_the_line_than_the_sender_may_have(story: Story) -> None:
    callers = [story.line.caller(index).picks_up(Pickup.NO_ANSWER) for index in range(5)]
    with rates(at_once=2):
        story.asks(*callers)
        story.passes(30)
        story.passes(30)
        for _ in range(4):
            story.passes(1)
    assert story.provider.busiest == 2
    assert [story.rung(caller) for caller in callers] == [1] * 5


def test_a_drill_says_on_the_telephone_that_it_is_one(story: Story, caller: Caller) -> None:
    story.asks(caller)
    Campaign.objects.update(drill=True)
    story.passes(30)
    story.passes(30)
    caller.rings().answers().hears("DRILL. The crisis unit asks everyone in the area")


def test_whom_no_text_reaches_is_called_at_once_at_night_and_rung_again_in_the_morning(
    story: Story, caller: Caller
) -> None:
    story.line.advance(timedelta(hours=10).total_seconds())  # midnight in Tripoli
    story.asks(story.line.caller(1))
    point = make.traveller(phone=caller.number, now=story.now)
    called = ladder.first_call(ladder.of(story.campaign)) or 0
    story.campaign.batches.create(sender=make.SENDER, step=called, channel="voice")
    story.campaign.recipients.create(
        batch=story.campaign.batches.get(step=called), contact=point, language="en", step=called - 1
    )
    caller.picks_up(Pickup.NO_ANSWER)
    story.minute()
    assert story.rung(caller) == 1, "the first question is the officer's decision, on whichever channel"
    story.passes(60)
    assert story.rung(caller) == 1
    story.line.advance(timedelta(hours=8).total_seconds())
    story.minute()
    assert story.rung(caller) == 2


def test_what_can_wait_is_not_even_sent_at_night(story: Story, caller: Caller) -> None:
    story.line.advance(timedelta(hours=10).total_seconds())
    story.asks(caller, urgency=Campaign.Urgency.ROUTINE)
    assert story.inbox(caller) == 0
    story.line.advance(timedelta(hours=8).total_seconds())
    story.minute()
    assert story.inbox(caller) == 1


def test_who_gets_no_text_for_a_reason_nobody_knows_is_rung_next_and_not_texted_again(
    story: Story, caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    other = story.line.caller(1)
    story.provider.no_texts[caller.number] = 39999
    story.asks(caller, other)
    assert "provider alarm: code 39999" in caplog.text
    assert caller.number.e164 not in caplog.text
    del story.provider.no_texts[caller.number]
    story.passes(1)
    assert (story.inbox(caller), story.rung(caller)) == (0, 1), "at once: there is nothing to wait for"
    story.passes(30)
    assert (story.inbox(other), story.rung(other)) == (2, 0), "everybody else climbs as usual"
    assert story.inbox(caller) == 0
    refused = ContactPoint.objects.exclude(sms_refused=None)
    assert not refused.exists(), "the next campaign tries a text again"
