"""A digit answers the check-in that was asked last, whatever other list of digits is still open."""

from datetime import timedelta

import pytest
import time_machine

from campaigns.models import Campaign, Case, Recipient
from core.models import ContactPoint
from tests import make
from tests.handset import Handset
from tests.phone import Phone

pytestmark = pytest.mark.django_db

Answer = Recipient.Answer
LATER = make.NOW + timedelta(minutes=5)
THEN = make.NOW + timedelta(minutes=10)


@pytest.fixture
def point(phone: Phone, now: object) -> ContactPoint:
    return make.traveller(phone=phone.number)


def answer(recipient: Recipient) -> str:
    recipient.refresh_from_db()
    return recipient.answer


@time_machine.travel(THEN)
def texts(phone: Phone, words: str) -> str:
    return phone.texts(words)


def test_the_list_of_languages_takes_no_call_for_help(phone: Phone, point: ContactPoint) -> None:
    phone.texts("LANGUAGE")
    recipient = make.asked(point, now=LATER)
    assert "your call for help is with the crisis unit" in texts(phone, "2")
    assert answer(recipient) == Answer.NEEDS_HELP
    assert Case.objects.get().reason == Case.Reason.NEEDS_HELP


def test_the_list_of_phones_to_remove_takes_no_answer(phone: Phone, point: ContactPoint) -> None:
    make.contact(person=point.person)
    phone.texts("PHONE")
    recipient = make.asked(point, now=LATER)
    texts(phone, "2")
    assert answer(recipient) == Answer.NEEDS_HELP
    assert ContactPoint.objects.filter(person=point.person).count() == 2


def test_the_list_of_languages_takes_its_digit_where_it_was_asked_last(
    phone: Phone, point: ContactPoint
) -> None:
    recipient = make.asked(point, now=make.NOW - timedelta(minutes=5))
    phone.texts("LANGUAGE")
    phone.texts("3")
    assert answer(recipient) == ""
    assert ContactPoint.objects.get(pk=point.pk).language_chosen


def test_what_was_asked_about_a_closed_case_takes_no_call_for_help(
    handset: Handset, phone: Phone, point: ContactPoint
) -> None:
    recipient = make.asked(point, now=make.NOW - timedelta(minutes=5))
    handset.dials()
    assert "What has happened?" in handset.presses("2")
    Case.objects.update(state=Case.State.CLOSED, closed_at=LATER)
    assert "your call for help is with the crisis unit" in texts(phone, "2")
    assert answer(recipient) == Answer.NEEDS_HELP
    assert Case.objects.exclude(state=Case.State.CLOSED).count() == 1


def test_a_digit_about_the_need_is_never_safe(handset: Handset, phone: Phone, point: ContactPoint) -> None:
    recipient = make.asked(point, now=make.NOW - timedelta(minutes=5))
    handset.dials()
    handset.presses("2")
    texts(phone, "1")
    assert answer(recipient) == Answer.NEEDS_HELP
    case = Case.objects.get()
    assert (case.details, case.said_safe_at) == ({"kind": "injured"}, None)


def test_a_key_about_the_need_is_kept_though_the_case_was_closed_meanwhile(
    handset: Handset, point: ContactPoint
) -> None:
    handset.dials()
    handset.presses("2")
    Case.objects.update(state=Case.State.CLOSED, closed_at=make.NOW)
    handset.presses("2")
    case = Case.objects.exclude(state=Case.State.CLOSED).get()
    assert (case.reason, case.details) == (Case.Reason.NEEDS_HELP, {"kind": "trapped"})


def test_words_by_text_instead_of_the_recording_are_added_to_the_case(
    handset: Handset, phone: Phone, point: ContactPoint
) -> None:
    make.asked(point, now=make.NOW - timedelta(minutes=5))
    handset.dials()
    for keys in ("2", "1", "3"):
        handset.presses(keys)
    texts(phone, "Corinthia Hotel qwrt")
    assert "Corinthia Hotel qwrt" in Case.objects.get().words


