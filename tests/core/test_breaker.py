"""An account that the provider refuses: one alarm, nothing tried, and on again once it is let in."""

import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import breaker, delivery, outbox
from core.models import AuditEvent, Breaker, Message
from telephony.errors import CODES, is_of_account
from telephony.memory import Memory
from tests import make

pytestmark = pytest.mark.django_db

_MINUTE = timedelta(minutes=1)


def test_of_a_wave_of_refusals_one_opens_it_and_rings_the_alarm(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert [breaker.trip(20003, make.NOW) for _ in range(3)] == [True, False, False]
    assert breaker.is_open()
    assert sum("our account is refused" in line for line in caplog.messages) == 1
    assert AuditEvent.objects.get(verb="provider.stopped").figures == {"code": 20003}


def test_it_closes_by_itself_once_the_account_is_let_in(provider: Memory) -> None:
    breaker.trip(20003, make.NOW)
    provider.account_code = 20003
    assert not breaker.probe(make.NOW + _MINUTE)
    provider.account_code = None
    assert not breaker.probe(make.NOW + 2 * _MINUTE), "asked a minute ago: the wait doubles"
    assert breaker.probe(make.NOW + 3 * _MINUTE)
    assert not breaker.is_open()
    assert AuditEvent.objects.filter(verb="provider.resumed").exists()


def test_before_its_time_nobody_asks(provider: Memory) -> None:
    breaker.trip(20003, make.NOW)
    assert not breaker.probe_is_due(make.NOW)
    assert not breaker.probe(make.NOW)
    assert breaker.is_open()


def test_who_finds_the_question_taken_does_not_ask_again(provider: Memory) -> None:
    breaker.trip(20003, make.NOW)
    provider.account_code = 20003
    assert not breaker.probe(make.NOW + _MINUTE)
    assert not breaker.probe_is_due(make.NOW + _MINUTE), "the next question has its own time"


def test_an_account_refused_again_soon_after_is_asked_less_often() -> None:
    breaker.trip(20003, make.NOW)
    breaker.close(make.NOW + _MINUTE)
    breaker.trip(20003, make.NOW + 2 * _MINUTE)
    assert Breaker.objects.get().probe_at == make.NOW + 4 * _MINUTE
    breaker.close(make.NOW + 3 * _MINUTE)
    breaker.trip(20003, make.NOW + 30 * _MINUTE)
    assert Breaker.objects.get().probe_at == make.NOW + 31 * _MINUTE, "it was calm for long enough"


@given(tries=st.integers(0, 10_000))
def test_the_wait_grows_and_is_never_more_than_a_quarter_of_an_hour(tries: int) -> None:
    assert breaker.FIRST_WAIT <= breaker.wait(tries) <= breaker.wait(tries + 1) <= breaker.LONGEST_WAIT


def test_an_officers_text_waits_while_the_account_is_refused(provider: Memory, redis_db: object) -> None:
    provider.account_code = 20003
    message = delivery.send_one(make.contact(), "We are on our way.", now=make.NOW)
    outbox.transmit(message.pk, clock=lambda: make.NOW)
    assert breaker.is_open()
    assert Message.objects.get(pk=message.pk).status == "queued", "it has not failed: it waits"
    provider.account_code = None
    outbox.transmit(message.pk, clock=lambda: make.NOW)
    assert provider.sent == [], "nothing is begun while it is open"
    breaker.close(make.NOW)
    outbox.transmit(message.pk, clock=lambda: make.NOW)
    assert len(provider.sent) == 1


def test_a_callback_that_tells_of_a_suspended_account_opens_it_too() -> None:
    message = make.sent_call(make.contact())
    delivery.refused([(message.pk, 30002)], now=make.NOW)
    opened = breaker.opened()
    assert opened is not None
    assert opened.code == 30002


def test_what_is_of_the_account_is_an_alarm_in_the_table() -> None:
    listed = [code for code in CODES if is_of_account(code)]
    assert listed
    assert all(CODES[code].alarms for code in listed)
    assert not is_of_account(20429), "too many requests pass by themselves"
