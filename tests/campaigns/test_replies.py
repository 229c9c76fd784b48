"""Answers to "are you safe?": what a person says is never made into more than they said."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from campaigns import cases
from campaigns.models import Case, Recipient
from core.models import ContactPoint
from core.people import contact_for
from core.privacy.index import blind_index
from tests import make
from tests.phone import Phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(phone: Phone, now: object) -> Phone:
    """A registered phone that has just been asked whether its owner is safe."""
    make.asked(make.traveller(phone=phone.number), now=make.NOW - timedelta(minutes=5))
    return phone


def answer_of(phone: Phone) -> str:
    return Recipient.objects.get(contact__number_index=blind_index(phone.number)).answer


def point_of(phone: Phone) -> ContactPoint:
    return ContactPoint.objects.get(number_index=blind_index(phone.number))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("1", "safe"),
        ("2", "needs_help"),
        ("3", "not_there"),
        ("١", "safe"),
        ("２", "needs_help"),
        ("3.", "not_there"),
        ("sto bene", "safe"),
        ("aiuto siamo bloccati", "needs_help"),
        ("je vais bien", "safe"),
        ("نحن بأمان", "safe"),
        ("estoy bien", "safe"),
        ("not safe", "needs_help"),
        ("non sto bene", "needs_help"),
        ("I am not there any more", "not_there"),
        ("HELP", "needs_help"),
        ("I need help", "needs_help"),
    ],
)
def test_an_answer_in_digits_or_words_is_noted(asked: Phone, text: str, answer: str) -> None:
    assert asked.texts(text)
    assert answer_of(asked) == answer


def test_a_call_for_help_opens_a_case_with_the_words(asked: Phone) -> None:
    asked.texts("we are trapped in the hotel, send help")
    case = Case.objects.get()
    assert (case.reason, case.words) == ("needs_help", "we are trapped in the hotel, send help")
    assert case.campaign == Recipient.objects.get().campaign


def test_a_call_for_help_outside_any_campaign_opens_a_case_too(phone: Phone, now: object) -> None:
    phone.texts("SOS we are trapped")
    assert Case.objects.get().campaign is None


def test_help_from_nobody_we_know_opens_a_case_without_a_person(phone: Phone, now: object) -> None:
    phone.texts("help us please, the building fell")
    assert Case.objects.get().person is None


@pytest.mark.parametrize("later", ["3", "hmm what", "not there"])
def test_nothing_but_safe_takes_back_a_call_for_help(asked: Phone, later: str) -> None:
    asked.texts("2")
    asked.texts(later)
    assert answer_of(asked) == "needs_help"
    assert later in Case.objects.get().words


def test_safe_after_help_is_noted_and_the_case_stays_open(asked: Phone) -> None:
    asked.texts("2")
    assert "officer" in asked.texts("I am safe now")
    assert answer_of(asked) == "safe"
    case = Case.objects.get()
    assert case.state == Case.State.OPEN
    assert case.said_safe_at is not None


def test_help_after_safe_counts_at_once(asked: Phone) -> None:
    asked.texts("1")
    asked.texts("2")
    assert answer_of(asked) == "needs_help"
    assert Case.objects.count() == 1


def test_help_again_takes_back_the_safe_on_the_case(asked: Phone) -> None:
    for text in ("2", "1", "2"):
        asked.texts(text)
    assert Case.objects.get().said_safe_at is None


def test_what_nobody_can_read_goes_to_an_officer_and_is_asked_again(asked: Phone) -> None:
    reply = asked.texts("qwrt zzz")
    assert answer_of(asked) == "unclear"
    assert Case.objects.get().reason == "unclear"
    assert "1 I am safe" in reply


def test_a_clear_answer_replaces_an_unclear_one(asked: Phone) -> None:
    asked.texts("qwrt zzz")
    asked.texts("1")
    assert answer_of(asked) == "safe"


def test_yes_is_not_safe(asked: Phone) -> None:
    asked.texts("yes")
    assert answer_of(asked) == "unclear"


def test_thanks_after_safe_changes_nothing(asked: Phone) -> None:
    asked.texts("1")
    asked.texts("qwrt zzz")
    assert answer_of(asked) == "safe"
    assert not Case.objects.exists()


def test_a_digit_answers_the_question_asked_last(asked: Phone) -> None:
    asked.texts("REG EGYPT CAIRO")
    asked.texts("1")
    assert answer_of(asked) == ""


def test_words_about_safety_are_heard_whatever_was_asked_since(asked: Phone) -> None:
    asked.texts("REG EGYPT CAIRO")
    asked.texts("we are all safe here")
    assert answer_of(asked) == "safe"


def test_an_answer_days_after_the_end_is_no_answer_any_more(phone: Phone, now: object) -> None:
    recipient = make.asked(make.traveller(phone=phone.number), now=make.NOW - timedelta(days=9))
    campaign = recipient.campaign
    campaign.ended_at = make.NOW - timedelta(days=8)
    campaign.save()
    phone.texts("1")
    assert answer_of(phone) == ""


def test_who_said_stop_is_still_heard_when_they_need_help(asked: Phone) -> None:
    make.opted_out(point_of(asked))
    assert asked.texts("help, we are trapped")
    assert Case.objects.count() == 1


def test_safe_answers_every_check_in_about_the_place_and_help_the_latest(asked: Phone) -> None:
    later = make.asked(point_of(asked), now=make.NOW - timedelta(minutes=1))
    asked.texts("1")
    assert set(Recipient.objects.values_list("answer", flat=True)) == {"safe"}
    asked.texts("2")
    later.refresh_from_db()
    assert later.answer == "needs_help"


def test_more_words_are_added_to_the_case(asked: Phone) -> None:
    asked.texts("2")
    asked.texts("qwrt zzz")
    assert Case.objects.get().words == "2\nqwrt zzz"


def test_the_same_text_delivered_twice_is_one_answer(asked: Phone) -> None:
    first = asked.texts("2", sid="SM" + "a" * 32)
    assert asked.texts("2", sid="SM" + "a" * 32) == first
    assert Case.objects.get().words == "2"


def test_a_closed_case_is_not_reopened_but_a_new_one_opened(
    phones: Callable[[int], Phone], now: object
) -> None:
    point = contact_for(phones(3).number, make.NOW)
    cases.open_case(point, reason=Case.Reason.NEEDS_HELP, words="a", campaign=None, now=make.NOW)
    Case.objects.update(state=Case.State.CLOSED)
    cases.open_case(point, reason=Case.Reason.NEEDS_HELP, words="b", campaign=None, now=make.NOW)
    assert Case.objects.count() == 2
