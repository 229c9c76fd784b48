"""People and phones: found, silent, forgotten."""

import pytest

from core import people
from core.models import AuditEvent, ContactPoint, OptOut, Person
from core.privacy.index import blind_index
from telephony.numbers import PhoneNumber, synthetic
from tests import make

pytestmark = pytest.mark.django_db


def test_a_phone_is_known_from_its_first_text_and_once() -> None:
    first = people.contact_for(synthetic(1), make.NOW)
    assert people.contact_for(synthetic(1), make.NOW, language="ar") == first
    assert (first.region, first.language) == ("GB", "en")
    assert first.phone == synthetic(1)


@pytest.mark.parametrize(
    ("country_code", "language"), [("39", "it"), ("34", "es"), ("33", "fr"), ("218", "ar")]
)
def test_the_country_of_a_number_is_a_first_guess_at_its_language(country_code: str, language: str) -> None:
    number = PhoneNumber("+" + country_code + "6" * 9)
    assert people.contact_for(number, make.NOW).language == language


def test_a_number_of_no_country_starts_in_the_default_language() -> None:
    assert people.contact_for(synthetic(5000), make.NOW).language == "en"


def test_nobody_is_found_who_never_wrote() -> None:
    assert people.find(synthetic(1)) is None
    contact = make.contact(phone=synthetic(1))
    assert people.find(synthetic(1)) == contact


def test_a_stop_is_new_once() -> None:
    contact = make.contact()
    assert people.opt_out(contact, make.NOW, people.PERSON)
    assert not people.opt_out(bytes(contact.number_index), make.NOW, people.PROVIDER)
    assert people.is_opted_out(contact)
    assert OptOut.objects.get().source == people.PERSON


def test_a_stop_is_undone_once() -> None:
    contact = make.opted_out(make.contact())
    assert people.opt_in(contact)
    assert not people.opt_in(contact)
    assert not people.is_opted_out(contact)


def test_forgetting_a_person_takes_every_phone_and_leaves_the_stop() -> None:
    person = make.person()
    second = make.opted_out(make.contact(person=person))
    people.forget(person, make.NOW)
    assert not Person.objects.exists()
    assert not ContactPoint.objects.exists()
    assert people.is_opted_out(bytes(second.number_index))


def test_forgetting_is_written_down_in_numbers() -> None:
    contact = make.traveller()
    make.inbound(contact, "secretword")
    people.forget_phone(contact, make.NOW)
    line = AuditEvent.objects.get(verb="forget")
    assert line.figures["core.message"] == 1
    assert (line.subject, line.subject_id) == ("", None)


def test_forgetting_a_phone_that_never_registered_takes_its_words() -> None:
    contact = make.contact()
    make.inbound(contact)
    people.forget_phone(contact, make.NOW)
    assert not ContactPoint.objects.filter(number_index=blind_index(contact.phone)).exists()
