"""The people a rule finds, one row for each of their phones, with sender or reason: the SQL, set-based."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from django.db import connection
from django.db.models import Count, Min, Q

from core import gateway
from core.models import ContactPoint, OptOut, Trip
from telephony.messages import Channel

_CONTACT: Final = ContactPoint._meta.db_table
_OPT_OUT: Final = OptOut._meta.db_table

Param = str | int | date | datetime | list[str] | list[int]
Params = Mapping[str, Param]


class LeftOut(StrEnum):
    """Why a person or phone that the rule finds gets no message."""

    OPTED_OUT = "opted_out"  # said STOP
    REFUSES_TEXTS = "refuses_texts"  # the phone cannot be texted
    NO_SENDER = "no_sender"  # no sender of ours reaches the phone's country
    OTHER_PHONE = "other_phone"  # a further phone of somebody who is reached on another one
    TRIP_OVER = "trip_over"  # the trip has ended, the record is not deleted yet


@dataclass(frozen=True, slots=True)
class Rule:
    """What to select: trips that count, trips just over, languages (none: all), answerable senders."""

    stays: Q
    over: Q
    languages: tuple[str, ...] = ()
    two_way: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """People who share a language, a country of stay and a sender, or the reason why they are left out."""

    language: str
    country: str
    sender: str
    reason: str
    people: int


GROUPED: Final = """
SELECT language, country, COALESCE(sender, ''), reason, count(*) FROM chosen
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
"""`Group` rows out of the phones in a table `chosen`."""


def groups(rule: Rule) -> Sequence[Group]:
    """Everyone the rule finds, grouped: a row with a reason is left out for it."""
    sql, params = phones(rule)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH chosen AS ({sql}) {GROUPED}", params)
        found = [Group(*row) for row in cursor.fetchall()]
    return [*found, *gone(rule)]


def left_out(found: Sequence[Group]) -> Mapping[str, int]:
    """How many are left out, by reason; reasons without anybody are not listed."""
    counts: dict[str, int] = {}
    for group in found:
        if group.reason:
            counts[group.reason] = counts.get(group.reason, 0) + group.people
    return counts


def phones(rule: Rule) -> tuple[str, Params]:
    """One row for each phone of the people meant: id, language, country, sender, reason ('' is a recipient).

    Of a person's phones the one that can be texted and was last heard of comes first; the others are left
    out. The sender follows from the phone's country and id as in `gateway.sender_for`.
    """
    trips = Trip.objects.filter(rule.stays).values("person_id").annotate(country=Min("country"))
    trips_sql, trips_params = trips.order_by().query.sql_with_params()
    params: dict[str, Param] = {f"trip{n}": value for n, value in enumerate(trips_params)}
    shares = _shares(two_way=rule.two_way)
    params |= {
        "languages": list(rule.languages),
        "regions": [region for region, *_ in shares],
        "lows": [low for _, low, *_ in shares],
        "highs": [high for _, _, high, _ in shares],
        "senders": [sender for *_, sender in shares],
    }
    sql = f"""
    WITH stay AS ({trips_sql % tuple(f"%(trip{n})s" for n in range(len(trips_params)))}),
    share AS (SELECT * FROM unnest(
        %(regions)s::text[], %(lows)s::bigint[], %(highs)s::bigint[], %(senders)s::text[]
    ) AS t (region, low, high, sender)),
    phone AS (
        SELECT c.id, c.person_id, c.language, stay.country, share.sender, c.last_seen_at,
            CASE WHEN o.number_index IS NOT NULL THEN '{LeftOut.OPTED_OUT}'
                 WHEN c.sms_refused IS NOT NULL THEN '{LeftOut.REFUSES_TEXTS}'
                 WHEN share.sender IS NULL THEN '{LeftOut.NO_SENDER}' ELSE '' END AS reason
        FROM stay
        JOIN {_CONTACT} c ON c.person_id = stay.person_id
        LEFT JOIN {_OPT_OUT} o ON o.number_index = c.number_index
        LEFT JOIN share
            ON share.region = CASE WHEN c.region = ANY(%(regions)s::text[]) THEN c.region ELSE '' END
            AND c.id %% {gateway.SPREAD_KEYS} * {gateway.SPREAD_FACTOR} %% {gateway.SPREAD_RANGE} >= share.low
            AND c.id %% {gateway.SPREAD_KEYS} * {gateway.SPREAD_FACTOR} %% {gateway.SPREAD_RANGE} < share.high
        WHERE c.language = ANY(%(languages)s::text[]) OR %(languages)s::text[] = '{{}}'
    ),
    ranked AS (
        SELECT *, row_number() OVER (
            PARTITION BY person_id ORDER BY reason <> '', last_seen_at DESC, id
        ) AS place FROM phone
    )
    SELECT id, language, country, sender,
        CASE WHEN place = 1 THEN reason ELSE '{LeftOut.OTHER_PHONE}' END AS reason FROM ranked
    """  # noqa: S608 - the tables' names and reasons are ours
    return sql, params


def _shares(*, two_way: bool) -> Sequence[tuple[str, int, int, str]]:
    """(country of the phone, lowest spread, first beyond, sender); '' stands for all other countries."""
    named = {country for sender in gateway.senders() for country in sender.countries} - {"*"}
    rows: list[tuple[str, int, int, str]] = []
    for region in ("", *sorted(named)):
        low = 0
        for share in gateway.shares(region or None, Channel.SMS, two_way=two_way):
            rows.append((region, low, share.below, share.sender.id))
            low = share.below
    return rows


def gone(rule: Rule) -> Sequence[Group]:
    """People whose trip to one of the countries has just ended, and who have no other one there."""
    there = Trip.objects.filter(rule.stays).values("person_id")
    rows = Trip.objects.filter(rule.over).exclude(person_id__in=there)
    counted = rows.values_list("country").annotate(Count("person_id", distinct=True)).order_by()
    return [Group("", country, "", LeftOut.TRIP_OVER, count) for country, count in counted]
