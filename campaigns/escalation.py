"""Who is due the next rung of a campaign's ladder: put into a batch for it, or on the case officers' list.

Nothing is sent from here. Whoever is put into a batch is no longer due, in the same transaction, so running
this twice, or on two workers at once, asks nobody twice. Recipients whose last rung is in doubt are not due.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from django.db import connection, transaction
from django.db.models import Max

from campaigns import batches, cases, expiry, inquiries, ladder, live, waking
from campaigns.freeze import batch_size, calls_in_batch
from campaigns.ladder import Ladder, Way
from campaigns.models import Attempt, Batch, Campaign, Recipient
from campaigns.texts import Wordings
from channels_voice.models import Call
from core import audit, gateway
from core.models import ContactPoint, Message, OptOut
from telephony.errors import CODES
from telephony.messages import AnsweredBy, CallStatus, Channel, DeliveryStatus
from telephony.senders import Sender

CHUNK: Final = 1000
"""Recipients moved in one transaction."""

_MOST_CHUNKS: Final = 200
_LISTED_FOR: Final = timedelta(days=3)  # however long the workers stood still: answers count as long


@dataclass(frozen=True, slots=True)
class _Due:
    """A recipient whose wait is over. `over`: answered, said STOP or gone, so nothing follows.

    `texts`, `calls`: nothing is known against this channel. Where it failed in this campaign for a reason
    nobody knows, it is not tried again.
    `senders` have texted them in this campaign; `named`: they have an emergency contact, not asked by it yet.
    """

    recipient: int
    step: int
    contact: int
    region: str
    texts: bool
    calls: bool
    over: bool
    senders: Sequence[str]
    named: bool


@dataclass(frozen=True, slots=True)
class _Rung:
    """How a rung is taken: what recipients of one batch have in common. Without a channel: in no batch."""

    number: int
    way: Way
    channel: Channel | None = None
    sender: str = ""
    waits_until: datetime | None = None


def climb(now: datetime) -> int:
    """Move everybody who is due in a running campaign to the next rung; returns how many were moved."""
    moved = 0
    running = Campaign.objects.filter(expiry.lasting(now), state=Campaign.State.RUNNING).exclude(ladder=[])
    for campaign in running.order_by("-urgency", "pk"):
        woken = 0
        for _ in range(_MOST_CHUNKS):
            chunk, awake = _some(campaign, now)
            moved += chunk
            woken += awake
            if not chunk:
                break
        if woken:
            figures = {"people": woken}
            audit.record(
                "campaign.quiet_hours_overridden", by=None, subject=campaign, now=now, figures=figures
            )
    return moved


def list_overdue(now: datetime) -> int:
    """Put on the officers' list whoever was still on the ladder of a campaign that has ended at its time.

    Asked and silent, that is; who was never asked is counted on the board. Returns how many were looked at.
    """
    over = Campaign.objects.filter(
        state=Campaign.State.STOPPED, closed_at=None, not_after__lt=now + expiry.SHORTEST
    ).exclude(ladder=[])
    moved = 0
    for campaign in over.filter(ended_at__gt=now - _LISTED_FOR).order_by("-urgency", "pk"):
        for _ in range(_MOST_CHUNKS if campaign.expired else 0):
            chunk = _overdue(campaign, now)
            moved += chunk
            if not chunk:
                break
    return moved


@transaction.atomic
def _overdue(campaign: Campaign, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, {"campaign": campaign.pk, "chunk": CHUNK})
        rows = cursor.fetchall()
    last = ladder.list_rung(ladder.of(campaign))
    silent = [recipient for recipient, is_silent in rows if is_silent] if last else []
    cases.list_silent(silent, campaign, now)
    Recipient.objects.filter(pk__in=silent).update(step=last)
    Recipient.objects.filter(pk__in=[recipient for recipient, _ in rows]).update(due_at=None)
    if rows:
        live.publish_after_commit(campaign.pk, now)
    return len(rows)


@transaction.atomic
def _some(campaign: Campaign, now: datetime) -> tuple[int, int]:
    """Move a chunk of the campaign's recipients; how many, and how many of them at night."""
    steps = ladder.of(campaign)
    due, machines = _due(campaign, now), list(_after_machines(campaign, now))
    plan: dict[_Rung, list[int]] = defaultdict(list)
    for rung, recipient in machines:
        plan[rung].append(recipient)
    aside: dict[_Rung, list[int]] = defaultdict(list)
    done: list[int] = []
    for one in due:
        following = None if one.over else _next(steps, one)
        if following is None:
            done.append(one.recipient)
        else:
            (plan if following.channel else aside)[following].append(one.recipient)
    timed, woken = _by_night(plan, campaign, now)
    _cut(timed, campaign)
    Recipient.objects.filter(pk__in=done).update(due_at=None)
    for rung, recipients in aside.items():
        _step_aside(rung, recipients, campaign, now)
    moved = len(due) + len(machines)
    if moved:
        batches.wake_after_commit(now)
        live.publish_after_commit(campaign.pk, now)
    return moved, woken


