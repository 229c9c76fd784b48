"""Registering by text in several languages, as the phone shows it."""

from datetime import datetime

import pytest
from time_machine import TimeMachineFixture

from channels_sms.segments import Encoding, count
from core.models import Consent, ContactPoint, Conversation, Message, Person, Trip
from core.trips import CONSENT_VERSION
from tests import transcripts
from tests.phone import Phone

STORIES = ["registration", "guided", "compliance"]
TOLD = [(story, tag) for story in STORIES for tag in transcripts.tags(story)]
# Another script has 67 characters to a part; its consent needs four of those.
BUDGET = {Encoding.GSM_7: 2, Encoding.UCS_2: 4}


@pytest.mark.parametrize(("story", "tag"), TOLD)
def test_the_conversation_reads_as_it_was_agreed(
    phone: Phone, now: datetime, story: str, tag: str, *, updating: bool
) -> None:
    kept = transcripts.read(story, tag)
    played = transcripts.played(phone, kept)
    if updating:
        transcripts.write(story, tag, played)
    assert updating or played == kept


@pytest.mark.parametrize(("story", "tag"), TOLD)
def test_every_answer_keeps_its_budget_and_its_alphabet(story: str, tag: str) -> None:
    for words in transcripts.answers(transcripts.read(story, tag)):
        cost = count(words)
        assert cost.segments <= BUDGET[cost.encoding], words
        assert cost.encoding is (Encoding.UCS_2 if tag == "ar" else Encoding.GSM_7), words


def test_nothing_but_the_conversation_is_kept_before_consent(phone: Phone, now: datetime) -> None:
    phone.texts("REG LIBYA TRIPOLI 25/11 8/12 2 people")
    assert not Person.objects.exists()
    assert not Trip.objects.exists()
    assert not Consent.objects.exists()
    contact = ContactPoint.objects.get()
    assert contact.person is None
    assert Message.objects.count() == 2
    assert Conversation.objects.get().dialogue == "registration"


def test_consent_is_kept_with_its_words_its_language_and_its_key(phone: Phone, now: datetime) -> None:
    phone.texts("ISCRIVI LIBIA TRIPOLI 25/11 8/12 2 persone")
    phone.texts("1")
    consent = Consent.objects.get()
    assert (consent.text_version, consent.language, consent.channel, consent.how) == (
        CONSENT_VERSION,
        "it",
        "sms",
        "1",
    )
    assert consent.given_at.date() == now.date()
    trip = Trip.objects.get()
    assert (trip.country, trip.city, trip.party) == ("LY", "Tripoli", 2)
    assert trip.person == ContactPoint.objects.get().person


def test_a_refusal_leaves_nothing_of_the_trip(phone: Phone, now: datetime) -> None:
    phone.texts("REG LIBYA TRIPOLI 25/11 8/12")
    answer = phone.texts("0")
    assert "not registered" in answer
    assert Conversation.objects.get().data == {}
    assert not Person.objects.exists()


def test_a_registered_person_needs_no_second_consent(phone: Phone, now: datetime) -> None:
    phone.texts("REG LIBYA TRIPOLI 25/11 8/12")
    phone.texts("1")
    answer = phone.texts("REG JAPAN OSAKA 3 jan 9 jan")
    assert answer.startswith("Registered: Osaka, Japan, 3 Jan - 9 Jan 2027")
    assert Consent.objects.count() == 1
    assert Trip.objects.count() == 2


def test_the_same_trip_told_twice_is_one_trip(phone: Phone, now: datetime) -> None:
    phone.texts("REG LIBYA TRIPOLI 25/11 8/12")
    phone.texts("1")
    phone.texts("REG LIBYA BENGHAZI 26/11 10/12 3 people")
    trip = Trip.objects.get()
    assert (trip.city, trip.party, trip.end.isoformat()) == ("Benghazi", 3, "2026-12-10")


def test_a_word_agrees_as_well_as_a_digit(phone: Phone, now: datetime) -> None:
    phone.texts("INSCRIRE LIBYE TRIPOLI 25/11 8/12")
    assert phone.texts("J'accepte").startswith("Inscrit: Tripoli, Libye")


