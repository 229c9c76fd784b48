"""Where it is night for a recipient: nobody is asked again in their sleep, unless lives depend on it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection

from campaigns.models import Batch, Campaign, Recipient
from core import places
from core.models import ContactPoint, Trip

FROM: Final = time(22)
UNTIL: Final = time(8)
"""Quiet hours on the recipient's own clock."""


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


def put_off(batch: Batch, campaign: Campaign, now: datetime) -> None:
    """Take out of the batch who has gone to sleep since it was cut: they wait in batches of their own.

    The first text is an officer's own decision and waits for nothing, and what is life-saving wakes people.
    """
    if batch.step == 1 or campaign.urgency == Campaign.Urgency.LIFE_SAVING:
        return
    waiting = Recipient.objects.filter(batch=batch, step__lt=batch.step).values_list("pk", flat=True)
    asleep: dict[datetime, list[int]] = {}
    for recipient, zone in zones(campaign, list(waiting), now).items():
        if until := sleeps_until(now, zone):
            asleep.setdefault(until, []).append(recipient)
    for until, recipients in asleep.items():
        later = Batch.objects.create(
            campaign=campaign,
            sender=batch.sender,
            urgency=batch.urgency,
            number=batch.number,
            step=batch.step,
            channel=batch.channel,
            waits_until=until,
        )
        Recipient.objects.filter(pk__in=recipients).update(batch=later)


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
