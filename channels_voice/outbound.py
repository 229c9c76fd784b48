"""Calls that we place: prepared with the decision to call, placed once, never a second time by mistake.

A call waits as `queued`. Whoever places it first marks it, so that a request of unknown outcome is not
made again: a person is rather not rung than rung twice. Busy, no answer, failed and canceled stay apart.
A call that was answered, by whomever, says nothing about the person's safety: only a key does.
"""

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection, transaction

from channels_voice import twiml
from channels_voice.models import Bridge, Call
from core import breaker, delivery, gateway, queues
from core.models import ContactPoint, Message
from telephony.errors import Decision, OutcomeUnknown, Refused, is_of_account, rule_for
from telephony.messages import CallStatus, Channel, OutboundCall
from telephony.numbers import PhoneNumber
from telephony.provider import Provider
from telephony.senders import Sender

logger = logging.getLogger(__name__)

RINGS_FOR: Final = 25
"""Seconds a phone rings: longer, and an answering machine picks up."""

WORTH_PLACING: Final = timedelta(minutes=10)
"""How long a call that waits is still wanted."""

_AT_ONCE: Final = 100
_ON_THE_LINE: Final = [CallStatus.QUEUED, CallStatus.RINGING, CallStatus.IN_PROGRESS]
_ON_THE_LINE_FOR: Final = timedelta(hours=1)

_CALL: Final = Call._meta.db_table
_EXPECTED: Final = f"""
INSERT INTO {_CALL} (contact_id, token, sender, purpose, step, status, rank, answered_by, declined,
    created_at, status_at, placed_at, message_id)
SELECT contact_id, token, sender, '{Call.Purpose.CHECK_IN}', 0, '{CallStatus.QUEUED}', 0, '', FALSE,
    %(now)s, %(now)s, %(now)s, id
FROM {Message._meta.db_table} WHERE id = ANY(%(messages)s)
ON CONFLICT (token) DO UPDATE SET placed_at = EXCLUDED.placed_at, status_at = EXCLUDED.status_at,
    sender = EXCLUDED.sender
"""  # noqa: S608 - the names of tables and states are ours
_ACCEPTED: Final = f"""
UPDATE {_CALL} AS call SET provider_sid = answer.sid
FROM unnest(%s::bigint[], %s::text[]) AS answer (id, sid)
WHERE call.message_id = answer.id AND call.provider_sid IS NULL
"""  # noqa: S608 - the table's name is ours

JOB: Final = "channels_voice.jobs.ring"


def prepare(
    contact: ContactPoint, sender: Sender, purpose: str, now: datetime, *, message: Message | None = None
) -> Call:
    """A call to place. `message` is the campaign's, whose status follows the call's."""
    return Call.objects.create(
        contact=contact,
        token=message.token if message and message.token else uuid.uuid4(),
        sender=sender.id,
        purpose=purpose,
        status=CallStatus.QUEUED,
        rank=CallStatus.QUEUED.rank,
        created_at=now,
        status_at=now,
        message=message,
    )


def ring_soon(call: Call) -> None:
    """Have the call placed by the urgent queue once this transaction is kept."""
    transaction.on_commit(lambda: queues.put(queues.URGENT, JOB, call.pk))


def ring(call_id: int, *, clock: Callable[[], datetime]) -> None:
    """Place a call that waits, when its sender's line is free; one that somebody else took is left alone."""
    async_to_sync(_ring)(call_id, clock)


def ring_waiting(now: datetime) -> int:
    """Queue anew what was lost with a worker or a Redis. Returns how many were queued."""
    waiting = Call.objects.filter(
        placed_at=None,
        status=CallStatus.QUEUED,
        created_at__gt=now - WORTH_PLACING,
        message=None,  # a campaign's calls go out in its batches
    ).exclude(purpose__in=[Call.Purpose.INBOUND, Call.Purpose.MISSED, Call.Purpose.OFFICER])
    ids = waiting.order_by("created_at").values_list("pk", flat=True)[:_AT_ONCE]
    return sum(queues.put(queues.URGENT, JOB, pk) for pk in ids)


async def place(provider: Provider, call: Call, *, now: datetime) -> None:
    """Make the one request for a call; the caller holds the sender's line. Writes down what came of it."""
    to = await sync_to_async(_take)(call, now)
    if to is None:
        return
    wanted = order(to, call.sender, call.token, detects=call.purpose == Call.Purpose.CHECK_IN)
    try:
        placed = await provider.place_call(wanted)
    except Refused as refusal:
        await sync_to_async(_refused)(call, refusal, now)
    except OutcomeUnknown:
        logger.warning("a call of unknown outcome is not placed again", extra={"row": call.pk})
    else:
        await sync_to_async(Call.objects.filter(pk=call.pk, provider_sid=None).update)(
            provider_sid=placed.sid
        )


def order(to: PhoneNumber, sender: str, token: uuid.UUID, *, detects: bool = True) -> OutboundCall:
    """The request for the call of that token. `detects`: word is left with a machine that picks up."""
    return OutboundCall(
        to=to,
        sender=sender,
        url=twiml.turn_url(token, 0),
        status_url=twiml.status_url(token),
        ring_seconds=RINGS_FOR,
        detects=detects,
    )


