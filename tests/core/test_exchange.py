"""The fixed statements of an exchange agree with the ORM, whatever columns the models have."""

from uuid import UUID

import pytest
from django.db import models

from core import exchange, people
from core.models import Consent, ContactPoint, Conversation, Message, Person, ProviderCopy, Trip
from core.privacy.index import blind_index
from telephony.messages import Channel
from telephony.numbers import synthetic
from tests import make

SID = "SMe0000000000000000000000000000001"
TOKEN = UUID(int=7)


def _nobody() -> ContactPoint:
    raise AssertionError("nobody new is met here")


def columns(row: models.Model) -> dict[str, object]:
    """Every column of a row, by name."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def heard_from(point: ContactPoint, *, sid: str = SID) -> Message:
    """A text that came in and is not stored yet."""
    return Message(
        contact=point,
        direction=Message.Direction.IN,
        channel=Channel.SMS,
        sender=make.SENDER,
        body="شكرا",
        created_at=make.NOW,
        provider_sid=sid,
        unclear=True,
    )


def reply_to(point: ContactPoint) -> Message:
    """An answer that is not stored yet."""
    return Message(
        contact=point,
        direction=Message.Direction.OUT,
        channel=Channel.SMS,
        sender=make.SENDER,
        body="Shall we?",
        choices={"1": "yes", "2": "no"},
        created_at=make.NOW,
        token=TOKEN,
    )


def conversation_of(point: ContactPoint, *, step: str) -> Conversation:
    """Where the phone stands, at that step."""
    return Conversation(
        contact=point,
        dialogue="registration",
        step=step,
        data={"draft": {"country": "LY"}},
        asked_at=make.NOW,
        expires_at=make.NOW,
        replies_counted_from=make.NOW,
        replies_in_hour=3,
    )


@pytest.mark.django_db
class TestStanding:
    """What is read is what the ORM reads."""

    def test_a_phone_nobody_has_heard_of_is_made(self) -> None:
        """Column by column, encrypted."""
        new = people.stranger(synthetic(901), make.NOW)

        known = exchange.standing(blind_index(synthetic(901)), SID, lambda: new)

        assert known is not None
        stored = ContactPoint.objects.get(number_index=blind_index(synthetic(901)))
        assert columns(known.contact) == columns(stored) == {**columns(new), "id": stored.pk}
        assert (known.trips, known.repeated, known.opted_out) == ((), False, False)

    def test_a_repeat_from_somebody_deleted_leaves_no_new_row(self) -> None:
        """The provider may deliver a text again after its sender asked to be forgotten."""
        ProviderCopy.objects.create(provider_sid=SID, since=make.NOW)

        assert exchange.standing(blind_index(synthetic(901)), SID, _nobody) is None
        assert not ContactPoint.objects.exists()

    def test_the_phone_its_conversation_and_its_trips_are_read_whole(self) -> None:
        """Column by column, decrypted."""
        point = make.contact(person=make.person())
        conversation_of(point, step="place").save()
        trips = [make.trip(of=point.person), make.trip(of=point.person, country="EG", city="Cairo")]

        known = exchange.standing(bytes(point.number_index), SID, _nobody)

        assert known is not None
        stored = ContactPoint.objects.get(pk=point.pk)
        assert columns(known.contact) == columns(stored)
        assert columns(known.contact.conversation) == columns(stored.conversation)
        assert [columns(trip) for trip in known.trips] == [columns(trip) for trip in trips]
        assert (known.repeated, known.forgotten, known.opted_out) == (False, False, False)

    def test_a_stop_and_a_repeat_are_seen(self) -> None:
        """Both are asked beside the phone."""
        point = make.opted_out(make.contact())
        heard_from(point).save()

        known = exchange.standing(bytes(point.number_index), SID, _nobody)

        assert known is not None
        assert (known.repeated, known.forgotten, known.opted_out) == (True, False, True)


@pytest.mark.django_db
class TestRegister:
    """A person is made with all that belongs to them."""

    def test_the_person_the_consent_and_the_trips_are_stored_whole(self) -> None:
        """And the phone is theirs."""
        point = make.contact()
        person = Person(created_at=make.NOW)
        consent = Consent(text_version="2026-11", language="ar", channel="sms", given_at=make.NOW, how="1")
        legs = [
            Trip(country=country, start=day, end=day, delete_at=make.NOW, created_at=make.NOW)
            for country in ("LY", "EG")
            for day in [make.NOW.date()]
        ]

        exchange.register(point, person, consent, legs)

        assert columns(ContactPoint.objects.get()) == columns(point)
        assert columns(Person.objects.get()) == columns(person)
        stored = columns(Consent.objects.get())
        assert {**stored, "id": None} == columns(consent)
        assert [columns(trip) for trip in Trip.objects.order_by("pk")] == [columns(leg) for leg in legs]


@pytest.mark.django_db
class TestKeep:
    """What is written is what was given."""

    def test_both_sides_and_the_conversation_are_stored_whole(self) -> None:
        """The reply points at the text it answers."""
        point = make.contact()
        heard, left, said = heard_from(point), conversation_of(point, step="place"), reply_to(point)

        exchange.keep(heard, left, said)

        assert columns(Message.objects.get(provider_sid=SID)) == columns(heard)
        assert columns(Message.objects.get(token=TOKEN)) == columns(said)
        assert said.answers_id == heard.pk
        stored = columns(Conversation.objects.get(contact=point))
        assert {**stored, "id": None} == columns(left)

    def test_silence_stores_the_text_alone(self) -> None:
        """And a conversation that was there is changed, not doubled."""
        point = make.contact()
        conversation_of(point, step="place").save()

        exchange.keep(heard_from(point), conversation_of(point, step="dates"), None)

        assert Message.objects.count() == 1
        assert [row.step for row in Conversation.objects.all()] == ["dates"]
