"""Stays that come to their end: who is asked about it, when, and exactly once."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q, QuerySet

from core import delivery, places, trips
from core.dialogues import staying
from core.languages import speaking
from core.models import ContactPoint, Conversation, Trip
from core.notices import Say, lock, phone_of

DAY: Final = (9, 20)
"""The hours of the destination's clock between which we write by ourselves: from, until."""

_AT_ONCE: Final = 500  # texts one run makes


def ask(say: Say, busy: QuerySet[ContactPoint], now: datetime) -> int:
    """Ask everybody whose stay is about to end and who was not asked yet; returns how many texts.

    A trip is asked about from its last day on, an open-ended stay ASK_AGAIN before; by day at the
    destination, not somebody `busy` with something more important, nor in the middle of another question, nor
    opted out. The text, the question and the note that it was asked are one transaction: a run that dies at
    any point asks nobody twice and leaves nobody out.
    """
    asked = 0
    for trip in list(_due(now)):
        if asked == _AT_ONCE:
            break
        if _is_time(trip, now):
            asked += _ask(trip.pk, say, busy, now)
    return asked


def _due(now: datetime) -> QuerySet[Trip]:
    # A day on either side of ours: whose day it is where they are, is seen one by one.
    last = now.date() + timedelta(days=1)
    ending = Q(open_ended=False, end__lte=last) | Q(open_ended=True, end__lte=last + trips.ASK_AGAIN)
    unasked = Q(noticed_for=None) | ~Q(noticed_for=F("end"))
    return Trip.objects.filter(ending, unasked, delete_at__gt=now).order_by("end", "pk")


def _is_time(trip: Trip, now: datetime) -> bool:
    there = now.astimezone(ZoneInfo(places.time_zone(trip.country, trip.city or None)))
    first = trip.end - trips.ASK_AGAIN if trip.open_ended else trip.end
    return first <= there.date() < trips.deletion_day(trip.end) and DAY[0] <= there.hour < DAY[1]


@transaction.atomic
def _ask(pk: int, say: Say, busy: QuerySet[ContactPoint], now: datetime) -> int:
    trip = Trip.objects.filter(pk=pk).select_related("person").first()
    phone = phone_of(trip.person) if trip else None
    # The phone's lock orders us with its own texts; the trip is read again under it.
    if trip is None or phone is None or not lock(phone) or busy.filter(pk=phone.pk).exists():
        return 0
    trip.refresh_from_db()
    legs = trips.journey_of(trip, list(trip.person.trips.all()))
    if trip.noticed_for == trip.end or not _is_time(trip, now) or _is_asked_something(phone, now):
        return 0
    if any(leg.end > trip.end for leg in legs):
        return 0  # the journey goes on
    Trip.objects.filter(pk=pk).update(noticed_for=trip.end)
    with speaking(phone.language):
        reply = staying.goes_on(trip) if trip.open_ended else staying.ends(trip)
        try:
            say(phone, reply, now)
        except (delivery.NoSender, delivery.OptedOut):
            return 0
    _open(phone, trip, now)
    return 1


def _is_asked_something(phone: ContactPoint, now: datetime) -> bool:
    open_ones = Conversation.objects.filter(contact=phone, expires_at__gt=now).exclude(dialogue="")
    return open_ones.exists()


def _open(phone: ContactPoint, trip: Trip, now: datetime) -> None:
    """Leave the question open until the trip is deleted."""
    step = staying.GOES_ON if trip.open_ended else staying.ENDS
    Conversation.objects.update_or_create(
        contact=phone,
        defaults={
            "dialogue": staying.NAME,
            "step": step,
            "data": {"trip": trip.pk},
            "asked_at": now,
            "expires_at": trip.delete_at,
        },
    )
