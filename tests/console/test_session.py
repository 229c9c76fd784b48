"""Coming in, choosing a password, going out."""

import pytest
import redis
from django.test import Client
from django.urls import reverse

from core.models import AuditEvent, Officer
from core.officers import Role
from tests import make
from tests.console.desk import at_the_desk

pytestmark = pytest.mark.django_db

GOOD = "correct-horse-battery"


def entered(client: Client, username: str, password: str) -> int:
    page = client.post(reverse("console:login"), {"username": username, "password": password})
    return page.status_code


def test_a_wrong_password_is_answered_with_what_to_check(redis_db: "redis.Redis") -> None:
    officer = make.officer(Role.AUTHOR, password=GOOD)
    page = Client().post(reverse("console:login"), {"username": officer.username, "password": "guess"})
    assert "do not belong together" in page.content.decode()


def test_after_eight_wrong_tries_the_account_rests_and_the_page_says_what_to_do(
    redis_db: "redis.Redis",
) -> None:
    officer = make.officer(Role.AUTHOR, password=GOOD)
    client = Client()
    answers = [entered(client, officer.username, "guess") for _ in range(8)]
    page = client.post(reverse("console:login"), {"username": officer.username, "password": GOOD})
    assert answers[-1] == 429
    assert page.status_code == 429
    assert "wait 15 minutes" in page.content.decode()


def test_a_log_in_speaks_the_officers_language(redis_db: "redis.Redis") -> None:
    officer = make.officer(Role.AUTHOR, password=GOOD)
    Officer.objects.filter(pk=officer.pk).update(language="ar")
    client = Client()
    entered(client, officer.username, GOOD)
    assert 'dir="rtl"' in client.get(reverse("console:now")).content.decode()


def test_the_first_log_in_leads_to_a_password_of_ones_own(redis_db: "redis.Redis") -> None:
    officer = make.officer(Role.AUTHOR, password=GOOD)
    Officer.objects.filter(pk=officer.pk).update(must_change_password=True)
    client = Client()
    entered(client, officer.username, GOOD)
    page = client.get(reverse("console:now"), follow=True)
    assert "one-time password" in page.content.decode()
    new = "four unrelated words here"
    client.post(
        reverse("console:password"), {"old_password": GOOD, "new_password1": new, "new_password2": new}
    )
    assert client.get(reverse("console:now")).status_code == 200
    assert AuditEvent.objects.filter(verb="password-changed", officer=officer).exists()


def test_two_different_new_passwords_are_explained() -> None:
    officer = make.officer(Role.AUTHOR, password=GOOD)
    page = at_the_desk(officer).post(
        reverse("console:password"),
        {"old_password": GOOD, "new_password1": "one long password", "new_password2": "another password"},
    )
    assert "Type the same one in both fields" in page.content.decode()


def test_leaving_needs_a_button_and_ends_the_session() -> None:
    client = at_the_desk(Role.AUTHOR)
    assert client.get(reverse("console:logout")).status_code == 405
    client.post(reverse("console:logout"))
    assert client.get(reverse("console:now")).status_code == 302


def test_a_language_is_kept_with_the_officer_and_an_unknown_one_is_not() -> None:
    officer = make.officer(Role.AUTHOR)
    client = at_the_desk(officer)
    client.post(reverse("console:language"), {"language": "fr", "next": reverse("console:settings")})
    client.post(reverse("console:language"), {"language": "xx"})
    officer.refresh_from_db()
    assert officer.language == "fr"


def test_changing_the_language_never_leads_to_another_site() -> None:
    response = Client().post(reverse("console:language"), {"language": "it", "next": "https://evil.example/"})
    assert response.url == "/console/"  # type: ignore[attr-defined]
