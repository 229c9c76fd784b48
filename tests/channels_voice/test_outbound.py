"""Calls that we place: call backs, check-ins, machines, and requests that fail."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

import phonenumbers
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings

from campaigns.models import Case, Recipient
from channels_voice import outbound
from channels_voice.models import Call
from core import gateway, queues
from core.models import ContactPoint, Message
from telephony.memory import Memory
from telephony.messages import Channel, DeliveryStatus
from telephony.numbers import PhoneNumber, may_be_called_back
from tests import make
from tests.handset import Handset

Capture = Callable[..., AbstractContextManager[object]]


def _missed_calls_are_rung_back() -> AbstractContextManager[object]:
    first, *others = settings.SENDERS
    return patch.object(settings, "SENDERS", (replace(first, call_back=True), *others))


def _check_in(contact: ContactPoint, now: datetime, *, message: Message | None = None) -> Call:
    sender = gateway.senders()[0]
    return outbound.prepare(contact, sender, Call.Purpose.CHECK_IN, now, message=message)


def _place(provider: Memory, call: Call, now: datetime) -> None:
    async_to_sync(outbound.place)(provider, call, now=now)


def test_a_missed_call_is_rejected_and_rung_back_once(
    handset: Handset,
    now: datetime,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    with (
        _missed_calls_are_rung_back(),
        patch.object(queues, "put") as put,
        django_capture_on_commit_callbacks(execute=True),
    ):
        handset.dials()
        assert "<Reject" in handset.markup
        handset.dials(sid=handset.sid)
        handset.dials()
    back = Call.objects.get(purpose=Call.Purpose.CALL_BACK)
    put.assert_called_once_with(queues.URGENT, outbound.JOB, back.pk)


def test_another_call_back_comes_after_ten_minutes(handset: Handset, now: datetime) -> None:
    with _missed_calls_are_rung_back():
        handset.dials()
        Call.objects.update(created_at=now - timedelta(minutes=11))
        handset.dials()
    assert Call.objects.filter(purpose=Call.Purpose.CALL_BACK).count() == 2


def test_a_call_back_says_who_calls_and_leads_on(handset: Handset, now: datetime, provider: Memory) -> None:
    with _missed_calls_are_rung_back():
        handset.dials()
    call = Call.objects.get(purpose=Call.Purpose.CALL_BACK)
    _place(provider, call, now)
    heard = handset.picks_up(provider.placed[0].url)
    assert heard.startswith("This is an automatic call from Alongside. What can we do for you?")


@pytest.mark.parametrize("region", ["IT", "GB", "US", "FR"])
def test_premium_numbers_are_never_rung_back(region: str) -> None:
    premium = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.PREMIUM_RATE)
    assert premium is not None
    number = phonenumbers.format_number(premium, phonenumbers.PhoneNumberFormat.E164)
    assert not may_be_called_back(PhoneNumber(number))


def test_a_check_in_is_answered_by_one_key_and_the_call_ends(
    handset: Handset, now: datetime, provider: Memory
) -> None:
    contact = make.traveller(phone=handset.number)
    recipient = make.asked(contact)
    call = _check_in(contact, now)
    _place(provider, call, now)
    heard = handset.picks_up(provider.placed[0].url)
    assert heard.startswith("This is an automatic call from Alongside. The crisis unit asks everyone")
    assert handset.presses("1").endswith("Goodbye.")
    assert handset.over
    recipient.refresh_from_db()
    assert recipient.answer == Recipient.Answer.SAFE


def test_help_by_key_on_a_call_of_ours_opens_a_case(
    handset: Handset, now: datetime, provider: Memory
) -> None:
    contact = make.traveller(phone=handset.number)
    make.asked(contact)
    _place(provider, _check_in(contact, now), now)
    handset.picks_up(provider.placed[0].url)
    assert "What has happened?" in handset.presses("2")
    assert Case.objects.get().reason == Case.Reason.NEEDS_HELP


@pytest.mark.parametrize("word", ["completed", "busy", "no-answer", "failed", "canceled"])
def test_no_end_of_a_call_is_an_answer(handset: Handset, now: datetime, provider: Memory, word: str) -> None:
    contact = make.traveller(phone=handset.number)
    recipient = make.asked(contact)
    call = _check_in(contact, now)
    _place(provider, call, now)
    handset.picks_up(provider.placed[0].url)
    handset.posts(f"/voice/status/{call.token.hex}", {"CallStatus": word})
    call.refresh_from_db()
    recipient.refresh_from_db()
    assert (call.status, recipient.answer) == (word, "")


def test_silence_on_a_call_of_ours_is_no_answer_and_bothers_nobody(
    handset: Handset, now: datetime, provider: Memory
) -> None:
    recipient = make.asked(make.traveller(phone=handset.number))
    contact = ContactPoint.objects.get()
    _place(provider, _check_in(contact, now), now)
    handset.picks_up(provider.placed[0].url)
    for _ in range(3):
        handset.waits()
    recipient.refresh_from_db()
    assert handset.over
    assert recipient.answer == ""
    assert not Message.objects.filter(unclear=True).exists()


def test_a_machine_hears_who_rang_and_where_to_call_and_nothing_else(
    handset: Handset, now: datetime, provider: Memory
) -> None:
    contact = make.traveller(phone=handset.number)
    recipient = make.asked(contact)
    call = _check_in(contact, now)
    _place(provider, call, now)
    handset.picks_up(provider.placed[0].url)
    handset.posts(f"/voice/status/{call.token.hex}", {"AnsweredBy": "machine_start"})
    outbound.leave_word(call.pk)
    assert [url for _, url in provider.diverted]
    heard = handset.waits()
    assert heard.startswith("This is Alongside. Please call us back:")
    assert handset.over
    recipient.refresh_from_db()
    assert recipient.answer == ""


@pytest.mark.parametrize("told", ["before", "after"])
def test_who_presses_a_key_is_no_machine_whatever_the_provider_says(
    handset: Handset, now: datetime, provider: Memory, told: str
) -> None:
    contact = make.traveller(phone=handset.number)
    recipient = make.asked(contact)
    call = _check_in(contact, now)
    _place(provider, call, now)
    handset.picks_up(provider.placed[0].url)
    news = f"/voice/status/{call.token.hex}"
    if told == "before":
        handset.posts(news, {"AnsweredBy": "machine_start"})
    heard = handset.presses("2")
    if told == "after":
        handset.posts(news, {"AnsweredBy": "machine_start"})
    outbound.leave_word(call.pk)
    assert "What has happened?" in heard
    assert "How many people need help?" in handset.presses("1")
    assert not provider.diverted
    recipient.refresh_from_db()
    assert recipient.answer == Recipient.Answer.NEEDS_HELP


def test_who_was_asked_and_answered_meanwhile_is_not_asked_again(
    handset: Handset, now: datetime, provider: Memory
) -> None:
    contact = make.traveller(phone=handset.number)
    recipient = make.asked(contact)
    _place(provider, _check_in(contact, now), now)
    Recipient.objects.filter(pk=recipient.pk).update(answer=Recipient.Answer.SAFE)
    assert handset.picks_up(provider.placed[0].url).endswith("Goodbye.")


def test_a_call_is_placed_once_whoever_tries(handset: Handset, now: datetime, provider: Memory) -> None:
    call = _check_in(make.traveller(phone=handset.number), now)
    for _ in range(3):
        _place(provider, call, now)
    assert len(provider.placed) == 1


def test_a_call_of_unknown_outcome_is_not_placed_again_and_is_healed_by_its_token(
    handset: Handset, now: datetime, provider: Memory
) -> None:
    provider.lose_answer(handset.number)
    call = _check_in(make.traveller(phone=handset.number), now)
    _place(provider, call, now)
    _place(provider, call, now)
    assert len(provider.placed) == 1
    handset.sid = "CA" + "5" * 32
    handset.posts(f"/voice/status/{call.token.hex}", {"CallStatus": "ringing"})
    call.refresh_from_db()
    assert (call.provider_sid, call.status) == (handset.sid, "ringing")


def test_a_refused_call_has_failed_with_its_code(handset: Handset, now: datetime, provider: Memory) -> None:
    provider.refuse(handset.number, 21211)
    call = _check_in(make.traveller(phone=handset.number), now)
    _place(provider, call, now)
    call.refresh_from_db()
    assert (call.status, call.error_code) == ("failed", 21211)
    assert ContactPoint.objects.get().voice_refused == 21211


def test_a_country_switched_off_is_our_fault_and_not_the_phones(
    handset: Handset, now: datetime, provider: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    provider.refuse(handset.number, 21215)
    call = _check_in(make.traveller(phone=handset.number), now)
    _place(provider, call, now)
    call.refresh_from_db()
    assert (call.status, call.error_code) == ("failed", 21215)
    assert ContactPoint.objects.get().voice_refused is None
    assert "provider alarm: code 21215" in caplog.text


def test_a_call_that_no_connection_could_carry_waits_again(
    handset: Handset, now: datetime, provider: Memory
) -> None:
    provider.refuse(handset.number, 429)
    call = _check_in(make.traveller(phone=handset.number), now)
    _place(provider, call, now)
    provider.heal(handset.number)
    _place(provider, call, now)
    assert len(provider.placed) == 1


def test_the_campaigns_message_follows_its_call(handset: Handset, now: datetime, provider: Memory) -> None:
    contact = make.traveller(phone=handset.number)
    message = make.sent_call(contact)
    call = _check_in(contact, now, message=message)
    _place(provider, call, now)
    handset.sid = "CA" + "6" * 32
    handset.posts(f"/voice/status/{call.token.hex}", {"CallStatus": "no-answer"})
    handset.posts(f"/voice/status/{call.token.hex}", {"CallStatus": "completed"})
    message.refresh_from_db()
    assert message.status == DeliveryStatus.UNDELIVERED
    assert message.channel == Channel.VOICE
