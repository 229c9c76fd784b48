"""The moment before a batch goes out: whoever is still to be asked gets a message that is `sending`."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidTag
from django.db import connection

from campaigns import ladder
from campaigns.models import PLANNED, SKIPPED, Attempt, Batch, Campaign, Recipient
from campaigns.texts import Wordings
from channels_voice import outbound
from channels_voice.models import Call
from core.models import ContactPoint, Message, OptOut
from core.privacy.fields import decrypt
from telephony.messages import CallStatus, Channel, DeliveryStatus
from telephony.numbers import PhoneNumber


@dataclass(frozen=True, slots=True)
class Item:
    """One message of a claimed batch, about to be sent; of a call `segments` is 1 and `body` is unused."""

    message: int
    token: uuid.UUID
    refusals: int
    to: PhoneNumber
    body: str = field(repr=False)
    segments: int


@dataclass(frozen=True, slots=True)
class Marked:
    """The messages of a claimed batch. `unreadable`: those whose number no key of ours opens."""

    items: Sequence[Item]
    unreadable: Sequence[int]


def mark(batch: Batch, campaign: Campaign, now: datetime) -> Marked:
    """Mark whoever waits in the batch and is still to be asked, and say when their next rung is due.

    Who said STOP, was deleted, takes no messages on this channel or has answered is skipped.
    """
    channel = Channel(batch.channel)
    wordings = Wordings(campaign)
    waiting = Recipient.objects.filter(batch=batch, step__lt=batch.step)
    languages = waiting.values_list("language", flat=True).distinct().order_by()
    texts = {language: wordings.of(language) for language in languages}
    following = ladder.of(campaign).rung(batch.step + 1)
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK[channel],
            {
                "batch": batch.pk,
                "step": batch.step,
                "sender": batch.sender,
                "now": now,
                "due": now + following.wait if following else None,
                "passed": now if following else None,
                "languages": list(texts),
                "segments": [text.segments if channel is Channel.SMS else 0 for text in texts.values()],
            },
        )
        rows = cursor.fetchall()
    if channel is Channel.VOICE:
        outbound.expect([message for message, *_ in rows], now)
    items = [
        Item(
            message=message,
            token=token,
            refusals=refusals,
            to=to,
            body=texts[language].body,
            segments=texts[language].segments if channel is Channel.SMS else 1,
        )
        for message, token, refusals, number, language in rows
        if (to := _number(number))
    ]
    readable = {item.message for item in items}
    return Marked(items, [message for message, *_ in rows if message not in readable])


def _number(stored: bytes | memoryview) -> PhoneNumber | None:
    """The number; None where the key is missing with which it was written, or the row was damaged."""
    try:
        return PhoneNumber(decrypt(bytes(stored), context=ContactPoint._meta.get_field("number").context))
    except (ValueError, InvalidTag):
        return None


_SENDING: Final = DeliveryStatus.SENDING
_FAILED: Final = DeliveryStatus.FAILED
_QUEUED: Final = DeliveryStatus.QUEUED
_MESSAGE: Final = Message._meta.db_table
_ATTEMPT: Final = Attempt._meta.db_table
_RECIPIENT: Final = Recipient._meta.db_table
_CALL: Final = Call._meta.db_table
# A later rung shows in the recipient's delivery only where nothing has arrived yet.
_NOTHING_LEFT: Final = (
    f"r.delivery IN ('{PLANNED}', '{SKIPPED}', '{_FAILED}', '{DeliveryStatus.UNDELIVERED}')"
)
# A reminder is the question asked last; a call that may never be picked up is not.
_ASKED_AT: Final = {Channel.SMS: "%(now)s", Channel.VOICE: "COALESCE(r.asked_at, %(now)s)"}


def _found(channel: Channel) -> str:
    """Whoever waits in the batch, with their attempt at this rung, if any, and what speaks against it."""
    return f"""
