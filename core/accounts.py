"""Console accounts: opened with a one-time password."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import transaction

from core import audit
from core.models import Officer
from core.officers import Role

_PASSWORD_BYTES: Final = 12


class NameTaken(Exception):
    """An account of that name exists."""


def one_time_password() -> str:
    """Sixteen random characters, to be changed at the first log-in."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def open_account(
    name: str,
    role: Role,
    *,
    by: Officer | None,
    now: datetime,
    password: Callable[[], str] = one_time_password,
) -> tuple[Officer, str]:
    """Make an officer of that role with a password good for one log-in; returns both. Raises NameTaken.

    `by` is None when it is done on the command line.
    """
    if Officer.objects.filter(username=name).exists():
        raise NameTaken
    secret = password()
    with transaction.atomic():
        officer = Officer.objects.create_user(
            name, password=secret, role=role.value, must_change_password=True
        )
        audit.record("open-account", by=by, subject=officer, now=now)
    return officer, secret
