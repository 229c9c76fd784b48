"""The phone on which an officer is rung: given, confirmed by its keys, seen by nobody; calls from pages."""

from datetime import datetime

import phonenumbers
import pytest
from django.test import Client
from django.urls import reverse

from campaigns import inbox
from campaigns.models import Case
from channels_voice import bridging
from channels_voice.models import Bridge
from core import officer_phones
from core.models import AuditEvent, Message, Officer, OfficerPhone
from core.officers import Role
from core.privacy import retention
from telephony.memory import Memory
from telephony.numbers import synthetic
from tests import make
from tests.caller import Direct
from tests.console.desk import at_the_desk

pytestmark = pytest.mark.django_db

SETTINGS = "console:settings"
MINE = synthetic(520)


@pytest.fixture
def officer(now: datetime) -> Officer:
    return make.officer(Role.CASE_OFFICER)


@pytest.fixture
def desk(officer: Officer) -> Client:
    return at_the_desk(officer)


def page(desk: Client) -> str:
    return desk.get(reverse(SETTINGS)).content.decode()


def give(desk: Client, number: str) -> str:
    return desk.post(reverse("console:my-phone"), {"number": number}, follow=True).content.decode()


def test_a_number_is_kept_encrypted_and_only_its_end_is_shown(desk: Client, officer: Officer) -> None:
    shown = give(desk, MINE.e164)
    assert "Not confirmed yet" in shown
    assert MINE.e164 not in shown
    assert MINE.mask in shown
    assert OfficerPhone.objects.get().phone == MINE
    assert AuditEvent.objects.get(verb="officer.phone-set").officer == officer


@pytest.mark.parametrize("typed", ["", "12", "hello", "the own sender"])
def test_what_cannot_be_rung_is_refused_with_what_to_do(desk: Client, typed: str) -> None:
    shown = give(desk, make.SENDER if typed == "the own sender" else typed)
    assert "This is not a number that we can ring. Type it with its country code." in shown
    assert not OfficerPhone.objects.exists()


def test_a_premium_number_is_refused(desk: Client) -> None:
    premium = phonenumbers.example_number_for_type("IT", phonenumbers.PhoneNumberType.PREMIUM_RATE)
    assert premium is not None
    written = phonenumbers.format_number(premium, phonenumbers.PhoneNumberFormat.E164)
    assert "not a number that we can ring" in give(desk, written)


def test_it_is_confirmed_by_the_digits_that_the_page_shows(
    desk: Client, telephone: Direct, provider: Memory, redis_db: object, now: datetime
) -> None:
    give(desk, MINE.e164)
    desk.post(reverse("console:my-phone-ring"))
    bridge = Bridge.objects.get()
    assert f"When it rings, key {bridge.code}." in page(desk)
    bridging.ring(bridge.pk, clock=lambda: now)
    rung = telephone.caller(20).is_called(provider.placed[0].url, {"From": provider.placed[0].sender})
    rung.answers().hears("Key the four digits that your screen shows.")
    wrong = "0000" if bridge.code != "0000" else "1111"
    rung.presses(wrong).hears("Key the four digits")
    rung.presses(bridge.code).hears("Goodbye.")
    assert OfficerPhone.objects.get().confirmed_at is not None
    assert "Not confirmed yet" not in page(desk)
    assert Bridge.objects.get().code == ""


def test_digits_keyed_on_the_old_phone_do_not_confirm_a_new_one(
    desk: Client, officer: Officer, now: datetime
) -> None:
    give(desk, MINE.e164)
    index = bytes(bridging.try_out(officer, now).number_index)
    give(desk, synthetic(521).e164)
    assert not officer_phones.confirm(officer, index, now)
    assert OfficerPhone.objects.get().confirmed_at is None


def test_a_number_that_an_administrator_gives_waits_for_the_officer(desk: Client, officer: Officer) -> None:
    admin = at_the_desk(Role.ADMIN)
    there = reverse("console:officer-phone", args=[officer.pk])
    admin.post(there, {"number": MINE.e164})
    assert OfficerPhone.objects.get().confirmed_at is None
    assert MINE.e164 not in admin.get(there).content.decode()
    assert "Not confirmed yet" in page(desk)


