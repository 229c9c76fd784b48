"""Two who change the same person at the same moment: nothing is half done, and nobody is told of an error."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from threading import Barrier, Event

import pytest
from django.db import IntegrityError, connection, transaction

from core import collisions, flood, people
from core.models import ContactPoint, Message, Person, PhoneCode, Trip
from core.privacy import retention
from core.privacy.retention import Purged
from tests import make
from tests.elsewhere import elsewhere, until_somebody_waits
from tests.phone import Phone

pytestmark = [pytest.mark.usefixtures("now"), pytest.mark.django_db(transaction=True)]

LATER = make.NOW + timedelta(days=60)
REGISTERS = "REG JAPAN OSAKA 3/1 9/1"


@pytest.fixture
def back(phone: Phone) -> Phone:
    """The phone of somebody whose only trip is over: the next purge takes them."""
    someone = make.person(phone=phone.number)
    make.trip(of=someone, dates=(date(2026, 11, 1), date(2026, 11, 10)))
    return phone


def of(phone: Phone) -> ContactPoint | None:
    return people.find(phone.number)


def purge() -> Purged:
    return retention.purge(make.NOW)


def registers_again(phone: Phone) -> None:
    """A whole registration of another journey, by text."""
    phone.texts(REGISTERS)
    phone.texts("1")


def at(step: str, does: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have something happen elsewhere, to its end, just before that step of the next purge of people."""
    plain = getattr(retention, step)
    todo = [does]

    def meanwhile(*args: object) -> object:
        if args and args[0] is Person and todo:
            with elsewhere(todo.pop()):
                pass
        return plain(*args)

    monkeypatch.setattr(retention, step, meanwhile)


