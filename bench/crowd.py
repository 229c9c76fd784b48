"""A country full of registered people, for the benchmarks; and the campaign that asks them all."""

from datetime import datetime, timedelta

from bench.numbers import number
from campaigns import launch
from campaigns.audience import Audience
from campaigns.models import Campaign
from core.models import ContactPoint, Officer, Person, Trip
from core.officers import Role
from core.privacy.index import blind_index

_LANGUAGES = ("en", "it", "es", "fr", "ar")
_CHUNK = 5_000


def register(people: int, now: datetime) -> None:
    """So many people with one phone each, staying in Libya now."""
    for first in range(0, people, _CHUNK):
        span = range(first, min(first + _CHUNK, people))
        persons = Person.objects.bulk_create(Person(created_at=now) for _ in span)
        ContactPoint.objects.bulk_create(
            _phone(person, index, now) for person, index in zip(persons, span, strict=True)
        )
        Trip.objects.bulk_create(_trip(person, now) for person in persons)


def approved_check_in(text: str, now: datetime) -> tuple[Campaign, Officer]:
    """A check-in for everyone in Libya that only waits for its launch, and the officer who may launch it."""
    author = Officer.objects.create_user("bench-author", role=Role.AUTHOR.value)
    approver = Officer.objects.create_user("bench-approver", role=Role.APPROVER.value)
    draft = launch.Draft("Benchmark", Campaign.Kind.CHECK_IN, Audience(("LY",)), {"en": text})
    campaign = launch.create(draft, by=author, now=now)
    launch.submit(campaign, by=author, now=now)
    launch.approve(campaign, by=approver, now=now)
    return campaign, approver


def _phone(person: Person, index: int, now: datetime) -> ContactPoint:
    phone = number(index)
    return ContactPoint(
        person=person,
        number=phone.e164,
        number_index=blind_index(phone),
        region="",
        language=_LANGUAGES[index % len(_LANGUAGES)],
        last_seen_at=now,
    )


def _trip(person: Person, now: datetime) -> Trip:
    today = now.date()
    return Trip(
        person=person,
        country="LY",
        start=today - timedelta(days=2),
        end=today + timedelta(days=9),
        created_at=now,
        delete_at=now + timedelta(days=12),
    )
