"""Two phones of one person: joined by a code, one record, one answer; parted again on a word."""

import re
from collections.abc import Callable
from datetime import datetime
from random import Random

import pytest
from time_machine import TimeMachineFixture

from campaigns.models import Campaign, Case, Recipient
from channels_sms import jobs
from core import phones as second
from core.models import Consent, ContactPoint, Message, Person, PhoneCode, Trip
from core.privacy import retention
from core.privacy.index import blind_index
from tests import make
from tests.phone import Phone

pytestmark = [pytest.mark.usefixtures("now"), pytest.mark.django_db]


@pytest.fixture
def first(phones: Callable[[int], Phone]) -> Phone:
    """The phone of somebody registered, in Libya."""
    phone = phones(0)
    make.trip(of=make.person(phone=phone.number))
    return phone


@pytest.fixture
def other(phones: Callable[[int], Phone]) -> Phone:
    """Their other phone, which has never texted us."""
    return phones(1)


def code_for(first: Phone) -> str:
    """Ask for a code and read it."""
    shown = re.search(r"\d{4} \d{4}", first.texts("PHONE"))
    assert shown
    return shown[0]


def contact_of(phone: Phone) -> ContactPoint:
    """Our row of that phone."""
    return ContactPoint.objects.get(number_index=blind_index(phone.number))


def test_the_code_from_the_other_phone_joins_it(first: Phone, other: Phone) -> None:
    code = code_for(first)
    assert contact_of(first).person is not None
    assert other.texts(code).startswith(f"{other.number.e164} is now part of your registration")
    assert contact_of(other).person == contact_of(first).person
    assert Consent.objects.get(how="code").person == contact_of(first).person


def test_the_first_phone_hears_of_it_once(first: Phone, other: Phone) -> None:
    other.texts(code_for(first))
    for _ in range(3):
        jobs.say_what_waits()
    told = Message.objects.filter(contact=contact_of(first), direction="out", answers=None)
    assert [message.body.split(" is now")[0] for message in told] == [other.number.e164]
    assert not PhoneCode.objects.exists()


@pytest.mark.parametrize("written", ["{} {}", "{}{}", "{}-{}", "code"])
def test_only_the_whole_code_counts(first: Phone, other: Phone, written: str) -> None:
    code = code_for(first)
    other.texts(written.format(*code.split()) if "{" in written else f"code {code}")
    assert (contact_of(other).person is None) == (written == "code")


def test_a_code_is_good_for_an_hour(first: Phone, other: Phone, time_machine: TimeMachineFixture) -> None:
    code = code_for(first)
    time_machine.move_to("2026-11-22T13:00:05+00:00")
    other.texts(code)
    assert contact_of(other).person is None


def test_a_new_code_makes_the_old_one_void(first: Phone, other: Phone) -> None:
    old = code_for(first)
    code_for(first)
    other.texts(old)
    assert contact_of(other).person is None


def test_a_code_works_once(first: Phone, other: Phone, phones: Callable[[int], Phone]) -> None:
    code = code_for(first)
    other.texts(code)
    phones(2).texts(code)
    assert contact_of(phones(2)).person is None


def test_eight_digits_that_are_a_date_are_no_code() -> None:
    contact = make.traveller()
    for seed in range(50):
        assert second.offer(contact, Random(seed), make.NOW)[:2] > "31"


def test_a_phone_with_a_registration_of_its_own_is_not_taken_over(
    first: Phone, phones: Callable[[int], Phone]
) -> None:
    other = phones(3)
    make.trip(of=make.person(phone=other.number))
    assert other.texts(code_for(first)).startswith("This phone already has a registration.")
    assert contact_of(other).person != contact_of(first).person


def test_a_phone_that_said_stop_is_not_joined(first: Phone, other: Phone) -> None:
    code = code_for(first)
    other.texts("STOP")
    assert other.texts(code).startswith("You said STOP")
    assert contact_of(other).person is None


def test_only_somebody_registered_has_a_second_phone(other: Phone) -> None:
    assert other.texts("PHONE").startswith("This is for people with a registered trip.")


def test_both_phones_reach_the_same_record(first: Phone, other: Phone) -> None:
    other.texts(code_for(first))
    assert "Tripoli" in other.texts("MY DATA")
    told = first.texts("MY DATA")
    assert f"{first.number.e164}, {other.number.e164}" in told
    other.texts("UPDATE until 20/12")
    assert Trip.objects.get().end.isoformat() == "2026-12-20"


def test_a_check_in_asks_the_person_once_and_takes_the_answer_of_either_phone(
    first: Phone, other: Phone
) -> None:
    recipient = make.asked(contact_of(first))
    other.texts(code_for(first))
    assert other.texts("1").startswith("Thank you, we have noted that you are safe.")
    recipient.refresh_from_db()
    assert recipient.answer == Recipient.Answer.SAFE


def test_a_call_for_help_from_either_phone_is_one_case(first: Phone, other: Phone) -> None:
    other.texts(code_for(first))
    first.texts("SOS we are trapped")
    other.texts("SOS still trapped")
    assert Case.objects.get().words == "SOS we are trapped\nSOS still trapped"


def test_an_answer_from_the_other_phone_does_not_take_back_a_call_for_help(
    first: Phone, other: Phone
) -> None:
    recipient = make.asked(contact_of(first))
    other.texts(code_for(first))
    first.texts("2")
    other.texts("3")
    recipient.refresh_from_db()
    assert recipient.answer == Recipient.Answer.NEEDS_HELP
    assert Campaign.objects.count() == 1


def test_a_phone_is_removed_and_the_record_stays(first: Phone, other: Phone) -> None:
    other.texts(code_for(first))
    jobs.say_what_waits()
    asked = first.texts("PHONE")
    assert asked.startswith("Which phone do you want to remove?")
    assert first.texts("2") == f"{other.number.e164} is no longer part of your registration."
    assert contact_of(other).person is None
    assert contact_of(first).person is not None
    assert "not registered" in other.texts("MY DATA")


def test_nothing_is_removed_by_zero(first: Phone, other: Phone) -> None:
    other.texts(code_for(first))
    first.texts("PHONE")
    assert first.texts("0") == "Nothing was changed."
    assert Person.objects.get().contacts.count() == 2


def test_a_phone_can_remove_itself(first: Phone, other: Phone) -> None:
    other.texts(code_for(first))
    other.texts("PHONE")
    other.texts("2")
    assert contact_of(other).person is None
    assert Trip.objects.count() == 1


def test_delete_from_either_phone_deletes_everything(first: Phone, other: Phone) -> None:
    other.texts(code_for(first))
    other.texts("DELETE")
    for model in (Person, ContactPoint, Trip, Message, PhoneCode):
        assert not model.objects.exists(), model


def test_stop_is_for_the_phone_that_said_it(first: Phone, other: Phone) -> None:
    other.texts(code_for(first))
    other.texts("STOP")
    assert first.texts("UPDATE until 20/12").startswith("Changed:")


def test_an_unused_code_is_purged(first: Phone, now: datetime, time_machine: TimeMachineFixture) -> None:
    code_for(first)
    time_machine.move_to("2026-11-22T14:00:00+00:00")
    retention.purge(datetime.fromisoformat("2026-11-22T14:00:00+00:00"))
    assert not PhoneCode.objects.exists()
    assert Person.objects.exists()
