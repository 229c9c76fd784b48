"""One-to-one texts on their way out: the urgent queue's work, and what a sweep does for those it lost."""

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from asgiref.sync import async_to_sync, sync_to_async
from django.db.models import Q, QuerySet

from core import breaker, delivery, gateway, people, queues
from core.models import Message
from telephony.errors import Decision, OutcomeUnknown, ProviderError, Refused, is_of_account
from telephony.messages import Channel, DeliveryStatus, OutboundSms
from telephony.provider import Provider

logger = logging.getLogger(__name__)

_SENDING: Final = DeliveryStatus.SENDING
_AT_ONCE: Final = 100  # rows one sweep looks at
_LASTS: Final = timedelta(minutes=1)  # a sweep: a list that hardly answers keeps nothing else waiting


def transmit(message_id: int, *, clock: Callable[[], datetime]) -> None:
    """Make the one request for a text that waits; a row that somebody else took is left alone."""
    async_to_sync(_transmit)(message_id, clock)


def reconcile(*, clock: Callable[[], datetime]) -> int:
    """Settle texts of unknown outcome, then queue anew those that wait; returns how many it queued."""
    return async_to_sync(_reconcile)(clock)


def _ours() -> QuerySet[Message]:
    """Texts that we send by themselves: with words of their own, and not a reply inside a webhook."""
    rows = Message.objects.select_related("contact").filter(
        direction=Message.Direction.OUT, channel=Channel.SMS, answers=None, provider_sid=None
    )
    return rows.filter(token__isnull=False).exclude(Q(body=""))


async def _transmit(message_id: int, clock: Callable[[], datetime]) -> None:
    provider = gateway.provider()
    message = await sync_to_async(_waiting)(message_id)
    try:
        if message is None or await sync_to_async(breaker.is_open)():
            return
        segments = max(1, message.segments)
        if not await gateway.line_is_free(message.sender, Channel.SMS, segments, row=message_id):
            return
        if await sync_to_async(_take)(message, clock()):
            await _request(provider, message, clock)
    finally:
        await provider.close()


def _waiting(message_id: int) -> Message | None:
    return _ours().filter(pk=message_id, status=DeliveryStatus.QUEUED).first()


def _take(message: Message, now: datetime) -> bool:
    """Mark it `sending` unless somebody did; a person who said STOP meanwhile is left in peace."""
    if people.is_opted_out(message.contact):
        delivery.refused([(message.pk, None)], now=now)
        return False
    return bool(
        Message.objects.filter(pk=message.pk, status=DeliveryStatus.QUEUED, provider_sid=None).update(
            status=_SENDING, rank=_SENDING.rank, status_at=now
        )
    )


async def _request(provider: Provider, message: Message, clock: Callable[[], datetime]) -> None:
    sms = OutboundSms(
        to=message.contact.phone,
        sender=message.sender,
        body=message.body,
        status_url=delivery.status_url(message.token or uuid.uuid4()),
    )
    try:
        answer = await provider.send_sms(sms)
    except Refused as refusal:
        if refusal.code is not None and is_of_account(refusal.code):
            await sync_to_async(breaker.trip)(refusal.code, clock())
            await sync_to_async(delivery.put_back)([message.pk])
        elif refusal.decision in {Decision.RETRY, Decision.LATER}:
            await sync_to_async(delivery.put_back)([message.pk])
        else:
            await sync_to_async(delivery.refused)([(message.pk, refusal.code)], now=clock())
    except OutcomeUnknown:
        logger.warning("outcome unknown, the sweep will ask", extra={"row": message.pk})
    else:
        await sync_to_async(delivery.accepted)([(message.pk, answer.sid)])


async def _reconcile(clock: Callable[[], datetime]) -> int:
    provider = gateway.provider()
    ends = clock() + _LASTS
    try:
        for message in await sync_to_async(_unsure)(clock() - delivery.SURE_AFTER):
            if clock() > ends:
                break
            sought = delivery.Unsure(
                message=message.pk,
                to=message.contact.phone,
                sender=message.sender,
                body=message.body,
                since=(message.status_at or message.created_at) - delivery.CLOCK_SKEW,
            )
            try:
                found = await delivery.trace(provider, sought)
            except ProviderError:
                continue  # proves nothing; the next sweep asks again
            if not await sync_to_async(delivery.adopt)(message.pk, found, now=clock()):
                await sync_to_async(delivery.put_back)([message.pk])
    finally:
        await provider.close()
    return await sync_to_async(_queue_anew)(clock() - delivery.SURE_AFTER)


def _unsure(before: datetime) -> Sequence[Message]:
    # In any order: those about whom nobody can tell do not stand before the others for ever.
    return list(_ours().filter(status=_SENDING, status_at__lte=before).order_by("?")[:_AT_ONCE])


def _queue_anew(before: datetime) -> int:
    rows = _ours().filter(status=DeliveryStatus.QUEUED, status_at__lte=before)
    waiting = rows.values_list("pk", flat=True)[:_AT_ONCE]
    return sum(queues.put(queues.URGENT, "core.jobs.send_text", message) for message in waiting)
