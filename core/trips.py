"""Trips: what a person tells us of a journey, whether it makes sense, and how long it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from core import exchange, places
from core.models import Consent, ContactPoint, Person, Trip
from core.privacy.fields import Json
from telephony.messages import Channel

CONSENT_VERSION: Final = "2026-11"
"""Names the words of the consent question; changes with them (a test holds the two together)."""

LONGEST: Final = timedelta(days=366)
LARGEST_PARTY: Final = 99
MOST_TRIPS: Final = 9
"""Trips one person may have at a time: one digit names each."""

OPEN_ENDED: Final = timedelta(days=90)
"""How long a stay without a known end is kept before the person must say again that it goes on."""

ASK_AGAIN: Final = timedelta(days=7)
"""How long before that day the person is asked."""

ONE_JOURNEY: Final = timedelta(days=1)
"""A trip that begins at most so long after another ends is a leg of the same journey."""


class Problem(StrEnum):
    """Why a trip cannot be right as it stands; each is answered with a question of its own."""

    HOME = "home"
    BACKWARDS = "backwards"
    OVER = "over"
    TOO_LONG = "too-long"
    TOO_FAR = "too-far"
    PARTY = "party"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A consent as it was given: on which channel, in which language, by which key or word."""

    channel: Channel
    language: str
    how: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a trip so far; None means not said yet. `party` counts the person in.

    `open_ended`: the person does not know the end; `end` is then the day the stay is kept to.
    """

    country: str | None = None
    city: str | None = None
    start: date | None = None
    end: date | None = None
    party: int | None = None
    open_ended: bool = False

    def as_json(self) -> Json:
        """The draft for Conversation.data."""
        return {
            "country": self.country,
            "city": self.city,
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
            "party": self.party,
            "open_ended": self.open_ended,
        }

    @classmethod
    def from_json(cls, stored: Json) -> "Draft":
        """The draft that `as_json` wrote."""
        start, end, party = stored.get("start"), stored.get("end"), stored.get("party")
        country, city = stored.get("country"), stored.get("city")
        return cls(
            country=str(country) if country else None,
            city=str(city) if city else None,
            start=date.fromisoformat(str(start)) if start else None,
            end=date.fromisoformat(str(end)) if end else None,
            party=int(str(party)) if party is not None else None,
            open_ended=bool(stored.get("open_ended")),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole trip, ready to be kept. `city` is empty when only the country is known."""

    country: str
    city: str
    start: date
    end: date
    party: int
    open_ended: bool = False


def plan_of(draft: Draft) -> Plan | None:
    """The plan a draft amounts to; None while its country or an end of its dates is missing."""
    if draft.country is None or draft.start is None or draft.end is None:
        return None
    party = 1 if draft.party is None else draft.party
    return Plan(draft.country, draft.city or "", draft.start, draft.end, party, draft.open_ended)


def without_end(draft: Draft, today: date) -> Draft:
    """The draft of a stay whose end nobody knows yet: kept for OPEN_ENDED from its start, or from today."""
    return replace(draft, end=max(draft.start or today, today) + OPEN_ENDED, open_ended=True)


def draft_of(trip: Trip | Plan) -> Draft:
    """A trip as a draft, to be changed."""
    return Draft(trip.country, trip.city or None, trip.start, trip.end, trip.party, trip.open_ended)


def journeys(trips: Sequence[Trip]) -> Sequence[Sequence[Trip]]:
    """The person's trips in their order, those that follow each other within ONE_JOURNEY together."""
    found: list[list[Trip]] = []
    for trip in sorted(trips, key=lambda one: (one.start, one.end)):
        if found and trip.start <= max(leg.end for leg in found[-1]) + ONE_JOURNEY:
            found[-1].append(trip)
        else:
            found.append([trip])
    return found


def journey_of(trip: Trip, trips: Sequence[Trip]) -> Sequence[Trip]:
    """The journey among the person's trips that the trip is a leg of."""
    return next((legs for legs in journeys(trips) if trip in legs), [trip])


