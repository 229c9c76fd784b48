"""Accounts."""

import re

import pytest
import redis
from django.test import Client
from django.urls import reverse

from core.models import AuditEvent, Officer
from core.officers import Role
from tests import make
from tests.console.desk import at_the_desk

pytestmark = pytest.mark.django_db


def test_a_new_officer_gets_a_password_that_is_shown_once_and_works_once(redis_db: "redis.Redis") -> None:
    page = at_the_desk(Role.ADMIN).post(
        reverse("console:officer-new"), {"username": "m.rossi", "role": "case-officer"}
    )
    shown = re.search(r'class="once">([^<]+)<', page.content.decode())
    assert shown is not None
    client = Client()
    client.post(reverse("console:login"), {"username": "m.rossi", "password": shown[1]})
    assert client.get(reverse("console:now")).url == reverse("console:password")  # type: ignore[attr-defined]
    assert "no-store" in page["Cache-Control"]


def test_a_name_that_is_taken_in_other_letters_is_refused() -> None:
    taken = make.officer(Role.AUTHOR)
    page = at_the_desk(Role.ADMIN).post(
        reverse("console:officer-new"), {"username": taken.username.upper(), "role": "author"}
    )
    assert "already an officer with this name" in page.content.decode()


def test_an_account_switched_off_can_be_switched_on_again_from_the_note() -> None:
    officer = make.officer(Role.AUTHOR)
    client = at_the_desk(Role.ADMIN)
    page = client.post(reverse("console:officer-off", args=[officer.pk]), follow=True).content.decode()
    officer.refresh_from_db()
    assert not officer.is_active
    undo = reverse("console:officer-on", args=[officer.pk])
    assert f'action="{undo}"' in page
    client.post(undo)
    officer.refresh_from_db()
    assert officer.is_active


def test_an_admin_cannot_lock_themselves_out() -> None:
    admin = make.officer(Role.ADMIN)
    at_the_desk(admin).post(reverse("console:officer-off", args=[admin.pk]))
    assert Officer.objects.get(pk=admin.pk).is_active


def test_a_renewed_password_must_be_changed_and_is_on_record() -> None:
    officer = make.officer(Role.AUTHOR, password="correct-horse-battery")
    at_the_desk(Role.ADMIN).post(reverse("console:officer-renew", args=[officer.pk]))
    officer.refresh_from_db()
    assert officer.must_change_password
    assert not officer.check_password("correct-horse-battery")
    assert AuditEvent.objects.filter(verb="officer.password-renewed", subject_id=officer.pk).exists()
