"""Every page against every role: who gets in is decided once, in core.officers, and nowhere else."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from console.urls import urlpatterns
from core.models import Officer
from core.officers import PERMISSIONS, Permission, Role
from tests import make
from tests.console.desk import at_the_desk

pytestmark = pytest.mark.django_db

OPEN = {"login", "logout", "language", "password"}
"""Pages that look after themselves: before the log-in, or while the password is being chosen."""


def guarded() -> Iterator[URLPattern]:
    for pattern in urlpatterns:
        if pattern.name not in OPEN:
            yield pattern


def address(pattern: URLPattern) -> str:
    takes_id = "<int:pk>" in str(pattern.pattern)
    return reverse(f"console:{pattern.name}", args=[999_999] if takes_id else [])


def test_every_page_stands_behind_the_door() -> None:
    missing = [pattern.name for pattern in guarded() if not hasattr(pattern.callback, "permission")]
    assert missing == []


def test_a_stranger_is_led_to_the_log_in_from_every_page() -> None:
    for pattern in guarded():
        for method in ("get", "post"):
            response = getattr(Client(), method)(address(pattern))
            assert response.status_code in {302, 405}, pattern.name
            if response.status_code == 302:
                assert response.url.startswith("/console/login/"), pattern.name


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_exactly_the_pages_its_permissions_name(role: Role) -> None:
    client = at_the_desk(role)
    for pattern in guarded():
        permission: Permission | None = pattern.callback.permission  # type: ignore[attr-defined] # by the door
        answers = {getattr(client, method)(address(pattern)).status_code for method in ("get", "post")} - {
            405
        }
        if permission is None or permission in PERMISSIONS[role]:
            assert 403 not in answers, pattern.name
        else:
            assert answers == {403}, pattern.name


def test_a_refused_page_says_whom_to_ask() -> None:
    page = at_the_desk(Role.ANALYST).get(reverse("console:cases"))
    assert page.status_code == 403
    assert "Your role does not open this page" in page.content.decode()
    assert "ask a colleague" in page.content.decode()


def test_an_officer_switched_off_while_logged_in_is_out_at_the_next_click() -> None:
    officer = make.officer(Role.APPROVER)
    client = at_the_desk(officer)
    Officer.objects.filter(pk=officer.pk).update(is_active=False)
    assert client.get(reverse("console:now")).url.startswith("/console/login/")  # type: ignore[attr-defined]


def test_whoever_has_a_one_time_password_sees_nothing_before_choosing_their_own() -> None:
    officer = make.officer(Role.ADMIN)
    Officer.objects.filter(pk=officer.pk).update(must_change_password=True)
    client = at_the_desk(officer)
    for pattern in guarded():
        response = client.get(address(pattern))
        if response.status_code != 405:
            assert response.url == reverse("console:password"), pattern.name  # type: ignore[attr-defined]


def test_pages_answer_the_method_they_are_made_for_only() -> None:
    case_officer = at_the_desk(Role.CASE_OFFICER)
    case = make.case()
    assert case_officer.get(reverse("console:case-claim", args=[case.pk])).status_code == 405
    assert case_officer.post(reverse("console:cases")).status_code == 405