def test_a_text_answers_what_was_texted_after_the_line_dropped(
    handset: Handset, phone: Phone, point: ContactPoint
) -> None:
    first = make.asked(point, now=make.NOW - timedelta(minutes=5))
    handset.dials()
    other = make.asked(point, now=LATER)
    Campaign.objects.filter(pk=other.campaign_id).update(audience={"countries": ["TN"]})
    said = texts(phone, "1")
    assert (answer(first), answer(other)) == ("", ""), said
    assert "Which one do you mean?" in said


def test_the_key_of_a_drills_call_is_practice_though_a_real_check_in_came_meanwhile(
    handset: Handset, point: ContactPoint
) -> None:
    drill = make.asked(point, now=make.NOW - timedelta(minutes=5))
    Campaign.objects.filter(pk=drill.campaign_id).update(drill=True)
    assert "DRILL" in handset.dials()
    real = make.asked(point, now=make.NOW)
    handset.presses("1")
    assert (answer(drill), answer(real)) == (Answer.SAFE, "")


def test_the_key_of_a_caller_answers_what_they_heard_though_another_asked_meanwhile(
    handset: Handset, point: ContactPoint
) -> None:
    heard = make.asked(make.traveller()).campaign
    assert "are you safe" in handset.dials()
    other = make.asked(point, now=make.NOW)
    handset.presses("1")
    assert answer(other) == ""
    assert Recipient.objects.get(campaign=heard, contact=point).answer == Answer.SAFE


def test_who_answered_on_a_call_before_their_text_left_may_say_something_else_later(
    handset: Handset, phone: Phone, point: ContactPoint
) -> None:
    recipient = make.asked(point)
    Recipient.objects.update(asked_at=None, delivery="planned", progress=0, step=0)
    handset.dials()
    handset.presses("1")
    assert answer(recipient) == Answer.SAFE
    phone.texts("SOS")
    assert answer(recipient) == Answer.NEEDS_HELP


@pytest.mark.parametrize(
    ("words", "said"), [("1", ""), ("ok", ""), ("2", "needs_help"), ("SOS", "needs_help")]
)
def test_a_yes_to_another_question_is_not_safe_while_the_check_in_is_on_its_way(
    phone: Phone, point: ContactPoint, words: str, said: str
) -> None:
    phone.texts("REG EGYPT CAIRO")
    recipient = make.asked(point, now=LATER)
    Recipient.objects.update(delivery="sending")
    with time_machine.travel(LATER + timedelta(seconds=20)):
        phone.texts(words)
    assert answer(recipient) == said


@pytest.mark.parametrize("delivery", ["sending", "sent"])
def test_news_of_a_text_that_never_come_keep_no_answer_out(
    phone: Phone, point: ContactPoint, delivery: str
) -> None:
    phone.texts("REG EGYPT CAIRO")
    recipient = make.asked(point, now=LATER)
    Recipient.objects.update(delivery=delivery)
    texts(phone, "1")
    assert answer(recipient) == Answer.SAFE


def test_a_key_for_help_counts_though_a_text_said_safe_while_the_call_went_on(
    handset: Handset, phone: Phone, point: ContactPoint
) -> None:
    recipient = make.asked(point, now=make.NOW - timedelta(minutes=5))
    assert "are you safe" in handset.dials()
    phone.texts("1")
    assert "Your call for help is with the crisis unit" in handset.presses("2")
    assert answer(recipient) == Answer.NEEDS_HELP
    assert Case.objects.get().reason == Case.Reason.NEEDS_HELP


def test_a_key_for_safe_does_not_count_against_a_text_for_help(
    handset: Handset, phone: Phone, point: ContactPoint
) -> None:
    recipient = make.asked(point, now=make.NOW - timedelta(minutes=5))
    handset.dials()
    phone.texts("2")
    handset.presses("1")
    assert answer(recipient) == Answer.NEEDS_HELP
    assert Case.objects.get().said_safe_at is None
