"""One person in two check-ins: which asks first, which is answered, and never two calls at once."""

from collections.abc import Iterator

import pytest

from campaigns.models import Campaign, Case
from core.models import Message
from tests.caller import Caller
from tests.climbing import Story, climbing
from twin.records import Pickup

pytestmark = pytest.mark.django_db
URGENT = Campaign.Urgency.LIFE_SAVING


@pytest.fixture
def story(redis_db: object) -> Iterator[Story]:
    with climbing() as story:
        yield story


@pytest.fixture
def caller(story: Story) -> Caller:
    return story.line.caller(0).picks_up(Pickup.NO_ANSWER)


def test_the_urgent_check_in_is_answered_before_the_other_asks(story: Story, caller: Caller) -> None:
    story.asks(caller, urgency=URGENT)
    story.asks(caller)
    assert story.inbox(caller) == 1
    story.passes(5)
    assert story.inbox(caller) == 1
    story.texts(caller, "1")
    story.passes(5)
    assert story.inbox(caller) == 2


def test_the_other_one_waits_until_the_urgent_ladder_is_over_an_hour_at_most(
    story: Story, caller: Caller
) -> None:
    story.asks(caller, urgency=URGENT)
    other = story.asks(caller)
    for _ in range(9):
        assert story.row(caller, other).step == 0
        story.passes(5)
    for _ in range(3):
        story.passes(5)
    assert story.row(caller, other).step == 1


def test_a_rung_of_the_other_waits_as_well(story: Story, caller: Caller) -> None:
    story.asks(caller)
    story.passes(25)
    story.asks(caller, urgency=URGENT)
    story.passes(5)
    assert story.inbox(caller) == 2, "the normal one's reminder is due, and waits"


def test_a_drill_holds_up_nothing_real(story: Story, caller: Caller) -> None:
    story.asks(caller, urgency=URGENT, drill=True)
    story.asks(caller)
    assert story.inbox(caller) == 2


def test_information_does_not_wait_for_an_answer(story: Story, caller: Caller) -> None:
    story.asks(caller, urgency=URGENT)
    story.asks(caller, kind="alert", ladder=[])
    assert story.inbox(caller) == 2


def test_two_equally_urgent_check_ins_do_not_ring_within_ten_minutes(story: Story, caller: Caller) -> None:
    first = story.asks(caller)
    second = story.asks(caller)
    story.passes(30)
    story.passes(30)
    assert sorted((story.row(caller, first).step, story.row(caller, second).step)) == [2, 3]
    assert story.rung(caller) == 1
    story.passes(9)
    assert story.rung(caller) == 1
    story.passes(2)
    assert story.rung(caller) == 2
    assert not Case.objects.exists()


def test_where_two_places_are_meant_the_person_is_asked_which(story: Story, caller: Caller) -> None:
    libya = story.asks(caller)
    tunisia = story.asks(caller, country="TN")
    asked = story.texts(caller, "1")
    assert "Which one do you mean?" in asked
    assert "\n5 Tunisia\n6 Libya\n7 All these places" in asked
    assert (story.answer(caller, libya), story.answer(caller, tunisia)) == ("", ""), "nothing is guessed"
    said = story.texts(caller, "6")
    assert (story.answer(caller, libya), story.answer(caller, tunisia)) == ("safe", "")
    assert "Tunisia. And are you safe?" in said
    story.texts(caller, "3")
    assert story.answer(caller, tunisia) == "not_there"


def test_a_key_means_what_was_read_beside_it_whatever_is_asked_meanwhile(
    story: Story, caller: Caller
) -> None:
    libya = story.asks(caller)
    tunisia = story.asks(caller, country="TN")
    assert "\n5 Tunisia\n6 Libya\n7 All these places" in story.texts(caller, "1")
    story.passes(1)
    egypt = story.asks(caller, country="EG")
    story.texts(caller, "5")
    assert [story.answer(caller, one) for one in (libya, tunisia, egypt)] == ["", "safe", ""]


