"""Voices that were recorded: kept by id when told of, fetched by a worker, deleted at the provider."""

import base64
import logging
from datetime import datetime, timedelta
from typing import Final

from asgiref.sync import async_to_sync
from django.db import transaction

from channels_voice.models import Call, Recording
from core import gateway, queues
from core.models import Message
from telephony.errors import ProviderError
from telephony.messages import CallTurn

logger = logging.getLogger(__name__)

LARGEST: Final = 20_000_000
"""Bytes of a sound that is kept: twenty minutes of a telephone. A longer one stays with the provider."""

MOST_TRIES: Final = 60
_AT_ONCE: Final = 50
_LONGEST_AGO: Final = timedelta(days=2)


def keep(call: Call, said: str, turn: CallTurn, now: datetime) -> None:
    """Remember a recording as what was said at that step; it is fetched after the commit."""
    message = Message.objects.filter(provider_sid=said).first()
    if message is None:
        return
    recording, new = Recording.objects.get_or_create(
        provider_sid=turn.recording,
        defaults={"call": call, "message": message, "seconds": turn.seconds, "created_at": now},
    )
    if new:
        transaction.on_commit(
            lambda: queues.put(queues.URGENT, "channels_voice.jobs.fetch_recording", recording.pk)
        )


def fetch(recording_id: int, now: datetime) -> bool:
    """Bring the sound home and delete the provider's copy; False when it is to be tried again."""
    recording = Recording.objects.filter(pk=recording_id, fetched_at=None, tries__lt=MOST_TRIES).first()
    if recording is None:
        return True
    try:
        sound = _bring(recording.provider_sid)
    except ProviderError as error:
        Recording.objects.filter(pk=recording.pk).update(tries=recording.tries + 1)
        logger.warning("a recording is not there yet (code %s)", error.code, extra={"row": recording.pk})
        return False
    kept = base64.b64encode(sound).decode() if len(sound) <= LARGEST else ""
    Recording.objects.filter(pk=recording.pk).update(sound=kept, fetched_at=now)
    if kept:
        _delete_there(recording)
    return True


def fetch_waiting(now: datetime) -> int:
    """Fetch what was lost with a worker or was not there yet. Returns how many came home."""
    waiting = Recording.objects.filter(
        fetched_at=None, tries__lt=MOST_TRIES, created_at__gt=now - _LONGEST_AGO
    )
    ids = waiting.order_by("created_at").values_list("pk", flat=True)[:_AT_ONCE]
    return sum(fetch(pk, now) for pk in ids)


def sound_of(recording: Recording) -> bytes:
    """The sound, as WAV; empty while it is not here."""
    return base64.b64decode(recording.sound)


def _delete_there(recording: Recording) -> None:
    """What is not deleted now is deleted when the recording is purged."""
    try:
        async_to_sync(_erase)(recording.provider_sid)
    except ProviderError as error:
        logger.warning(
            "a recording stays with the provider (code %s)", error.code, extra={"row": recording.pk}
        )


def _bring(sid: str) -> bytes:
    return async_to_sync(_fetch)(sid)


async def _fetch(sid: str) -> bytes:
    provider = gateway.provider()
    try:
        return await provider.fetch_recording(sid)
    finally:
        await provider.close()


async def _erase(sid: str) -> None:
    provider = gateway.provider()
    try:
        await provider.erase(sid)
    finally:
        await provider.close()
