"""Where it is night for a recipient, and what waits there until morning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet

from campaigns.models import Campaign, Recipient
from core import places
from core.models import ContactPoint, Trip

FROM: Final = time(22)
UNTIL: Final = time(8)
"""Quiet hours on the recipient's own clock."""


@dataclass(frozen=True, slots=True)
class Night:
    """It is night for somebody `until` then (UTC). `waits`: what they are to be asked waits as well."""

    until: datetime
    waits: bool


def waits_for_morning(urgency: int, *, first: bool) -> bool:
    """The rule: whether a campaign of that urgency lets people sleep; `first`: they were not asked yet.

    Where lives depend on it people are woken. What can wait, waits, its first text included. Else the first
    question goes out at the officer's word, as a text or, to whom no text reaches, as a call; reminders of
    either kind wait (crisis unit: "reminder to silent, quiet at local night except life-saving").
    """
    if urgency == Campaign.Urgency.LIFE_SAVING:
        return False
    return urgency == Campaign.Urgency.ROUTINE or not first


def who_may_wait(campaign: Campaign, waiting: QuerySet[Recipient]) -> QuerySet[Recipient]:
    """Those of the waiting whom the rule lets sleep, wherever it is night."""
    able = {first for first in (True, False) if waits_for_morning(campaign.urgency, first=first)}
    if len(able) == 1:
        return waiting.filter(asked_at__isnull=able.pop())
    return waiting if able else waiting.none()


def sleeps_until(now: datetime, zone: str) -> datetime | None:
    """When the quiet hours of that IANA zone end (UTC); None while people there are awake."""
    local = now.astimezone(ZoneInfo(zone))
    if UNTIL <= local.time() < FROM:
        return None
    morning = local.date() + timedelta(days=1) if local.time() >= FROM else local.date()
    return datetime.combine(morning, UNTIL, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def zones(campaign: Campaign, recipients: Sequence[int], now: datetime) -> Mapping[int, str]:
    """The zone of each of these recipients: of the trip they are on, one to where the campaign is first.

    Somebody without a trip today is taken to be in the campaign's first country.
    """
    countries = list(campaign.audience.get("countries", ()))
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(_STAYS, {"countries": countries, "recipients": list(recipients), "day": now.date()})
        for recipient, country, city in cursor.fetchall():
            found[recipient] = _zone(country or (countries[0] if countries else ""), city or "")
    return found


def nights(campaign: Campaign, recipients: Sequence[int], now: datetime) -> Mapping[int, Night]:
    """Which of these recipients it is night for, and whether they are asked nevertheless."""
    first: set[int] = set()
    if campaign.urgency == Campaign.Urgency.NORMAL:
        first = set(Recipient.objects.filter(pk__in=recipients, asked_at=None).values_list("pk", flat=True))
    return {
        recipient: Night(until, waits=waits_for_morning(campaign.urgency, first=recipient in first))
        for recipient, zone in zones(campaign, recipients, now).items()
        if (until := sleeps_until(now, zone))
    }


@lru_cache(maxsize=10_000)
def _zone(country: str, city: str) -> str:
    return places.time_zone(country, city or None)


_STAYS: Final = f"""
SELECT r.id, stay.country, stay.city FROM {Recipient._meta.db_table} r
LEFT JOIN {ContactPoint._meta.db_table} c ON c.id = r.contact_id
LEFT JOIN LATERAL (
    SELECT t.country, t.city FROM {Trip._meta.db_table} t
    WHERE t.person_id = c.person_id AND t.start <= %(day)s AND t."end" >= %(day)s
    ORDER BY t.country = ANY(%(countries)s::text[]) DESC, t.start DESC, t.id DESC LIMIT 1
) stay ON TRUE
WHERE r.id = ANY(%(recipients)s)
"""  # noqa: S608 - the tables' names are ours