def test_yes_agrees_although_carriers_know_it_as_opt_in(phone: Phone, now: datetime) -> None:
    phone.texts("REG LIBYA TRIPOLI 25/11 8/12")
    assert phone.texts("YES").startswith("Registered:")


def test_digits_of_any_script_are_answers(phone: Phone, now: datetime) -> None:
    phone.texts("REG LIBYA TRIPOLI 25/11 8/12")
    assert phone.texts("١").startswith("Registered:")


def test_a_correction_in_words_is_taken_at_the_consent_question(phone: Phone, now: datetime) -> None:
    phone.texts("REG LIBYA TRIPOLI 25/11 8/12")
    assert "25 Nov - 12 Dec" in phone.texts("until 12/12")
    phone.texts("1")
    assert Trip.objects.get().end.isoformat() == "2026-12-12"


def test_a_whole_new_line_starts_over(phone: Phone, now: datetime) -> None:
    phone.texts("REG LIBYA TRIPOLI 25/11 8/12 4 people")
    assert phone.texts("REG JAPAN OSAKA 3 jan 9 jan").startswith(
        "Osaka, Japan, 3 Jan - 9 Jan 2027, 1 person."
    )


def test_an_answer_nobody_can_read_is_asked_again_and_then_goes_to_an_officer(
    phone: Phone, now: datetime
) -> None:
    phone.texts("REG LIBYA TRIPOLI 25/11 8/12")
    first = phone.texts("qwrtp")
    assert first.startswith(
        "Sorry, we could not read that. Please reply with one number only. Tripoli, Libya"
    )
    assert not Message.objects.filter(unclear=True).exists()
    second = phone.texts("zxcvb")
    assert second.startswith("Sorry, we still cannot read that; one of our staff will.")
    assert second.endswith("1 I agree\n2 Change\n0 I refuse")
    assert Message.objects.get(unclear=True).body == "zxcvb"
    assert "One of our staff will read your message" in phone.texts("mnbvc")
    assert phone.texts("plkjh") == ""
    assert Message.objects.filter(unclear=True).count() == 3
    assert phone.texts("1").startswith("Registered:")


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("REG ITALY ROME 25/11 8/12", "This service is for stays outside Italy."),
        ("REG LIBYA TRIPOLI 1/10/2026 8/10/2026", "8 Oct is in the past."),
        ("REG LIBYA TRIPOLI 25/11/2026 8/12/2028", "From 25 Nov to 8 Dec 2028 is more than a year."),
        ("REG LIBYA TRIPOLI 25/11/2028 8/12/2028", "25 Nov 2028 is more than a year away."),
    ],
)
def test_what_cannot_be_right_is_asked_with_its_reason(
    phone: Phone, now: datetime, line: str, question: str
) -> None:
    assert phone.texts(line).startswith(question)
    assert not Person.objects.exists()


@pytest.mark.parametrize("party", ["0", "300"])
def test_a_party_that_cannot_be_is_asked_again(phone: Phone, now: datetime, party: str) -> None:
    for text in ["REG LIBYA TRIPOLI 25/11 8/12", "2", "3"]:
        phone.texts(text)
    assert phone.texts(party).startswith(f"{party} people? Reply with the number")
    assert "3 people" in phone.texts("3")


def test_a_call_for_help_is_heard_in_the_middle_and_the_question_waits(phone: Phone, now: datetime) -> None:
    phone.texts("REG LIBYA TRIPOLI 25/11 8/12")
    assert "call for help" in phone.texts("SOS we are trapped")
    assert phone.texts("1").startswith("Registered:")


def test_an_open_question_expires_with_its_answers(
    phone: Phone, now: datetime, time_machine: TimeMachineFixture
) -> None:
    phone.texts("REG LIBYA TRIPOLI 25/11 8/12")
    time_machine.move_to("2026-11-23T12:00:01+00:00")
    assert phone.texts("1").startswith("Sorry, we could not read that.")
    assert not Person.objects.exists()
    assert Conversation.objects.get().data == {}