def test_only_case_officers_have_one() -> None:
    author = make.officer(Role.AUTHOR)
    assert at_the_desk(Role.ADMIN).get(reverse("console:officer-phone", args=[author.pk])).status_code == 404
    assert "Phone on which we ring you" not in page(at_the_desk(author))
    with pytest.raises(officer_phones.NoCaseOfficer):
        officer_phones.keep(author, MINE, by=author, now=make.NOW)


def test_it_is_taken_away_by_the_officer_and_with_the_account(
    desk: Client, officer: Officer, now: datetime
) -> None:
    give(desk, MINE.e164)
    desk.post(reverse("console:my-phone"), {"remove": "1"})
    assert not OfficerPhone.objects.exists()
    give(desk, MINE.e164)
    retention.purge(now)
    assert OfficerPhone.objects.exists()
    Officer.objects.filter(pk=officer.pk).update(is_active=False)
    retention.purge(now)
    assert not OfficerPhone.objects.exists()


def test_without_a_phone_the_case_leads_to_the_settings(desk: Client, officer: Officer) -> None:
    case = make.case()
    there = reverse("console:case", args=[case.pk])
    desk.post(reverse("console:case-claim", args=[case.pk]))
    shown = desk.get(there).content.decode()
    assert "tell us on which phone to ring you" in shown
    assert f'href="{reverse(SETTINGS)}#phone"' in shown
    refused = desk.post(reverse("console:case-call", args=[case.pk]), follow=True).content.decode()
    assert "Not called: first confirm in your settings" in refused
    assert not Bridge.objects.exists()


def test_nobody_calls_from_a_colleagues_case(desk: Client, officer: Officer, now: datetime) -> None:
    case = make.case()
    at_the_desk(Role.CASE_OFFICER).post(reverse("console:case-claim", args=[case.pk]))
    there = reverse("console:case-call", args=[case.pk])
    assert "A colleague was faster" in desk.post(there, follow=True).content.decode()
    assert desk.get(there).status_code == 404
    assert not Bridge.objects.exists()


def test_the_number_is_shown_on_request_only_and_that_is_on_record(desk: Client, officer: Officer) -> None:
    case = make.case()
    assert case.contact is not None
    desk.post(reverse("console:case-claim", args=[case.pk]))
    assert case.contact.number not in desk.get(reverse("console:case", args=[case.pk])).content.decode()
    there = reverse("console:case-number", args=[case.pk])
    assert f'href="tel:{case.contact.number}"' in desk.post(there).content.decode()
    assert AuditEvent.objects.get(verb="case.number-shown").officer == officer
    colleague = at_the_desk(Role.CASE_OFFICER)
    assert case.contact.number not in colleague.post(there, follow=True).content.decode()


def test_a_call_from_the_inbox_belongs_to_whoever_has_the_texts(
    desk: Client, officer: Officer, now: datetime, provider: Memory
) -> None:
    phone = officer_phones.keep(officer, MINE, by=officer, now=now)
    OfficerPhone.objects.filter(pk=phone.pk).update(confirmed_at=now)
    message = make.inbound(make.contact(), now=now)
    Message.objects.update(unclear=True)
    there = reverse("console:inbox-call", args=[message.contact.pk])
    desk.post(there)
    assert not Bridge.objects.exists()
    inbox.claim(message.contact, by=officer, now=now)
    assert "Your phone rings" in desk.post(there, follow=True).content.decode()
    assert AuditEvent.objects.get(verb="inbox.called").subject_id == message.contact.pk
    assert Case.objects.count() == 0


def test_calls_have_a_limit(desk: Client, officer: Officer, now: datetime, provider: Memory) -> None:
    give(desk, MINE.e164)
    for _ in range(bridging.MOST_CALLS):
        bridging.end(bridging.try_out(officer, now), Bridge.Outcome.NOT_PICKED_UP, now)
    with pytest.raises(bridging.TooOften):
        bridging.try_out(officer, now)
