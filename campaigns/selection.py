"""The people a rule finds, with sender and channel or the reason why not: the SQL, in one place.

A count asks of groups of trips that are alike, a launch of each trip, by the same text.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, SmallIntegerField, TextField
from django.db.models.expressions import RawSQL

from campaigns.audience import Audience, Reach
from campaigns.models import ListedNumber, NumberList, Recipient
from core import gateway, reach, sender_health
from core.models import Consent, ContactPoint, OptOut, Person, Trip
from telephony.messages import Channel

_CONTACT: Final = ContactPoint._meta.db_table
_OPT_OUT: Final = OptOut._meta.db_table
_PERSON: Final = Person._meta.db_table
_RECIPIENT: Final = Recipient._meta.db_table
_TRIP: Final = Trip._meta.db_table

Param = str | int | bool | date | datetime | list[str] | list[int]
Params = Mapping[str, Param]


class LeftOut(StrEnum):
    """Why a person or phone that the rule finds gets no message."""

    OPTED_OUT = "opted_out"  # said STOP
    REFUSES_TEXTS = "refuses_texts"  # the phone cannot be texted, and this campaign calls nobody
    REFUSES_BOTH = "refuses_both"  # the phone can be neither texted nor called
    NO_SENDER = "no_sender"  # no sender of ours reaches the phone's country
    NO_CALLER = "no_caller"  # the phone must be called, and no sender of ours can call that country
    OTHER_PHONE = "other_phone"  # a further phone of somebody who is reached on another one
    NO_PLACE = "no_place"  # named no city, or none we know, and only those surely at the place are asked
    TRIP_OVER = "trip_over"  # the trip has ended, the record is not deleted yet
    SPARED = "spared"  # taken out by what they answered before
    SAID_NO = "said_no"  # on the list, and did not agree to be contacted
    UNCONFIRMED = "unconfirmed"  # on the list, and nothing says that they agreed


BESIDES: Final = frozenset({LeftOut.NO_PLACE, LeftOut.TRIP_OVER, LeftOut.SAID_NO, LeftOut.UNCONFIRMED})
"""Reasons of people of whom no phone is looked at."""


@dataclass(frozen=True, slots=True)
class Part:
    """A share of those whom a rule finds, by key: from `lowest` up to below `below`; None is no bound.

    A person's key is their id, a phone's without a person is its id below zero. Trips made after the rule's
    moment do not count, nor do people with several phones of whom one is among the campaign's recipients.
    """

    campaign: int
    below: int | None = None
    lowest: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What to select at a moment: the audience, whether texts can be answered, whether calls are made."""

    audience: Audience
    now: datetime
    two_way: bool = True
    calls: bool = False
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """People alike: language, place of stay, how they are reached, or the reason why they are left out."""

    language: str
    country: str
    city: str
    sender: str
    channel: str
    reason: str
    people: int
    travellers: int


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its parameters."""

    sql: str
    params: Params


def groups(rule: Rule) -> Sequence[Group]:
    """Everyone the rule finds, grouped: a row with a reason is left out for it. Nothing is written."""
    found = alike(rule)
    sql = f"""
    SELECT language, country, city, sender, channel, reason, sum(people)::bigint, sum(party)::bigint
    FROM ({found.sql}) found GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
    """  # noqa: S608 - the tables' names and reasons are ours
    with connection.cursor() as cursor:
        cursor.execute(sql, found.params)
        return [*(Group(*row) for row in cursor.fetchall()), *besides(rule)]


def phones(rule: Rule) -> Statement:
    """One row a phone: language, country, city, sender, channel, reason, people, party, id, phone_region.

    `reason` is '' for a recipient. Of a person's phones the one that a text reaches, else a call, and that
    was last heard of comes first; the others are left out. `people` is 1. The sender: `gateway.sender_for`.
    """
    return _rows(rule, _alone)


def alike(rule: Rule) -> Statement:
    """The rows of `phones`, many that are alike as one with how many `people` they are."""
    return _rows(rule, _alike)


def _rows(rule: Rule, single: Callable[[Rule, Statement], str]) -> Statement:
    """Everybody's phones; `single` gives those of people with one phone and one trip."""
    trips = _trips(rule)
    singles = [_chosen(_judged(single(rule, trips)), rule)] if trips else []
    sql = " UNION ALL ".join([_ranked(rule, trips), *singles])
    return Statement(f"WITH {_SHARE} {sql}", _params(rule, trips))


