"""Start over, back, go on: what they do, and that no such word is anything else."""

from datetime import timedelta

import pytest

from core.dialogues import retrace
from core.dialogues.retrace import Way, way_in
from core.intents.reading import Intent
from core.intents.understand import understand
from core.languages import languages, speaking
from core.models import Conversation, Message
from tests import make
from tests.phone import Phone

HARMLESS = {Intent.UNKNOWN, Intent.START, Intent.HELP, Intent.REGISTER, Intent.UPDATE}
CARRIERS = "stop stopall end quit cancel unsubscribe revoke optout start unstop yes help info"


@pytest.mark.parametrize("tag", [language.tag for language in languages()])
def test_no_such_word_is_about_safety_or_reserved(tag: str) -> None:
    with speaking(tag):
        told = [word.strip() for _, words in retrace.told() for word in retrace.COMMA.split(words)]
    assert told
    for word in told:
        assert understand(word, (tag,), make.NOW.date()).intent in HARMLESS, word
        assert word.casefold() not in CARRIERS.split()


@pytest.mark.parametrize("tag", [language.tag for language in languages()])
def test_every_language_has_a_word_for_each_way(tag: str) -> None:
    with speaking(tag):
        ways = {way_in(word) for _, words in retrace.told() for word in retrace.COMMA.split(words)}
    assert ways >= set(Way)


def test_start_over_forgets_what_was_told_and_asks_the_first_question(phone: Phone, now: object) -> None:
    phone.texts("REG LIBYA TRIPOLI 25/11")
    assert phone.texts("start over").startswith("From the beginning. Which country are you going to")
    assert phone.texts("Egypt, Cairo").startswith("From which day")


def test_start_over_is_known_in_any_language(phone: Phone, now: object) -> None:
    phone.texts("REG LIBYA TRIPOLI 25/11")
    assert phone.texts("DALL'INIZIO!").startswith("Ricominciamo. In quale paese vai")


def test_start_over_with_nothing_open_tells_what_can_be_written(phone: Phone, now: object) -> None:
    assert phone.texts("start again").startswith("Alongside: to be reached abroad")


def test_start_over_of_a_change_leaves_the_trip_as_it_was(phone: Phone, now: object) -> None:
    traveller = make.traveller(phone=phone.number)
    phone.texts("UPDATE")
    phone.texts("2")
    assert phone.texts("start over").startswith("From the beginning. What do you want to change?")
    assert traveller.person is not None
    assert traveller.person.trips.get().country == "LY"


def test_back_asks_the_question_before(phone: Phone, now: object) -> None:
    phone.texts("REG")
    phone.texts("Tripoli")
    phone.texts("1")
    assert phone.texts("go back").startswith("Which place do you mean?")
    assert phone.texts("2").startswith("From which day")
    assert "Lebanon" in phone.texts("25/11 8/12")


def test_back_at_the_first_question_asks_it_again(phone: Phone, now: object) -> None:
    phone.texts("REG")
    assert phone.texts("back").startswith("Which country")


def test_back_without_a_question_is_no_word_of_ours(phone: Phone, now: object) -> None:
    phone.texts("back")
    assert Conversation.objects.get().dialogue == ""


def test_start_over_during_a_check_in_is_no_answer_to_it(phone: Phone, now: object) -> None:
    recipient = make.asked(make.traveller(phone=phone.number), now=make.NOW - timedelta(minutes=5))
    assert "And are you safe?" in phone.texts("start over")
    recipient.refresh_from_db()
    assert recipient.answer == ""
    assert not Message.objects.filter(unclear=True).exists()
