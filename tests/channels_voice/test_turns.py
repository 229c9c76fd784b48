"""The fixed statements of a call agree with the ORM, whatever columns the models have."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import models

from channels_voice import turns
from channels_voice.models import Call, CallStep
from core import people
from core.models import ContactPoint, ProviderCopy
from core.privacy.index import blind_index
from telephony.messages import CallStatus
from telephony.numbers import synthetic
from tests import make

pytestmark = pytest.mark.django_db

SID = "CAe0000000000000000000000000000001"
LATELY = make.NOW - timedelta(minutes=30)


def _nobody() -> ContactPoint:
    raise AssertionError("nobody new is met here")


def columns(row: models.Model) -> dict[str, object]:
    """Every column of a row, by name."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def call_of(point: ContactPoint, *, number: int = 1, sid: str = SID) -> Call:
    """A call that is not stored yet."""
    status = CallStatus.IN_PROGRESS
    return Call(
        contact=point,
        token=UUID(int=number),
        provider_sid=sid,
        sender=make.SENDER,
        purpose=Call.Purpose.INBOUND,
        status=status,
        rank=status.rank,
        step=1,
        created_at=make.NOW,
        status_at=make.NOW,
    )


def said_on(call: Call, *, number: int = 1) -> CallStep:
    """A step that is not stored yet."""
    return CallStep(call=call, number=number, twiml="<Response/>", asked={"text": "?"}, created_at=make.NOW)


def test_a_phone_nobody_has_heard_of_is_made() -> None:
    new = people.stranger(synthetic(901), make.NOW)

    ring = turns.rung(blind_index(synthetic(901)), SID, lambda: new, lately=LATELY)

    assert ring is not None
    stored = ContactPoint.objects.get()
    assert columns(ring.contact) == columns(stored) == {**columns(new), "id": stored.pk}
    assert (ring.call, ring.before) == (None, None)


@pytest.mark.parametrize("known", [True, False])
def test_a_ring_of_somebody_deleted_is_known_and_makes_no_row(*, known: bool) -> None:
    """The provider may deliver a ring again after its caller asked to be forgotten."""
    point = make.contact() if known else None
    ProviderCopy.objects.create(provider_sid=SID, since=make.NOW)

    index = bytes(point.number_index) if point else blind_index(synthetic(901))

    assert turns.rung(index, SID, _nobody, lately=LATELY) is None
    assert ContactPoint.objects.count() == int(known)


def test_a_call_is_stored_with_its_first_step_and_found_by_its_ring() -> None:
    point = make.contact()
    call = call_of(point)
    said = said_on(call)

    turns.keep(said)

    stored = Call.objects.get()
    assert {**columns(stored), "id": None} == columns(call)
    assert {**columns(CallStep.objects.get()), "id": None} == {**columns(said), "call_id": stored.pk}
    ring = turns.rung(bytes(point.number_index), SID, _nobody, lately=LATELY)
    assert ring is not None
    assert ring.call is not None
    assert columns(ring.call) == columns(stored)
    assert columns(ring.contact) == columns(point)


def test_a_later_step_moves_its_call_on() -> None:
    point = make.contact()
    turns.keep(said_on(call_of(point)))

    turns.keep(said_on(Call.objects.get(), number=2))

    assert Call.objects.get().step == 2
    assert list(CallStep.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_the_latest_call_on_which_something_was_said_lately_is_named() -> None:
    point = make.contact()
    for number in (1, 2, 3):
        turns.keep(said_on(call_of(point, number=number, sid=f"CA{number}")))
        made = Call.objects.filter(token=UUID(int=number))
        made.update(created_at=make.NOW + timedelta(minutes=number))
    CallStep.objects.filter(call__token=UUID(int=3)).update(created_at=LATELY)

    ring = turns.rung(bytes(point.number_index), SID, _nobody, lately=LATELY)

    assert ring is not None
    assert ring.before == Call.objects.get(token=UUID(int=2)).pk


def test_a_call_and_one_step_of_it_are_read_whole() -> None:
    point = make.contact()
    turns.keep(said_on(call_of(point)))

    for step, known in ((1, True), (2, False)):
        found = turns.locked(UUID(int=1), step)
        assert found is not None
        call, said = found
        assert columns(call) == columns(Call.objects.get())
        assert columns(call.contact) == columns(point)
        assert (said is not None) is known
        assert said is None or columns(said) == columns(CallStep.objects.get())
    assert turns.locked(UUID(int=2), 1) is None
