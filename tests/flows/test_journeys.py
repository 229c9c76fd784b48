"""A journey with several legs, changed and ended leg by leg or as a whole; a stay whose end nobody knows."""

from datetime import date, datetime, timedelta

import pytest

from core.models import Person, Trip
from tests import make
from tests.phone import Phone

TWO_LEGS = "REG Cairo 1-5 Dec, then Paris 5-9 Dec 2 people"


def legs() -> list[tuple[str, str, str, int]]:
    """Every trip that is kept: city, first and last day, party."""
    rows = Trip.objects.order_by("start")
    return [(trip.city, f"{trip.start:%d/%m}", f"{trip.end:%d/%m}", trip.party) for trip in rows]


@pytest.mark.parametrize(
    "line",
    [
        TWO_LEGS,
        "Cairo 1-5 Dec\nParis 5-9 Dec 2 people",
        "1-5 Dec Cairo 2 people, 5-9 Dec Paris",
        "iscrivi Il Cairo 1/12 5/12 poi Parigi 5/12 9/12 2 persone",
        "تسجيل القاهرة 1/12 5/12 ثم باريس 5/12 9/12 شخصين",
        "登记 开罗12月1日-12月5日,巴黎12月5日-12月9日 2人",
    ],
)
def test_one_text_registers_a_journey_in_any_order_and_language(
    phone: Phone, now: datetime, line: str
) -> None:
    phone.texts(line)
    assert not Person.objects.exists()
    phone.texts("1")
    assert legs() == [("Cairo", "01/12", "05/12", 2), ("Paris", "05/12", "09/12", 2)]


def test_the_echo_and_the_receipt_list_the_legs(phone: Phone, now: datetime) -> None:
    told = "Cairo, Egypt, 1 Dec - 5 Dec; Paris, France, 5 Dec - 9 Dec, 2 people"
    assert phone.texts(TWO_LEGS).startswith(f"{told}. Is this right?")
    assert phone.texts("1").startswith("Registered: Cairo, 1 Dec - 5 Dec; Paris, 5 Dec - 9 Dec, 2 people.")


def test_a_leg_at_home_is_no_leg(phone: Phone, now: datetime) -> None:
    phone.texts("REG Cairo 1/12 5/12, Rome 5/12 7/12, Paris 7/12 9/12")
    phone.texts("1")
    assert [city for city, *_ in legs()] == ["Cairo", "Paris"]


def test_a_leg_that_cannot_be_right_is_asked_about_and_the_others_stay(phone: Phone, now: datetime) -> None:
    assert phone.texts("REG Cairo 1/12/2026 5/12/2026, Paris 5/12/2028 9/12/2028").startswith("5 Dec 2028")
    assert phone.texts("5/12 9/12").startswith("Cairo, Egypt")
    phone.texts("1")
    assert [city for city, *_ in legs()] == ["Cairo", "Paris"]


def test_one_leg_is_changed_before_consent(phone: Phone, now: datetime) -> None:
    phone.texts(TWO_LEGS)
    assert phone.texts("2").startswith("Which trip do you want to change?\n1 Cairo")
    phone.texts("2")
    phone.texts("2")
    assert "Paris, France, 5 Dec - 12 Dec" in phone.texts("5/12 12/12")
    phone.texts("1")
    assert legs() == [("Cairo", "01/12", "05/12", 2), ("Paris", "05/12", "12/12", 2)]


def test_a_leg_is_added_in_the_dialogue(phone: Phone, now: datetime) -> None:
    phone.texts("REG Cairo 1-5 Dec 2 people")
    phone.texts("2")
    assert phone.texts("4").startswith("Which country are you going to")
    assert phone.texts("Paris").startswith("You arrive on 5 Dec.")
    assert phone.texts("9/12").startswith(
        "Cairo, Egypt, 1 Dec - 5 Dec; Paris, France, 5 Dec - 9 Dec, 2 people"
    )
    phone.texts("1")
    assert len(legs()) == 2


