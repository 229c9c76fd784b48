"""The duty rota: officers to whom callers who ask for an officer are put through, until an hour they chose.

Duty is of the telephone that is rung: whoever has no confirmed one, or loses it, is not on duty.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from core import audit
from core.models import Officer, OfficerPhone
from core.officers import PERMISSIONS, Permission

USUAL: Final = timedelta(hours=8)
LONGEST: Final = timedelta(hours=16)
"""For how long an officer is on duty who says nothing else, and at most."""

_WORKERS: Final = [role.value for role, held in PERMISSIONS.items() if Permission.WORK_CASES in held]


class NotReady(Exception):
    """The officer has no confirmed telephone, or works no cases."""


class WrongTime(Exception):
    """An end that is not ahead, or further ahead than LONGEST."""


@transaction.atomic
def begin(officer: Officer, until: datetime, *, now: datetime) -> OfficerPhone:
    """Be on duty until then; whoever is on duty already changes when it ends. Raises NotReady, WrongTime."""
    if not now < until <= now + LONGEST:
        raise WrongTime
    phone = OfficerPhone.objects.select_for_update().filter(officer=officer).first()
    if phone is None or phone.confirmed_at is None or not officer.may(Permission.WORK_CASES):
        raise NotReady
    phone.on_duty_until = until
    phone.save(update_fields=["on_duty_until"])
    minutes = round((until - now).total_seconds() / 60)
    audit.record("duty.begun", by=officer, subject=officer, now=now, figures={"minutes": minutes})
    return phone


@transaction.atomic
def finish(officer: Officer, *, now: datetime) -> None:
    """Be on duty no longer."""
    if _on_duty(now).filter(officer=officer).update(on_duty_until=None):
        audit.record("duty.ended", by=officer, subject=officer, now=now)


def on_duty(now: datetime) -> Sequence[OfficerPhone]:
    """The telephones of whoever is on duty, each with its officer, by name."""
    return list(_on_duty(now).select_related("officer").order_by("officer__username"))


def until(officer: Officer, now: datetime) -> datetime | None:
    """When the officer's duty ends; None for who is not on duty."""
    return _on_duty(now).filter(officer=officer).values_list("on_duty_until", flat=True).first()


def _on_duty(now: datetime) -> QuerySet[OfficerPhone]:
    return OfficerPhone.objects.filter(
        on_duty_until__gt=now,
        confirmed_at__isnull=False,
        officer__is_active=True,
        officer__role__in=_WORKERS,
    )
