"""Two questions at once: a check-in in the middle of a registration, and a registration before a check-in."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from time_machine import TimeMachineFixture

from campaigns.models import Case, Recipient
from core.models import Conversation, Message, Trip
from core.people import contact_for
from tests import make
from tests.phone import Phone

Ask = Callable[[], Recipient]


@pytest.fixture
def traveller(phone: Phone, now: datetime) -> Phone:
    """A registered phone."""
    make.traveller(phone=phone.number)
    return phone


@pytest.fixture
def ask(traveller: Phone, time_machine: TimeMachineFixture) -> Ask:
    """Asks the phone whether its owner is safe; a minute passes before and after."""

    def asked() -> Recipient:
        time_machine.move_to(make.NOW + timedelta(minutes=10))
        recipient = make.asked(contact_for(traveller.number, make.NOW), now=make.NOW + timedelta(minutes=10))
        time_machine.move_to(make.NOW + timedelta(minutes=11))
        return recipient

    return asked


def answer_of(recipient: Recipient) -> str:
    recipient.refresh_from_db()
    return recipient.answer


def test_a_check_in_interrupts_and_the_parked_question_follows_our_confirmation(
    traveller: Phone, ask: Ask
) -> None:
    traveller.texts("REG JAPAN OSAKA")
    recipient = ask()
    said = traveller.texts("1")
    assert answer_of(recipient) == "safe"
    assert said.startswith("Thank you, we have noted that you are safe.")
    assert said.endswith("From which day to which day? For example: 25/11 8/12")
    assert traveller.texts("3 jan 9 jan").startswith("Registered: Osaka, Japan, 3 Jan - 9 Jan 2027")


def test_after_the_parked_question_is_back_a_digit_answers_it(traveller: Phone, ask: Ask) -> None:
    traveller.texts("UPDATE")
    recipient = ask()
    traveller.texts("3")
    assert answer_of(recipient) == "not_there"
    assert traveller.texts("3").startswith("How many people travel")
    assert answer_of(recipient) == "not_there"


def test_a_check_in_that_waits_behind_a_registration_is_put_again_after_it(
    traveller: Phone, ask: Ask
) -> None:
    recipient = ask()
    traveller.texts("REG JAPAN OSAKA")
    said = traveller.texts("3 jan 9 jan")
    assert said.startswith("Registered: Osaka")
    assert said.endswith(
        "And are you safe? Please reply 1, 2 or 3:\n1 I am safe\n2 I need help\n3 I am not there"
    )
    traveller.texts("2")
    assert answer_of(recipient) == "needs_help"


def test_help_comes_first_and_what_is_written_then_is_about_the_need(traveller: Phone, ask: Ask) -> None:
    traveller.texts("REG JAPAN OSAKA")
    recipient = ask()
    told = traveller.texts("2")
    assert "call for help" in told
    assert "From which day" not in told
    assert "with the crisis unit" in traveller.texts("Tripoli, Corinthia hotel, third floor")
    assert "third floor" in Case.objects.get().words
    assert answer_of(recipient) == "needs_help"
    assert traveller.texts("3 jan 9 jan") != ""
    assert Trip.objects.filter(country="JP").count() == 0
    assert traveller.texts("03/01 09/01").startswith("Registered: Osaka")


def test_after_help_the_person_says_when_to_go_on(traveller: Phone, ask: Ask) -> None:
    traveller.texts("REG JAPAN OSAKA")
    traveller.texts("SOS we are trapped")
    assert traveller.texts("continue").startswith("From which day")
    assert traveller.texts("3 jan 9 jan").startswith("Registered: Osaka")


def test_safe_after_help_brings_the_parked_question_back(traveller: Phone, ask: Ask) -> None:
    traveller.texts("REG JAPAN OSAKA")
    ask()
    traveller.texts("2")
    assert traveller.texts("I am safe now").endswith("From which day to which day? For example: 25/11 8/12")


def test_a_parked_question_expires_as_a_whole(
    traveller: Phone, ask: Ask, time_machine: TimeMachineFixture
) -> None:
    traveller.texts("REG JAPAN OSAKA")
    ask()
    time_machine.move_to(make.NOW + timedelta(days=1, minutes=1))
    assert traveller.texts("1") == "Thank you, we have noted that you are safe. If this changes, write SOS."
    assert Conversation.objects.get().data == {}


def test_another_language_in_the_middle_loses_nothing(phone: Phone, now: datetime) -> None:
    phone.texts("REG LIBYA TRIPOLI")
    assert phone.texts("LANGUAGE italiano").endswith("Da che giorno a che giorno? Per esempio: 25/11 8/12")
    assert phone.texts("25/11 8/12").startswith("Tripoli, Libia, 25 nov - 8 dic")


def test_the_list_of_languages_in_the_middle_loses_nothing(phone: Phone, now: datetime) -> None:
    phone.texts("REG LIBYA TRIPOLI")
    phone.texts("LANGUAGE")
    assert "giorno" in phone.texts("italiano")
    assert phone.texts("25/11 8/12").startswith("Tripoli, Libia, 25 nov - 8 dic")


def test_a_check_in_is_put_again_in_the_language_that_was_asked_for(traveller: Phone, ask: Ask) -> None:
    recipient = ask()
    assert "1 Sto bene" in traveller.texts("LANGUAGE italiano")
    traveller.texts("1")
    assert answer_of(recipient) == "safe"


def test_a_question_of_theirs_in_a_check_in_is_answered_and_ours_is_put_again(
    traveller: Phone, ask: Ask
) -> None:
    recipient = ask()
    said = traveller.texts("who are you?")
    assert "You can write UPDATE" in said
    assert "And are you safe? Please reply 1, 2 or 3:\n1 I am safe" in said
    traveller.texts("1")
    assert answer_of(recipient) == "safe"


def test_who_said_stop_is_asked_nothing_again(traveller: Phone, ask: Ask) -> None:
    traveller.texts("REG JAPAN OSAKA")
    ask()
    traveller.texts("STOP")
    assert traveller.texts("1") == "Thank you, we have noted that you are safe. If this changes, write SOS."


def test_an_answer_nobody_reads_is_asked_twice_more_and_then_left_to_an_officer(
    traveller: Phone, ask: Ask
) -> None:
    recipient = ask()
    said = [traveller.texts(words) for words in ("qwrtp", "zxcvb", "mnbvc", "plkjh")]
    assert [words.endswith("3 I am not there") for words in said] == [True, True, False, False]
    assert "with the crisis unit" in said[2]
    assert said[3] == ""
    assert Case.objects.get().words == "qwrtp\nzxcvb\nmnbvc\nplkjh"
    assert Message.objects.filter(unclear=True).count() == 4
    assert answer_of(recipient) == "unclear"
    traveller.texts("2")
    assert answer_of(recipient) == "needs_help"
