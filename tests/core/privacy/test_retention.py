"""Every promise of deletion, kept in chunks, and nothing taken that is not due."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from campaigns.models import Case, Recipient
from core import people
from core.models import ContactPoint, Conversation, Message, OptOut, Person, ProviderCopy, Trip
from core.privacy import retention
from tests import make
from tests.elsewhere import until_somebody_waits

LATER = make.NOW + timedelta(days=60)
UNREGISTERED = timedelta(hours=48)


@pytest.mark.django_db
class TestPurge:
    """What goes and what stays."""

    def test_a_person_whose_last_trip_is_due_goes_with_everything(self) -> None:
        traveller = make.traveller()
        make.inbound(traveller, "secret")
        Conversation.objects.create(contact=traveller)
        purged = retention.purge(LATER)
        assert purged.deleted["core.person"] == 1
        assert purged.deleted["core.message"] == 1
        for model in (Person, ContactPoint, Trip, Message, Conversation):
            assert not model.objects.exists(), model

    def test_a_person_with_a_trip_to_come_loses_the_old_one_only(self) -> None:
        traveller = make.traveller()
        make.trip(of=traveller.person, country="JP", dates=(date(2027, 1, 3), date(2027, 1, 9)))
        purged = retention.purge(datetime(2026, 12, 20, tzinfo=UTC))
        assert purged.deleted == {"core.trip": 1}
        assert Trip.objects.get().country == "JP"

    def test_somebody_unregistered_goes_48_hours_after_the_last_text(self) -> None:
        make.inbound(make.contact())
        retention.purge(make.NOW + UNREGISTERED - timedelta(seconds=1))
        assert ContactPoint.objects.exists()
        retention.purge(make.NOW + UNREGISTERED)
        assert not ContactPoint.objects.exists()
        assert not Message.objects.exists()

    def test_old_words_of_somebody_unregistered_who_still_writes_go_alone(self) -> None:
        contact = make.contact(now=make.NOW + timedelta(hours=47))
        make.inbound(contact, "old")
        make.inbound(contact, "new", now=make.NOW + timedelta(hours=47))
        retention.purge(make.NOW + UNREGISTERED)
        assert Message.objects.get().body == "new"

    def test_words_of_a_registered_person_stay_as_long_as_the_person(self) -> None:
        make.inbound(make.traveller())
        retention.purge(make.NOW + timedelta(days=5))
        assert Message.objects.exists()

    def test_an_expired_conversation_is_emptied_and_not_counted_twice(self) -> None:
        Conversation.objects.create(
            contact=make.traveller(), dialogue="registration", data={"a": 1}, expires_at=make.NOW
        )
        assert retention.purge(make.NOW).erased == {"core.conversation": 1}
        left = Conversation.objects.get()
        assert (left.dialogue, left.data) == ("", {})
        assert retention.purge(make.NOW).erased == {}

    def test_a_stop_outlives_the_person(self) -> None:
        make.opted_out(make.traveller())
        retention.purge(LATER)
        assert OptOut.objects.count() == 1

    def test_what_points_at_the_person_from_above_stays_for_the_count(self) -> None:
        recipient = make.asked(make.traveller())
        case = make.case(make.traveller())
        retention.purge(LATER)
        recipient.refresh_from_db()
        case.refresh_from_db()
        assert recipient.contact is None
        assert (case.contact, case.person) == (None, None)

    def test_the_words_of_a_closed_case_are_emptied(self) -> None:
        case = make.case()
        Case.objects.filter(pk=case.pk).update(closed_at=make.NOW, outcome="found")
        assert retention.purge(make.NOW + timedelta(days=30)).erased["campaigns.case"] == 1
        case.refresh_from_db()
        assert (case.words, case.outcome) == ("", "")

    def test_the_providers_names_of_deleted_messages_are_kept(self) -> None:
        message = make.inbound(make.contact())
        retention.purge(LATER)
        assert ProviderCopy.objects.get().provider_sid == message.provider_sid

    def test_more_rows_than_a_chunk_all_go(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(retention, "CHUNK", 2)
        for _ in range(5):
            make.traveller()
        assert retention.purge(LATER).deleted["core.person"] == 5
        assert not Person.objects.exists()

    def test_a_forecast_says_what_a_purge_then_does_and_changes_nothing(self) -> None:
        for _ in range(2):
            make.inbound(make.traveller())
        make.inbound(make.contact())
        make.asked(make.traveller())
        Conversation.objects.create(contact=make.contact(), data={"a": 1}, expires_at=make.NOW)
        before = ContactPoint.objects.count()
        forecast = retention.forecast(LATER)
        assert ContactPoint.objects.count() == before
        purged = retention.purge(LATER)
        assert forecast.deleted == purged.deleted
        assert Recipient.objects.count() == 1


@contextmanager
def writing(contact: ContactPoint) -> Iterator[None]:
    """While it lasts, another process answers a text of that phone."""
    begun, done = threading.Event(), threading.Event()

    def answer() -> None:
        try:
            with transaction.atomic():
                ContactPoint.objects.select_for_update(no_key=True).get(pk=contact.pk)
                begun.set()
                done.wait()
        finally:
            connection.close()

    thread = threading.Thread(target=answer)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_somebody_who_is_writing_to_us_is_left_for_the_next_purge() -> None:
    with writing(make.traveller()):
        assert "core.person" not in retention.purge(LATER).deleted
    assert retention.purge(LATER).deleted["core.person"] == 1


@pytest.mark.django_db(transaction=True)
def test_what_somebody_writes_while_they_are_deleted_goes_too_and_its_copy_is_remembered() -> None:
    phone = make.traveller()
    begun = threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                ContactPoint.objects.select_for_update(no_key=True).get(pk=phone.pk)
                begun.set()
                until_somebody_waits(threading.main_thread())
                make.inbound(phone, "from the other phone")
        finally:
            begun.set()
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    begun.wait()
    people.forget(Person.objects.get(), make.NOW)
    thread.join()
    assert not Person.objects.exists()
    assert not Message.objects.exists()
    assert ProviderCopy.objects.count() == 1


@pytest.mark.django_db
def test_keys_to_a_phone_are_looked_at_once_and_still_hold() -> None:
    message = make.inbound(make.traveller())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT confdeltype FROM pg_constraint "
            "WHERE contype = 'f' AND conrelid = 'core_message'::regclass "
            "AND confrelid = 'core_contactpoint'::regclass"
        )
        assert cursor.fetchall() == [("r",)]
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("DELETE FROM core_contactpoint WHERE id = %s", [message.contact_id])
    assert ContactPoint.objects.filter(pk=message.contact_id).exists()


def test_every_relation_that_a_deletion_walks_has_a_column() -> None:
    for model in apps.get_models():
        for _, column, rule in retention._hanging(model):
            assert column
            assert rule is not None