def expect(messages: Sequence[int], now: datetime) -> None:
    """A campaign is about to make these calls, each delivers a message: they count as rung from here."""
    if messages:
        with connection.cursor() as cursor:
            cursor.execute(_EXPECTED, {"messages": list(messages), "now": now})


def put_back(messages: Sequence[int]) -> None:
    """The calls of these messages were certainly not placed: they have not been rung."""
    Call.objects.filter(message__in=messages, status=CallStatus.QUEUED, provider_sid=None).update(
        placed_at=None
    )


def accepted(sids: Sequence[tuple[int, str]]) -> Sequence[int]:
    """Write down the provider's names of calls, (message, sid) each, with the call and its message.

    Returns the messages whose call's name another call of ours has: what became of them is to be asked.
    """
    nameless = set(delivery.named(_ACCEPTED, sids))
    nameless.update(delivery.accepted([(message, sid) for message, sid in sids if message not in nameless]))
    return sorted(nameless)


def refused(codes: Sequence[tuple[int, int | None]], *, now: datetime) -> None:
    """The provider turned these calls down for good, (message, code) each: failed, and never rung."""
    failed = CallStatus.FAILED
    with transaction.atomic():
        for code in {code for _, code in codes}:
            ids = [message for message, of in codes if of == code]
            Call.objects.filter(message__in=ids, rank__lt=failed.rank).update(
                status=failed, rank=failed.rank, error_code=code, status_at=now
            )
        delivery.refused(codes, now=now)


def room(sender: str, calls: int, now: datetime) -> bool:
    """Whether that many more calls may be on the line of that sender; asked inside a transaction.

    Whoever asks next waits until the transaction is over, so that two workers never share the last place. A
    call whose end was never told counts for an hour at most.
    """
    known = gateway.sender_named(sender)
    if known is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"calls:{sender}"])
    busy = Call.objects.filter(
        sender=sender, status__in=_ON_THE_LINE, placed_at__gt=now - _ON_THE_LINE_FOR
    ).count()
    busy += Bridge.objects.filter(sender=sender, ended_at=None, placed_at__gt=now - _ON_THE_LINE_FOR).count()
    return busy == 0 or busy + calls <= known.calls_at_once


def is_a_person(call: Call) -> bool:
    """Whether a key was pressed on this call: the provider takes many a person for a machine."""
    said = Message.objects.filter(contact=call.contact_id, provider_sid__startswith=f"{call.token.hex}-")
    return said.filter(direction=Message.Direction.IN).exists()


def leave_word(call_id: int) -> None:
    """A machine picked up: let the call say who rang and nothing else. Who has pressed a key is none."""
    call = Call.objects.filter(pk=call_id, status=CallStatus.IN_PROGRESS).first()
    if call is not None and call.provider_sid and not is_a_person(call):
        async_to_sync(_divert)(call.provider_sid, twiml.turn_url(call.token, call.step))


async def _ring(call_id: int, clock: Callable[[], datetime]) -> None:
    provider = gateway.provider()
    waiting = Call.objects.select_related("contact").filter(pk=call_id, placed_at=None)
    call = await sync_to_async(waiting.first)()
    try:
        shut_out = await sync_to_async(breaker.is_open)()
        if call and not shut_out and await gateway.line_is_free(call.sender, Channel.VOICE, 1, row=call_id):
            await place(provider, call, now=clock())
    finally:
        await provider.close()


async def _divert(sid: str, url: str) -> None:
    provider = gateway.provider()
    try:
        await provider.divert_call(sid, url)
    except (Refused, OutcomeUnknown) as error:
        logger.info("a call could not be diverted (code %s)", error.code)  # it says so at its next step
    finally:
        await provider.close()


def _take(call: Call, now: datetime) -> PhoneNumber | None:
    """The number to ring, the call being ours now; None when somebody else has it."""
    with transaction.atomic():
        waiting = Call.objects.filter(pk=call.pk, placed_at=None, status=CallStatus.QUEUED)
        free = room(call.sender, 1, now)
        return call.contact.phone if free and waiting.update(placed_at=now) else None


def _refused(call: Call, refusal: Refused, now: datetime) -> None:
    """Certainly not placed: it waits again where that may help, else it has failed, and why is remembered."""
    if refusal.code is not None and is_of_account(refusal.code):
        breaker.trip(refusal.code, now)
        Call.objects.filter(pk=call.pk).update(placed_at=None)
        return
    if refusal.decision in {Decision.RETRY, Decision.LATER}:
        Call.objects.filter(pk=call.pk).update(placed_at=None)
        return
    failed = CallStatus.FAILED
    Call.objects.filter(pk=call.pk, rank__lt=failed.rank).update(
        status=failed, rank=failed.rank, error_code=refusal.code, status_at=now
    )
    if refusal.code is None:
        return
    rule = rule_for(refusal.code)
    if rule.alarms:
        logger.error("provider alarm: code %s", refusal.code, extra={"code": refusal.code, "count": 1})
    elif rule.decision in {Decision.OTHER_CHANNEL, Decision.NEVER}:
        ContactPoint.objects.filter(pk=call.contact_id).update(voice_refused=refusal.code)