def _step_aside(rung: _Rung, recipients: Sequence[int], campaign: Campaign, now: datetime) -> None:
    """Take a rung on which the person is not asked: somebody else is, or an officer looks."""
    following = ladder.of(campaign).rung(rung.number + 1)
    if rung.way is Way.CONTACT:
        inquiries.plan(recipients, campaign, now)
    else:
        cases.list_silent(recipients, campaign, now)
    Recipient.objects.filter(pk__in=recipients).update(
        step=rung.number, due_at=now + following.wait if following else None
    )


def _next(steps: Ladder, one: _Due) -> _Rung | None:
    """The next rung that can be taken, and how; None when none is left."""
    for number in count(one.step + 1):
        rung = steps.rung(number)
        if rung is None:
            return None
        if rung.way is Way.LIST or (rung.way is Way.CONTACT and one.named):
            return _Rung(number, rung.way)
        able = {Channel.SMS: one.texts, Channel.VOICE: one.calls}
        if rung.channel and able[rung.channel] and (sender := _sender(rung.way, rung.channel, one)):
            return _Rung(number, rung.way, rung.channel, sender.id)
    raise AssertionError("a ladder ends")


def _sender(way: Way, channel: Channel, one: _Due) -> Sender | None:
    """Who texts or calls on that rung: another than before where it says so and one reaches the phone."""
    if way is Way.OTHER_SENDER:
        others = [share.sender for share in gateway.shares(one.region, channel)]
        others = [sender for sender in others if sender.id not in one.senders]
        if others:
            return others[gateway.spread(one.contact) % len(others)]
    return gateway.sender_for(one.region, channel, key=one.contact)


def _by_night(
    plan: Mapping[_Rung, Sequence[int]], campaign: Campaign, now: datetime
) -> tuple[dict[_Rung, list[int]], int]:
    """The plan with whoever sleeps put off until morning, or woken if lives depend on it; how many are."""
    nights = waking.nights(campaign, [pk for recipients in plan.values() for pk in recipients], now)
    timed: dict[_Rung, list[int]] = defaultdict(list)
    woken = 0
    for way, recipients in plan.items():
        for recipient in recipients:
            night = nights.get(recipient)
            woken += night is not None and campaign.urgency == Campaign.Urgency.LIFE_SAVING
            until = night.until if night and night.waits else None
            timed[replace(way, waits_until=until)].append(recipient)
    return timed, woken


def _cut(plan: Mapping[_Rung, Sequence[int]], campaign: Campaign) -> None:
    """Cut batches, to be sent after all that the campaign has waiting already."""
    last = Batch.objects.filter(campaign=campaign).aggregate(last=Max("number"))["last"]
    numbers = count((last or 0) + 1)
    segments = Wordings(campaign).dearest
    for way, recipients in plan.items():
        size = _size(way, segments)
        for start in range(0, len(recipients), size):
            batch = Batch.objects.create(
                campaign=campaign,
                sender=way.sender,
                urgency=campaign.urgency,
                number=next(numbers),
                step=way.number,
                channel=way.channel or Channel.SMS,
                waits_until=way.waits_until,
            )
            Recipient.objects.filter(pk__in=recipients[start : start + size]).update(
                batch=batch, step=way.number - 1, due_at=None
            )


def _size(way: _Rung, segments: int) -> int:
    sender = gateway.sender_named(way.sender) or Sender(way.sender)
    if way.channel is Channel.SMS:
        return batch_size(sender, segments)
    return calls_in_batch(sender)


def _due(campaign: Campaign, now: datetime) -> Sequence[_Due]:
    with connection.cursor() as cursor:
        of = {"drill": campaign.drill, "campaign": campaign.pk}
        cursor.execute(_DUE, {**of, "now": now, "chunk": CHUNK, "known": sorted(CODES)})
        return [_Due(*row) for row in cursor.fetchall()]


