"""Calls walked by keys over HTTP, and everything that can go wrong on a line."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from time_machine import TimeMachineFixture

from campaigns.models import Case, Recipient
from channels_voice.models import Call, CallStep
from core import people
from core.models import Consent, ContactPoint, Message, OptOut, Person, ProviderCopy, Trip
from core.privacy.index import blind_index
from telephony.memory import Memory
from tests import make
from tests.handset import Handset
from tests.phone import Phone

REGISTERED = ["1", "5429", "2511", "0812", "2", "1"]
"""Register, Libya by its letters, from 25 November to 8 December, two people, agreed."""


def test_a_trip_is_registered_by_keys_alone(handset: Handset, now: datetime) -> None:
    handset.dials()
    for keys in REGISTERED:
        heard = handset.presses(keys)
    assert heard.startswith("You are registered: Libya, from 25 November to 8 December, 2 people.")
    trip = Trip.objects.get()
    assert (trip.country, trip.start.isoformat(), trip.end.isoformat(), trip.party) == (
        "LY",
        "2026-11-25",
        "2026-12-08",
        2,
    )
    assert Consent.objects.get().channel == "voice"


def test_the_same_story_by_text_leaves_the_same_rows(handset: Handset, phone: Phone, now: datetime) -> None:
    handset.dials()
    for keys in REGISTERED:
        handset.presses(keys)
    called = _rows()
    people.forget(Person.objects.get(), now)
    for text in ["REG LIBYA 25/11 8/12 2 people", "1"]:
        phone.texts(text)
    assert _rows() == called


def test_a_receipt_is_texted_to_who_registered_by_voice(
    handset: Handset, now: datetime, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    handset.dials()
    for keys in REGISTERED:
        handset.presses(keys)
    said = Message.objects.get(channel="sms")
    assert said.body.startswith("Registered: Libya, 25 Nov - 8 Dec, 2 people.")


def test_a_country_may_be_keyed_by_its_telephone_code(handset: Handset, now: datetime) -> None:
    handset.dials()
    handset.presses("1")
    assert handset.presses("218").startswith("On which day")


def test_letters_that_fit_several_countries_are_chosen_from(handset: Handset, now: datetime) -> None:
    handset.dials()
    handset.presses("1")
    heard = handset.presses("4726")  # iran, and iraq begins with 472
    assert heard.startswith("On which day") or "press 1" in heard
    handset.presses("9")


def test_today_is_one_key(handset: Handset, now: datetime) -> None:
    handset.dials()
    handset.presses("1")
    handset.presses("218")
    assert handset.presses("1").startswith("You arrive on 22 November.")


def test_nine_goes_back_to_the_question_before(handset: Handset, now: datetime) -> None:
    handset.dials()
    handset.presses("1")
    handset.presses("218")
    assert handset.presses("9").startswith("To which country")


def test_nine_people_are_nine_people(handset: Handset, now: datetime) -> None:
    handset.dials()
    for keys in ["1", "218", "2511", "0812"]:
        handset.presses(keys)
    assert "9 people" in handset.presses("9")


def test_star_says_it_again_and_changes_nothing(handset: Handset, now: datetime) -> None:
    handset.dials()
    asked = handset.presses("1")
    assert handset.presses("*") == asked
    assert handset.presses("218").startswith("On which day")


def test_dates_that_cannot_be_are_asked_anew(handset: Handset, now: datetime) -> None:
    handset.dials()
    for keys in ["1", "218", "2511"]:
        handset.presses(keys)
    heard = handset.presses("2411")
    assert heard.startswith("These dates cannot be right. On which day does your stay there begin?")


@pytest.mark.parametrize("keys", ["3102", "9999", "11", "0000"])
def test_a_day_that_no_year_has_is_asked_again(handset: Handset, now: datetime, keys: str) -> None:
    handset.dials()
    handset.presses("1")
    handset.presses("218")
    assert handset.presses(keys).startswith("Sorry, that was not understood. On which day")


def test_a_redelivered_key_changes_nothing_and_hears_the_same(handset: Handset, now: datetime) -> None:
    handset.dials()
    handset.presses("1")
    target = handset.target
    first = handset.posts(target, {"Digits": "218"})
    state = (CallStep.objects.count(), Message.objects.count())
    again = handset.posts(target, {"Digits": "39"})
    assert again.content == first.content
    assert (CallStep.objects.count(), Message.objects.count()) == state


def test_a_late_key_never_answers_the_next_question(handset: Handset, now: datetime) -> None:
    handset.dials()
    handset.presses("1")
    late = handset.target
    for keys in ["218", "2511", "0812"]:
        handset.presses(keys)
    handset.posts(late, {"Digits": "1"})
    assert "2 people" in handset.presses("2")


def test_a_redelivered_ring_makes_one_call(handset: Handset, now: datetime) -> None:
    handset.dials()
    first = handset.markup
    handset.dials(sid=handset.sid)
    assert handset.markup == first
    assert Call.objects.count() == 1


def test_a_step_that_was_never_said_repeats_the_last_one(handset: Handset, now: datetime) -> None:
    handset.dials()
    target = handset.target.rpartition("-")[0] + "-77"
    assert handset.posts(target, {"Digits": "2"}).content.decode() == handset.markup
    assert not Case.objects.exists()


def test_twelve_calls_from_one_number_keep_apart(handset: Handset, now: datetime, provider: Memory) -> None:
    lines = [Handset(handset.number, provider, handset.sids) for _ in range(12)]
    for line in lines:
        line.dials()
    lines[0].presses("1")
    # The other line heard the menu; its key is no answer to the question of the first.
    assert "To which country" in lines[1].presses("2")
    assert not Case.objects.exists()
    assert Call.objects.count() == 12


def test_silence_is_asked_twice_and_then_the_call_ends_with_a_text(handset: Handset, now: datetime) -> None:
    handset.dials()
    handset.presses("1")
    assert handset.waits().startswith("No key was pressed. To which country")
    assert handset.waits().startswith("No key was pressed. To which country")
    assert handset.waits() == "We hear nothing, so this call ends. We send you a text. Goodbye."
    assert handset.over
    assert "your call ended before we were done" in Message.objects.get(channel="sms").body


def test_somebody_who_has_what_they_wanted_is_just_said_goodbye(handset: Handset, now: datetime) -> None:
    handset.dials()
    for _ in range(3):
        heard = handset.waits()
    assert heard == "Goodbye."
    assert not Message.objects.filter(channel="sms").exists()


def test_keys_that_fail_twice_lead_to_a_recorded_answer(handset: Handset, now: datetime) -> None:
    handset.dials()
    handset.presses("1")
    handset.presses("99999")
    heard = handset.presses("99999")
    assert "Say your answer after the tone" in heard
    assert "<Record" in handset.markup
    handset.records("RE" + "1" * 32, seconds=600)
    assert "One of our staff will listen" in handset.heard[-1]
    assert Message.objects.get(unclear=True).recording.seconds == 600


def test_zero_reaches_an_officer_anywhere(handset: Handset, now: datetime) -> None:
    handset.dials()
    handset.presses("1")
    assert handset.presses("0").startswith("An officer will call you back.")
    assert Message.objects.get(unclear=True).body == "0"
    assert handset.waits().startswith("Thank you. An officer will call you on this number.")
    assert handset.over


def test_help_opens_a_case_the_moment_two_is_pressed(handset: Handset, now: datetime) -> None:
    handset.dials()
    heard = handset.presses("2")
    case = Case.objects.get()
    assert case.reason == Case.Reason.NEEDS_HELP
    assert heard.startswith(
        "Your call for help is with the crisis unit. Stay on the line. What has happened?"
    )
    assert handset.presses("2").startswith("How many people need help?")
    assert handset.presses("4").startswith("Say after the tone where you are")
    handset.records("RE" + "2" * 32)
    assert handset.heard[-1].startswith("An officer will call you. Keep this phone switched on.")
    assert handset.over
    case.refresh_from_db()
    assert case.details == {"kind": "trapped", "people": 4}
    assert case.words == "I need help\nWe cannot get out\n4 people"


def test_who_is_cut_off_while_asking_for_help_goes_on_where_they_were(
    handset: Handset, now: datetime, time_machine: TimeMachineFixture
) -> None:
    handset.dials()
    handset.presses("2")
    handset.presses("1")
    time_machine.move_to(now + timedelta(minutes=20))
    assert "We go on where we were. How many people need help?" in handset.dials()


def test_a_dropped_line_goes_on_within_half_an_hour(
    handset: Handset, now: datetime, time_machine: TimeMachineFixture
) -> None:
    handset.dials()
    for keys in ["1", "218", "2511"]:
        handset.presses(keys)
    time_machine.move_to(now + timedelta(minutes=29))
    heard = handset.dials()
    assert "We go on where we were. You arrive on 25 November." in heard
    assert Call.objects.order_by("pk").last() is not None
    assert handset.presses("0812").startswith("How many people")


def test_after_half_an_hour_the_menu_comes_first_and_the_trip_waits(
    handset: Handset, now: datetime, time_machine: TimeMachineFixture
) -> None:
    handset.dials()
    handset.presses("1")
    handset.presses("218")
    time_machine.move_to(now + timedelta(minutes=31))
    assert "What can we do for you?" in handset.dials()
    assert "On which day" in handset.presses("1")


def test_who_calls_again_after_a_call_for_help_finds_the_trip_behind_the_menu(
    handset: Handset, now: datetime
) -> None:
    handset.dials()
    for keys in ["1", "218"]:
        handset.presses(keys)
    handset.says("help we are trapped under the rubble")
    for keys in ["2", "4"]:
        handset.presses(keys)
    handset.records("RE" + "3" * 32)
    assert "Another language: press 4. At any time press 0 for an officer" in handset.dials()
    assert handset.presses("1").startswith("On which day")


def test_the_next_day_begins_at_the_first_menu_again(
    handset: Handset, now: datetime, time_machine: TimeMachineFixture
) -> None:
    make.traveller(phone=handset.number)
    handset.dials()
    for keys in ["3", "4"]:
        handset.presses(keys)
    time_machine.move_to(now + timedelta(minutes=31))
    assert "What can we do for you? Change your trip: press 1." in handset.dials()


def test_no_digit_in_a_text_answers_a_call_that_was_lost_at_deleting(
    handset: Handset, phone: Phone, now: datetime
) -> None:
    make.traveller(phone=handset.number)
    handset.dials()
    for keys in ["3", "4"]:
        handset.presses(keys)
    phone.texts("1")
    assert Trip.objects.exists()


def test_a_check_in_comes_before_anything_and_takes_one_key(handset: Handset, now: datetime) -> None:
    contact = make.traveller(phone=handset.number)
    recipient = make.asked(contact)
    assert "are you safe? I am safe: press 1." in handset.dials()
    assert handset.presses("1").startswith("Thank you, we have noted that you are safe.")
    recipient.refresh_from_db()
    assert recipient.answer == Recipient.Answer.SAFE


def test_a_check_in_is_put_though_a_registration_is_open_and_the_trip_goes_on_after(
    handset: Handset, now: datetime
) -> None:
    contact = make.traveller(phone=handset.number)
    handset.dials()
    handset.presses("1")
    handset.presses("2")
    make.asked(contact, now=now - timedelta(hours=1))
    assert "are you safe?" in handset.dials()
    assert "On which day" in handset.presses("1")


def test_a_key_of_the_menu_is_no_answer_to_a_check_in_that_arrives_meanwhile(
    handset: Handset, now: datetime
) -> None:
    contact = make.traveller(phone=handset.number)
    handset.dials()
    recipient = make.asked(contact, now=now + timedelta(seconds=1))
    handset.presses("1")
    recipient.refresh_from_db()
    assert recipient.answer == ""


def test_a_check_in_without_a_key_is_not_safe_and_an_officer_hears_of_it(
    handset: Handset, now: datetime
) -> None:
    recipient = make.asked(make.traveller(phone=handset.number))
    handset.dials()
    for _ in range(3):
        handset.waits()
    recipient.refresh_from_db()
    assert recipient.answer == ""
    assert Message.objects.filter(unclear=True).count() == 1


def test_need_help_in_a_check_in_opens_a_case_of_the_campaign(handset: Handset, now: datetime) -> None:
    recipient = make.asked(make.traveller(phone=handset.number))
    handset.dials()
    assert "What has happened?" in handset.presses("2")
    assert Case.objects.get().campaign == recipient.campaign


def test_what_a_machine_hears_never_deletes_stops_or_declares_safe(handset: Handset, now: datetime) -> None:
    recipient = make.asked(make.traveller(phone=handset.number), now=now - timedelta(days=1))
    Recipient.objects.filter(pk=recipient.pk).update(answer="unclear")
    contact = ContactPoint.objects.get()
    Trip.objects.all().delete()
    Recipient.objects.all().delete()
    handset.dials()
    handset.presses("1")
    for words in ["STOP", "DELETE", "I am safe", "MY DATA", "END TRIP"]:
        handset.says(words)
    assert not OptOut.objects.exists()
    assert ContactPoint.objects.filter(pk=contact.pk).exists()


def test_a_cry_for_help_that_a_machine_hears_opens_a_case(handset: Handset, now: datetime) -> None:
    handset.dials()
    handset.presses("1")
    handset.says("help we are trapped under the rubble")
    assert Case.objects.get().reason == Case.Reason.NEEDS_HELP


@pytest.mark.parametrize("garbage", ["\x00\ufffd", "🙂" * 400, "<Say>", "1" * 900, " "])
def test_garbage_that_is_heard_breaks_nothing(handset: Handset, now: datetime, garbage: str) -> None:
    handset.dials()
    handset.presses("1")
    handset.says(garbage)
    assert handset.presses("218") or handset.over


def test_delete_asks_once_and_then_leaves_the_ids_only(handset: Handset, now: datetime) -> None:
    make.traveller(phone=handset.number)
    handset.dials()
    handset.presses("3")
    assert handset.presses("4").startswith("Delete everything we hold about you?")
    target = handset.target
    heard = handset.presses("1")
    assert "has deleted everything" in heard
    assert handset.over
    assert not ContactPoint.objects.exists()
    assert not Call.objects.exists()
    again = handset.posts(target, {"Digits": "1"})
    assert again.content.decode() == handset.markup
    handset.dials(sid=handset.sid)
    assert not ContactPoint.objects.exists()
    assert ProviderCopy.objects.filter(provider_sid=handset.sid).exists()


def test_stop_and_again_by_key(handset: Handset, now: datetime) -> None:
    make.traveller(phone=handset.number)
    handset.dials()
    handset.presses("3")
    assert handset.presses("3").startswith("You will get no more messages or calls from us.")
    assert OptOut.objects.filter(number_index=blind_index(handset.number)).exists()
    handset.dials()
    assert "Messages and calls again: press 3." in handset.presses("3")
    handset.presses("3")
    assert not OptOut.objects.exists()


def test_a_language_is_chosen_by_its_own_name_and_spoken_at_once(handset: Handset, now: datetime) -> None:
    handset.dials()
    heard = handset.presses("4")
    assert "English: press 1." in heard
    key = heard.partition("Italiano: prema ")[2][:1]
    assert handset.presses(key).startswith("Da ora parliamo italiano con lei. Che cosa possiamo fare")
    assert 'language="it-IT"' in handset.markup
    assert ContactPoint.objects.get().language == "it"


def test_more_languages_are_a_key_away(handset: Handset, now: datetime) -> None:
    handset.dials()
    first, second = handset.presses("4"), handset.presses("5")
    assert "More: press 5." in first
    assert "العربية: اضغط" not in first
    assert "العربية: اضغط" in second


def test_a_withheld_number_is_told_how_to_be_called_back(handset: Handset, now: datetime) -> None:
    response = handset.posts("/voice/answer", {"CallSid": "CA" + "9" * 32, "From": "anonymous"})
    assert b"We cannot see your number" in response.content
    assert not ContactPoint.objects.exists()


@pytest.mark.parametrize("token", ["x", "-1", "a" * 32, "a" * 32 + "-", "a" * 32 + "-12345"])
def test_an_address_that_is_none_of_ours_is_refused(handset: Handset, now: datetime, token: str) -> None:
    handset.dials()
    assert handset.posts(f"/voice/turn/{token}", {}).status_code == 400


def test_a_call_nobody_knows_ends(handset: Handset, now: datetime) -> None:
    handset.sid = "CA" + "8" * 32
    response = handset.posts("/voice/turn/" + "b" * 32 + "-1", {"Digits": "1"})
    assert b"<Hangup" in response.content


def test_news_of_a_call_only_rises(handset: Handset, now: datetime) -> None:
    handset.dials()
    for word in ["completed", "ringing", "failed"]:
        assert handset.posts("/voice/status/inbound", {"CallStatus": word}).status_code == 204
    assert Call.objects.get().status == "completed"


def test_a_machine_that_is_told_of_after_the_end_changes_no_status(handset: Handset, now: datetime) -> None:
    handset.dials()
    call = Call.objects.get()
    handset.posts(f"/voice/status/{call.token.hex}", {"CallStatus": "completed"})
    handset.posts(
        f"/voice/status/{call.token.hex}", {"CallStatus": "completed", "AnsweredBy": "machine_start"}
    )
    call.refresh_from_db()
    assert (call.status, call.answered_by) == ("completed", "machine")


def test_news_of_a_call_that_is_not_answered_yet_is_counted_and_lost(handset: Handset, now: datetime) -> None:
    handset.sid = "CA" + "7" * 32
    assert handset.posts("/voice/status/inbound", {"CallStatus": "ringing"}).status_code == 204
    assert not Call.objects.exists()


def test_my_record_is_read_out(handset: Handset, now: datetime) -> None:
    make.traveller(phone=handset.number)
    handset.dials()
    handset.presses("3")
    heard = handset.presses("1")
    assert heard.startswith("We hold your number, your consent and: Tripoli, Libya, from 21 November")
    assert handset.number.e164[1:] not in heard


def test_the_end_of_a_trip_is_told_by_key(handset: Handset, now: datetime) -> None:
    make.traveller(phone=handset.number)
    handset.dials()
    handset.presses("3")
    assert handset.presses("2").startswith("Welcome back.")
    assert not Trip.objects.exists()


def _rows() -> list[object]:
    return list(Trip.objects.values_list("country", "city", "start", "end", "party")) + list(
        Consent.objects.values_list("text_version", "language", "how")
    )


def test_who_keeps_everything_after_all_is_back_at_the_menu(handset: Handset, now: datetime) -> None:
    handset.dials()
    handset.presses("3")
    handset.presses("4")
    assert handset.presses("2").startswith("Nothing was changed. What can we do for you?")


def test_keys_at_the_tone_are_met_with_words_for_the_ear_and_the_tone_again(handset: Handset) -> None:
    handset.dials()
    handset.presses("0")
    heard = handset.presses("5")
    assert heard.startswith("Sorry, that was not understood. An officer will call you back.")
    assert "<Record" in handset.markup
    assert handset.presses("5").startswith("An officer will call you back.")
    handset.waits()
    assert handset.over