def border(rule: Rule, people: int) -> int | None:
    """The key down to which the rule finds about so many people below its part; None: down to the last.

    Never more than so many with trips and as many who are named.
    """
    trips, named = _trips(rule), list(_named(rule))
    keys = [] if trips is None else [f"SELECT t.owner AS key FROM ({trips.sql}) t"]  # noqa: S608 - ours
    below = rule.part.below if rule.part else None
    persons = below is None or below > _PHONES_BELOW
    bound = "TRUE" if below is None else "{0} < %(below)s"
    if named and persons:
        # Not one by one whether they are named: that would take as long as the writing.
        keys.append(f"SELECT id AS key FROM {_PERSON} WHERE {bound.format('id')}")  # noqa: S608 - ours
    elif named:
        keys.append(
            f"SELECT -id AS key FROM {_CONTACT} WHERE person_id IS NULL "  # noqa: S608 - ours
            f"AND id IN ({' UNION '.join(named)}) AND {bound.format('-id')}"
        )
    found = [_one(f"{sql} ORDER BY key DESC OFFSET {people - 1} LIMIT 1", rule, trips) for sql in keys]
    reached = [key for key in found if key is not None]
    return max(reached, default=_PHONES_BELOW if named and persons else None)


def _one(sql: str, rule: Rule, trips: Statement | None) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, _params(rule, trips))
        row = cursor.fetchone()
    return row[0] if row else None


def left_out(found: Sequence[Group]) -> Mapping[str, int]:
    """How many are left out, by reason; reasons without anybody are not listed."""
    counts: dict[str, int] = {}
    for group in found:
        if group.reason:
            counts[group.reason] = counts.get(group.reason, 0) + group.people
    return counts


def reached(found: Sequence[Group]) -> int:
    """How many are not left out."""
    return sum(group.people for group in found if not group.reason)


def besides(rule: Rule) -> Iterator[Group]:
    """Who is left out before any phone is looked at: gone already, or never agreed."""
    gone, unsure = rule.audience.over(rule.now), rule.audience.unplaced(rule.now)
    for reason, trips in ((LeftOut.TRIP_OVER, gone), (LeftOut.NO_PLACE, unsure)):
        for country, count in _not_meant(rule, trips):
            yield Group("", country, "", "", "", reason, count, count)
    for said in NumberList.objects.filter(pk=rule.audience.numbers or 0):
        for reason, count in ((LeftOut.SAID_NO, said.refused), (LeftOut.UNCONFIRMED, said.unconfirmed)):
            if count:
                yield Group("", "", "", "", "", reason, count, count)


def _not_meant(rule: Rule, trips: Q | None) -> Sequence[tuple[str, int]]:
    """People of these trips who are not meant for another one, by country."""
    if trips is None:
        return ()
    meant = Trip.objects.filter(rule.audience.stays(rule.now) or Q(), person=OuterRef("person"))
    rows = Trip.objects.filter(trips & ~Exists(meant)).values_list("country")
    return list(rows.annotate(Count("person_id", distinct=True)).order_by())