def _after_machines(campaign: Campaign, now: datetime) -> Iterator[tuple[_Rung, int]]:
    """Silent recipients whose machine was told to call back, on the rung they are on: they get a text."""
    with connection.cursor() as cursor:
        cursor.execute(_MACHINES, {"campaign": campaign.pk, "now": now, "chunk": CHUNK})
        rows = cursor.fetchall()
    for recipient, step, contact, region in rows:
        sender = gateway.sender_for(region, Channel.SMS, key=contact)
        if sender is not None:
            yield _Rung(step, Way.TEXT, Channel.SMS, sender.id), recipient


_RECIPIENT: Final = Recipient._meta.db_table
_CONTACT: Final = ContactPoint._meta.db_table
_BATCH: Final = Batch._meta.db_table
_ATTEMPT: Final = Attempt._meta.db_table
_STOPPED: Final = f"EXISTS (SELECT FROM {OptOut._meta.db_table} o WHERE o.number_index = c.number_index)"
_UNKNOWN: Final = f"""EXISTS (
    SELECT FROM {_ATTEMPT} a JOIN {Message._meta.db_table} m ON m.id = a.message_id
    WHERE a.recipient_id = r.id AND a.channel = %s AND m.error_code <> ALL(%%(known)s::int[])
        AND m.status IN ('{DeliveryStatus.FAILED}', '{DeliveryStatus.UNDELIVERED}')
)"""
_DUE: Final = f"""
SELECT r.id, r.step, COALESCE(c.id, 0), COALESCE(c.region, ''),
    c.sms_refused IS NULL AND NOT {_UNKNOWN % f"'{Channel.SMS}'"},
    c.voice_refused IS NULL AND NOT {_UNKNOWN % f"'{Channel.VOICE}'"},
    (c.id IS NULL OR r.answer <> '' OR {_STOPPED}),
    ARRAY(SELECT m.sender FROM {_ATTEMPT} a JOIN {Message._meta.db_table} m ON m.id = a.message_id
        WHERE a.recipient_id = r.id AND a.channel = '{Channel.SMS}'),
    NOT %(drill)s AND {inquiries.POSSIBLE}
FROM {_RECIPIENT} r
JOIN {_BATCH} b ON b.id = r.batch_id AND b.state = '{Batch.State.DONE}'
LEFT JOIN {_CONTACT} c ON c.id = r.contact_id
WHERE r.campaign_id = %(campaign)s AND r.due_at <= %(now)s
ORDER BY r.due_at, r.id LIMIT %(chunk)s FOR UPDATE OF r SKIP LOCKED
"""  # noqa: S608 - the names of tables and states are ours
_MACHINES: Final = f"""
SELECT r.id, r.step, c.id, COALESCE(c.region, '')
FROM {Call._meta.db_table} k
JOIN {_ATTEMPT} a ON a.message_id = k.message_id
JOIN {_RECIPIENT} r ON r.id = a.recipient_id AND r.step = a.step
JOIN {_BATCH} b ON b.id = r.batch_id AND b.state = '{Batch.State.DONE}'
JOIN {_CONTACT} c ON c.id = r.contact_id
WHERE r.campaign_id = %(campaign)s AND r.answer = '' AND r.due_at > %(now)s
    AND k.answered_by = '{AnsweredBy.MACHINE}' AND k.status = '{CallStatus.COMPLETED}'
    AND c.sms_refused IS NULL AND NOT {_STOPPED}
    AND NOT EXISTS (SELECT FROM {_ATTEMPT} t
        WHERE t.recipient_id = r.id AND t.step = a.step AND t.channel = '{Channel.SMS}')
ORDER BY r.id LIMIT %(chunk)s FOR UPDATE OF r SKIP LOCKED
"""  # noqa: S608 - the names of tables and states are ours
_OVERDUE: Final = f"""
SELECT r.id, r.asked_at IS NOT NULL AND r.answer = '' AND c.id IS NOT NULL AND NOT {_STOPPED}
FROM {_RECIPIENT} r LEFT JOIN {_CONTACT} c ON c.id = r.contact_id
WHERE r.campaign_id = %(campaign)s AND r.due_at IS NOT NULL
ORDER BY r.due_at, r.id LIMIT %(chunk)s FOR UPDATE OF r SKIP LOCKED
"""  # noqa: S608 - the names of tables and states are ours
