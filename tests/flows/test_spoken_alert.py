"""A call of an alert: it says the alert, takes the sign that it was heard, and asks nothing else."""

from collections.abc import Iterator

import pytest
import time_machine

from campaigns import ladder
from campaigns.models import Campaign, CampaignText, Case, Recipient
from channels_voice import outbound
from channels_voice.models import Call
from tests import make
from tests.caller import Caller, Conversation
from tests.climbing import Story, climbing
from twin.records import Pickup

pytestmark = pytest.mark.django_db

ALERT = "Flood in Libya. Go to high ground now."
ANSWER = Recipient.Answer


@pytest.fixture
def story(redis_db: object) -> Iterator[Story]:
    with climbing() as story:
        yield story


@pytest.fixture
def caller(story: Story) -> Caller:
    return story.line.caller(0)


def alerted(story: Story, caller: Caller, *, drill: bool = False, **texts: str) -> Conversation:
    """The text of an alert, nobody says that they have read it, and the telephone rings."""
    steps = list(ladder.parse("call 10, call 30, list 15").as_json())
    made = story.asks(caller, kind=Campaign.Kind.ALERT, acknowledge=True, ladder=steps, drill=drill)
    made.texts.all().delete()
    for tag, text in ({"en": ALERT} | texts).items():
        CampaignText.objects.create(campaign=made, language=tag, text=text)
    story.passes(10)
    assert story.rung(caller) == 1
    return caller.rings()


def spoken(call: Conversation) -> str:
    return " ".join(line.text for line in call.transcript if line.verb == "Say")


def test_the_call_says_who_calls_and_the_alert_and_takes_the_sign_that_it_was_heard(
    story: Story, caller: Caller
) -> None:
    call = alerted(story, caller).answers()
    call.hears("This is an automatic call from Alongside.")
    said = spoken(call)
    assert ALERT in said
    assert "I have heard this message: press 1" in said
    assert "Reply 4" not in said
    assert "are you safe" not in said
    call.presses("1").hears("we have noted that you have heard it").listens()
    assert call.status == "completed", "no menu follows"
    assert story.answer(caller) == ANSWER.ACKNOWLEDGED
    story.passes(60)
    story.passes(60)
    assert (story.inbox(caller), story.rung(caller)) == (1, 1), "the answer ends the ladder"
    assert not Case.objects.exists()


def test_who_needs_help_says_so_on_the_same_call(story: Story, caller: Caller) -> None:
    call = alerted(story, caller).answers().presses("2")
    call.hears("Your call for help is with the crisis unit").hears("What has happened?")
    assert story.answer(caller) == ANSWER.NEEDS_HELP
    assert Case.objects.get().reason == Case.Reason.NEEDS_HELP


def test_a_drill_says_so_and_help_in_it_is_practice(story: Story, caller: Caller) -> None:
    call = alerted(story, caller, drill=True).answers().listens()
    assert f"DRILL. {ALERT} (DRILL)" in spoken(call)
    call.presses("2").hears("This was a drill").listens()
    assert call.status == "completed"
    case = Case.objects.get()
    assert case.campaign is not None
    assert case.campaign.drill


def test_whoever_does_nothing_is_called_again_and_then_on_the_officers_list(
    story: Story, caller: Caller
) -> None:
    alerted(story, caller).answers().stays_silent().stays_silent().stays_silent().listens()
    assert story.answer(caller) == ""
    assert story.inbox(caller) == 1, "no text about a call that was not finished"
    story.passes(30)
    assert story.rung(caller) == 2
    caller.rings().answers().listens().hangs_up()
    story.passes(30)
    assert Case.objects.get().reason == Case.Reason.SILENT
    assert "you have read it" in story.texts(caller, "4")
    assert story.answer(caller) == ANSWER.ACKNOWLEDGED
    assert Case.objects.get().state == Case.State.CLOSED


def test_a_machine_hears_nothing_of_the_alert_and_who_calls_back_hears_it(
    story: Story, caller: Caller
) -> None:
    caller.picks_up(Pickup.MACHINE)
    call = alerted(story, caller)
    story.line.advance(40)
    with time_machine.travel(story.now, tick=False):
        outbound.leave_word(Call.objects.get().pk)
    story.line.advance(60)
    assert call.is_over
    assert spoken(call).rstrip().endswith(".")
    assert "Please call us back" in spoken(call)
    assert story.answer(caller) == ""
    back = caller.dials().listens()
    assert ALERT in spoken(back)
    back.presses("1").hears("we have noted that you have heard it").hangs_up()
    assert story.answer(caller) == ANSWER.ACKNOWLEDGED


def test_a_check_in_that_waits_is_asked_after_the_alert(story: Story, caller: Caller) -> None:
    check_in = story.asks(caller, ladder=[])
    call = alerted(story, caller).answers()
    call.presses("1").hears("you have heard it").hears("are you safe?").presses("2")
    call.hears("Your call for help")
    assert story.answer(caller) == ANSWER.ACKNOWLEDGED
    assert story.answer(caller, check_in) == ANSWER.NEEDS_HELP


def test_a_digit_texted_after_the_call_was_dropped_answers_the_check_in(story: Story, caller: Caller) -> None:
    check_in = story.asks(caller, ladder=[])
    alerted(story, caller).answers().listens().hangs_up()
    story.texts(caller, "2")
    assert story.answer(caller, check_in) == ANSWER.NEEDS_HELP
    assert story.answer(caller) == ""


def test_an_open_registration_goes_on_by_text_after_the_call_was_dropped(
    story: Story, caller: Caller
) -> None:
    make.traveller(phone=caller.number, now=story.now)
    story.texts(caller, "register Tunisia")
    alerted(story, caller).answers().listens().hangs_up()
    assert "Tunisia" in story.texts(caller, "25/11 8/12")


def test_the_alert_is_said_in_the_persons_language_else_in_the_one_they_would_read(
    story: Story, caller: Caller
) -> None:
    make.traveller(phone=caller.number, language="fr", now=story.now)
    call = alerted(story, caller, fr="Inondation en Libye.").answers()
    call.hears("Inondation en Libye.", language="fr")
    call.hangs_up()
    other = story.line.caller(1)
    make.traveller(phone=other.number, language="so", now=story.now)
    alerted(story, other).answers().hears(f"so this is English. {ALERT}", language="en")


def test_an_alert_withdrawn_while_it_rings_is_not_said(story: Story, caller: Caller) -> None:
    call = alerted(story, caller)
    Campaign.objects.create(
        title="Correction",
        kind=Campaign.Kind.ALERT,
        audience=story.campaign.audience,
        author=story.campaign.author,
        created_at=story.now,
        corrects=story.campaign,
    )
    call.answers().listens()
    assert ALERT not in spoken(call)
    assert call.is_over
