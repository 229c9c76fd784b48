"""The number somebody names for an emergency: told once, free to refuse, gone with the person."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from time_machine import TimeMachineFixture

from channels_sms import jobs
from core import emergency, people
from core.models import (
    ContactNaming,
    ContactPoint,
    ContactRefusal,
    EmergencyContact,
    Message,
    OptOut,
    Person,
)
from core.privacy import retention
from core.privacy.index import blind_index
from telephony.numbers import PhoneNumber
from tests import make
from tests.flows.test_forgetting import traces
from tests.phone import Phone

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def traveller(phones: Callable[[int], Phone]) -> Phone:
    """The phone of somebody registered."""
    phone = phones(0)
    make.trip(of=make.person(phone=phone.number))
    return phone


@pytest.fixture
def maria(phones: Callable[[int], Phone]) -> Phone:
    """The phone that is named."""
    return phones(1)


def names(traveller: Phone, other: Phone) -> str:
    """Name the other phone, as Ali; the last answer."""
    traveller.texts(f"CONTACT {other.number.e164} Maria")
    traveller.texts("Ali Rossi")
    return traveller.texts("1")


def texted(other: Phone) -> list[str]:
    """What that phone got from us by itself."""
    return list(
        Message.objects.filter(
            contact__number_index=blind_index(other.number), direction="out", answers=None
        ).values_list("body", flat=True)
    )


def test_the_number_is_told_once_with_what_the_person_agreed_to(traveller: Phone, maria: Phone) -> None:
    asked = traveller.texts(f"contact {maria.number.e164}")
    assert asked.startswith(f"We tell {maria.number.e164} once")
    echoed = traveller.texts("Ali Rossi")
    assert "that Ali Rossi named them for an emergency, and nothing else about you" in echoed
    assert texted(maria) == []
    assert traveller.texts("1").startswith("Thank you.")
    for _ in range(3):
        jobs.say_what_waits()
    (told,) = texted(maria)
    assert told.startswith("Alongside, the crisis unit: Ali Rossi gave us your number")
    assert "Libya" not in told


def test_it_is_not_used_before_it_was_told(traveller: Phone, maria: Phone, now: datetime) -> None:
    names(traveller, maria)
    person = Person.objects.get()
    assert emergency.usable(person) is None
    jobs.say_what_waits()
    emergency.settle(now)
    assert emergency.usable(person) is None, "on its way"
    Message.objects.filter(answers=None, direction="out").update(status="sent")
    emergency.settle(now)
    assert emergency.usable(person) is None, "taken by the carrier a moment ago"
    Message.objects.filter(answers=None, direction="out").update(status="delivered")
    assert emergency.settle(now) == 1
    assert emergency.usable(person) == EmergencyContact.objects.get()


def test_a_carrier_that_reports_nothing_more_has_delivered_after_a_day(
    traveller: Phone, maria: Phone, now: datetime
) -> None:
    names(traveller, maria)
    jobs.say_what_waits()
    Message.objects.filter(answers=None, direction="out").update(status="sent")
    assert emergency.settle(now + timedelta(hours=25)) == 1


@pytest.mark.parametrize("no", ["0", "No", "٠"])
def test_a_refusal_leaves_a_keyed_hash_and_nothing_else(traveller: Phone, maria: Phone, no: str) -> None:
    names(traveller, maria)
    jobs.say_what_waits()
    assert maria.texts(no).startswith("Your number is deleted")
    assert bytes(ContactRefusal.objects.get().number_index) == blind_index(maria.number)
    held = EmergencyContact.objects.get()
    assert (held.number, bytes(held.number_index), held.asked_as) == ("", b"", "")
    jobs.say_what_waits()
    assert not EmergencyContact.objects.exists()
    assert "does not want it" in texted(traveller)[-1]


def test_a_number_that_refused_cannot_be_named_again(traveller: Phone, maria: Phone) -> None:
    names(traveller, maria)
    jobs.say_what_waits()
    maria.texts("0")
    assert traveller.texts(f"CONTACT {maria.number.e164}").startswith("We cannot use this number")


def test_stop_from_the_number_refuses_as_well(traveller: Phone, maria: Phone) -> None:
    names(traveller, maria)
    jobs.say_what_waits()
    maria.texts("STOP")
    jobs.say_what_waits()
    assert not EmergencyContact.objects.exists()
    assert OptOut.objects.count() == 1


def test_a_stop_before_we_could_tell_is_respected(traveller: Phone, maria: Phone, now: datetime) -> None:
    names(traveller, maria)
    people.opt_out(blind_index(maria.number), now, people.PERSON)
    jobs.say_what_waits()
    assert texted(maria) == []
    assert not EmergencyContact.objects.exists()


def test_zero_means_nothing_to_somebody_who_was_never_named(maria: Phone) -> None:
    assert maria.texts("0").startswith("Sorry, we could not read that.")
    assert not ContactRefusal.objects.exists()


def test_somebody_who_said_stop_is_never_told(traveller: Phone, maria: Phone, now: datetime) -> None:
    people.opt_out(blind_index(maria.number), now, people.PERSON)
    assert traveller.texts(f"CONTACT {maria.number.e164}").startswith("We cannot use this number")
    assert not ContactPoint.objects.filter(number_index=blind_index(maria.number)).exists()


@pytest.mark.parametrize(
    "digits",
    [
        ("44", "9098", "790", "123"),  # premium
        ("44", "20", "7946", "0123"),  # a fixed line
        ("39", "06", "698", "12345"),  # a fixed line
        ("800", "1234", "5678"),  # freephone
    ],
)
def test_a_number_that_is_no_mobile_phone_is_refused(traveller: Phone, digits: tuple[str, ...]) -> None:
    number = "+" + "".join(digits)
    assert traveller.texts(f"CONTACT {number}").startswith("We cannot use this number")
    assert not EmergencyContact.objects.exists()


def test_ones_own_number_and_ours_are_refused(traveller: Phone) -> None:
    for number in (traveller.number.e164, make.SENDER):
        assert traveller.texts(f"CONTACT {number}").startswith("We cannot use this number")


def test_nobody_can_have_more_than_three_strangers_texted_a_day(
    traveller: Phone, phones: Callable[[int], Phone], time_machine: TimeMachineFixture
) -> None:
    for index in (1, 2, 3):
        assert names(traveller, phones(index)).startswith("Thank you.")
        traveller.texts("hello")  # nothing is open
    assert traveller.texts(f"CONTACT {phones(4).number.e164}").startswith("We cannot use this number")
    time_machine.move_to("2026-11-23T12:00:00+00:00")
    assert names(traveller, phones(4)).startswith("Thank you.")


def test_a_stranger_is_texted_once_a_day_whoever_names_them(
    traveller: Phone, maria: Phone, phones: Callable[[int], Phone]
) -> None:
    other = phones(2)
    make.trip(of=make.person(phone=other.number))
    names(traveller, maria)
    assert other.texts(f"CONTACT {maria.number.e164}").startswith("We cannot use this number")
    jobs.say_what_waits()
    assert len(texted(maria)) == 1


def test_the_limit_of_a_stranger_outlives_the_one_who_named_them(traveller: Phone, maria: Phone) -> None:
    names(traveller, maria)
    traveller.texts("DELETE")
    naming = ContactNaming.objects.get()
    assert naming.person is None


@pytest.mark.parametrize("name", ["www.win.it", "call 0800", "A" * 31, "free! money!", "1"])
def test_a_name_is_a_name(traveller: Phone, maria: Phone, name: str) -> None:
    traveller.texts(f"CONTACT {maria.number.e164}")
    assert traveller.texts(name).startswith("Sorry, we could not read that.")


@pytest.mark.parametrize("name", ["علي", "Dr. Zoé-Maria O'Neil", "王伟", "मारिया"])
def test_a_name_may_be_of_any_script(traveller: Phone, maria: Phone, name: str) -> None:
    traveller.texts(f"CONTACT {maria.number.e164}")
    assert name in traveller.texts(name)


def test_zero_leaves_the_question_and_changes_nothing(traveller: Phone, maria: Phone) -> None:
    traveller.texts("CONTACT")
    assert traveller.texts("0") == "Nothing was changed."
    traveller.texts(f"CONTACT {maria.number.e164}")
    traveller.texts("Ali")
    assert traveller.texts("0") == "Nothing was changed."
    assert not EmergencyContact.objects.exists()


def test_my_data_tells_of_the_contact_and_leads_to_changing_it(
    traveller: Phone, maria: Phone, phones: Callable[[int], Phone]
) -> None:
    names(traveller, maria)
    told = traveller.texts("MY DATA")
    assert f"emergency contact {maria.number.e164}, introduced by Ali Rossi, not told yet" in told
    assert "\n1 Emergency contact\n2 My other phone\n" in told
    assert traveller.texts("1").startswith("We hold: emergency contact")
    assert traveller.texts("2") == "Your emergency contact is deleted."
    assert not EmergencyContact.objects.exists()


def test_another_number_takes_the_place_of_the_first(
    traveller: Phone, maria: Phone, phones: Callable[[int], Phone]
) -> None:
    names(traveller, maria)
    for text in ["CONTACT", "1", phones(2).number.e164, "Ali", "1"]:
        traveller.texts(text)
    assert PhoneNumber(EmergencyContact.objects.get().number) == phones(2).number


def test_only_somebody_registered_names_a_contact(maria: Phone) -> None:
    assert maria.texts("CONTACT").startswith("This is for people with a registered trip.")


def test_nothing_readable_is_stored_and_delete_takes_it_all(
    traveller: Phone, maria: Phone, now: datetime
) -> None:
    names(traveller, maria)
    jobs.say_what_waits()
    assert traces(maria) == ["the keyed hash"]
    traveller.texts("DELETE")
    assert not EmergencyContact.objects.exists()
    retention.purge(now + timedelta(hours=49))
    assert traces(maria) == []


def test_the_contact_goes_with_the_person_at_the_end_of_the_trip(
    traveller: Phone, maria: Phone, now: datetime
) -> None:
    names(traveller, maria)
    retention.purge(now + timedelta(days=60))
    assert not EmergencyContact.objects.exists()
    assert traces(maria) == []


def test_a_named_number_that_deletes_itself_is_gone_everywhere(traveller: Phone, maria: Phone) -> None:
    names(traveller, maria)
    jobs.say_what_waits()
    maria.texts("DELETE")
    jobs.say_what_waits()
    assert not EmergencyContact.objects.exists()


def test_a_run_that_dies_tells_nobody_twice(
    traveller: Phone, maria: Phone, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(traveller, maria)

    def dies(*_: object) -> Message:
        raise SystemExit

    with pytest.raises(SystemExit):
        emergency.say_what_waits(dies, now)
    assert EmergencyContact.objects.get().noticed_at is None
    jobs.say_what_waits()
    jobs.say_what_waits()
    assert len(texted(maria)) == 1


def test_a_call_for_help_is_heard_in_the_middle(traveller: Phone) -> None:
    traveller.texts("CONTACT")
    assert "call for help" in traveller.texts("emergency contact my family we are trapped")


def test_who_asked_for_another_language_can_refuse_as_well(traveller: Phone, maria: Phone) -> None:
    names(traveller, maria)
    jobs.say_what_waits()
    maria.texts("LANGUAGE")
    assert maria.texts("0").startswith("Your number is deleted as an emergency contact")
    assert ContactRefusal.objects.count() == 1
