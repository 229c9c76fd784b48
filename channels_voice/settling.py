"""Asking the provider about calls: those of unknown outcome, and those whose end nobody told us."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from asgiref.sync import async_to_sync, sync_to_async

from channels_voice import calls
from channels_voice.models import Call
from core import delivery, gateway
from telephony.errors import ProviderError
from telephony.messages import CallStatus, CallUpdate, ListedCall
from telephony.provider import Provider

logger = logging.getLogger(__name__)

STUCK_AFTER: Final = timedelta(minutes=5)
"""How long a call may stand still before the provider is asked, and between two questions."""

GIVEN_UP_AFTER: Final = timedelta(days=1)
_AT_ONCE: Final = 200
_IN_FLIGHT: Final = 16
_OPEN: Final = [CallStatus.QUEUED, CallStatus.RINGING, CallStatus.IN_PROGRESS]


async def trace(provider: Provider, request: delivery.Unsure, now: datetime) -> bool:
    """Look for a campaign's call of unknown outcome in the provider's list; False is a proven absence.

    What is found is written down. Conclusive only delivery.SURE_AFTER the request. Raises ProviderError.
    """
    call = await Call.objects.select_related("contact").aget(message=request.message)
    return await _find(provider, call, request.since, now)


def poll(*, clock: Callable[[], datetime]) -> int:
    """Ask about calls that stand still; returns how many have moved on.

    A call back of unknown outcome that was certainly not placed waits to be placed again.
    """
    return async_to_sync(_poll)(clock)


async def _poll(clock: Callable[[], datetime]) -> int:
    provider = gateway.provider()
    slots = asyncio.Semaphore(_IN_FLIGHT)
    try:
        rows = await sync_to_async(_stuck)(clock())
        told = await asyncio.gather(*(_ask(provider, slots, call, clock) for call in rows))
    finally:
        await provider.close()
    return sum(told)


def _stuck(now: datetime) -> Sequence[Call]:
    rows = Call.objects.select_related("contact").filter(
        status__in=_OPEN,
        status_at__lte=now - STUCK_AFTER,
        created_at__gt=now - GIVEN_UP_AFTER,
        placed_at__isnull=False,
    )
    # A campaign's call without a name is its batch's to ask about, an officer's call its other end's.
    rows = rows.exclude(purpose=Call.Purpose.OFFICER)
    return list(rows.exclude(message__isnull=False, provider_sid=None).order_by("status_at")[:_AT_ONCE])


async def _ask(
    provider: Provider, slots: asyncio.Semaphore, call: Call, clock: Callable[[], datetime]
) -> bool:
    async with slots:
        try:
            if not call.provider_sid:
                since = (call.placed_at or call.created_at) - delivery.CLOCK_SKEW
                found = await _find(provider, call, since, clock())
                if not found:
                    await Call.objects.filter(pk=call.pk, provider_sid=None).aupdate(placed_at=None)
                return found
            update = await provider.fetch_call(call.provider_sid)
        except ProviderError:
            return False
    return await sync_to_async(_take_in)(call, update, clock())


def _take_in(call: Call, update: CallUpdate, now: datetime) -> bool:
    """News like any other; a call that stands still is not asked about again for a while."""
    if update.status is None or update.status.rank <= call.rank:
        Call.objects.filter(pk=call.pk, rank=call.rank).update(status_at=now)
        return False
    return calls.note(call.token, update, now)


async def _find(provider: Provider, call: Call, since: datetime, now: datetime) -> bool:
    found = [
        listed
        async for listed in provider.list_calls(call.contact.phone, since=since)
        if listed.sender == call.sender
    ]
    return await sync_to_async(_adopt)(call, found[::-1], now)


def _adopt(call: Call, candidates: Sequence[ListedCall], now: datetime) -> bool:
    """Give the call the first candidate that no other call of ours is; False when none is left.

    A name that a call to another phone has was given twice: this phone has been called, and is not again.
    """
    sids = [listed.sid for listed in candidates]
    others = Call.objects.filter(provider_sid__in=sids).exclude(pk=call.pk)
    taken = dict(others.values_list("provider_sid", "contact"))
    for listed in candidates:
        if listed.sid not in taken:
            return calls.note(call.token, CallUpdate(listed.sid, listed.status, listed.answered_by), now)
    if set(taken.values()) <= {call.contact_id}:
        return False
    logger.error("provider alarm: it gave one name to two calls", extra={"row": call.pk})
    Call.objects.filter(pk=call.pk).update(status_at=now)
    return True
