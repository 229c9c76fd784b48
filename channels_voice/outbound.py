"""Calls that we place: prepared with the decision to call, placed once, never a second time by mistake.

A call waits as `queued`. Whoever places it first marks it, so that a request of unknown outcome is not
made again: a person is rather not rung than rung twice. Busy, no answer, failed and canceled stay apart.
A call that was answered, by whomever, says nothing about the person's safety: only a key does.
"""

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction

from channels_voice import twiml
from channels_voice.models import Call
from core import gateway, queues
from core.models import ContactPoint, Message
from telephony.errors import Decision, OutcomeUnknown, Refused, rule_for
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
        placed_at=None, status=CallStatus.QUEUED, created_at__gt=now - WORTH_PLACING
    ).exclude(purpose__in=[Call.Purpose.INBOUND, Call.Purpose.MISSED])
    ids = waiting.order_by("created_at").values_list("pk", flat=True)[:_AT_ONCE]
    return sum(queues.put(queues.URGENT, JOB, pk) for pk in ids)


async def place(provider: Provider, call: Call, *, now: datetime) -> None:
    """Make the one request for a call; the caller holds the sender's line. Writes down what came of it."""
    to = await sync_to_async(_take)(call, now)
    if to is None:
        return
    wanted = OutboundCall(
        to=to,
        sender=call.sender,
        url=twiml.turn_url(call.token, 0),
        status_url=twiml.status_url(call.token),
        ring_seconds=RINGS_FOR,
        detects=call.purpose == Call.Purpose.CHECK_IN,
    )
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


def leave_word(call_id: int) -> None:
    """A machine picked up: let the call say who rang and nothing else."""
    call = Call.objects.filter(pk=call_id, status=CallStatus.IN_PROGRESS).first()
    if call is not None and call.provider_sid:
        async_to_sync(_divert)(call.provider_sid, twiml.turn_url(call.token, call.step))


async def _ring(call_id: int, clock: Callable[[], datetime]) -> None:
    provider = gateway.provider()
    waiting = Call.objects.select_related("contact").filter(pk=call_id, placed_at=None)
    call = await sync_to_async(waiting.first)()
    try:
        if call and await gateway.line_is_free(call.sender, Channel.VOICE, 1, row=call_id):
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
    waiting = Call.objects.filter(pk=call.pk, placed_at=None, status=CallStatus.QUEUED)
    return call.contact.phone if waiting.update(placed_at=now) else None


def _refused(call: Call, refusal: Refused, now: datetime) -> None:
    """Certainly not placed: it waits again where that may help, else it has failed, and why is remembered."""
    if refusal.decision in {Decision.RETRY, Decision.LATER}:
        Call.objects.filter(pk=call.pk).update(placed_at=None)
        return
    failed = CallStatus.FAILED
    Call.objects.filter(pk=call.pk, rank__lt=failed.rank).update(
        status=failed, rank=failed.rank, error_code=refusal.code, status_at=now
    )
    if refusal.code and rule_for(refusal.code).decision in {Decision.OTHER_CHANNEL, Decision.NEVER}:
        ContactPoint.objects.filter(pk=call.contact_id).update(voice_refused=refusal.code)
