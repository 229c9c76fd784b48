"""A phone that other people use too: its PIN stands before anything private, and before nothing else."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection

from campaigns import inbox
from campaigns.models import Case
from channels_voice.models import CallStep
from core import people, pins
from core.dialogues import shared_phone
from core.models import ContactPoint, Message, SharedPhone, Trip
from core.officers import Role
from core.privacy import retention
from tests import make
from tests.handset import Handset
from tests.phone import Phone

PIN = "4821"
ASKED_ALOUD = "Key your PIN of four digits."


@pytest.fixture
def owner(handset: Handset, now: datetime) -> ContactPoint:
    """A registered traveller with that telephone."""
    return make.traveller(phone=handset.number)


@pytest.fixture
def shared(owner: ContactPoint) -> ContactPoint:
    """The same, with a PIN."""
    pins.mark(owner, pins.stretched(owner, PIN), "another line")
    return owner


def test_it_is_marked_by_text_and_the_pin_stands_nowhere(phone: Phone, owner: ContactPoint) -> None:
    assert phone.texts("PIN").startswith("If others use this phone, reply with a PIN")
    assert phone.texts("4821").startswith("Done: before we say what we hold about you")
    assert pins.is_shared(owner)
    assert not any(PIN in message.body for message in Message.objects.all())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pin FROM core_sharedphone")
        assert cursor.fetchone()[0].startswith("scrypt$")


def test_it_is_marked_by_keys_which_are_keyed_twice(handset: Handset, owner: ContactPoint) -> None:
    handset.dials()
    handset.presses("3")
    handset.presses("5")  # more
    assert handset.presses("1").startswith("Choose a PIN")
    assert handset.presses(PIN).startswith("Key the same PIN once more.")
    assert handset.presses("4822").startswith("This PIN is not right. Choose a PIN")
    handset.presses(PIN)
    assert handset.presses(PIN).startswith("Thank you. From now on we ask for this PIN")
    assert SharedPhone.objects.get().contact == owner
    assert not any(PIN in message.body for message in Message.objects.all())
    assert not any(PIN in step.twiml for step in CallStep.objects.all())


def test_who_registers_by_voice_is_asked_who_uses_the_phone(handset: Handset, now: datetime) -> None:
    handset.dials()
    for keys in ["1", "218", "2511", "0812", "2"]:
        handset.presses(keys)
    heard = handset.presses("1")
    assert heard.startswith("You are registered")
    assert "Who uses this phone? Other people use this phone too: press 1." in heard
    assert handset.presses("2").startswith("Nothing was changed. What can we do for you?")
    assert not SharedPhone.objects.exists()


def test_who_registers_by_voice_marks_the_phone_at_once(handset: Handset, now: datetime) -> None:
    handset.dials()
    for keys in ["1", "218", "2511", "0812", "2", "1", "1", "0007", "0007"]:
        heard = handset.presses(keys)
    assert heard.startswith("Thank you. From now on we ask for this PIN")
    contact = ContactPoint.objects.get()
    assert pins.is_pin(contact, "0007", SharedPhone.objects.get().pin)


def test_my_data_by_text_is_told_after_the_pin_and_each_time(phone: Phone, shared: ContactPoint) -> None:
    for _ in range(2):
        asked = phone.texts("MY DATA")
        assert asked.startswith("Others use this phone too")
        assert "Tripoli" not in asked
        told = phone.texts(PIN)
        assert told.startswith("We hold: your number")
        assert "language English" in told
        assert "a PIN for this phone" in told


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (["3", "1"], "We hold your number, your consent and: Tripoli, Libya"),
        (["3", "2"], "Welcome back. Your trip to Tripoli, Libya"),
    ],
    ids=["hear it", "it is over"],
)
def test_on_a_call_nothing_private_is_said_before_the_pin(
    handset: Handset, shared: ContactPoint, keys: list[str], told: str
) -> None:
    heard = [handset.dials(), *map(handset.presses, keys)]
    assert heard[-1].startswith(ASKED_ALOUD)
    assert not any("Libya" in words for words in heard)
    assert handset.presses(PIN).startswith(told)


def test_the_menu_of_a_locked_phone_does_not_let_on_that_there_is_a_trip(
    handset: Handset, shared: ContactPoint
) -> None:
    assert "Change your trip" not in handset.dials()
    assert handset.presses("1").startswith("To which country do you travel?")


def test_after_the_pin_the_trip_can_be_changed(handset: Handset, shared: ContactPoint) -> None:
    handset.dials()
    for keys in ["3", "1"]:
        handset.presses(keys)
    assert "Change your trip: press 1." in handset.presses(PIN)
    assert handset.presses("1").startswith("What do you want to change?")


def test_once_on_a_call_is_enough(handset: Handset, shared: ContactPoint) -> None:
    handset.dials()
    for keys in ["3", "1", PIN, "3"]:
        handset.presses(keys)
    assert handset.presses("1").startswith("We hold your number")
    assert handset.dials().startswith("This is Alongside")
    handset.presses("3")
    assert handset.presses("1").startswith(ASKED_ALOUD)


def test_three_guesses_a_call_and_then_an_officer(handset: Handset, shared: ContactPoint) -> None:
    handset.dials()
    handset.presses("3")
    handset.presses("1")
    for wrong in ("1111", "2222"):
        assert handset.presses(wrong).startswith("This PIN is not right. Key your PIN")
    assert handset.presses("3333").startswith("An officer will call you back.")
    assert inbox.unread().get().contact == shared
    handset.presses("#")
    handset.dials()
    handset.presses("3")
    handset.presses("1")
    assert handset.presses("4444").startswith("This PIN is not right.")
    assert handset.presses("5555").startswith("An officer will call you back.")  # the fifth within the hour


def test_within_the_hour_the_right_pin_is_of_no_use_either(phone: Phone, shared: ContactPoint) -> None:
    phone.texts("MY DATA")
    for wrong in ("1111", "2222", "3333", "4444"):
        assert phone.texts(wrong).startswith("This PIN is not right.")
    assert phone.texts("5555").startswith("An officer of ours will call you.")
    assert phone.texts("MY DATA").startswith("An officer of ours will call you.")
    assert phone.texts(PIN) != ""
    assert not any("We hold" in reply for reply in phone.replies)
    with time_machine.travel(make.NOW + timedelta(minutes=61)):
        phone.texts("MY DATA")
        assert phone.texts(PIN).startswith("We hold: your number")


def test_a_forgotten_pin_is_for_an_officer(phone: Phone, shared: ContactPoint) -> None:
    phone.texts("MY DATA")
    assert phone.texts("0").startswith("An officer of ours will call you.")
    assert inbox.unread().get().contact == shared


@pytest.mark.parametrize("word", ["CONTACT", "PHONE"])
def test_what_leads_to_the_record_by_another_way_needs_the_pin_too(
    phone: Phone, shared: ContactPoint, word: str
) -> None:
    assert phone.texts(word).startswith("Others use this phone too")
    assert not phone.texts(PIN).startswith("Others")


def test_the_answers_below_what_we_hold_need_it_again(phone: Phone, shared: ContactPoint) -> None:
    phone.texts("MY DATA")
    phone.texts(PIN)
    assert phone.texts("2").startswith("Others use this phone too")
    assert "Text this code" in phone.texts(PIN)


def test_help_a_check_in_stop_and_delete_never_need_it(
    phone: Phone, handset: Handset, shared: ContactPoint
) -> None:
    make.asked(shared)
    assert "are you safe?" in handset.dials()
    assert handset.presses("2").startswith("Your call for help is with the crisis unit.")
    assert Case.objects.get().contact == shared
    assert "no more messages" in phone.texts("STOP")
    assert "deleted everything" in phone.texts("DELETE")
    assert not SharedPhone.objects.exists()


def test_another_trip_is_registered_without_it(phone: Phone, shared: ContactPoint) -> None:
    assert phone.texts("REG EGYPT CAIRO 5/12 8/12").startswith("Registered: Cairo")
    assert Trip.objects.count() == 2


def test_a_journey_begun_on_a_dropped_call_is_behind_the_pin(handset: Handset, shared: ContactPoint) -> None:
    Trip.objects.all().delete()
    handset.dials()
    for keys in ["1", "218", "2511"]:
        heard = handset.presses(keys)
    assert heard.startswith("You arrive on 25 November.")
    heard = handset.dials()
    assert "25 November" not in heard
    assert "What can we do for you?" in heard
    assert handset.presses("1").startswith(ASKED_ALOUD)
    assert handset.presses(PIN).startswith("You arrive on 25 November.")


def test_the_mark_is_taken_away_with_the_pin(phone: Phone, handset: Handset, shared: ContactPoint) -> None:
    phone.texts("PIN")
    assert phone.texts("9999").startswith("This PIN is not right.")
    assert phone.texts(PIN).startswith("This phone is no longer marked as shared")
    assert not pins.is_shared(shared)
    handset.dials()
    handset.presses("3")
    assert handset.presses("1").startswith("We hold your number")


def test_it_goes_with_the_person(shared: ContactPoint, now: datetime) -> None:
    people.forget_phone(shared, now)
    assert not SharedPhone.objects.exists()


def test_it_does_not_outlive_the_registration(shared: ContactPoint, now: datetime) -> None:
    ContactPoint.objects.filter(pk=shared.pk).update(person=None, last_seen_at=now)
    retention.purge(now)
    assert ContactPoint.objects.exists()
    assert not SharedPhone.objects.exists()


def test_whoever_is_not_registered_has_nothing_to_protect(phone: Phone, now: datetime) -> None:
    assert "To register one" in phone.texts("PIN")
    assert shared_phone.NAME == pins.DIALOGUE


def test_an_officer_takes_a_forgotten_pin_away_and_the_phone_is_told(
    phone: Phone, shared: ContactPoint, now: datetime
) -> None:
    officer = make.officer(Role.CASE_OFFICER)
    with pytest.raises(inbox.Taken):
        inbox.take_pin_away(shared, by=officer, now=now)
    inbox.claim(shared, by=officer, now=now)
    inbox.take_pin_away(shared, by=officer, now=now)
    assert not pins.is_shared(shared)
    assert Message.objects.get(direction="out").body.startswith("This phone is no longer marked as shared")
