"""The duty page: who is on duty, and an officer's own going on and off."""

from datetime import datetime

import pytest
from django.urls import reverse

from core import duty, officer_phones
from core.models import Officer
from core.officers import Role
from telephony.numbers import synthetic
from tests import make
from tests.console.desk import at_the_desk


@pytest.fixture
def officer(db: None, now: datetime) -> Officer:
    """A case officer whose telephone is confirmed."""
    officer = make.officer(Role.CASE_OFFICER)
    phone = officer_phones.keep(officer, synthetic(520), by=officer, now=now)
    phone.confirmed_at = now
    phone.save()
    return officer


def page(officer: Officer) -> str:
    return at_the_desk(officer).get(reverse("console:duty")).content.decode()


def test_an_officer_goes_on_duty_and_off_again(officer: Officer) -> None:
    assert "Nobody is on duty" in page(officer)
    desk = at_the_desk(officer)
    on = desk.post(reverse("console:duty"), {"until": "8"}, follow=True).content.decode()
    assert f"<b>{officer.get_username()}</b>" in on
    assert "Go off duty" in on
    assert (
        "Nobody is on duty" in desk.post(reverse("console:duty"), {"end": "1"}, follow=True).content.decode()
    )


def test_an_hour_that_is_not_offered_changes_nothing(officer: Officer, now: datetime) -> None:
    answer = at_the_desk(officer).post(reverse("console:duty"), {"until": "99"})
    assert answer.status_code == 422
    assert duty.until(officer, now) is None


def test_an_officer_without_a_confirmed_phone_is_sent_to_the_settings(db: None) -> None:
    words = page(make.officer(Role.CASE_OFFICER))
    assert "Go on duty" not in words
    assert reverse("console:settings") + "#phone" in words


def test_an_author_sees_who_is_on_duty_and_cannot_be(officer: Officer, now: datetime) -> None:
    duty.begin(officer, now + duty.USUAL, now=now)
    author = make.officer(Role.AUTHOR)
    at_the_desk(author).post(reverse("console:duty"), {"until": "8"})
    assert duty.until(author, now) is None
    assert "Go on duty" not in page(author)


def test_an_analyst_does_not_see_the_rota(db: None) -> None:
    assert at_the_desk(make.officer(Role.ANALYST)).get(reverse("console:duty")).status_code == 403