def test_all_of_them_are_those_that_were_read(story: Story, caller: Caller) -> None:
    read = [story.asks(caller), story.asks(caller, country="TN")]
    story.texts(caller, "1")
    story.passes(1)
    egypt = story.asks(caller, country="EG")
    story.texts(caller, "7")
    assert [story.answer(caller, one) for one in read] == ["safe", "safe"]
    assert story.answer(caller, egypt) == ""


def test_nobody_stays_safe_in_one_place_who_calls_for_help(story: Story, caller: Caller) -> None:
    libya = story.asks(caller)
    tunisia = story.asks(caller, country="TN")
    story.texts(caller, "I am safe in Tunisia")
    story.texts(caller, "SOS")
    assert (story.answer(caller, libya), story.answer(caller, tunisia)) == ("needs_help", "needs_help")
    assert Case.objects.count() == 1


def test_all_of_them_is_an_answer(story: Story, caller: Caller) -> None:
    campaigns = [story.asks(caller), story.asks(caller, country="TN")]
    story.texts(caller, "I am safe")
    story.texts(caller, "7")
    assert [story.answer(caller, one) for one in campaigns] == ["safe", "safe"]


def test_a_place_in_the_answer_tells_which(story: Story, caller: Caller) -> None:
    libya = story.asks(caller)
    tunisia = story.asks(caller, country="TN")
    story.texts(caller, "I am safe in Libya")
    assert (story.answer(caller, libya), story.answer(caller, tunisia)) == ("safe", "")


@pytest.mark.parametrize("words", ["2", "help me", "SOS"])
def test_a_call_for_help_is_never_held_up_by_the_question(story: Story, caller: Caller, words: str) -> None:
    libya = story.asks(caller)
    tunisia = story.asks(caller, country="TN")
    assert "your call for help is with the crisis unit" in story.texts(caller, words)
    assert (story.answer(caller, libya), story.answer(caller, tunisia)) == ("", "needs_help")
    assert Case.objects.get().reason == Case.Reason.NEEDS_HELP


def test_two_means_help_in_the_question_of_which_as_well(story: Story, caller: Caller) -> None:
    story.asks(caller)
    tunisia = story.asks(caller, country="TN")
    story.texts(caller, "1")
    assert "your call for help is with the crisis unit" in story.texts(caller, "2")
    assert story.answer(caller, tunisia) == "needs_help"


def test_who_never_says_which_is_read_by_an_officer(story: Story, caller: Caller) -> None:
    story.asks(caller)
    story.asks(caller, country="TN")
    for _ in range(3):
        story.texts(caller, "1")
        story.passes(1)  # the same digit within seconds is the same text once more
    assert Case.objects.get().reason == Case.Reason.UNCLEAR


def test_a_text_to_another_number_of_ours_answers_what_that_number_asked(
    story: Story, caller: Caller
) -> None:
    libya = story.asks(caller)
    tunisia = story.asks(caller, country="TN")
    Message.objects.filter(attempt__recipient__campaign=tunisia).update(sender="elsewhere")
    story.texts(caller, "1")
    assert (story.answer(caller, libya), story.answer(caller, tunisia)) == ("safe", "")


def test_a_drill_takes_no_answer_from_what_is_real(story: Story, caller: Caller) -> None:
    real = story.asks(caller)
    drill = story.asks(caller, country="TN", drill=True)
    story.texts(caller, "1")
    assert (story.answer(caller, real), story.answer(caller, drill)) == ("safe", "")


def test_the_call_of_a_check_in_asks_its_own_question(story: Story, caller: Caller) -> None:
    caller.picks_up(Pickup.PERSON)
    libya = story.asks(caller)
    story.passes(30)
    tunisia = story.asks(caller, country="TN")
    story.passes(30)
    caller.rings().answers().hears("Libya. The crisis unit asks").presses("1").listens()
    assert (story.answer(caller, libya), story.answer(caller, tunisia)) == ("safe", "")
