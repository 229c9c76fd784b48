"""A country full of registered people, for the benchmarks; and the campaign that asks them all."""

from datetime import datetime
from typing import Final

from django.db import connection, transaction

from bench.numbers import number
from campaigns import launch
from campaigns.audience import Audience
from campaigns.models import Campaign
from core.models import ContactPoint, Officer
from core.officers import Role
from core.privacy.fields import encrypt
from core.privacy.index import blind_index

_LANGUAGES: Final = ("en", "it", "es", "fr", "ar")
_CHUNK: Final = 20_000

# A million people are not made one by one: each chunk is copied over and taken apart by the database, so this
# process holds a few rows at a time however many there are.
_COPIED: Final = """
CREATE TEMP TABLE bench_people AS
SELECT nextval(pg_get_serial_sequence('core_person', 'id')) AS person, place
FROM generate_series(%s::int, %s::int) AS place;
CREATE TEMP TABLE bench_phones
    (place int PRIMARY KEY, number bytea, number_index bytea, language text)
"""
_COPY: Final = "COPY bench_phones (place, number, number_index, language) FROM STDIN"
_APART: Final = """
INSERT INTO core_person (id, name, created_at) SELECT person, '', %(now)s FROM bench_people ORDER BY person;
INSERT INTO core_contactpoint
    (person_id, number, number_index, region, language, language_chosen, last_seen_at)
SELECT person, number, number_index, '', language, FALSE, %(now)s
FROM bench_people JOIN bench_phones USING (place) ORDER BY place;
INSERT INTO core_trip (person_id, country, city, start, "end", party, open_ended, created_at, delete_at)
SELECT person, 'LY', '', %(now)s::date - 2, %(now)s::date + 9, 1, FALSE, %(now)s, %(now)s + interval '12 days'
FROM bench_people ORDER BY place;
DROP TABLE bench_people, bench_phones
"""


def register(people: int, now: datetime) -> None:
    """So many people with one phone each, staying in Libya now."""
    for first in range(0, people, _CHUNK):
        _register(range(first, min(first + _CHUNK, people)), now)


def approved_check_in(text: str, now: datetime) -> tuple[Campaign, Officer]:
    """A check-in for everyone in Libya that only waits for its launch, and the officer who may launch it."""
    author = Officer.objects.create_user("bench-author", role=Role.AUTHOR.value)
    approver = Officer.objects.create_user("bench-approver", role=Role.APPROVER.value)
    draft = launch.Draft("Benchmark", Campaign.Kind.CHECK_IN, Audience(("LY",)), {"en": text})
    campaign = launch.create(draft, by=author, now=now)
    launch.submit(campaign, by=author, now=now)
    launch.approve(campaign, by=approver, now=now)
    return campaign, approver


def _register(places: range, now: datetime) -> None:
    context = ContactPoint._meta.get_field("number").context
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COPIED, [places.start, places.stop - 1])
        with cursor.copy(_COPY) as copy:
            for place in places:
                phone = number(place)
                language = _LANGUAGES[place % len(_LANGUAGES)]
                copy.write_row((place, encrypt(phone.e164, context=context), blind_index(phone), language))
        cursor.execute(_APART, {"now": now})
