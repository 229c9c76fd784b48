"""From a rule to rows: who exactly gets a campaign, through which sender, in which batch. Set-based SQL."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Max, QuerySet

from campaigns import ladder
from campaigns.models import PLANNED, Attempt, Batch, Campaign, Recipient
from campaigns.rule import Rule, Statement
from campaigns.selection import phones
from campaigns.texts import Wordings
from core import gateway
from core.models import ContactPoint, Message
from telephony.messages import Channel, DeliveryStatus
from telephony.senders import Sender

BATCH_SECONDS: Final = 4
"""How long a batch keeps its sender's line at most: a worker that is told to stop ends within it."""

BATCH_LARGEST: Final = 500

DELETING: Final = 730_030
"""The advisory lock of whoever deletes phones (shared) or has just written recipients; held to the commit."""

_BATCH: Final = Batch._meta.db_table
_CONTACT: Final = ContactPoint._meta.db_table
_RECIPIENT: Final = Recipient._meta.db_table


@dataclass(frozen=True, slots=True)
class Frozen:
    """What was written: recipients, and how many people were left out, by LeftOut reason."""

    recipients: int
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Line:
    """The batches that one sender's people of one channel are cut into: their ids, in order."""

    sender: str
    channel: Channel
    step: int
    size: int
    ids: Sequence[int]


def batch_size(sender: Sender, segments: int) -> int:
    """How many messages of so many segments one batch of that sender holds."""
    fits = int(sender.segments_per_second * BATCH_SECONDS / segments)
    return max(1, min(fits, BATCH_LARGEST))


def calls_in_batch(sender: Sender) -> int:
    """How many calls one batch of that sender holds."""
    return max(1, min(int(sender.calls_per_second * BATCH_SECONDS), sender.calls_at_once))


def freeze(campaign: Campaign, rule: Rule) -> Frozen:
    """Write the recipients that the rule finds, in batches that are sent after those the campaign has.

    Call it in a transaction. Whoever takes no texts, or whom no sender can text, begins on the ladder's first
    call. A phone that is among the recipients is left as it is.
    """
    found = phones(rule)
    with connection.cursor() as cursor:
        cursor.execute(f"{_CHOSEN} FROM ({found.sql}) found", found.params)
        cursor.execute(_GROUPED)
        rows = cursor.fetchall()
        lines = {(sender, channel): people for sender, channel, reason, people in rows if not reason}
        written = _write(campaign, lines)
        cursor.execute("DROP TABLE chosen")
    missed = Counter[str]()
    for _, _, reason, people in rows:
        if reason:
            missed[reason] += people
    return Frozen(written, dict(missed))


def freeze_again(campaign: Campaign, recipients: QuerySet[Recipient]) -> int:
    """Give the campaign the phones of another one's recipients; returns how many.

    Each hears by the number and on the channel that reached them: who was only called is called.
    """
    people = _again(recipients)
    with connection.cursor() as cursor:
        cursor.execute(f"{_CHOSEN} FROM ({people.sql}) found", people.params)
        cursor.execute("SELECT sender, channel, count(*) FROM chosen GROUP BY 1, 2")
        lines = Counter({(sender, channel): people for sender, channel, people in cursor.fetchall()})
        written = _write(campaign, lines)
        cursor.execute("DROP TABLE chosen")
    return written


def _again(recipients: QuerySet[Recipient]) -> Statement:
    """The recipients' phones, each with its sender and channel."""
    chosen, given = recipients.values_list("pk").order_by().query.sql_with_params()
    named = {f"of{number}": value for number, value in enumerate(given)}
    senders = gateway.senders()
    able = {
        "texting": [sender.id for sender in senders if sender.sms],
        "calling": [sender.id for sender in senders if sender.voice],
    }
    return Statement(_AGAIN % {"chosen": chosen % tuple(f"%({name})s" for name in named)}, able | named)


def _write(campaign: Campaign, people: Mapping[tuple[str, str], int]) -> int:
    """Cut the people of `chosen`, counted by sender and channel, into batches; returns how many were new."""
    lines = list(_cut(campaign, people))
    known: dict[str, int | list[str] | list[int]] = {
        "campaign": campaign.pk,
        "senders": [line.sender for line in lines],
        "channels": [line.channel.value for line in lines],
        "sizes": [line.size for line in lines],
        "steps": [line.step for line in lines],
        # Where each line's batches begin among all of them.
        "begins": [sum(len(before.ids) for before in lines[:place]) for place in range(len(lines))],
        "batches": [pk for line in lines for pk in line.ids],
    }
    return _insert(known) - _take_out_the_gone(campaign)


def _insert(known: Mapping[str, int | list[str] | list[int]]) -> int:
    """Write the rows; returns how many.

    Hardly ever is one of the phones a recipient already, by a call meanwhile. For the database to be prepared
    for it with each row takes as long as the row itself, so it is only when it has happened.
    """
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(_RECIPIENTS, known)
        except IntegrityError:
            cursor.execute(f"{_RECIPIENTS} {_UNLESS_THERE}", known)
        written: int = cursor.rowcount
    return written