def _trips(rule: Rule) -> Statement | None:
    """The trips that count, with what stands beside them about the phone; None when no stay is asked for."""
    stays = rule.audience.stays(rule.now)
    if stays is None:
        return None
    beside = {
        name: RawSQL(f'"{_TRIP}"."{name}"', (), output_field=TextField())  # noqa: S611 - columns of ours
        for name in reach.COLUMNS
    }
    beside["phone_state"] = RawSQL(f'"{_TRIP}"."phone_state"', (), output_field=SmallIntegerField())  # noqa: S611 - ours
    if rule.part is not None:
        stays &= Q(created_at__lte=rule.now)
        if rule.part.below is not None:
            stays &= Q(person__lt=rule.part.below)
        if rule.part.lowest is not None:
            stays &= Q(person__gte=rule.part.lowest)
    rows = Trip.objects.filter(stays).order_by().annotate(owner=F("person_id"), **beside)
    columns = rows.values("owner", "country", "city", "party", *beside)
    sql, given = columns.query.sql_with_params()
    params = {f"trip{number}": value for number, value in enumerate(given)}
    return Statement(sql % tuple(f"%({name})s" for name in params), params)


def _alone(rule: Rule, trips: Statement) -> str:
    """One row for each person with one phone and one trip: all that matters stands beside the trip."""
    return f"""
    SELECT t.owner, t.phone::bigint AS id, t.phone_language AS language,
        {_region("t.phone_region")} AS region, t.phone_region, t.phone_state AS state,
        t.country, t.city, t.party, {_slot("t.phone", rule)} AS slot,
        {_spared("t.owner", rule)} AS spared, 1 AS people
    FROM ({trips.sql}) t
    WHERE t.alone AND t.phone IS NOT NULL AND {_wanted("t.owner", "t.phone_language", rule)}
    """  # noqa: S608 - the tables' names and columns are ours


def _alike(rule: Rule, trips: Statement) -> str:
    """The rows of `_alone` that are alike as one, with how many they are.

    Grouped by plain columns, with a count below each bound of the spread: by the slot itself, which no two
    phones need have in common for all the planner knows, it would not share the work out.
    """
    bounds = _bounds(rule)
    if len(bounds) > _FEW:
        return f"""
        SELECT 0::bigint AS id, language, region, phone_region, state, country, city, slot, spared,
            count(*) AS people, sum(party) AS party
        FROM ({_alone(rule, trips)}) one GROUP BY 2, 3, 4, 5, 6, 7, 8, 9
        """  # noqa: S608 - the tables' names and columns are ours
    below = [f"FILTER (WHERE {_SPREAD % {'key': 'id'}} < {bound})" for bound in bounds] + [""]
    counts = ", ".join(
        f"count(*) {only} AS people{n}, COALESCE(sum(party) {only}, 0) AS party{n}"
        for n, only in enumerate(below)
    )
    slots = ", ".join(
        f"({n}, people{n} - people{n - 1}, party{n} - party{n - 1})" if n else "(0, people0, party0)"
        for n in range(len(below))
    )
    return f"""
    SELECT 0::bigint AS id, g.language, {_region("g.phone_region")} AS region, g.phone_region, g.state,
        g.country, g.city, s.slot, g.spared, s.people, s.party
    FROM (
        SELECT language, phone_region, state, country, city, spared, {counts}
        FROM ({_alone(rule, trips)}) one GROUP BY 1, 2, 3, 4, 5, 6
    ) g CROSS JOIN LATERAL (VALUES {slots}) s (slot, people, party) WHERE s.people > 0
    """  # noqa: S608 - the tables' names and columns are ours


