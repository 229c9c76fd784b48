"""Calling back what the provider still holds of a campaign that was stopped, corrected or is too late."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from asgiref.sync import async_to_sync, sync_to_async
from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.models import Batch, Campaign
from core import breaker, delivery, gateway, queues
from core.models import Message
from telephony.errors import ProviderError
from telephony.messages import CallStatus, Channel, DeliveryStatus, StatusUpdate
from telephony.provider import Provider

JOB: Final = "campaigns.jobs.recall_messages"

AT_MOST: Final = 10_000
"""Messages asked about, the newest first: with our pace the provider holds seconds of work, not hours."""

WORTH_TRYING: Final = timedelta(hours=10)
"""The provider keeps nothing longer in its queue."""

LASTS: Final = timedelta(seconds=10)
"""One run: other urgent work, such as the correction itself, does not wait for a provider that is slow."""

_IN_FLIGHT: Final = 64
_Row = tuple[UUID, str]


def due(now: datetime) -> Sequence[int]:
    """Campaigns that were withdrawn and whose messages nobody has called back to the end."""
    return list(_withdrawn().filter(ended_at__gt=now - WORTH_TRYING).values_list("pk", flat=True))


def queue_what_is_due(now: datetime) -> None:
    """Queue a job for each: the same campaign twice does no harm."""
    for campaign in due(now):
        queues.put(queues.URGENT, JOB, campaign)


def recall(campaign_id: int, *, clock: Callable[[], datetime]) -> int:
    """Cancel what of the campaign waits at the provider; returns how many messages and calls that were.

    What has left it is not to be called back. A campaign with a batch in somebody's hands, or in doubt, is
    not finished with, nor is one of which not everything was asked for within LASTS: the sweep comes again.
    Call it outside any transaction.
    """
    campaign = _withdrawn().filter(pk=campaign_id).first()
    if campaign is None or breaker.is_open():
        return 0
    held = Batch.objects.filter(campaign=campaign, state=Batch.State.CLAIMED).exists()
    rows = _waiting(campaign, clock())
    ends = clock() + LASTS
    canceled = async_to_sync(_cancel)(rows, clock)
    if not held and clock() < ends:
        Campaign.objects.filter(pk=campaign_id).update(recalled_at=clock())
    return canceled


def _withdrawn() -> QuerySet[Campaign]:
    """Stopped, or corrected when all of it had been handed over already."""
    corrected = Exists(Campaign.objects.filter(corrects=OuterRef("pk")))
    over = Q(state=Campaign.State.STOPPED) | Q(corrected, state=Campaign.State.DONE)
    return Campaign.objects.filter(over, recalled_at=None)


def _waiting(campaign: Campaign, now: datetime) -> Sequence[_Row]:
    rows = Message.objects.filter(
        Q(channel=Channel.SMS) | Q(call__status=CallStatus.QUEUED),
        attempt__recipient__campaign=campaign,
        status__in=[DeliveryStatus.QUEUED, DeliveryStatus.SENDING],
        provider_sid__isnull=False,
        token__isnull=False,
        created_at__gt=now - WORTH_TRYING,
    )
    found = rows.order_by("-pk").values_list("token", "provider_sid")[:AT_MOST]
    return [(token, sid) for token, sid in found if token and sid]


async def _cancel(rows: Sequence[_Row], clock: Callable[[], datetime]) -> int:
    provider = gateway.provider()
    slots, ends = asyncio.Semaphore(_IN_FLIGHT), clock() + LASTS

    async def canceled_in_time(sid: str) -> bool:
        async with slots:
            return clock() < ends and await _one(provider, sid)

    try:
        answers = await asyncio.gather(*(canceled_in_time(sid) for _, sid in rows))
    finally:
        await provider.close()
    canceled = [row for row, answer in zip(rows, answers, strict=True) if answer]
    await sync_to_async(_note)(canceled, clock())
    return len(canceled)


async def _one(provider: Provider, sid: str) -> bool:
    try:
        await provider.cancel(sid)
    except ProviderError:
        return False  # it has left the queue; its own callbacks tell how it fares
    return True


def _note(rows: Sequence[_Row], now: datetime) -> None:
    for token, sid in rows:
        delivery.record(token, StatusUpdate(sid, DeliveryStatus.FAILED), now=now)
