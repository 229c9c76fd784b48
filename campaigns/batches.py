"""Batches as rows: claiming one, holding it, giving it back. Every change is a compare-and-set.

A batch is claimed and all its messages are marked `sending`, with their tokens, in one transaction. What is
found `sending` without a sid in a batch whose lease has run out is of unknown outcome and nothing else is.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from campaigns.models import PLANNED, SKIPPED, Attempt, Batch, Campaign, Recipient
from campaigns.states import finish_if_sent
from campaigns.texts import Wordings
from core import delivery, gateway, queues
from core.models import ContactPoint, Message, OptOut
from core.privacy.fields import decrypt
from telephony.messages import Channel, DeliveryStatus
from telephony.numbers import PhoneNumber

LEASE: Final = timedelta(seconds=60)
"""How long a claim holds without being renewed."""

WAKE: Final = 8
"""Jobs queued at once: each works on as long as there is work, so a few are enough for any campaign."""

JOB: Final = "campaigns.jobs.dispatch_batch"
FIRST_STEP: Final = 1


@dataclass(frozen=True, slots=True)
class Item:
    """One message of a claimed batch, about to be sent."""

    message: int
    token: uuid.UUID
    refusals: int
    to: PhoneNumber
    body: str = field(repr=False)
    segments: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch in our hands; `ident` is compared before each write: a lost claim writes nothing."""

    batch: int
    campaign: int
    sender: str
    urgency: int
    number: int
    ident: uuid.UUID
    items: Sequence[Item] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A batch whose worker died, or lost answers: the requests of unknown outcome, to be asked about."""

    batch: int
    campaign: int
    ident: uuid.UUID
    requests: Sequence[delivery.Unsure] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left of a batch after the sending: `later` are (message, when it may be tried again)."""

    unsent: Sequence[int] = ()
    later: Mapping[int, datetime] = field(default_factory=dict)
    unknown: Sequence[int] = ()
    waits_until: datetime | None = None


def to_send(now: datetime) -> QuerySet[Batch]:
    """Batches that wait for a worker: the most urgent first, and among those all campaigns taking turns."""
    rows = Batch.objects.filter(
        Q(waits_until=None) | Q(waits_until__lte=now),
        state=Batch.State.READY,
        campaign__state=Campaign.State.RUNNING,
    )
    return rows.order_by("-urgency", "number", "campaign")


def in_doubt(now: datetime) -> QuerySet[Batch]:
    """Batches whose lease has run out, whatever became of their campaign."""
    return Batch.objects.filter(state=Batch.State.CLAIMED, leased_until__lte=now).order_by("leased_until")


def reroute(now: datetime) -> int:
    """Give what waits for a sender that the settings no longer list to one that they do; returns how many."""
    listed = [sender for sender in gateway.senders() if sender.sms]
    orphans = to_send(now).exclude(sender__in=[sender.id for sender in listed])
    return orphans.order_by().update(sender=listed[0].id) if listed else 0


def wake(now: datetime) -> None:
    """Queue a few batches. Any job works on all there is, so it does not matter which ones they are."""
    waiting = [rows.values_list("pk", flat=True)[:WAKE] for rows in (in_doubt(now), to_send(now))]
    for pk in list(chain.from_iterable(waiting))[:WAKE]:
        queues.put(queues.CAMPAIGN, JOB, pk)


def wake_after_commit(now: datetime) -> None:
    """`wake` once the running transaction is committed."""
    transaction.on_commit(lambda: wake(now))


@transaction.atomic
def claim(rows: QuerySet[Batch], now: datetime) -> Claim | None:
    """Take the first free batch of `rows` and mark its messages `sending`; None when there is none.

    When this returns, the claim is committed: requests may be made. People who said STOP since the launch,
    were deleted, cannot be texted or have answered already are skipped.
    """
    batch = rows.select_for_update(skip_locked=True, of=("self",)).first()
    if batch is None:
        return None
    ident = _hold(batch, now)
    campaign = Campaign.objects.get(pk=batch.campaign_id)
    items = _mark(batch, campaign, now)
    return Claim(batch.pk, campaign.pk, batch.sender, batch.urgency, batch.number, ident, items)


@transaction.atomic
def take_over(rows: QuerySet[Batch], now: datetime) -> Doubt | None:
    """Take the first abandoned batch of `rows`, with the requests nobody is sure of; None without one."""
    batch = rows.select_for_update(skip_locked=True).first()
    if batch is None:
        return None
    return Doubt(batch.pk, batch.campaign_id, _hold(batch, now), _unsure(batch))


