"""What stands beside each trip about its person's phone, so that a country is counted without a join.

Triggers of the database keep these columns of core_trip (migration 0009, docs/adr/0024); no model names them,
so that no stale row in Python's hands ever writes them back.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from django.db import connection

from core import places

COLUMNS: Final = ("phone", "phone_language", "phone_region", "phone_state", "alone")
"""Contact id, language and region of the person's only phone (NULL, '' with several or none), its state; and
whether the person has this one trip only."""

STOPPED: Final = 1
NO_TEXTS: Final = 2
NO_CALLS: Final = 4
"""The bits of `phone_state`: said STOP, refuses texts, refuses calls."""

_WRONG: Final = """
SELECT t.id FROM core_trip t JOIN core_reach(ARRAY(SELECT DISTINCT person_id FROM core_trip)) r
    ON r.person = t.person_id
WHERE (t.phone, t.phone_language, t.phone_region, t.phone_state, t.alone)
    IS DISTINCT FROM (r.phone, r.language, r.region, r.state, r.alone)
ORDER BY t.id
"""

# Nearly everybody has one trip: those are counted without looking who they are, which would sort everybody.
_THERE: Final = """
SELECT country, sum(people)::bigint FROM (
    SELECT country, count(*) AS people FROM core_trip
    WHERE ({days}) AND delete_at > %(now)s AND alone GROUP BY 1
    UNION ALL
    SELECT country, count(DISTINCT person_id) FROM core_trip
    WHERE ({days}) AND delete_at > %(now)s AND NOT alone GROUP BY 1
) found GROUP BY 1
"""
_DAY: Final = 'country = ANY(%(codes{0})s) AND start <= %(last{0})s AND "end" >= %(first{0})s'


def there(now: datetime) -> Mapping[str, int]:
    """How many registered people are in each country on the day that it is there."""
    alike: dict[tuple[date, date], list[str]] = {}
    for code in places.countries():
        alike.setdefault(places.dates(code, now), []).append(code)
    given: dict[str, datetime | date | list[str]] = {"now": now}
    for place, ((first, last), codes) in enumerate(alike.items()):
        given |= {f"codes{place}": codes, f"first{place}": first, f"last{place}": last}
    days = " OR ".join(_DAY.format(place) for place in range(len(alike)))
    with connection.cursor() as cursor:
        cursor.execute(_THERE.format(days=days), given)
        return dict(cursor.fetchall())


def wrong() -> Sequence[int]:
    """The trips whose columns contradict their person's phones and trips: none, or a trigger is gone."""
    with connection.cursor() as cursor:
        cursor.execute(_WRONG)
        return [row[0] for row in cursor.fetchall()]