def problem(draft: Draft, today: date) -> Problem | None:
    """The first thing about the draft that cannot be right, judged by what is known so far."""
    if draft.country == settings.HOME_COUNTRY:
        return Problem.HOME
    if draft.party is not None and not 1 <= draft.party <= LARGEST_PARTY:
        return Problem.PARTY
    return _problem_of_dates(draft.start, draft.end, today)


def _problem_of_dates(start: date | None, end: date | None, today: date) -> Problem | None:
    if start and end and end < start:
        return Problem.BACKWARDS
    if end and end < today:
        return Problem.OVER
    if start and start > today + LONGEST:
        return Problem.TOO_FAR
    if end and end > (start or today) + LONGEST:
        return Problem.TOO_LONG
    return None


def deletion_moment(country: str, city: str, end: date) -> datetime:
    """When a trip is deleted: at the first moment of day `end` + TRIP_GRACE_DAYS at the destination.

    Never before its last day is over, however short the grace.
    """
    zone = ZoneInfo(places.time_zone(country, city or None))
    return datetime.combine(deletion_day(end), time.min, tzinfo=zone)


def deletion_day(end: date) -> date:
    """The date of that moment: the one a receipt names."""
    return end + timedelta(days=max(1, settings.TRIP_GRACE_DAYS))


def register(
    contact: ContactPoint, legs: Sequence[Plan], agreement: Agreement, now: datetime
) -> Sequence[Trip]:
    """Make the person of that phone, with the consent and the trips. Only an agreement makes a Person."""
    person = Person(created_at=now)
    consent = Consent(
        text_version=CONSENT_VERSION,
        language=agreement.language,
        channel=agreement.channel,
        given_at=now,
        how=agreement.how,
    )
    trips = [_planned(Trip(created_at=now), leg) for leg in legs]
    exchange.register(contact, person, consent, trips)
    return trips


def add(person: Person, plan: Plan, now: datetime, *, beside: Sequence[Trip] = ()) -> Trip:
    """Keep another trip of a registered person. The same country at overlapping dates is the same trip.

    Two cities that share no more than the day of travel between them are two legs of a journey, and so is
    whatever was told in the same breath: no leg takes the place of those `beside` it.
    """
    overlapping = person.trips.filter(country=plan.country, start__lte=plan.end, end__gte=plan.start)
    travelled = Q(start=plan.end) | Q(end=plan.start)
    told = Q(pk__in=[trip.pk for trip in beside])
    same = overlapping.exclude(travelled & ~Q(city=plan.city)).exclude(told).order_by("start", "pk")
    return _keep(same.first() or Trip(person=person, created_at=now), plan)


def update(trip: Trip, plan: Plan) -> Trip:
    """Change a trip to what the person now says, and its deletion with it."""
    return _keep(trip, plan)


def end_trips(over: Sequence[Trip], today: date) -> date:
    """Delete trips that are over; returns the day by which the rest is gone if they were the person's last.

    The promise is the one every trip carries, counted from today; the next purge keeps it early.
    """
    Trip.objects.filter(pk__in=[trip.pk for trip in over]).delete()
    return deletion_day(today)


def _keep(trip: Trip, plan: Plan) -> Trip:
    _planned(trip, plan)
    # Without update_fields: a purge may have taken the row a moment ago, and then it is inserted again.
    trip.save()
    return trip


def _planned(trip: Trip, plan: Plan) -> Trip:
    trip.country, trip.city, trip.party = plan.country, plan.city, plan.party
    trip.start, trip.end, trip.open_ended = plan.start, plan.end, plan.open_ended
    trip.delete_at = deletion_moment(plan.country, plan.city, plan.end)
    return trip


def abroad(country: str, on: date) -> QuerySet[Trip]:
    """The trips that are in a country on a day."""
    return Trip.objects.filter(country=country, start__lte=on, end__gte=on)
