"""STOP: in any language, at once, confirmed once, undone by nothing but an explicit word."""

from collections.abc import Callable
from datetime import datetime

import pytest

from core import people
from core.models import Message, OptOut, Person
from telephony.numbers import synthetic
from tests import make
from tests.phone import Phone

WORDS = [
    *("STOP", "stop", "Stop.", "END", "CANCEL", "QUIT", "UNSUBSCRIBE", "STOPALL", "REVOKE", "OPTOUT"),
    *("CANCELLAMI", "basta messaggi", "BAJA", "no quiero mas mensajes", "ARRET", "plus de messages"),
    *("ايقاف", "إيقاف", "remove me from this list", "Stop. Thank you"),
]


@pytest.mark.parametrize("word", WORDS)
def test_stop_is_heard_and_confirmed_once(phone: Phone, now: datetime, word: str) -> None:
    assert "START" in phone.texts(word)
    assert phone.texts(word) == ""
    assert phone.texts("STOP") == ""
    assert OptOut.objects.count() == 1


@pytest.mark.parametrize(
    "word", ["hello", "yes please", "REG LIBYA TRIPOLI 25/11 8/12", "1", "MY DATA", "?", "ok"]
)
def test_nothing_but_an_explicit_word_undoes_it(phone: Phone, now: datetime, word: str) -> None:
    phone.texts("STOP")
    phone.texts(word)
    assert OptOut.objects.count() == 1
    assert not Person.objects.exists()


@pytest.mark.parametrize("word", ["START", "Start", "UNSTOP", "YES"])
def test_an_explicit_word_undoes_it(phone: Phone, now: datetime, word: str) -> None:
    phone.texts("STOP")
    assert "you will hear from us again" in phone.texts(word)
    assert not OptOut.objects.exists()
    assert "no more messages" in phone.texts("STOP")


def test_start_from_somebody_who_never_stopped_explains(phone: Phone, now: datetime) -> None:
    assert phone.texts("START").startswith("Alongside: to be reached abroad")


def test_a_call_for_help_after_stop_is_answered_and_reaches_a_person(phone: Phone, now: datetime) -> None:
    phone.texts("STOP")
    assert "call for help" in phone.texts("SOS trapped in the hotel")
    assert people.is_opted_out(people.contact_for(phone.number, now))


def test_registering_after_stop_is_told_how(phone: Phone, now: datetime) -> None:
    phone.texts("STOP")
    assert phone.texts("REG LIBYA TRIPOLI 25/11 8/12").startswith("You said STOP")
    phone.texts("START")
    assert "Is this right?" in phone.texts("REG LIBYA TRIPOLI 25/11 8/12")


def test_stop_closes_an_open_question(phone: Phone, now: datetime) -> None:
    phone.texts("REG LIBYA TRIPOLI 25/11 8/12")
    phone.texts("STOP")
    phone.texts("1")
    assert not Person.objects.exists()


def test_the_record_stays_ones_own_after_stop(phone: Phone, now: datetime) -> None:
    make.traveller(phone=phone.number)
    phone.texts("STOP")
    assert phone.number.e164 in phone.texts("MY DATA")
    assert phone.texts("END TRIP").startswith("Welcome back")
    assert "deleted everything" in phone.texts("DELETE")


def test_a_stop_outlives_the_deletion(phone: Phone, now: datetime) -> None:
    phone.texts("STOP")
    phone.texts("DELETE")
    assert phone.texts("hello").startswith("You said STOP")


def test_a_stop_the_provider_knew_of_is_met_with_silence(phone: Phone, now: datetime) -> None:
    contact = make.contact(phone=phone.number)
    people.opt_out(contact, now, people.PROVIDER)
    assert phone.texts("STOP") == ""


def test_one_phone_stops_for_itself(phones: Callable[[int], Phone], now: datetime) -> None:
    phones(0).texts("STOP")
    assert phones(1).texts("hello").startswith("Sorry")
    assert not people.is_opted_out(people.contact_for(synthetic(501), now))


def test_an_unclear_text_after_stop_still_reaches_a_person(phone: Phone, now: datetime) -> None:
    phone.texts("STOP")
    phone.texts("qwrtp")
    phone.texts("zxcvb")
    assert Message.objects.filter(unclear=True).count() == 1
