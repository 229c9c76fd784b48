"""The provider's copies of messages that we deleted: found again by id, and deleted there too (P-23)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from asgiref.sync import async_to_sync

from core import gateway
from core.models import ProviderCopy
from telephony.errors import ProviderError
from telephony.provider import Provider

CHUNK: Final = 200
"""Copies whose outcome is written down together."""

GIVES_UP_AFTER: Final = 100
"""Refusals after which a copy is left for an operator: with a try every ten minutes, most of a day."""


_NO_ANSWER: Final = 0


@dataclass(frozen=True, slots=True)
class Erased:
    """What one run did: copies deleted at the provider, and copies it did not delete, by its error code.

    Code 0 stands for no answer at all.
    """

    erased: int
    failed: dict[int, int]


def learn(token: UUID, sid: str) -> bool:
    """Take in the provider's id of a message deleted before we knew it. False for a token that is no such."""
    rows = ProviderCopy.objects.filter(token=token, provider_sid=None)
    return rows.update(provider_sid=sid) > 0


def pending() -> int:
    """Copies that the provider still holds."""
    return ProviderCopy.objects.filter(erased_at=None, provider_sid__isnull=False).count()


def erase(now: datetime) -> Erased:
    """Ask the provider to delete each copy that is left, once. What it refuses is tried in the next run.

    So is all the rest, once it answers nothing about a whole CHUNK: other work waits for the same worker.
    """
    erased, failed, last = 0, dict[int, int](), 0
    due = ProviderCopy.objects.filter(
        erased_at=None, provider_sid__isnull=False, refusals__lt=GIVES_UP_AFTER
    ).order_by("pk")
    while copies := list(due.filter(pk__gt=last)[:CHUNK]):
        last = copies[-1].pk
        codes = _ask([str(copy.provider_sid) for copy in copies])
        for copy, code in zip(copies, codes, strict=True):
            copy.error_code = code
            if code is None:
                copy.erased_at = now
                erased += 1
            else:
                copy.refusals += 1
                failed[code] = failed.get(code, 0) + 1
        ProviderCopy.objects.bulk_update(copies, ["error_code", "erased_at", "refusals"])
        if set(codes) == {_NO_ANSWER}:
            break
    return Erased(erased, failed)


@async_to_sync
async def _ask(sids: Sequence[str]) -> list[int | None]:
    """The outcome of each request: None for deleted, else the provider's code, 0 for no answer."""
    provider = gateway.provider()
    gate = asyncio.Semaphore(gateway.CONNECTIONS)
    try:
        return await asyncio.gather(*(_erase_one(provider, sid, gate) for sid in sids))
    finally:
        await provider.close()


async def _erase_one(provider: Provider, sid: str, gate: asyncio.Semaphore) -> int | None:
    async with gate:
        try:
            await provider.erase(sid)
        except ProviderError as error:
            return error.code or _NO_ANSWER
    return None