def held(idents: Sequence[uuid.UUID], now: datetime) -> set[uuid.UUID]:
    """Which of these claims still stand and may go on.

    They were not taken over, their campaign runs, and nothing more urgent waits for their sender's line.
    """
    more_urgent = to_send(now).filter(sender=OuterRef("sender"), urgency__gt=OuterRef("urgency"))
    rows = Batch.objects.filter(
        ~Exists(more_urgent.order_by()),
        claim__in=idents,
        state=Batch.State.CLAIMED,
        campaign__state=Campaign.State.RUNNING,
    )
    return {ident for ident in rows.values_list("claim", flat=True) if ident}


def renew(idents: Sequence[uuid.UUID], now: datetime) -> None:
    """Prolong these claims' leases. One that was lost stays lost."""
    Batch.objects.filter(claim__in=idents, state=Batch.State.CLAIMED).update(leased_until=now + LEASE)


@transaction.atomic
def give_back(claim: Claim, outcome: Outcome, now: datetime) -> bool:
    """Write down what is left of the batch; its last one ends the campaign. False: the claim was lost.

    Unsent messages wait in the same batch, those to be tried later in batches of their own; a batch with
    unknown outcomes stays claimed until the provider's list can be trusted.
    """
    if not _mine(claim.batch, claim.ident).select_for_update().exists():
        return False
    _plan_again(outcome.unsent)
    _split_off(claim, outcome.later)
    if outcome.unknown:
        _mine(claim.batch, claim.ident).update(leased_until=now + delivery.SURE_AFTER)
    else:
        _release(claim.batch, claim.ident, outcome.waits_until)
        finish_if_sent(claim.campaign, now)
    return True


@transaction.atomic
def settle(doubt: Doubt, absent: Sequence[int], unproven: Sequence[int], now: datetime) -> bool:
    """Write down what the provider said of a doubtful batch. False: somebody else took it over.

    `absent` messages never reached the provider and wait again; for `unproven` ones it is asked again later.
    """
    if not _mine(doubt.batch, doubt.ident).select_for_update().exists():
        return False
    _plan_again(absent)
    if unproven:
        _mine(doubt.batch, doubt.ident).update(leased_until=now + LEASE)
    else:
        _release(doubt.batch, doubt.ident, None)
        finish_if_sent(doubt.campaign, now)
    return True


def _mine(batch: int, ident: uuid.UUID) -> QuerySet[Batch]:
    return Batch.objects.filter(pk=batch, claim=ident, state=Batch.State.CLAIMED)


def _hold(batch: Batch, now: datetime) -> uuid.UUID:
    ident = uuid.uuid4()
    Batch.objects.filter(pk=batch.pk).update(
        state=Batch.State.CLAIMED, claim=ident, leased_until=now + LEASE, waits_until=None
    )
    return ident


def _release(batch: int, ident: uuid.UUID, waits_until: datetime | None) -> None:
    """Ready again while somebody in it is still planned, else done."""
    left = Recipient.objects.filter(batch=batch, delivery=PLANNED).exists()
    state = Batch.State.READY if left else Batch.State.DONE
    _mine(batch, ident).update(state=state, claim=None, leased_until=None, waits_until=waits_until)


def _plan_again(messages: Sequence[int]) -> None:
    """Put back what was certainly not sent: the rows stand as if the batch had never been claimed."""
    if not messages:
        return
    delivery.put_back(messages)
    Recipient.objects.filter(
        attempts__message__in=messages,
        attempts__message__status=DeliveryStatus.QUEUED,
        attempts__message__provider_sid=None,
    ).update(delivery=PLANNED, progress=0)


def _split_off(claim: Claim, later: Mapping[int, datetime]) -> None:
    """Give the refused, by the time they may be tried again, batches of their own."""
    _plan_again(list(later))
    for when in sorted(set(later.values())):
        mine = [message for message, at in later.items() if at == when]
        batch = Batch.objects.create(
            campaign_id=claim.campaign,
            sender=claim.sender,
            urgency=claim.urgency,
            number=claim.number,
            waits_until=when,
        )
        Attempt.objects.filter(message__in=mine).update(refusals=F("refusals") + 1)
        Recipient.objects.filter(attempts__message__in=mine, delivery=PLANNED).update(batch=batch)


def _unsure(batch: Batch) -> Sequence[delivery.Unsure]:
    wordings = Wordings(batch.campaign)
    rows = Message.objects.filter(
        attempt__recipient__batch=batch, status=DeliveryStatus.SENDING, provider_sid=None
    ).select_related("contact", "attempt__recipient")
    return [
        delivery.Unsure(
            message=message.pk,
            to=message.contact.phone,
            sender=message.sender,
            body=wordings.of(message.attempt.recipient.language).body,
            since=(message.status_at or message.created_at) - delivery.CLOCK_SKEW,
        )
        for message in rows
    ]


