"""The writing of a launched campaign's recipients: a first part at the click, the rest part by part.

Each part is one transaction that also moves the border below which people are still to come. Whoever is
killed loses a part that nobody saw; whoever comes next begins there.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from campaigns import live
from campaigns.freeze import freeze
from campaigns.models import Campaign, Collecting
from campaigns.preview import rule_of
from campaigns.rule import BESIDES, Group, Part, Rule, left_out, reached
from campaigns.selection import border
from core import queues

FIRST: Final = 5_000
"""People whose recipients are written at the click: a fifth of a second. Fewer, and all are."""

PART: Final = 25_000
"""People in one later transaction: less than a second, which is what a phone's own text may wait for."""

JOB: Final = "campaigns.jobs.collect"

_CAMPAIGN: Final = Campaign._meta.db_table
_ON: Final = (Campaign.State.RUNNING, Campaign.State.PAUSED)


class _Over(Exception):
    """The campaign was stopped while a part was written: the part is undone."""


def begin(campaign: Campaign, found: Sequence[Group], now: datetime) -> None:
    """Write the first recipients of a campaign that is launched at `now`, all of them if they are few.

    Call it in the transaction of the launch; `found` is what it counted.
    """
    campaign.left_out = left_out(found)
    campaign.save(update_fields=["left_out"])
    rule = rule_of(campaign, now)
    below: int | None = None
    expected = reached(found)
    row = Collecting(campaign=campaign, below=0, expected=expected, written=0)
    row.left_out = {reason: people for reason, people in campaign.left_out.items() if reason in BESIDES}
    people = FIRST
    while True:
        below = _take(row, rule, below, people if expected > FIRST else None)
        if below is None:
            _write_down(row)
            return
        if row.written:
            break
        people = min(2 * people, PART)  # nobody the rule wants was among them: look further
    row.below = below
    row.save(force_insert=True)


def go_on(campaign_id: int, now: datetime, people: int = PART) -> bool:
    """Write the next part; False when nothing is left to do here: all is written, or another worker has it.

    The rule is that of the launch. Trips made since do not count; a STOP said since does.
    """
    try:
        with transaction.atomic():
            row = Collecting.objects.select_for_update(skip_locked=True).filter(pk=campaign_id).first()
            return row is not None and _part(row, now, people)
    except _Over:
        Collecting.objects.filter(pk=campaign_id).delete()
        return False


def go_on_after_commit(campaign: Campaign) -> None:
    """Queue the rest of the writing, if any, once the running transaction is committed."""
    if Collecting.objects.filter(pk=campaign.pk).exists():
        transaction.on_commit(lambda: _queue(campaign.pk))


def _queue(campaign_id: int) -> None:
    queues.put(queues.URGENT, JOB, campaign_id)


def unfinished() -> Sequence[int]:
    """The campaigns whose recipients are not all written, the most urgent first."""
    rows = Collecting.objects.order_by("-campaign__urgency", "pk")
    return list(rows.values_list("pk", flat=True))


def of(campaign: Campaign) -> Collecting | None:
    """How far the writing is: `written` of about `expected`; None when it is done or the campaign over."""
    if campaign.state not in _ON:
        return None
    return Collecting.objects.filter(pk=campaign.pk).first()


def to_come(campaign: Campaign) -> int:
    """How many of the people counted at the launch are still to be written."""
    row = of(campaign)
    return max(0, row.expected - row.written) if row else 0


def _part(row: Collecting, now: datetime, people: int) -> bool:
    campaign = row.campaign
    if campaign.state not in _ON:
        row.delete()
        return False
    below = _take(row, rule_of(campaign, campaign.launched_at or now), row.below, people)
    if below is None:
        _write_down(row)
        row.delete()
    else:
        row.below = below
        row.save()
    _still_on(campaign)
    live.publish_after_commit(campaign.pk, now)
    return below is not None


def _take(row: Collecting, rule: Rule, below: int | None, people: int | None) -> int | None:
    """Write the part below that key, of about so many people (None: all); returns where the next begins."""
    part = Part(row.campaign.pk, below=below)
    lowest = border(replace(rule, part=part), people) if people else None
    frozen = freeze(row.campaign, replace(rule, part=replace(part, lowest=lowest)))
    row.written += frozen.recipients
    row.left_out = dict(Counter(row.left_out) + Counter(frozen.left_out))
    return lowest


def _write_down(row: Collecting) -> None:
    """Who was left out is known now: it may be more than the launch counted."""
    row.campaign.left_out = row.left_out
    row.campaign.save(update_fields=["left_out"])


def _still_on(campaign: Campaign) -> None:
    """Hold the campaign's state until the commit. Raises _Over if it was stopped: what is written is undone.

    At the end of the part only, so that a stop or correction never waits for one.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT state FROM {_CAMPAIGN} WHERE id = %s FOR SHARE", [campaign.pk])  # noqa: S608 - ours
        (state,) = cursor.fetchone()
    if state not in _ON:
        raise _Over