class TestPurgeBesideAText:
    """Somebody whose trip is over registers another one while the purge comes for them."""

    @pytest.mark.parametrize("step", ["_keep", "_locked", "_unguarded"])
    def test_written_before_they_are_locked_they_stay(
        self, back: Phone, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        at(step, lambda: registers_again(back), monkeypatch)
        assert "core.person" not in purge().deleted
        assert Trip.objects.filter(country="JP", person=Person.objects.get()).exists()
        assert of(back) is not None

    @pytest.mark.usefixtures("back")
    def test_a_trip_kept_without_their_phone_in_hand_counts_until_they_are_locked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # As late as can be: their phone is locked by the purge already.
        someone = Person.objects.get()
        dates = (date(2027, 1, 3), date(2027, 1, 9))
        plain = retention._unguarded

        def unguarded(*args: object) -> object:
            found = plain(*args)  # type: ignore[arg-type]
            with elsewhere(lambda: make.trip(of=someone, country="JP", dates=dates)):
                pass
            return found

        monkeypatch.setattr(retention, "_unguarded", unguarded)
        assert "core.person" not in purge().deleted
        assert Trip.objects.filter(country="JP", person=someone).exists()

    @pytest.mark.usefixtures("back")
    def test_once_they_are_locked_a_trip_waits_and_finds_nobody(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        someone = Person.objects.get()
        plain = retention._locked
        ends = ExitStack()

        def locked(*args: object) -> object:
            found = plain(*args)  # type: ignore[arg-type]
            if args[0] is Person and found:
                writing = ends.enter_context(elsewhere(lambda: make.trip(of=someone, country="JP")))
                until_somebody_waits(writing)
            return found

        monkeypatch.setattr(retention, "_locked", locked)
        with pytest.raises(IntegrityError), ends:
            assert purge().deleted["core.person"] == 1
        assert not Trip.objects.exists()

    def test_after_they_are_gone_they_are_somebody_new(self, back: Phone) -> None:
        gone = Person.objects.get().pk
        with ExitStack() as ends, transaction.atomic():
            assert purge().deleted["core.person"] == 1
            until_somebody_waits(ends.enter_context(elsewhere(lambda: back.texts(REGISTERS))))
        contact = of(back)
        assert contact is not None
        assert contact.person is None
        assert Message.objects.filter(contact=contact, direction="in").count() == 1
        back.texts("1")
        assert Person.objects.get().pk != gone
        assert Trip.objects.get().country == "JP"

    def test_a_text_kept_unread_is_kept_of_somebody_new(self, back: Phone) -> None:
        def floods() -> None:
            with flood.pressed():
                back.texts("where is everybody")

        with ExitStack() as ends, transaction.atomic():
            assert purge().deleted["core.person"] == 1
            until_somebody_waits(ends.enter_context(elsewhere(floods)))
        assert Message.objects.get().body == "where is everybody"
        assert ContactPoint.objects.get().person is None

    def test_a_second_phone_that_joins_somebody_who_goes_is_told_that_its_code_is_void(
        self, back: Phone, phones: Callable[[int], Phone], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make.trip(of=Person.objects.get(), country="JP", dates=(date(2027, 1, 3), date(2027, 1, 9)))
        other, plain = phones(7), retention._locked
        shown = re.search(r"\d{4} \d{4}", back.texts("PHONE"))
        assert shown
        code, answers, ends = shown[0], list[str](), ExitStack()

        def locked(*args: object) -> object:
            found = plain(*args)  # type: ignore[arg-type]
            if args[0] is Person and found:
                joining = ends.enter_context(elsewhere(lambda: answers.append(other.texts(code))))
                until_somebody_waits(joining)
            return found

        monkeypatch.setattr(retention, "_locked", locked)
        with ends:
            assert retention.purge(LATER).deleted["core.person"] == 1
        assert not Person.objects.exists()
        assert not PhoneCode.objects.exists()
        assert "is now part of your registration" not in answers[0]
        assert answers[0]


class TestTwoPhonesOfOnePerson:
    """Both ask for the deletion at once: each holds its own row and wants the other's."""

    def test_both_are_told_that_all_is_deleted_and_it_is(
        self, phones: Callable[[int], Phone], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, two = phones(0), phones(1)
        someone = make.person(phone=one.number)
        make.contact(phone=two.number, person=someone)
        make.trip(of=someone)
        plain, both = people.forget_phone, Barrier(2)
        arrived: list[ContactPoint] = []

        def forget_phone(contact: ContactPoint, now: datetime) -> None:
            arrived.append(contact)
            if len(arrived) <= both.parties:
                both.wait()
            plain(contact, now)

        monkeypatch.setattr(people, "forget_phone", forget_phone)
        answers: list[str] = []
        with elsewhere(lambda: answers.append(two.texts("DELETE"))):
            answers.append(one.texts("DELETE"))
        assert ["deleted everything" in answer for answer in answers] == [True, True]
        assert len(arrived) == both.parties + 1  # one of them began once more
        for model in (Person, ContactPoint, Message, Trip):
            assert not model.objects.exists(), model


class TestAPurgeThatWaits:
    """Somebody keeps rows of a chunk for longer than a purge may wait."""

    @pytest.mark.usefixtures("back")
    def test_leaves_the_chunk_for_the_next_run_and_goes_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(retention, "_LOCK_TIMEOUT", "50ms")
        make.inbound(make.contact(now=make.NOW - timedelta(days=9)))
        held, over = Event(), Event()

        def holds() -> None:
            with transaction.atomic():
                Trip.objects.select_for_update().get()
                held.set()
                over.wait()

        with elsewhere(holds):
            held.wait()
            purged = purge()
            over.set()
        assert purged.deleted == {"core.contactpoint": 1, "core.message": 1}
        assert purge().deleted["core.person"] == 1


class TestOnceMore:
    """What is begun anew, and what is not."""

    def test_within_a_transaction_of_the_callers_work_is_tried_once(self) -> None:
        tried = []

        def points_to_nobody() -> None:
            tried.append(1)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO core_optout (number_index, since, source) VALUES ('', now(), '')")
                cursor.execute("DELETE FROM core_person WHERE id = %s", [Person.objects.get().pk])

        make.traveller()
        with transaction.atomic(), pytest.raises(IntegrityError):
            collisions.once_more(points_to_nobody)
        assert len(tried) == 1
        with pytest.raises(IntegrityError):
            collisions.once_more(points_to_nobody)
        assert len(tried) == 3

    def test_what_no_other_caused_is_not_tried_again(self) -> None:
        tried = []

        def twice_the_same() -> None:
            tried.append(1)
            make.contact(phone=make.contact().phone)

        with pytest.raises(IntegrityError):
            collisions.once_more(twice_the_same)
        assert len(tried) == 1
