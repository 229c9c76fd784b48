"""Voices that were recorded: fetched by a worker, kept encrypted, deleted at the provider."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from channels_voice import jobs, recordings
from channels_voice.models import Call, CallStep, Recording
from core.models import ContactPoint, ProviderCopy
from core.privacy import retention
from telephony.memory import Memory
from tests.handset import Handset

SID = "RE" + "1" * 32
SOUND = b"RIFF\x24\x00\x00\x00WAVEfmt \x00\xff" * 40


@pytest.fixture
def recorded(handset: Handset, now: datetime) -> Recording:
    """A note for an officer that the provider holds."""
    handset.dials()
    handset.presses("0")
    handset.records(SID, seconds=12)
    return Recording.objects.get()


def test_the_webhook_fetches_nothing(recorded: Recording) -> None:
    assert recorded.sound == ""
    assert recorded.fetched_at is None


def test_a_worker_brings_it_home_and_deletes_it_there(
    recorded: Recording, provider: Memory, now: datetime
) -> None:
    provider.recordings[SID] = SOUND
    jobs.fetch_recording(recorded.pk)
    recorded.refresh_from_db()
    assert recordings.sound_of(recorded) == SOUND
    assert provider.erased == [SID]


def test_the_database_sees_no_sound(recorded: Recording, provider: Memory, now: datetime) -> None:
    provider.recordings[SID] = SOUND
    recordings.fetch(recorded.pk, now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sound FROM channels_voice_recording")
        assert b"RIFF" not in bytes(cursor.fetchone()[0])


def test_what_is_not_there_yet_is_fetched_by_the_sweep(
    recorded: Recording, provider: Memory, now: datetime
) -> None:
    assert not recordings.fetch(recorded.pk, now)
    provider.recordings[SID] = SOUND
    assert recordings.fetch_waiting(now) == 1
    recorded.refresh_from_db()
    assert recordings.sound_of(recorded) == SOUND


def test_a_recording_told_of_twice_is_kept_once(handset: Handset, recorded: Recording) -> None:
    fields = {"RecordingSid": SID, "RecordingDuration": "12"}
    step = CallStep.objects.order_by("-number").first()
    assert step is not None
    call = Call.objects.get()
    handset.posts(f"/voice/turn/{call.token.hex}-{step.number - 1}", fields)
    assert Recording.objects.count() == 1


def test_what_is_purged_here_is_purged_there(recorded: Recording, now: datetime) -> None:
    sid = Call.objects.get().provider_sid
    retention.purge(now + timedelta(hours=49))
    assert not ContactPoint.objects.exists()
    assert not Recording.objects.exists()
    assert set(ProviderCopy.objects.values_list("provider_sid", flat=True)) >= {SID, sid}
