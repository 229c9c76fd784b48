"""Asking the provider about messages whose callbacks never came."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from asgiref.sync import async_to_sync, sync_to_async

from core import delivery, gateway
from core.models import Message
from telephony.errors import ProviderError
from telephony.messages import Channel, DeliveryStatus, StatusUpdate
from telephony.provider import Provider

STUCK_AFTER: Final = timedelta(minutes=10)
"""How long a status may stand still before the provider is asked, and between two questions."""

GIVEN_UP_AFTER: Final = timedelta(days=1)
"""Many carriers never confirm a delivery: a message this old is not asked about any more."""

LASTS: Final = timedelta(minutes=1)
"""One run, about: what else is done now and then does not wait for a provider that is slow."""

AT_ONCE: Final = 100
_ROUNDS: Final = 50
_IN_FLIGHT: Final = 16

_Row = tuple[int, UUID, str]


def poll(*, clock: Callable[[], datetime]) -> int:
    """Ask about stuck messages, the longest stuck first, 5,000 at most; returns how many have risen."""
    return async_to_sync(_poll)(clock)


async def _poll(clock: Callable[[], datetime]) -> int:
    provider = gateway.provider()
    risen, ends = 0, clock() + LASTS
    try:
        for _ in range(_ROUNDS):
            rows = await sync_to_async(_stuck)(clock())
            if not rows or clock() > ends:
                break
            slots = asyncio.Semaphore(_IN_FLIGHT)
            answers = await asyncio.gather(*(_fetch(provider, slots, sid) for _, _, sid in rows))
            risen += await sync_to_async(_note)(rows, answers, clock())
    finally:
        await provider.close()
    return risen


def _stuck(now: datetime) -> Sequence[_Row]:
    rows = Message.objects.filter(
        status__in=[DeliveryStatus.QUEUED, DeliveryStatus.SENDING, DeliveryStatus.SENT],
        status_at__lte=now - STUCK_AFTER,
        created_at__gt=now - GIVEN_UP_AFTER,
        provider_sid__isnull=False,
        token__isnull=False,
        channel=Channel.SMS,  # a call's progress is told by its own callbacks
    )
    found = rows.order_by("status_at").values_list("pk", "token", "provider_sid")[:AT_ONCE]
    return [(pk, token, sid) for pk, token, sid in found if token and sid]


async def _fetch(provider: Provider, slots: asyncio.Semaphore, sid: str) -> StatusUpdate | None:
    """How the message fares; None when the provider does not say."""
    async with slots:
        try:
            return await provider.fetch(sid)
        except ProviderError:
            return None


def _note(rows: Sequence[_Row], answers: Sequence[StatusUpdate | None], now: datetime) -> int:
    """Take in the answers like callbacks; what stands still is not asked about again for a while."""
    before = dict(Message.objects.filter(pk__in=[pk for pk, *_ in rows]).values_list("pk", "rank"))
    risen = []
    for (pk, token, _), update in zip(rows, answers, strict=True):
        if update is not None and update.status.rank > before.get(pk, update.status.rank):
            delivery.record(token, update, now=now)
            risen.append(pk)
    Message.objects.filter(pk__in=[pk for pk, *_ in rows if pk not in set(risen)]).update(status_at=now)
    return len(risen)
