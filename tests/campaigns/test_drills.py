"""A drill is said to be one at both ends, moves nothing that is real, and lets a real cry through."""

from datetime import timedelta

import pytest

from campaigns import cases
from campaigns.models import Campaign, Case, Recipient
from campaigns.texts import Wordings
from console import context
from core.languages import languages, speaking
from core.models import ContactPoint
from tests import make
from tests.phone import Phone

pytestmark = pytest.mark.django_db

Answer = Recipient.Answer


def drilled(point: ContactPoint, *, minutes_ago: int = 5) -> Recipient:
    """The phone in a running drill whose question has arrived."""
    recipient = make.asked(point, now=make.NOW - timedelta(minutes=minutes_ago))
    Campaign.objects.filter(pk=recipient.campaign_id).update(drill=True)
    recipient.refresh_from_db()
    return recipient


@pytest.fixture
def point(phone: Phone, now: object) -> ContactPoint:
    return make.traveller(phone=phone.number)


def answer(recipient: Recipient) -> str:
    recipient.refresh_from_db()
    return recipient.answer


def test_every_language_says_that_it_is_a_drill_at_both_ends() -> None:
    campaign = make.campaign(texts={language.tag: "-" for language in languages()})
    real = Wordings(campaign)
    campaign.drill = True
    marked = Wordings(campaign)
    for language in languages():
        assert real.of(language.tag).body == "-"
        before, _, after = marked.of(language.tag).body.partition("-")
        word = after.strip(" ()")
        assert word, language.tag
        assert before.startswith(word), language.tag
    with speaking("en"):
        assert marked.of("en").body == "DRILL. - (DRILL)"


def test_an_answer_is_thanked_as_practice_at_both_ends(phone: Phone, point: ContactPoint) -> None:
    drill = drilled(point)
    reply = phone.texts("1")
    assert reply.startswith("DRILL. ")
    assert "(DRILL)" in reply
    assert answer(drill) == Answer.SAFE


def test_help_by_digit_is_practice_and_its_case_is_counted_with_nobody_in_need(
    phone: Phone, point: ContactPoint
) -> None:
    drill = drilled(point)
    assert "practice" in phone.texts("2")
    assert Case.objects.get().campaign == drill.campaign
    assert context.waiting() == 0


@pytest.mark.parametrize("cry", ["SOS", "we are trapped, please help", "I need help"])
def test_a_cry_in_words_during_a_drill_is_nobodys_practice(
    phone: Phone, point: ContactPoint, cry: str
) -> None:
    drilled(point)
    assert "DRILL" not in phone.texts(cry)
    assert Case.objects.get().campaign is None
    assert context.waiting() == 1


def test_a_cry_after_practising_makes_the_case_of_the_drill_real(phone: Phone, point: ContactPoint) -> None:
    drilled(point)
    phone.texts("2")
    assert "your call for help is with the crisis unit" in phone.texts("SOS")
    assert Case.objects.get().campaign is None
    assert context.waiting() == 1


def test_a_digit_goes_to_the_real_check_in_that_waits_though_the_drill_came_later(
    phone: Phone, point: ContactPoint
) -> None:
    real = make.asked(point, now=make.NOW - timedelta(minutes=30))
    drill = drilled(point)
    assert "DRILL" not in phone.texts("2")
    assert (answer(real), answer(drill)) == (Answer.NEEDS_HELP, "")
    assert Case.objects.get().campaign == real.campaign


def test_safe_in_a_drill_does_not_take_back_a_real_call_for_help(phone: Phone, point: ContactPoint) -> None:
    real = make.asked(point, now=make.NOW - timedelta(minutes=30))
    phone.texts("2")
    drill = drilled(point, minutes_ago=0)
    phone.texts("1")
    assert (answer(real), answer(drill)) == (Answer.NEEDS_HELP, Answer.SAFE)
    case = Case.objects.get()
    assert (case.campaign, case.said_safe_at) == (real.campaign, None)