WITH price AS (
    SELECT * FROM unnest(%(languages)s::text[], %(segments)s::int[]) AS t (language, segments)
),
found AS MATERIALIZED (
    SELECT r.id, r.contact_id, r.language, c.number, price.segments,
        a.id AS attempt_id, a.message_id, COALESCE(a.refusals, 0) AS refusals,
        (c.id IS NULL OR r.answer <> ''
            OR EXISTS (SELECT FROM {OptOut._meta.db_table} o WHERE o.number_index = c.number_index)) AS over,
        c.{channel}_refused IS NOT NULL AS refused,
        (a.id IS NOT NULL AND (m.id IS NULL OR m.status <> '{_QUEUED}' OR m.provider_sid IS NOT NULL)) AS had
    FROM {_RECIPIENT} r
    JOIN price ON price.language = r.language
    LEFT JOIN {ContactPoint._meta.db_table} c ON c.id = r.contact_id
    LEFT JOIN {_ATTEMPT} a ON a.recipient_id = r.id AND a.step = %(step)s AND a.channel = '{channel}'
    LEFT JOIN {_MESSAGE} m ON m.id = a.message_id
    WHERE r.batch_id = %(batch)s AND r.step < %(step)s
)"""  # noqa: S608 - the names of tables, columns and states are ours


# A text or call that was put back and goes no more, as its recipient has answered meanwhile, was never made:
# nobody is to wait for it. A call goes with the line that it never had.
_UNMADE: Final = f"""
dropped AS (
    DELETE FROM {_ATTEMPT} a USING wanted w WHERE a.id = w.attempt_id AND w.skip AND NOT w.had
        AND NOT EXISTS (SELECT FROM {_CALL} k WHERE k.message_id = a.message_id
            AND (k.status <> '{CallStatus.QUEUED}' OR k.provider_sid IS NOT NULL))
    RETURNING a.message_id
),
unrung AS (
    DELETE FROM {_CALL} k USING dropped d WHERE k.message_id = d.message_id
),
unmade AS (
    DELETE FROM {_MESSAGE} m USING dropped d WHERE m.id = d.message_id
),"""  # noqa: S608 - the names of tables and states are ours


def _statement(channel: Channel) -> str:
    """The whole batch in one statement.

    Who is skipped, who was put back and goes again under the same token, who gets a new message. A new
    message's id and token are drawn beside its recipient: the planner takes every part of the statement for
    one row, and would find the recipients of five hundred messages by comparing each with each.
    """
    return f"""
{_found(channel)},
judged AS (
    SELECT *, over OR refused OR had AS skip FROM found
),
wanted AS MATERIALIZED (
    SELECT *, gen_random_uuid() AS token, CASE WHEN NOT skip AND attempt_id IS NULL
        THEN nextval((SELECT pg_get_serial_sequence('{_MESSAGE}', 'id')::regclass)) END AS fresh_id
    FROM judged
),
skipped AS (
    UPDATE {_RECIPIENT} r
    SET delivery = CASE WHEN r.delivery = '{PLANNED}' THEN '{SKIPPED}' ELSE r.delivery END,
        progress = CASE WHEN r.delivery = '{PLANNED}'
            THEN %(step)s * 10 + {_FAILED.rank} ELSE r.progress END,
        step = %(step)s,
        due_at = CASE WHEN w.over THEN NULL WHEN w.refused THEN %(passed)s::timestamptz
            ELSE %(due)s::timestamptz END
    FROM wanted w WHERE r.id = w.id AND w.skip
),
{_UNMADE}
again AS (
    UPDATE {_MESSAGE} m SET status = '{_SENDING}', rank = {_SENDING.rank}, status_at = %(now)s,
        sender = %(sender)s, error_code = NULL
    FROM wanted w WHERE m.id = w.message_id AND NOT w.skip
        AND m.status = '{_QUEUED}' AND m.provider_sid IS NULL
    RETURNING m.id, m.token, w.refusals, w.number, w.language
),
fresh AS (
    INSERT INTO {_MESSAGE} (id, contact_id, direction, channel, sender, body, choices, created_at, token,
        status, rank, segments, status_at, unclear)
    SELECT fresh_id, contact_id, '{Message.Direction.OUT}', '{channel}', %(sender)s, '', '', %(now)s,
        token, '{_SENDING}', {_SENDING.rank}, segments, %(now)s, FALSE
    FROM wanted WHERE fresh_id IS NOT NULL
),
tried AS (
    INSERT INTO {_ATTEMPT} (recipient_id, step, channel, message_id, refusals)
    SELECT id, %(step)s, '{channel}', fresh_id, 0 FROM wanted WHERE fresh_id IS NOT NULL
),
marked AS (
    UPDATE {_RECIPIENT} r
    SET delivery = CASE WHEN {_NOTHING_LEFT} THEN '{_SENDING}' ELSE r.delivery END,
        progress = CASE WHEN {_NOTHING_LEFT} THEN %(step)s * 10 + {_SENDING.rank} ELSE r.progress END,
        step = %(step)s, due_at = %(due)s, asked_at = {_ASKED_AT[channel]}
    FROM wanted w WHERE r.id = w.id AND NOT w.skip
)
SELECT fresh_id AS id, token, refusals, number, language FROM wanted WHERE fresh_id IS NOT NULL
UNION ALL SELECT * FROM again ORDER BY id
"""  # noqa: S608 - the names of tables, columns and states are ours


_MARK: Final[Mapping[Channel, str]] = {channel: _statement(channel) for channel in Channel}