def _mark(batch: Batch, campaign: Campaign, now: datetime) -> Sequence[Item]:
    wordings = Wordings(campaign)
    languages = Recipient.objects.filter(batch=batch).values_list("language", flat=True).distinct()
    texts = {language: wordings.of(language) for language in languages.order_by()}
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK,
            {
                "batch": batch.pk,
                "sender": batch.sender,
                "now": now,
                "languages": list(texts),
                "segments": [text.segments for text in texts.values()],
            },
        )
        rows = cursor.fetchall()
    column = ContactPoint._meta.get_field("number").context
    return [
        Item(
            message=message,
            token=token,
            refusals=refusals,
            to=PhoneNumber(decrypt(bytes(number), context=column)),
            body=texts[language].body,
            segments=texts[language].segments,
        )
        for message, token, refusals, number, language in rows
    ]


_SENDING: Final = DeliveryStatus.SENDING
_QUEUED: Final = DeliveryStatus.QUEUED
_SMS: Final = Channel.SMS
_MESSAGE: Final = Message._meta.db_table
_ATTEMPT: Final = Attempt._meta.db_table
_RECIPIENT: Final = Recipient._meta.db_table

# The whole batch in one statement: who is skipped, who was put back and goes again under the same token, who
# gets a new message. Rows of one person occur once, so phones tell them apart.
_MARK: Final = f"""
WITH price AS (
    SELECT * FROM unnest(%(languages)s::text[], %(segments)s::int[]) AS t (language, segments)
),
wanted AS (
    SELECT r.id, r.contact_id, r.language, c.number, price.segments,
        a.id AS attempt_id, a.message_id, COALESCE(a.refusals, 0) AS refusals,
        (c.id IS NULL OR c.sms_refused IS NOT NULL OR r.answer <> ''
            OR (a.id IS NOT NULL AND (m.id IS NULL OR m.status <> '{_QUEUED}' OR m.provider_sid IS NOT NULL))
            OR EXISTS (SELECT FROM {OptOut._meta.db_table} o WHERE o.number_index = c.number_index)) AS skip
    FROM {_RECIPIENT} r
    JOIN price ON price.language = r.language
    LEFT JOIN {ContactPoint._meta.db_table} c ON c.id = r.contact_id
    LEFT JOIN {_ATTEMPT} a ON a.recipient_id = r.id AND a.step = {FIRST_STEP} AND a.channel = '{_SMS}'
    LEFT JOIN {_MESSAGE} m ON m.id = a.message_id
    WHERE r.batch_id = %(batch)s AND r.delivery = '{PLANNED}'
),
skipped AS (
    UPDATE {_RECIPIENT} r
    SET delivery = '{SKIPPED}', progress = {FIRST_STEP * 10 + DeliveryStatus.FAILED.rank}
    FROM wanted w WHERE r.id = w.id AND w.skip
),
again AS (
    UPDATE {_MESSAGE} m SET status = '{_SENDING}', rank = {_SENDING.rank}, status_at = %(now)s
    FROM wanted w WHERE m.id = w.message_id AND NOT w.skip RETURNING m.id, m.token, m.contact_id
),
fresh AS (
    INSERT INTO {_MESSAGE} (contact_id, direction, channel, sender, body, choices, created_at, token,
        status, rank, segments, status_at, unclear)
    SELECT contact_id, '{Message.Direction.OUT}', '{_SMS}', %(sender)s, '', '', %(now)s, gen_random_uuid(),
        '{_SENDING}', {_SENDING.rank}, segments, %(now)s, FALSE
    FROM wanted WHERE NOT skip AND attempt_id IS NULL RETURNING id, token, contact_id
),
tried AS (
    INSERT INTO {_ATTEMPT} (recipient_id, step, channel, message_id, refusals)
    SELECT w.id, {FIRST_STEP}, '{_SMS}', fresh.id, 0
    FROM fresh JOIN wanted w ON w.contact_id = fresh.contact_id
),
marked AS (
    UPDATE {_RECIPIENT} r SET delivery = '{_SENDING}', progress = {FIRST_STEP * 10 + _SENDING.rank},
        asked_at = %(now)s
    FROM wanted w WHERE r.id = w.id AND NOT w.skip
)
SELECT said.id, said.token, w.refusals, w.number, w.language
FROM (SELECT * FROM fresh UNION ALL SELECT * FROM again) said JOIN wanted w ON w.contact_id = said.contact_id
ORDER BY said.id
"""  # noqa: S608 - the names of tables and states are ours
