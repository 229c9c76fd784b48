"""What stands beside a trip about its person's phone is true, whatever becomes of phones, trips and STOPs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import people, phones, reach
from core.models import ContactPoint, OptOut, Person, Trip
from telephony.numbers import synthetic
from tests import make

pytestmark = pytest.mark.django_db

NUMBERS = map(synthetic, count(2_000))
"""A number for each phone of the random lives below: nobody's twice."""


def beside(trip: Trip) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        columns = ", ".join(reach.COLUMNS)
        cursor.execute(f"SELECT {columns} FROM core_trip WHERE id = %s", [trip.pk])  # noqa: S608 - ours
        return tuple(cursor.fetchone())


def test_a_trip_knows_the_one_phone_of_its_person() -> None:
    point = make.traveller(language="ar")
    assert beside(Trip.objects.get()) == (point.pk, "ar", point.region, 0, True)


def test_a_second_phone_or_trip_sends_the_person_the_long_way() -> None:
    point = make.traveller()
    make.contact(person=point.person)
    make.trip(of=point.person, city="Benghazi")
    assert {beside(trip) for trip in Trip.objects.all()} == {(None, "", "", 0, False)}


def test_stop_and_refusals_stand_beside_the_trip_and_go_again() -> None:
    point = make.traveller()
    ContactPoint.objects.filter(pk=point.pk).update(sms_refused=30006)
    make.opted_out(point)
    assert beside(Trip.objects.get())[3] == reach.STOPPED | reach.NO_TEXTS
    people.opt_in(point)
    assert beside(Trip.objects.get())[3] == reach.NO_TEXTS


def change(what: str, which: int) -> None:
    """One thing that happens to somebody; nothing when there is nobody for it."""
    points = list(ContactPoint.objects.order_by("pk"))
    if what == "register" or not points:
        make.traveller(language=("en", "ar")[which % 2], phone=next(NUMBERS))
        return
    point = points[which % len(points)]
    TO_PHONES[what](point, which) if what in TO_PHONES else None
    if what in TO_PEOPLE and point.person is not None:
        TO_PEOPLE[what](point.person, which)


def join(person: Person, which: int) -> None:
    point = people.stranger(next(NUMBERS), make.NOW, ("en", "it")[which % 2])
    ContactPoint.objects.bulk_create([point])
    ContactPoint.objects.filter(pk=point.pk).update(person=person)


def save_an_old_trip(person: Person, _which: int) -> None:
    for trip in list(person.trips.all()):
        ContactPoint.objects.filter(person=person).update(language="fr")
        trip.save()


TO_PHONES: Mapping[str, Callable[[ContactPoint, int], object]] = {
    "part a phone": lambda point, _: phones.remove(point),
    "stop": lambda point, _: people.opt_out(point, make.NOW, people.PERSON),
    "start": lambda _point, _: OptOut.objects.all().delete(),
    "refuse texts": lambda _point, _: ContactPoint.objects.update(sms_refused=21610),
    "refuse calls": lambda point, _: ContactPoint.objects.filter(pk=point.pk).update(voice_refused=21610),
    "speak": lambda point, _: ContactPoint.objects.filter(pk=point.pk).update(language="it"),
    "lose a phone": lambda point, _: point.delete(),
}
TO_PEOPLE: Mapping[str, Callable[[Person, int], object]] = {
    "trip": lambda person, which: make.trip(of=person, city=("Tripoli", "Sebha")[which % 2]),
    "second phone": join,
    "end a trip": lambda person, _: (
        person.trips.order_by("pk")[:1].get().delete() if person.trips.exists() else None
    ),
    "forget": lambda person, _: people.forget(person, make.NOW),
    "save an old trip": save_an_old_trip,
}
CHANGES: Sequence[str] = ("register", *TO_PHONES, *TO_PEOPLE)


class Undone(Exception):
    """Ends an example: what it wrote is not kept."""


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 9)), max_size=14))
def test_whatever_happens_what_stands_there_is_true(changes: list[tuple[str, int]]) -> None:
    with pytest.raises(Undone), transaction.atomic():
        live_through([("register", 0), ("register", 1), *changes])


def live_through(changes: list[tuple[str, int]]) -> None:
    for what, which in changes:
        change(what, which)
        assert reach.wrong() == [], what
    raise Undone


def test_a_missing_trigger_is_found() -> None:
    point = make.traveller()
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER core_reach_changed ON core_contactpoint")
    ContactPoint.objects.filter(pk=point.pk).update(language="fr")
    assert reach.wrong() == [Trip.objects.get().pk]


def test_who_is_where_today_counts_a_person_once_a_country_whatever_their_trips() -> None:
    alone, twice, both = make.person(), make.person(), make.person()
    make.trip(of=alone)
    for country, of in (("LY", twice), ("LY", twice), ("LY", both), ("EG", both)):
        make.trip(of=of, country=country)
    yesterday = make.NOW.date() - timedelta(days=1)
    make.trip(dates=(yesterday - timedelta(days=5), yesterday))
    assert reach.there(make.NOW) == {"LY": 3, "EG": 1}
