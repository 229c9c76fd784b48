"""The people a rule finds, one row a phone or many alike as one: the SQL, in one place.

A count asks of groups of trips that are alike, a launch of each trip, by the same text. How a phone is
reached is the matter of `campaigns.reachability`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, SmallIntegerField, TextField
from django.db.models.expressions import RawSQL

from campaigns import reachability
from campaigns.audience import Reach
from campaigns.models import ListedNumber, NumberList, Recipient
from campaigns.rule import Group, LeftOut, Param, Params, Part, Rule, Statement
from core import reach
from core.models import Consent, ContactPoint, OptOut, Person, Trip
from telephony.messages import Channel

_CONTACT: Final = ContactPoint._meta.db_table
_OPT_OUT: Final = OptOut._meta.db_table
_PERSON: Final = Person._meta.db_table
_RECIPIENT: Final = Recipient._meta.db_table
_TRIP: Final = Trip._meta.db_table


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
    singles = [reachability.chosen(reachability.judged(single(rule, trips)), rule)] if trips else []
    sql = " UNION ALL ".join([_ranked(rule, trips), *singles])
    return Statement(f"WITH {reachability.SHARE} {sql}", _params(rule, trips))


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
        {reachability.region("t.phone_region")} AS region, t.phone_region, t.phone_state AS state,
        t.country, t.city, t.party, {reachability.slot("t.phone", rule)} AS slot,
        {_spared("t.owner", rule)} AS spared, 1 AS people
    FROM ({trips.sql}) t
    WHERE t.alone AND t.phone IS NOT NULL AND {_wanted("t.owner", "t.phone_language", rule)}
    """  # noqa: S608 - the tables' names and columns are ours


def _alike(rule: Rule, trips: Statement) -> str:
    """The rows of `_alone` that are alike as one, with how many they are.

    Grouped by plain columns, with a count below each bound of the spread: by the slot itself, which no two
    phones need have in common for all the planner knows, it would not share the work out.
    """
    bounds = reachability.bounds(rule)
    if len(bounds) > _FEW:
        return f"""
        SELECT 0::bigint AS id, language, region, phone_region, state, country, city, slot, spared,
            count(*) AS people, sum(party) AS party
        FROM ({_alone(rule, trips)}) one GROUP BY 2, 3, 4, 5, 6, 7, 8, 9
        """  # noqa: S608 - the tables' names and columns are ours
    below = [f"FILTER (WHERE {reachability.SPREAD % {'key': 'id'}} < {bound})" for bound in bounds] + [""]
    counts = ", ".join(
        f"count(*) {only} AS people{n}, COALESCE(sum(party) {only}, 0) AS party{n}"
        for n, only in enumerate(below)
    )
    slots = ", ".join(
        f"({n}, people{n} - people{n - 1}, party{n} - party{n - 1})" if n else "(0, people0, party0)"
        for n in range(len(below))
    )
    return f"""
    SELECT 0::bigint AS id, g.language, {reachability.region("g.phone_region")} AS region, g.phone_region,
        g.state, g.country, g.city, s.slot, g.spared, s.people, s.party
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
    SELECT w.owner, w.id, c.language, {reachability.region("c.region")} AS region, c.region AS phone_region,
        (o.number_index IS NOT NULL)::int * {reach.STOPPED}
            + (c.sms_refused IS NOT NULL)::int * {reach.NO_TEXTS}
            + (c.voice_refused IS NOT NULL)::int * {reach.NO_CALLS} AS state,
        w.country, w.city, w.party, {reachability.slot("w.id", rule)} AS slot,
        {_spared("w.owner", rule)} AS spared, 1 AS people, c.last_seen_at
    FROM ({" UNION ALL ".join(sources)}) w
    JOIN {_CONTACT} c ON c.id = w.id LEFT JOIN {_OPT_OUT} o ON o.number_index = c.number_index
    WHERE {_wanted("w.owner", "c.language", rule)} AND {_new("w.owner", rule)}
    """  # noqa: S608 - the tables' names and columns are ours
    first = f"""
    SELECT *, row_number() OVER (
        PARTITION BY owner
        ORDER BY reason <> '', reason = '' AND channel <> '{Channel.SMS}', last_seen_at DESC, id
    ) AS place FROM ({reachability.judged(several)}) judged
    """  # noqa: S608 - the tables' names and columns are ours
    return reachability.chosen(
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


_PHONES_BELOW: Final = 1
"""Keys below are of phones without a person."""

_LISTED: Final = ListedNumber._meta.db_table
_FEW: Final = 4
"""Bounds of the spread that are counted apart: each costs a multiplication a row."""


def _spared(owner: str, rule: Rule) -> str:
    """Whether the person is taken out by an answer, on whichever phone it was given.

    Not while another of their phones says that somebody needs help, unless that is spared as well.
    """
    if rule.audience.spared is None:
        return "FALSE"
    return (
        f"{owner} IN (SELECT COALESCE(k.person_id, -k.id) FROM {_RECIPIENT} r "  # noqa: S608 - ours
        f"JOIN {_CONTACT} k ON k.id = r.contact_id WHERE r.campaign_id = %(spared)s "
        f"AND (r.answer = ANY(%(spared_answers)s) OR r.answer = '{Recipient.Answer.NEEDS_HELP}') "
        f"AND r.asked_at IS NOT NULL AND {_within('k.person_id', 'k.id', rule)} "
        "GROUP BY 1 HAVING bool_and(r.answer = ANY(%(spared_answers)s)))"
    )


def _within(person: str, phone: str, rule: Rule) -> str:
    """Whether a person, or a phone without one, is in the rule's part.

    In the last one are those too who were phones without a person when it began, and have registered since:
    their key is now above the parts that were written.
    """
    part = rule.part or Part(0)
    bounds = [(">=", "lowest", part.lowest), ("<", "below", part.below)]
    set_bounds = [f"{sign} %({name})s" for sign, name, bound in bounds if bound is not None]
    if part.lowest is not None and part.lowest >= _PHONES_BELOW:
        key, wanted = person, "TRUE"
    elif part.below is not None and part.below <= _PHONES_BELOW:
        key, wanted = f"-({phone})", f"{person} IS NULL"
    else:
        key, wanted = f"COALESCE({person}, -({phone}))", "TRUE"
    inside = " AND ".join([wanted, *(f"{key} {bound}" for bound in set_bounds)])
    if part.below is None or part.lowest is not None:
        return inside
    return f"({inside} OR {person} IN (SELECT n.id FROM {_PERSON} n WHERE n.created_at > %(began)s))"  # noqa: S608 - ours


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
    audience = rule.audience
    params: dict[str, Param] = {
        **(trips.params if trips else {}),
        **reachability.params(rule),
        "languages": list(audience.languages),
    }
    if audience.numbers is not None:
        params["numbers"] = audience.numbers
    if rule.part is not None:
        params |= {"campaign": rule.part.campaign, "began": rule.now}
        params |= {
            name: bound
            for name, bound in (("below", rule.part.below), ("lowest", rule.part.lowest))
            if bound is not None
        }
    for name, which in (("asked", audience.asked), ("spared", audience.spared)):
        if which is not None:
            params |= {name: which.campaign, f"{name}_answers": list(which.answers)}
    return params