def test_practising_help_adds_nothing_to_a_real_case(phone: Phone, point: ContactPoint) -> None:
    phone.texts("help, we are trapped")
    words = Case.objects.get().words
    drilled(point, minutes_ago=0)
    phone.texts("2")
    assert (Case.objects.get().words, Case.objects.get().campaign) == (words, None)


def test_safe_in_words_in_a_drill_leaves_a_real_case_as_it_is(phone: Phone, point: ContactPoint) -> None:
    real = make.asked(point, now=make.NOW - timedelta(minutes=30))
    phone.texts("2")
    drilled(point, minutes_ago=0)
    assert "practice" in phone.texts("I am safe")
    assert answer(real) == Answer.NEEDS_HELP
    assert Case.objects.get().said_safe_at is None


def test_a_cry_during_a_drill_stands_on_the_board_of_the_real_check_in_that_said_safe(
    phone: Phone, point: ContactPoint
) -> None:
    real = make.asked(point, now=make.NOW - timedelta(minutes=30))
    phone.texts("1")
    drilled(point, minutes_ago=0)
    phone.texts("SOS")
    assert answer(real) == Answer.NEEDS_HELP
    assert Case.objects.get().campaign == real.campaign


def test_words_that_nobody_can_read_in_a_drill_wait_with_the_real(phone: Phone, point: ContactPoint) -> None:
    drilled(point)
    phone.texts("qwrtz pfx")
    assert Case.objects.get().campaign is None


def test_words_that_nobody_can_read_make_the_case_of_a_drills_silence_real(
    phone: Phone, point: ContactPoint
) -> None:
    drill = drilled(point)
    cases.list_silent([drill.pk], drill.campaign, make.NOW)
    phone.texts("qwrtz pfx")
    case = Case.objects.get()
    assert (case.reason, case.campaign) == (Case.Reason.UNCLEAR, None)


def test_a_cry_in_a_drills_case_that_an_officer_has_waits_for_an_officer_anew(
    phone: Phone, point: ContactPoint
) -> None:
    drilled(point)
    phone.texts("2")
    Case.objects.update(
        state=Case.State.CLAIMED, claimed_by=make.officer(), opened_at=make.NOW - timedelta(hours=2)
    )
    phone.texts("SOS")
    case = Case.objects.get()
    assert (case.state, case.claimed_by, case.claimed_at) == (Case.State.OPEN, None, None)
    assert case.opened_at >= make.NOW
    assert context.waiting() == 1


def test_who_was_silent_in_a_drill_is_listed_when_they_are_silent_indeed(
    phone: Phone, point: ContactPoint
) -> None:
    drill, real = drilled(point), make.asked(point)
    cases.list_silent([drill.pk], drill.campaign, make.NOW)
    assert cases.list_silent([real.pk], real.campaign, make.NOW) == 1
    case = Case.objects.exclude(state=Case.State.CLOSED).get()
    assert (case.campaign, case.reason) == (real.campaign, Case.Reason.SILENT)


def test_a_drill_lists_nobody_whose_silence_is_real(phone: Phone, point: ContactPoint) -> None:
    drill, real = drilled(point), make.asked(point)
    cases.list_silent([real.pk], real.campaign, make.NOW)
    assert cases.list_silent([drill.pk], drill.campaign, make.NOW) == 0
    assert Case.objects.get().campaign == real.campaign


def test_a_drill_after_an_all_clear_is_no_answer_to_what_that_has_ended(
    phone: Phone, point: ContactPoint
) -> None:
    real = make.asked(point, now=make.NOW - timedelta(hours=5))
    ended = make.NOW - timedelta(hours=3)
    Campaign.objects.update(closed_at=ended, ended_at=ended, state=Campaign.State.STOPPED)
    drill = drilled(point)
    assert "practice" in phone.texts("1")
    assert (answer(real), answer(drill)) == ("", Answer.SAFE)
