"""Sequences in which one thing could be taken for another: digits out of place, the same text twice."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from time_machine import TimeMachineFixture

from campaigns import inbox
from campaigns.models import Case, Recipient
from core.models import ContactPoint, Conversation, EmergencyContact, Person, Trip
from telephony.numbers import synthetic
from tests import make
from tests.phone import Phone


def journeys(phone: Phone, *places: tuple[str, str]) -> Sequence[Trip]:
    """Trips to these countries and cities of somebody who is at home now, a month apart."""
    person = make.person(phone=phone.number)
    return [
        make.trip(of=person, country=country, city=city, dates=(date(2027, month, 1), date(2027, month, 9)))
        for month, (country, city) in enumerate(places, start=1)
    ]


def cities() -> list[str]:
    """Where the trips go that are kept, in their order."""
    return list(Trip.objects.order_by("start").values_list("city", flat=True))


THREE = (("EG", "Cairo"), ("FR", "Paris"), ("JP", "Osaka"))
TWO_IN_EGYPT = (("EG", "Cairo"), ("EG", "Luxor"))


@pytest.mark.usefixtures("now")
class TestDigitsOfAList:
    """A digit means what was read beside it, whatever happened since."""

    def test_a_trip_that_is_gone_moves_no_other_to_its_number_when_one_is_over(self, phone: Phone) -> None:
        first, *_ = journeys(phone, *THREE)
        phone.texts("END TRIP")
        first.delete()
        assert phone.texts("2").startswith("Your trip to Paris, France is over")
        assert cities() == ["Osaka"]

    def test_a_number_whose_trip_is_gone_ends_nothing(self, phone: Phone) -> None:
        first, *_ = journeys(phone, *THREE)
        phone.texts("END TRIP")
        first.delete()
        assert phone.texts("1").endswith(
            "2 Paris, France, 1 Feb - 9 Feb 2027\n3 Osaka, Japan, 1 Mar - 9 Mar 2027\n4 All of them"
        )
        assert phone.texts("4").startswith("Welcome back.")
        assert cities() == []

    def test_a_trip_that_is_gone_moves_no_other_to_its_number_when_one_is_changed(self, phone: Phone) -> None:
        first, *_ = journeys(phone, *THREE)
        phone.texts("UPDATE 3 people")
        first.delete()
        assert phone.texts("2").startswith("Changed: Paris, France, 1 Feb - 9 Feb 2027, 3 people.")

    def test_a_country_of_two_trips_does_not_tell_which_is_changed(self, phone: Phone) -> None:
        journeys(phone, *TWO_IN_EGYPT)
        phone.texts("UPDATE until 20/2")
        assert "2 Luxor, Egypt" in phone.texts("Egypt")
        assert cities() == ["Cairo", "Luxor"]
        assert phone.texts("the one to Luxor").startswith("Changed: Luxor, Egypt, 1 Feb - 20 Feb 2027")

    def test_of_two_phones_the_last_is_not_removed(self, phone: Phone) -> None:
        person = make.traveller(phone=phone.number).person
        other = make.contact(person=person)
        phone.texts("PHONE")
        ContactPoint.objects.filter(pk=other.pk).update(person=None)
        assert phone.texts("1") == "Nothing was changed."
        assert ContactPoint.objects.filter(person=person).count() == 1


@pytest.mark.usefixtures("now")
class TestTheListOfLanguages:
    """It is about languages, and a text that says anything else is not."""

    def test_a_call_for_help_that_names_a_language_is_one(self, phone: Phone) -> None:
        make.traveller(phone=phone.number)
        phone.texts("LANGUAGE")
        assert "your call for help is with the crisis unit" in phone.texts(
            "SOS we are trapped near the Russian embassy"
        )
        assert Case.objects.get().reason == Case.Reason.NEEDS_HELP
        assert ContactPoint.objects.get().language == "en"

    def test_a_trip_to_a_country_called_like_its_language_is_one(self, phone: Phone) -> None:
        make.traveller(phone=phone.number, language="id")
        phone.texts("BAHASA")
        assert phone.texts("daftar jepang tokyo 25/11 8/12").startswith("Terdaftar: Tokyo, Jepang")

    def test_delete_deletes(self, phone: Phone) -> None:
        make.traveller(phone=phone.number)
        phone.texts("LANGUAGE")
        assert "has deleted everything" in phone.texts("DELETE everything, German too")
        assert not Person.objects.exists()

    def test_words_that_only_hold_the_name_of_a_language_are_for_a_person(self, phone: Phone) -> None:
        make.traveller(phone=phone.number)
        phone.texts("LANGUAGE")
        assert phone.texts("my neighbour took the keys of the German school").startswith("Sorry")

    @pytest.mark.parametrize("words", ["Italiano", "4", "I want Italian please", "italian"])
    def test_its_answers_are_answers(self, phone: Phone, words: str) -> None:
        phone.texts("LANGUAGE")
        assert phone.texts(words).startswith("D'ora in poi")

    @pytest.mark.parametrize("word", ["hindi", "Hindi po"])
    def test_a_filipino_no_is_not_hindi(self, phone: Phone, word: str) -> None:
        make.contact(phone=phone.number, language="fil")
        phone.texts("REHISTRO JAPAN OSAKA 1/3 9/3")
        phone.texts(word)
        assert Conversation.objects.get().dialogue == ""
        assert ContactPoint.objects.get().language == "fil"


@pytest.mark.usefixtures("now")
class TestTheSameTextTwice:
    """A hand or a network that sends twice answers one question."""

    def test_the_city_that_is_picked_agrees_to_nothing(
        self, phone: Phone, time_machine: TimeMachineFixture
    ) -> None:
        phone.texts("REG TRIPOLI 25/11 8/12")
        asked = phone.texts("1")
        assert phone.texts("1") == asked
        assert not Person.objects.exists()
        time_machine.move_to(make.NOW + timedelta(seconds=11))
        assert phone.texts("1").startswith("Registered: Tripoli, Libya")

    def test_who_does_not_know_the_end_has_not_refused(self, phone: Phone) -> None:
        for text in ["REG LIBYA", "25/11", "0"]:
            phone.texts(text)
        assert "Is this right?" in phone.texts("0")

    def test_the_language_that_is_picked_is_no_answer_to_a_check_in(self, phone: Phone) -> None:
        make.asked(make.traveller(phone=phone.number))
        phone.texts("LANGUAGE")
        assert "And are you safe?" in phone.texts("1")
        assert "And are you safe?" in phone.texts("1")
        assert Recipient.objects.get().answer == ""

    def test_the_line_of_the_record_removes_no_phone(self, phone: Phone) -> None:
        person = make.traveller(phone=phone.number).person
        make.contact(person=person)
        for text in ["MY DATA", "2", "2"]:
            phone.texts(text)
        assert ContactPoint.objects.filter(person=person).count() == 2

    def test_the_end_of_a_trip_ends_no_other(self, phone: Phone, time_machine: TimeMachineFixture) -> None:
        person = make.traveller(phone=phone.number).person
        make.trip(of=person, country="JP", city="Osaka", dates=(date(2027, 3, 1), date(2027, 3, 9)))
        over = phone.texts("END TRIP")
        time_machine.move_to(make.NOW + timedelta(seconds=60))
        assert phone.texts("End trip.") == over
        assert cities() == ["Osaka"]
        time_machine.move_to(make.NOW + timedelta(seconds=181))
        assert phone.texts("END TRIP").startswith("Welcome back. Your trip to Osaka")

    def test_a_stop_is_confirmed_once(self, phone: Phone) -> None:
        assert phone.texts("STOP")
        assert phone.texts("STOP") == ""


@pytest.mark.usefixtures("now")
class TestJourneysTold:
    """Who is told that a leg is registered has it registered, as it was told."""

    def test_legs_in_one_country_at_the_same_time_are_all_kept(self, phone: Phone) -> None:
        journeys(phone, ("JP", "Osaka"))
        assert phone.texts("Cairo 1-10 Dec, Luxor 4-7 Dec 2 people").startswith("Registered: Cairo")
        assert cities() == ["Cairo", "Luxor", "Osaka"]

    def test_every_leg_that_cannot_be_right_is_asked_about(self, phone: Phone) -> None:
        phone.texts("REG Cairo 5/12/2028 9/12/2028, Paris 10/12/2028 15/12/2028")
        assert phone.texts("1/12 5/12").startswith("10 Dec 2028 is more than a year away.")
        assert "Paris, France, 5 Dec - 9 Dec, 1 person" in phone.texts("5/12 9/12")
        phone.texts("1")
        assert cities() == ["Cairo", "Paris"]

    def test_a_leg_told_with_its_place_once_more_leaves_the_others(self, phone: Phone) -> None:
        for text in ["REG Cairo 1/12 5/12", "2", "4", "Paris"]:
            phone.texts(text)
        assert phone.texts("Paris 5/12 9/12").startswith("Cairo, Egypt, 1 Dec - 5 Dec; Paris")

    def test_the_end_of_a_trip_leaves_the_one_that_is_being_told(self, phone: Phone) -> None:
        make.traveller(phone=phone.number)
        phone.texts("REG JAPAN OSAKA")
        assert "From which day to which day?" in phone.texts("END TRIP")
        assert phone.texts("1/3 9/3").startswith("Registered: Osaka")
        assert cities() == ["Osaka"]

    def test_the_end_of_a_trip_ends_what_was_to_be_changed_of_it(self, phone: Phone) -> None:
        make.traveller(phone=phone.number)
        phone.texts("UPDATE")
        assert phone.texts("END TRIP").startswith("Welcome back.")
        assert Conversation.objects.get().dialogue == ""

    @pytest.mark.parametrize(("tag", "words"), [("ja", "わからない"), ("ko", "모르겠어요")])
    def test_an_end_that_nobody_knows_is_none_in_every_language(
        self, phone: Phone, tag: str, words: str
    ) -> None:
        make.contact(phone=phone.number, language=tag)
        for text in ["REG JAPAN OSAKA", "25/11", words]:
            phone.texts(text)
        assert Conversation.objects.get().step == "confirm"


@pytest.mark.parametrize("words", ["25/8/2083 10/9/2083", "next friday", "1/1/2036 5/1/2036"])
def test_who_is_asked_for_the_same_part_in_vain_is_heard_by_an_officer(
    phone: Phone, now: datetime, words: str
) -> None:
    phone.texts("REG LIBYA TRIPOLI")
    first, second, third = (phone.texts(words) for _ in range(3))
    assert not first.startswith("Sorry")
    assert second.startswith("Sorry, we still cannot read that; one of our staff will.")
    assert second.endswith(first)
    assert third.startswith("Sorry, we still cannot read that. One of our staff will read your message.")
    assert {text.body for text in inbox.unread()} == {words}
    assert phone.texts("25/11 8/12").startswith("Tripoli, Libya, 25 Nov - 8 Dec")


@pytest.mark.parametrize("words", ["UPDATE", "UPDATE until 5/12", "END TRIP"])
def test_a_shared_phone_asks_for_the_pin_before_a_trip_is_told_changed_or_ended_by_text(
    phone: Phone, now: datetime, words: str
) -> None:
    make.traveller(phone=phone.number)
    for text in ["PIN", "4821"]:
        phone.texts(text)
    assert phone.texts(words).startswith("Others use this phone too")
    assert Trip.objects.get().end == date(2026, 12, 1)
    assert phone.texts("4821").startswith(("What do you want to change?", "Welcome back."))


def test_what_is_asked_behind_the_pin_is_answered_without_it(phone: Phone, now: datetime) -> None:
    make.traveller(phone=phone.number)
    for text in ["PIN", "4821", "UPDATE", "4821"]:
        phone.texts(text)
    assert phone.texts("UPDATE until 5/12").startswith("Changed: Tripoli, Libya, 21 Nov - 5 Dec")


@pytest.mark.parametrize("name", ["Aman", "Salama", "Jordan", "Hope"])
def test_a_name_that_is_a_word_elsewhere_is_a_name(phone: Phone, now: datetime, name: str) -> None:
    make.traveller(phone=phone.number)
    for text in [f"CONTACT {synthetic(900).e164}", name, "1"]:
        phone.texts(text)
    assert EmergencyContact.objects.get().asked_as == name
