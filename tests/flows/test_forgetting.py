"""What is promised is deleted: on the day, on a word, and nothing of it is left in any table."""

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from core import gateway
from core.models import ContactPoint, Message, OptOut, Person, ProviderCopy, Trip
from core.privacy.index import blind_index
from tests import make
from tests.phone import Phone

SECRET = "zanzibarword"


def every_byte() -> bytes:
    """All that the database holds: every row of every table, text and bytes alike."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(table)} t")  # noqa: S608 - our tables
            for (row,) in cursor.fetchall():
                found.append(row.encode())
    return b"\n".join(found)


def traces(phone: Phone) -> list[str]:
    """What of the phone can be found in the database, by the forms in which it could be there."""
    digits = phone.number.e164.lstrip("+")
    wanted = {
        "the number": digits.encode(),
        "the number as bytes": digits.encode().hex().encode(),
        "the words": SECRET.encode(),
        "the words as bytes": SECRET.encode().hex().encode(),
        "the keyed hash": blind_index(phone.number).hex().encode(),
    }
    held = every_byte()
    return [what for what, needle in wanted.items() if needle in held]


def register(phone: Phone) -> None:
    """A whole registration, with a word that must not be found again."""
    phone.texts(f"REG LIBYA TRIPOLI 25/11 8/12 2 people {SECRET}")
    phone.texts("1")
    phone.texts(f"hello {SECRET}")


@pytest.mark.usefixtures("now")
@pytest.mark.django_db(transaction=True)
class TestForgetting:
    """The whole life of a registration."""

    def test_nothing_is_readable_while_it_is_held(self, phone: Phone) -> None:
        register(phone)
        assert traces(phone) == ["the keyed hash"]

    def test_the_day_after_next_nothing_is_left(self, phone: Phone) -> None:
        register(phone)
        with gateway.using(phone.provider):
            call_command("purge", "--now", "2026-12-09T21:59+00:00")  # a minute before midnight in Tripoli
            assert Trip.objects.exists()
            call_command("purge", "--now", "2026-12-09T22:00+00:00")
        assert traces(phone) == []
        for model in (Person, ContactPoint, Trip, Message):
            assert not model.objects.exists(), model

    def test_a_registration_never_agreed_to_is_gone_in_48_hours(self, phone: Phone, now: datetime) -> None:
        phone.texts(f"REG LIBYA TRIPOLI 25/11 8/12 {SECRET}")
        with gateway.using(phone.provider):
            call_command("purge", "--now", (now + timedelta(hours=48, minutes=1)).isoformat())
        assert traces(phone) == []
        assert not Message.objects.exists()

    def test_delete_leaves_nothing_at_once(self, phone: Phone) -> None:
        register(phone)
        assert "deleted everything" in phone.texts("DELETE")
        assert traces(phone) == []
        assert not ContactPoint.objects.exists()

    def test_delete_after_stop_leaves_the_keyed_hash_alone(self, phone: Phone) -> None:
        register(phone)
        phone.texts("STOP")
        phone.texts("DELETE")
        assert traces(phone) == ["the keyed hash"]
        assert bytes(OptOut.objects.get().number_index) == blind_index(phone.number)

    def test_a_repeated_delete_says_the_same_and_leaves_nothing(self, phone: Phone) -> None:
        register(phone)
        form = phone.form("DELETE")
        assert b"deleted everything" in phone.posts(form).content
        assert b"deleted everything" in phone.posts(form).content
        assert not ContactPoint.objects.exists()

    def test_the_provider_is_asked_to_delete_each_text(self, phone: Phone, now: datetime) -> None:
        register(phone)
        inbound = set(Message.objects.filter(direction="in").values_list("provider_sid", flat=True))
        phone.texts("DELETE")
        assert inbound <= set(ProviderCopy.objects.values_list("provider_sid", flat=True))
        with gateway.using(phone.provider):
            call_command("purge", "--now", (now + timedelta(minutes=1)).isoformat())
        assert not ProviderCopy.objects.filter(provider_sid__isnull=False, erased_at=None).exists()
        with gateway.using(phone.provider):
            call_command("purge", "--now", (now + timedelta(hours=49)).isoformat())
        assert not ProviderCopy.objects.exists()

    def test_end_trip_deletes_the_trip_at_once_and_the_rest_with_the_next_purge(
        self, phone: Phone, now: datetime
    ) -> None:
        register(phone)
        assert "by 24 Nov" in phone.texts("END TRIP")
        assert not Trip.objects.exists()
        with gateway.using(phone.provider):
            call_command("purge", "--now", (now + timedelta(hours=1)).isoformat())
        assert traces(phone) == []


def test_my_data_tells_everything_held_to_the_number_itself(phone: Phone, now: datetime) -> None:
    register(phone)
    told = phone.texts("MY DATA")
    for fact in (
        phone.number.e164,
        "language English",
        "22 Nov",
        "7 messages",
        "Tripoli, Libya",
        "2 people",
        "10 Dec",
    ):
        assert fact in told, fact


def test_my_data_of_somebody_unregistered_says_so(phone: Phone, now: datetime) -> None:
    told = phone.texts("MY DATA")
    assert told.startswith("You are not registered.")
    assert phone.number.e164 in told


@pytest.mark.parametrize("text", ["END TRIP", "FINE VIAGGIO"])
def test_there_is_nothing_to_end_without_a_trip(phone: Phone, now: datetime, text: str) -> None:
    phone.texts(text)
    assert not Person.objects.exists()
    assert len(phone.inbox) == 1


def test_an_update_without_saying_which_of_two_trips_is_asked(phone: Phone, now: datetime) -> None:
    person = make.person(phone=phone.number)
    make.trip(
        of=person, country="EG", city="Cairo", dates=(now.date() + timedelta(9), now.date() + timedelta(12))
    )
    make.trip(
        of=person, country="JP", city="Osaka", dates=(now.date() + timedelta(30), now.date() + timedelta(40))
    )
    asked = phone.texts("UPDATE 4 people")
    assert asked.startswith("Which trip do you want to change?\n1 Cairo, Egypt")
    assert phone.texts("Japan").startswith("Changed: Osaka, Japan") or phone.texts("2").startswith(
        "Changed: Osaka"
    )