def _ranked(rule: Rule, trips: Statement | None) -> str:
    """One row for each phone of everybody else: those with several phones or trips, and those named."""
    sources = []
    if trips is not None:
        sources.append(
            f"""
        SELECT c.person_id AS owner, c.id, b.country, b.city, b.party FROM (
            SELECT DISTINCT ON (t.owner) t.owner, t.country, t.city, t.party FROM ({trips.sql}) t
            WHERE NOT t.alone OR t.phone IS NULL ORDER BY t.owner, t.country, t.city, t.party DESC
        ) b JOIN {_CONTACT} c ON c.person_id = b.owner
        """  # noqa: S608 - the tables' names and columns are ours
        )
    named = list(_named(rule))
    if named or trips is None:
        there = f"NOT EXISTS (SELECT FROM ({trips.sql}) t WHERE t.owner = c.person_id)" if trips else "TRUE"
        picked = " UNION ".join(named) or "SELECT NULL::bigint WHERE FALSE"
        sources.append(
            f"""
        SELECT COALESCE(c.person_id, -c.id) AS owner, c.id, '' AS country, '' AS city, 1 AS party
        FROM {_CONTACT} c WHERE c.id IN ({picked}) AND {there} AND {_within("c.person_id", "c.id", rule)}
        """  # noqa: S608 - the tables' names and columns are ours
        )
    several = f"""
    SELECT w.owner, w.id, c.language, {_region("c.region")} AS region, c.region AS phone_region,
        (o.number_index IS NOT NULL)::int * {reach.STOPPED}
            + (c.sms_refused IS NOT NULL)::int * {reach.NO_TEXTS}
            + (c.voice_refused IS NOT NULL)::int * {reach.NO_CALLS} AS state,
        w.country, w.city, w.party, {_slot("w.id", rule)} AS slot, {_spared("w.owner", rule)} AS spared,
        1 AS people, c.last_seen_at
    FROM ({" UNION ALL ".join(sources)}) w
    JOIN {_CONTACT} c ON c.id = w.id LEFT JOIN {_OPT_OUT} o ON o.number_index = c.number_index
    WHERE {_wanted("w.owner", "c.language", rule)} AND {_new("w.owner", rule)}
    """  # noqa: S608 - the tables' names and columns are ours
    first = f"""
    SELECT *, row_number() OVER (
        PARTITION BY owner
        ORDER BY reason <> '', reason = '' AND channel <> '{Channel.SMS}', last_seen_at DESC, id
    ) AS place FROM ({_judged(several)}) judged
    """  # noqa: S608 - the tables' names and columns are ours
    return _chosen(
        f"""
    SELECT id, language, country, city, people, party, sender, channel, phone_region,
        CASE WHEN place = 1 THEN reason ELSE '{LeftOut.OTHER_PHONE}' END AS reason FROM ({first}) ranked
    """,  # noqa: S608 - the tables' names and columns are ours
        rule,
    )


def _named(rule: Rule) -> Iterator[str]:
    """The phones that the rule names wherever their people are."""
    if rule.audience.asked:
        yield (
            f"SELECT r.contact_id FROM {_RECIPIENT} r WHERE r.campaign_id = %(asked)s "  # noqa: S608 - ours
            "AND r.answer = ANY(%(asked_answers)s) AND r.asked_at IS NOT NULL"
        )
    if rule.audience.numbers is not None:
        yield f"SELECT l.contact_id FROM {_LISTED} l WHERE l.numbers_id = %(numbers)s"  # noqa: S608 - ours


def _judged(rows: str) -> str:
    """The rows with sender, channel and reason."""
    return f"""
    SELECT s.*, {_REASON} AS reason,
        CASE WHEN {_TEXTED} THEN texting.sender WHEN {_CALLED} THEN calling.sender ELSE '' END AS sender,
        CASE WHEN {_TEXTED} THEN '{Channel.SMS}' WHEN {_CALLED} THEN '{Channel.VOICE}' ELSE '' END AS channel
    FROM ({rows}) s
    LEFT JOIN share texting
        ON texting.channel = '{Channel.SMS}' AND texting.region = s.region AND texting.slot = s.slot
    LEFT JOIN share calling
        ON calling.channel = '{Channel.VOICE}' AND calling.region = s.region AND calling.slot = s.slot
    """  # noqa: S608 - the tables' names and reasons are ours