def _take_out_the_gone(campaign: Campaign) -> int:
    """Take the rows out whose phones were deleted since they were chosen; returns how many.

    From here to the commit whoever deletes a phone waits for us, and then finds our rows: triggers on the
    phones' table see to it, in a foreign key's place (docs/adr/0030).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [DELETING])
        cursor.execute(_ALL_THERE)
        if cursor.fetchone() == (True,):
            return 0
        cursor.execute(_GONE, [campaign.pk])
        gone: int = cursor.rowcount
    return gone


def _cut(campaign: Campaign, people: Mapping[tuple[str, str], int]) -> Iterator[_Line]:
    """Make the batches for so many people by sender and channel, numbered after those there are."""
    dearest = Wordings(campaign).dearest
    rows = Batch.objects.filter(campaign=campaign).order_by().values_list("sender", "channel")
    last = {(sender, channel): number for sender, channel, number in rows.annotate(Max("number"))}
    for (name, channel), count in sorted(people.items()):
        # One that the settings no longer list: its batches are rerouted.
        sender = gateway.sender_named(name) or Sender(name)
        texts = channel == Channel.SMS
        size = batch_size(sender, dearest) if texts else calls_in_batch(sender)
        step = 1 if texts else ladder.first_call(ladder.of(campaign)) or 1
        first = last.get((name, channel), -1) + 1
        made = Batch.objects.bulk_create(
            (
                Batch(
                    campaign=campaign,
                    sender=name,
                    urgency=campaign.urgency,
                    number=number,
                    step=step,
                    channel=channel,
                )
                for number in range(first, first + -(-count // size))
            ),
            batch_size=_ROWS,
        )
        yield _Line(name, Channel(channel), step, size, [batch.pk for batch in made])


_ROWS: Final = 2_000
_CHOSEN: Final = """
CREATE TEMPORARY TABLE chosen ON COMMIT DROP AS SELECT id, language, sender, channel, reason
"""
_GROUPED: Final = "SELECT sender, channel, reason, count(*) FROM chosen GROUP BY 1, 2, 3"
# By text, unless nothing but a call may have arrived or the phone takes no texts by now. A number of ours
# that is gone from the settings gives way to the first that is there.
_AGAIN: Final = f"""
SELECT contact_id AS id, language, channel, '' AS reason,
    CASE WHEN sender = ANY(able) OR cardinality(able) = 0 THEN sender ELSE able[1] END AS sender
FROM (
    SELECT *,
        CASE channel WHEN '{Channel.SMS}' THEN %%(texting)s::text[] ELSE %%(calling)s::text[] END AS able
    FROM (
        SELECT r.contact_id, r.language, COALESCE(got.sender, b.sender) AS sender,
            CASE WHEN c.sms_refused IS NULL AND COALESCE(got.channel, '{Channel.SMS}') = '{Channel.SMS}'
                THEN '{Channel.SMS}' ELSE '{Channel.VOICE}' END AS channel
        FROM {_RECIPIENT} r
        JOIN {_BATCH} b ON b.id = r.batch_id
        JOIN {_CONTACT} c ON c.id = r.contact_id
        LEFT JOIN LATERAL (
            SELECT a.channel, m.sender FROM {Attempt._meta.db_table} a
            LEFT JOIN {Message._meta.db_table} m ON m.id = a.message_id
            WHERE a.recipient_id = r.id
                AND (m.id IS NULL OR m.rank > 0 AND m.status <> '{DeliveryStatus.FAILED}')
            ORDER BY COALESCE(m.status, '') = '{DeliveryStatus.UNDELIVERED}', a.channel, a.step DESC LIMIT 1
        ) got ON TRUE
        WHERE r.id IN (%(chosen)s)
    ) way
) able
"""  # noqa: S608 - the tables' names and states are ours
# Below the step of their batch: they wait in it. The batch follows from the place in the line: no join.
# Line by line: to sort all of them by sender and channel took a fifth of the writing.
_RECIPIENTS: Final = f"""
INSERT INTO {_RECIPIENT} (campaign_id, batch_id, contact_id, language, delivery, progress, answer, step)
SELECT %(campaign)s, (%(batches)s::bigint[])[line.begins + placed.place / line.size + 1], placed.id,
    placed.language, '{PLANNED}', 0, '', line.step - 1
FROM unnest(%(senders)s::text[], %(channels)s::text[], %(sizes)s::int[], %(steps)s::int[], %(begins)s::int[])
    AS line (sender, channel, size, step, begins)
CROSS JOIN LATERAL (
    SELECT id, language, row_number() OVER (ORDER BY id DESC) - 1 AS place
    FROM chosen WHERE reason = '' AND sender = line.sender AND channel = line.channel
) placed
"""  # noqa: S608 - the tables' names and states are ours
_UNLESS_THERE: Final = "ON CONFLICT (contact_id, campaign_id) DO NOTHING"
# Counted in one walk along the index. Who is missing is looked for only when somebody is.
_ALL_THERE: Final = f"""
SELECT count(*) = (SELECT count(*) FROM chosen WHERE reason = '') FROM {_CONTACT}
WHERE id = ANY(ARRAY(SELECT id FROM chosen WHERE reason = ''))
"""  # noqa: S608 - the table's name is ours
_GONE: Final = f"""
DELETE FROM {_RECIPIENT} WHERE campaign_id = %s AND contact_id = ANY(ARRAY(
    SELECT id FROM chosen WHERE reason = '' AND NOT EXISTS (SELECT FROM {_CONTACT} c WHERE c.id = chosen.id)))
"""  # noqa: S608 - the tables' names are ours