def test_a_leg_told_whole_where_the_next_is_asked_keeps_the_others(phone: Phone, now: datetime) -> None:
    for text in ["REG Cairo 1-5 Dec", "2", "4", "Paris 6-9 Dec"]:
        phone.texts(text)
    phone.texts("1")
    assert [city for city, *_ in legs()] == ["Cairo", "Paris"]


def test_somebody_registered_adds_a_leg_by_update_or_just_says_it(phone: Phone, now: datetime) -> None:
    make.trip(of=make.person(phone=phone.number), country="EG", city="Cairo")
    for text in ["UPDATE", "4", "Paris"]:
        phone.texts(text)
    assert phone.texts("9/12").startswith("Registered: Paris, France, 1 Dec - 9 Dec")
    assert phone.texts("Osaka 9-12 Dec").startswith("Registered: Osaka")
    assert len(legs()) == 3


def test_two_cities_of_one_country_that_share_a_travel_day_are_two_legs(phone: Phone, now: datetime) -> None:
    make.person(phone=phone.number)
    phone.texts("REG Cairo 1/12 5/12, Luxor 5/12 9/12")
    assert [city for city, *_ in legs()] == ["Cairo", "Luxor"]


def test_i_am_home_ends_the_whole_journey(phone: Phone, now: datetime) -> None:
    person = make.person(phone=phone.number)
    make.trip(of=person, country="EG", city="Cairo")
    after = now.date() + timedelta(days=9)
    make.trip(of=person, country="FR", city="Paris", dates=(after, after + timedelta(days=4)))
    make.trip(of=person, country="JP", city="Osaka", dates=(date(2027, 3, 1), date(2027, 3, 9)))
    answer = phone.texts("I am home")
    assert answer == "Your trip to Cairo, Egypt + Paris, France is over and deleted. Your other trips stay."
    assert [city for city, *_ in legs()] == ["Osaka"]


def test_the_leg_in_the_country_that_is_named_ends_alone(phone: Phone, now: datetime) -> None:
    phone.texts(TWO_LEGS)
    phone.texts("1")
    phone.texts("END TRIP Egypt")
    assert [city for city, *_ in legs()] == ["Paris"]


def test_of_several_journeys_one_or_all_are_over(phone: Phone, now: datetime) -> None:
    person = make.person(phone=phone.number)
    for month, city in [(1, "Cairo"), (2, "Luxor"), (3, "Aswan")]:
        make.trip(of=person, country="EG", city=city, dates=(date(2027, month, 1), date(2027, month, 9)))
    assert phone.texts("END TRIP").endswith("4 All of them")
    phone.texts("2")
    assert [city for city, *_ in legs()] == ["Cairo", "Aswan"]
    phone.texts("END TRIP")
    assert phone.texts("all of them").startswith("Welcome back.")
    assert legs() == []


def test_ten_trips_are_too_many(phone: Phone, now: datetime) -> None:
    person = make.person(phone=phone.number)
    for month in range(1, 9):
        make.trip(of=person, country="EG", dates=(date(2027, month, 1), date(2027, month, 9)))
    assert phone.texts("Cairo 1/12 5/12, Paris 5/12 9/12").startswith("You have 9 trips with us")
    assert Trip.objects.count() == 8


@pytest.mark.parametrize("unknown", ["0", "٠", "don't know", "I don't know"])
def test_a_stay_without_a_known_end_is_kept_for_ninety_days(
    phone: Phone, now: datetime, unknown: str
) -> None:
    phone.texts("REG LIBYA TRIPOLI")
    assert phone.texts("25/11").endswith("Reply 0 if you do not know yet.")
    assert phone.texts(unknown).startswith("Tripoli, Libya, from 25 Nov, no end date, 1 person.")
    assert "Deleted on 25 Feb 2027" in phone.texts("1")
    trip = Trip.objects.get()
    assert (trip.open_ended, trip.end) == (True, date(2027, 2, 23))


def test_an_end_said_later_is_the_end(phone: Phone, now: datetime) -> None:
    for text in ["REG LIBYA TRIPOLI", "25/11", "0", "1"]:
        phone.texts(text)
    assert phone.texts("UPDATE until 8/12").startswith("Changed: Tripoli, Libya, 25 Nov - 8 Dec")
    assert not Trip.objects.get().open_ended