def _chosen(rows: str, rule: Rule) -> str:
    """The columns of `phones`, without the people whom the rule's way of reaching them leaves aside."""
    asked = rule.audience.reach
    only = f"reason <> '' OR channel = '{asked}'" if asked in {Reach.TEXT, Reach.CALL} else "TRUE"
    return (
        "SELECT language, country, city, CASE WHEN reason = '' THEN sender ELSE '' END AS sender, "  # noqa: S608
        f"CASE WHEN reason = '' THEN channel ELSE '' END AS channel, reason, people, party, id, phone_region "
        f"FROM ({rows}) chosen WHERE {only}"
    )


_PHONES_BELOW: Final = 1
"""Keys below are of phones without a person."""

_LISTED: Final = ListedNumber._meta.db_table
_TEXTED: Final = f"(s.state & {reach.NO_TEXTS} = 0 AND texting.sender IS NOT NULL)"
_CALLED: Final = f"(%(calls)s AND s.state & {reach.NO_CALLS} = 0 AND calling.sender IS NOT NULL)"
_REASON: Final = f"""
    CASE WHEN s.spared THEN '{LeftOut.SPARED}'
         WHEN s.state & {reach.STOPPED} > 0 THEN '{LeftOut.OPTED_OUT}'
         WHEN {_TEXTED} OR {_CALLED} THEN ''
         WHEN s.state & {reach.NO_TEXTS} = 0 THEN '{LeftOut.NO_SENDER}'
         WHEN NOT %(calls)s THEN '{LeftOut.REFUSES_TEXTS}'
         WHEN s.state & {reach.NO_CALLS} > 0 THEN '{LeftOut.REFUSES_BOTH}'
         ELSE '{LeftOut.NO_CALLER}' END
"""
# `gateway.spread`; still to be filled in with a column, and then with parameters.
_SPREAD: Final = f"%(key)s %%%% {gateway.SPREAD_KEYS} * {gateway.SPREAD_FACTOR} %%%% {gateway.SPREAD_RANGE}"
_FEW: Final = 4
"""Bounds of the spread that are counted apart: each costs a multiplication a row."""

_SHARE: Final = """
share AS (SELECT * FROM unnest(
    %(channels)s::text[], %(regions)s::text[], %(slots)s::int[], %(senders)s::text[]
) AS t (channel, region, slot, sender))
"""


def _region(column: str) -> str:
    """The country of a phone, '' where no sender names it."""
    return f"CASE WHEN {column} = ANY(%(named)s::text[]) THEN {column} ELSE '' END"


def _slot(column: str, rule: Rule) -> str:
    """Between which two bounds of the senders' shares a phone falls, from 0."""
    if not _bounds(rule):
        return "0"
    return f"width_bucket({_SPREAD % {'key': column}}, %(bounds)s::bigint[])"


def _spared(owner: str, rule: Rule) -> str:
    """Whether the person is taken out by an answer, on whichever phone it was given."""
    if rule.audience.spared is None:
        return "FALSE"
    return (
        f"{owner} IN (SELECT COALESCE(k.person_id, -k.id) FROM {_RECIPIENT} r "  # noqa: S608 - ours
        f"JOIN {_CONTACT} k ON k.id = r.contact_id WHERE r.campaign_id = %(spared)s "
        f"AND r.answer = ANY(%(spared_answers)s) AND r.asked_at IS NOT NULL "
        f"AND {_within('k.person_id', 'k.id', rule)})"
    )


def _within(person: str, phone: str, rule: Rule) -> str:
    """Whether a person, or a phone without one, is in the rule's part."""
    part = rule.part or Part(0)
    bounds = [(">=", "lowest", part.lowest), ("<", "below", part.below)]
    set_bounds = [f"{sign} %({name})s" for sign, name, bound in bounds if bound is not None]
    if part.lowest is not None and part.lowest >= _PHONES_BELOW:
        key, wanted = person, "TRUE"
    elif part.below is not None and part.below <= _PHONES_BELOW:
        key, wanted = f"-({phone})", f"{person} IS NULL"
    else:
        key, wanted = f"COALESCE({person}, -({phone}))", "TRUE"
    return " AND ".join([wanted, *(f"{key} {bound}" for bound in set_bounds)])


