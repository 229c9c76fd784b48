"""How our senders fare, counted from the messages of the last minutes; telephony.health says what follows."""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from core.models import ContactPoint, Message, SenderHealth
from telephony.errors import is_of_sender, rule_for
from telephony.health import LATE_AFTER, WELL, WINDOW, Counts, Health, Standing, judge
from telephony.messages import Channel, DeliveryStatus

logger = logging.getLogger(__name__)

_FRESH: Final = 1.0  # seconds for which a process believes what it read: a rung asks for every recipient

Route = tuple[str, str, str]
"""Sender, channel, country of the phone."""

# What was sent under an earlier step says nothing about this one.
_SAMPLE: Final = f"""
SELECT m.sender, m.channel, c.region, m.status, COALESCE(m.error_code, 0), m.provider_sid IS NOT NULL,
    m.created_at <= %(late)s, count(*)
FROM {Message._meta.db_table} m JOIN {ContactPoint._meta.db_table} c ON c.id = m.contact_id
LEFT JOIN {SenderHealth._meta.db_table} h
    ON h.sender = m.sender AND h.channel = m.channel AND h.region = c.region
WHERE m.created_at > %(since)s AND m.direction = '{Message.Direction.OUT}' AND m.token IS NOT NULL
    AND m.answers_id IS NULL
    AND (h.id IS NULL OR CASE WHEN m.provider_sid IS NULL THEN m.status_at ELSE m.created_at END >= h.since)
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""  # noqa: S608 - the tables' names are ours


@dataclass(frozen=True, slots=True)
class Shown:
    """One route as officers and operators see it."""

    sender: str
    channel: Channel
    region: str
    standing: Standing
    judged: int
    failed: int
    slow: int
    codes: Mapping[str, int]


@dataclass(slots=True)
class _Tally:
    counts: Counts = field(default_factory=Counts)
    codes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Group:
    route: Route
    status: str
    code: int
    accepted: bool
    late: bool
    count: int


@transaction.atomic
def review(now: datetime) -> int:
    """Count anew and move every route to the step that follows; returns how many have moved."""
    known = {(row.sender, row.channel, row.region): row for row in SenderHealth.objects.select_for_update()}
    found = _tallies(_sample(now))
    rows, moved = [], 0
    for route in {*known, *found}:
        row, tally = known.get(route), found.get(route, _Tally())
        before = Health(row.since, row.step, row.relapses) if row else Health(now - WINDOW)
        after = judge(before, tally.counts, now)
        moved += after.step != before.step
        if after.step != before.step:
            _tell(route, after, tally)
        rows.append(_row(route, after, tally, now))
    quiet = [row for row in rows if row.step == WELL and not row.judged and not row.relapses]
    SenderHealth.objects.bulk_create(
        [row for row in rows if row not in quiet],
        update_conflicts=True,
        unique_fields=["sender", "channel", "region"],
        update_fields=["step", "since", "relapses", "judged", "failed", "slow", "codes", "counted_at"],
    )
    over = [
        known[route].pk for route in known if any((q.sender, q.channel, q.region) == route for q in quiet)
    ]
    SenderHealth.objects.filter(pk__in=over).delete()
    forget()
    return moved


def weights(channel: Channel, region: str | None) -> Mapping[str, float]:
    """The share of its usual work a sender gets towards that country; those that are well are absent."""
    return {
        sender: weight
        for (sender, on, to), weight in _spared().items()
        if (on, to) == (channel, region or "")
    }


def spared_regions() -> set[str]:
    """Countries towards which some sender gets less than its usual work."""
    return {region for _, _, region in _spared()} - {""}


def spared_routes() -> set[Route]:
    """Which senders get less than their usual work, on which channel, towards which countries."""
    return set(_spared())


def any_spared() -> bool:
    """Whether others take over for a sender of ours."""
    return SenderHealth.objects.filter(step__lt=WELL).exists()


def routes() -> Sequence[Shown]:
    """Every route on which something was sent in the last minutes, or that is spared; the worst first."""
    return [
        Shown(
            row.sender,
            Channel(row.channel),
            row.region,
            Health(row.since, row.step).standing,
            row.judged,
            row.failed,
            row.slow,
            row.codes,
        )
        for row in SenderHealth.objects.order_by("step", "sender", "channel", "region")
    ]


class _Read:
    """What this process read last, and when on its own clock."""

    at = float("-inf")
    spared: Mapping[Route, float] = {}


def forget() -> None:
    """Read anew with the next question: after a review, and in tests."""
    _Read.at = float("-inf")


def _spared() -> Mapping[Route, float]:
    moment = time.monotonic()
    if moment - _Read.at > _FRESH:
        rows = SenderHealth.objects.filter(step__lt=WELL)
        _Read.spared = {
            (row.sender, row.channel, row.region): Health(row.since, row.step).weight for row in rows
        }
        _Read.at = moment
    return _Read.spared


def _sample(now: datetime) -> Sequence[_Group]:
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, {"late": now - LATE_AFTER, "since": now - WINDOW})
        return [_Group((row[0], row[1], row[2]), *row[3:]) for row in cursor.fetchall()]


def _tallies(groups: Sequence[_Group]) -> Mapping[Route, _Tally]:
    """Judged is what was delivered, what failed or was not taken by the route's fault, and what is late.

    Where no carrier of the country confirms deliveries to any sender, a text that left us is not late.
    """
    confirms = {group.route[1:] for group in groups if group.status == DeliveryStatus.DELIVERED}
    found: dict[Route, _Tally] = defaultdict(_Tally)
    for group in groups:
        tally = found[group.route]
        if group.code and (is_of_sender(group.code) or rule_for(group.code).alarms):
            tally.codes[str(group.code)] += group.count
        judged, failed, slow = _fate(group, confirms=group.route[1:] in confirms)
        counts = tally.counts
        tally.counts = Counts(
            counts.judged + judged * group.count,
            counts.failed + failed * group.count,
            counts.slow + slow * group.count,
        )
    return found


def _fate(group: _Group, *, confirms: bool) -> tuple[bool, bool, bool]:
    """Whether messages of the group are judged, failed by the route's fault, are late."""
    status = DeliveryStatus(group.status)
    if status is DeliveryStatus.DELIVERED:
        return True, False, False
    if status.is_final:
        ours = is_of_sender(group.code or None)
        return ours, ours, False  # a phone that is off says nothing about the route to it
    if group.code and not group.accepted:
        return True, True, False  # noted by `delivery.not_taken`: it waits for another request
    if group.route[1] != Channel.SMS or not (group.late and group.accepted):
        return False, False, False
    slow = confirms or status is not DeliveryStatus.SENT
    return True, False, slow


def _row(route: Route, health: Health, tally: _Tally, now: datetime) -> SenderHealth:
    sender, channel, region = route
    return SenderHealth(
        sender=sender,
        channel=channel,
        region=region,
        step=health.step,
        since=health.since,
        relapses=health.relapses,
        judged=tally.counts.judged,
        failed=tally.counts.failed,
        slow=tally.counts.slow,
        codes=dict(tally.codes),
        counted_at=now,
    )


def _tell(route: Route, health: Health, tally: _Tally) -> None:
    _, channel, region = route
    facts = (channel, region or "?", health.standing.value, round(100 * tally.counts.bad), dict(tally.codes))
    logger.warning("a sender's route: %s to %s is %s (%d %% bad, codes %s)", *facts)
