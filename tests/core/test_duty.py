"""Who is on duty: case officers with a confirmed phone, until the hour they chose."""

from datetime import datetime, timedelta

import pytest

from core import duty, officer_phones
from core.models import AuditEvent, Officer
from core.officers import Role
from telephony.numbers import synthetic
from tests import make


@pytest.fixture
def officer(db: None, now: datetime) -> Officer:
    """A case officer whose telephone is confirmed."""
    officer = make.officer(Role.CASE_OFFICER)
    phone = officer_phones.keep(officer, synthetic(520), by=officer, now=now)
    phone.confirmed_at = now
    phone.save()
    return officer


def test_duty_ends_at_the_hour_that_was_chosen(officer: Officer, now: datetime) -> None:
    duty.begin(officer, now + duty.USUAL, now=now)
    assert [phone.officer for phone in duty.on_duty(now + duty.USUAL - timedelta(seconds=1))] == [officer]
    assert duty.on_duty(now + duty.USUAL) == []
    assert AuditEvent.objects.get(verb="duty.begun").figures == {"minutes": 480}


@pytest.mark.parametrize("hours", [0, -1, 17])
def test_an_end_that_is_past_or_too_far_is_refused(officer: Officer, now: datetime, hours: int) -> None:
    with pytest.raises(duty.WrongTime):
        duty.begin(officer, now + timedelta(hours=hours), now=now)


def test_whoever_has_no_confirmed_phone_is_not_on_duty(db: None, now: datetime) -> None:
    officer = make.officer(Role.CASE_OFFICER)
    with pytest.raises(duty.NotReady):
        duty.begin(officer, now + duty.USUAL, now=now)
    officer_phones.keep(officer, synthetic(520), by=officer, now=now)
    with pytest.raises(duty.NotReady):
        duty.begin(officer, now + duty.USUAL, now=now)


def test_another_number_ends_duty_until_it_is_confirmed(officer: Officer, now: datetime) -> None:
    duty.begin(officer, now + duty.USUAL, now=now)
    officer_phones.keep(officer, synthetic(521), by=officer, now=now)
    assert duty.on_duty(now) == []


def test_an_account_that_is_switched_off_or_changes_its_role_is_not_on_duty(
    officer: Officer, now: datetime
) -> None:
    duty.begin(officer, now + duty.USUAL, now=now)
    Officer.objects.filter(pk=officer.pk).update(role=Role.ANALYST)
    assert duty.on_duty(now) == []
    Officer.objects.filter(pk=officer.pk).update(role=Role.CASE_OFFICER, is_active=False)
    assert duty.on_duty(now) == []


def test_going_off_duty_is_audited_once(officer: Officer, now: datetime) -> None:
    duty.begin(officer, now + duty.USUAL, now=now)
    duty.finish(officer, now=now)
    duty.finish(officer, now=now)
    assert duty.until(officer, now) is None
    assert AuditEvent.objects.filter(verb="duty.ended").count() == 1
