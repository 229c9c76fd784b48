from datetime import datetime

import pytest
from django.test import Client

from channels_voice import recordings
from channels_voice.models import Recording
from core.models import AuditEvent
from core.officers import Role
from telephony.memory import Memory
from tests import make
from tests.handset import Handset

SID = "RE" + "3" * 32
SOUND = b"RIFF\x24\x00\x00\x00WAVE"


@pytest.fixture
def note(handset: Handset, provider: Memory, now: datetime) -> Recording:
    """A note for an officer that is here."""
    handset.dials()
    handset.presses("0")
    handset.records(SID, seconds=12)
    provider.recordings[SID] = SOUND
    found = Recording.objects.get()
    recordings.fetch(found.pk, now)
    return found


def test_an_officer_who_works_cases_hears_a_note_and_it_is_audited(client: Client, note: Recording) -> None:
    client.force_login(make.officer(Role.CASE_OFFICER))
    page = client.get(f"/console/inbox/{note.message.contact_id}/")
    assert f"/console/recordings/{note.pk}/" in page.content.decode()
    response = client.get(f"/console/recordings/{note.pk}/")
    assert (response.content, response["Content-Type"]) == (SOUND, "audio/wav")
    assert response["Cache-Control"] == "no-store"
    assert AuditEvent.objects.filter(verb="recording.played", subject_id=note.pk).count() == 1


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.ANALYST])
def test_nobody_else_hears_it(client: Client, note: Recording, role: Role) -> None:
    client.force_login(make.officer(role))
    assert client.get(f"/console/recordings/{note.pk}/").status_code == 403


def test_what_is_not_here_yet_cannot_be_played(client: Client, handset: Handset, now: datetime) -> None:
    handset.dials()
    handset.presses("0")
    handset.records(SID)
    client.force_login(make.officer(Role.CASE_OFFICER))
    assert client.get(f"/console/recordings/{Recording.objects.get().pk}/").status_code == 404
