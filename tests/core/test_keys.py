"""What points to people, phones and messages: kept true by triggers as a constraint would keep it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import ForeignKey

from campaigns.models import Case, Recipient
from core.models import Consent, ContactPoint, Conversation, EmergencyContact, Message, Person, Trip
from tests import make
from tests.elsewhere import elsewhere, until_somebody_waits

Key = tuple[str, str, str]
DELETES = "DELETE FROM core_person WHERE id = %s"


def keys() -> Iterator[Key]:
    """Table, column and the table pointed to of every key to those three that is no constraint."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if not isinstance(field, ForeignKey) or field.related_model not in {
                Person,
                ContactPoint,
                Message,
            }:
                continue
            # Recipients have a trigger of their own (docs/adr/0030).
            if not getattr(field, "db_constraint", True) and model is not Recipient:
                yield model._meta.db_table, field.attname, field.related_model._meta.db_table


def triggers(table: str) -> Sequence[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass", [table])
        return [name for (name,) in cursor.fetchall()]


def run(statement: str, *values: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.django_db
class TestEach:
    """Every one of them, and both of its sides."""

    def test_every_key_without_a_constraint_has_its_triggers(self) -> None:
        found = list(keys())
        assert ("campaigns_case", "contact_id", "core_contactpoint") in found
        for child, pointer, parent in found:
            name = f"key_{child}_{pointer}"
            assert {name, f"{name}_moved"} <= set(triggers(child)), name
            assert f"{name}_held" in triggers(parent), name

    def test_a_row_that_points_to_nobody_is_refused(self) -> None:
        gone = make.contact()
        ContactPoint.objects.filter(pk=gone.pk).delete()
        with pytest.raises(IntegrityError, match="points to nothing"), transaction.atomic():
            Conversation.objects.create(contact_id=gone.pk)
        case = make.case()
        with pytest.raises(IntegrityError, match="points to nothing"), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(contact=gone.pk)

    def test_nobody_goes_to_whom_a_row_points(self) -> None:
        traveller = make.traveller()
        with pytest.raises(IntegrityError, match="still points"):
            run(DELETES, traveller.person_id or 0)
        Conversation.objects.create(contact=traveller)
        with pytest.raises(IntegrityError, match="still points"):
            run("DELETE FROM core_contactpoint WHERE id = %s", traveller.pk)
        notice = make.inbound(traveller)
        EmergencyContact.objects.create(
            person_id=traveller.person_id or 0,
            number_index=b"",
            language="en",
            created_at=make.NOW,
            notice=notice,
        )
        with pytest.raises(IntegrityError, match="core_emergencycontact"):
            run("DELETE FROM core_message WHERE id = %s", notice.pk)

    def test_one_row_of_many_is_enough(self) -> None:
        make.contact()
        Conversation.objects.create(contact=make.contact())
        with pytest.raises(IntegrityError, match="core_conversation"):
            run("DELETE FROM core_contactpoint")

    def test_a_change_that_moves_nothing_looks_at_nothing(self) -> None:
        contact = make.contact()
        Conversation.objects.create(contact=contact)
        assert Conversation.objects.update(contact=contact, misses=1) == 1


def consent(of: Person) -> Consent:
    return Consent.objects.create(
        person=of, text_version="1", language="en", channel="sms", given_at=make.NOW, how="1"
    )


def crosswise(first: Callable[[], object], second: Callable[[], object]) -> None:
    """The second begins before the first one's transaction ends, and waits for it."""
    with ExitStack() as ends, transaction.atomic():
        first()
        until_somebody_waits(ends.enter_context(elsewhere(second)))


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    """One points to somebody, the other deletes them: the second waits, and is refused."""

    @pytest.fixture
    def someone(self) -> Person:
        return Person.objects.create(created_at=make.NOW)

    @pytest.mark.parametrize(
        "points",
        [consent, lambda someone: make.trip(of=someone), lambda someone: make.contact(person=someone)],
    )
    def test_whoever_points_first_keeps_them(
        self, someone: Person, points: Callable[[Person], object]
    ) -> None:
        with pytest.raises(IntegrityError, match="still points"):
            crosswise(lambda: points(someone), lambda: run(DELETES, someone.pk))
        assert Person.objects.exists()

    @pytest.mark.parametrize(
        "points",
        [consent, lambda someone: make.trip(of=someone), lambda someone: make.contact(person=someone)],
    )
    def test_whoever_comes_after_the_deletion_finds_nobody(
        self, someone: Person, points: Callable[[Person], object]
    ) -> None:
        with pytest.raises(IntegrityError, match="points to nothing"):
            crosswise(lambda: run(DELETES, someone.pk), lambda: points(someone))
        for model in (Person, Consent, Trip, ContactPoint, Message):
            assert not model.objects.exists(), model
