"""Asking the provider about calls whose news never came."""

from datetime import datetime, timedelta

import pytest
from asgiref.sync import async_to_sync

from channels_voice import outbound, settling
from channels_voice.models import Call
from core import gateway
from telephony.memory import Memory
from telephony.messages import CallStatus
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(provider: Memory, now: datetime) -> Call:
    """A call back that was placed."""
    return outbound.prepare(make.traveller(), gateway.senders()[0], Call.Purpose.CALL_BACK, now)


def _placed(call: Call, provider: Memory, now: datetime) -> None:
    async_to_sync(outbound.place)(provider, call, now=now)


def test_a_call_whose_end_nobody_told_is_asked_about(call: Call, provider: Memory, now: datetime) -> None:
    _placed(call, provider, now)
    call.refresh_from_db()
    provider.report_call(str(call.provider_sid), CallStatus.NO_ANSWER)
    assert settling.poll(clock=lambda: now) == 0, "its news may still come"
    assert settling.poll(clock=lambda: now + settling.STUCK_AFTER) == 1
    call.refresh_from_db()
    assert call.status == CallStatus.NO_ANSWER


def test_a_call_that_stands_still_is_asked_about_again_later(
    call: Call, provider: Memory, now: datetime
) -> None:
    _placed(call, provider, now)
    later = now + settling.STUCK_AFTER
    assert settling.poll(clock=lambda: later) == 0
    call.refresh_from_db()
    assert (call.status, call.status_at) == (CallStatus.QUEUED, later)


def test_a_call_of_unknown_outcome_is_found_by_its_number(
    call: Call, provider: Memory, now: datetime
) -> None:
    provider.lose_answer(call.contact.phone)
    _placed(call, provider, now)
    assert settling.poll(clock=lambda: now + settling.STUCK_AFTER) == 1
    call.refresh_from_db()
    assert call.provider_sid
    _placed(call, provider, now)
    assert len(provider.placed) == 1


def test_a_call_that_certainly_never_arrived_waits_again(call: Call, provider: Memory, now: datetime) -> None:
    provider.lose_request(call.contact.phone)
    _placed(call, provider, now)
    assert settling.poll(clock=lambda: now + settling.STUCK_AFTER) == 0
    provider.heal(call.contact.phone)
    _placed(call, provider, now + timedelta(minutes=6))
    assert len(provider.placed) == 1


def test_the_call_of_another_row_is_not_taken_for_this_one(
    call: Call, provider: Memory, now: datetime
) -> None:
    _placed(call, provider, now)
    second = outbound.prepare(call.contact, gateway.senders()[0], Call.Purpose.CALL_BACK, now)
    provider.lose_request(call.contact.phone)
    _placed(second, provider, now)
    settling.poll(clock=lambda: now + settling.STUCK_AFTER)
    second.refresh_from_db()
    assert (second.provider_sid, second.placed_at) == (None, None)