def _new(owner: str, rule: Rule) -> str:
    """Whether no phone of somebody with several is among the recipients: they may have called meanwhile."""
    if rule.part is None:
        return "TRUE"
    return (
        f"NOT EXISTS (SELECT FROM {_RECIPIENT} r JOIN {_CONTACT} k ON k.id = r.contact_id "
        f"WHERE r.campaign_id = %(campaign)s AND (k.person_id = {owner} OR k.id = -({owner})))"
    )


def _wanted(owner: str, language: str, rule: Rule) -> str:
    """What the rule says of the person: the language, the registration by a call."""
    wanted = ["TRUE"]
    if rule.audience.languages:
        wanted.append(f"{language} = ANY(%(languages)s)")
    if rule.audience.reach is Reach.CALLER:
        consents = Consent._meta.db_table
        wanted.append(
            f"{owner} IN (SELECT k.person_id FROM {consents} k WHERE k.channel = '{Channel.VOICE}')"  # noqa: S608 - ours
        )
    return " AND ".join(wanted)


def _params(rule: Rule, trips: Statement | None) -> Params:
    shares = list(_shares(rule))
    audience = rule.audience
    params: dict[str, Param] = {
        **(trips.params if trips else {}),
        "channels": [channel for channel, *_ in shares],
        "regions": [region for _, region, *_ in shares],
        "slots": [slot for _, _, slot, _ in shares],
        "senders": [sender for *_, sender in shares],
        "named": _countries(),
        "bounds": _bounds(rule),
        "calls": rule.calls,
        "languages": list(audience.languages),
    }
    if audience.numbers is not None:
        params["numbers"] = audience.numbers
    if rule.part is not None:
        params["campaign"] = rule.part.campaign
        params |= {
            name: bound
            for name, bound in (("below", rule.part.below), ("lowest", rule.part.lowest))
            if bound is not None
        }
    for name, which in (("asked", audience.asked), ("spared", audience.spared)):
        if which is not None:
            params |= {name: which.campaign, f"{name}_answers": list(which.answers)}
    return params


def _countries() -> list[str]:
    """The countries that senders of ours name, or towards which one of them is spared."""
    named = {country for sender in gateway.senders() for country in sender.countries}
    return sorted((named | sender_health.spared_regions()) - {"*"})


def _bounds(rule: Rule) -> list[int]:
    """Every place in the spread where, for some country and channel, one sender's share ends."""
    bounds = {
        share.below
        for channel in _channels(rule)
        for region in ("", *_countries())
        for share in gateway.shares(region or None, channel, two_way=_answerable(channel, rule))
    }
    return sorted(bounds - {gateway.SPREAD_RANGE})


def _shares(rule: Rule) -> Iterator[tuple[str, str, int, str]]:
    """Channel, country of the phone ('': all others), slot of the spread, and the sender that has it."""
    lowest = [0, *_bounds(rule)]
    for channel in _channels(rule):
        for region in ("", *_countries()):
            shares = gateway.shares(region or None, channel, two_way=_answerable(channel, rule))
            for slot, place in enumerate(lowest):
                sender = next((share.sender.id for share in shares if place < share.below), None)
                if sender is not None:
                    yield channel.value, region, slot, sender


def _channels(rule: Rule) -> Sequence[Channel]:
    return (Channel.SMS, Channel.VOICE) if rule.calls else (Channel.SMS,)


def _answerable(channel: Channel, rule: Rule) -> bool:
    """A call is answered on the line, by a key; the ladder asks the same of whoever calls."""
    return rule.two_way or channel is Channel.VOICE
