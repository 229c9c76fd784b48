"""The page on which people's voices replace a machine's."""

import io
import math
import wave
from array import array
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from channels_voice.clips import store
from channels_voice.clips.inventory import Kind
from channels_voice.clips.recorded import LARGEST
from channels_voice.models import Clip
from core.models import AuditEvent
from core.officers import Role
from tests.channels_voice.clips import spoken
from tests.console.desk import at_the_desk

pytestmark = pytest.mark.django_db


def _speech(seconds: float = 1.0) -> bytes:
    samples = array("h", (round(9000 * math.sin(at / 4)) for at in range(int(8000 * seconds))))
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())
    return written.getvalue()


def _sends(client: Client, wav: bytes, text: str = "25") -> str:
    file = SimpleUploadedFile("voice.wav", wav, content_type="audio/wav")
    form = {"language": "so", "key": store.key_of("so", text), "sound": file}
    return client.post(reverse("console:voice-keep"), form, follow=True).content.decode()


def test_a_recording_is_heard_from_now_on_and_who_made_it_is_on_record(now: datetime) -> None:
    assert "Saved" in _sends(at_the_desk(Role.AUTHOR), _speech())
    clip = Clip.objects.get()
    assert (clip.language, clip.text, clip.recorded) == ("so", "25", True)
    assert store.said("so", "25") == [clip.name]
    event = AuditEvent.objects.get(verb="clip.recorded")
    assert (event.officer, event.subject_id) == (clip.officer, clip.pk)


def test_a_recording_is_taken_back_and_the_machine_speaks_again(now: datetime) -> None:
    spoken.speak("so", now, kinds={Kind.NUMBER})
    before = store.said("so", "25")
    client = at_the_desk(Role.ADMIN)
    _sends(client, _speech())
    assert store.said("so", "25") != before
    form = {"language": "so", "key": store.key_of("so", "25")}
    assert "deleted" in client.post(reverse("console:voice-back"), form, follow=True).content.decode()
    assert store.said("so", "25") == before
    assert AuditEvent.objects.filter(verb="clip.taken-back").exists()


@pytest.mark.parametrize("wav", [b"", b"no sound", _speech(61), bytes(LARGEST + 1)])
def test_what_is_no_speech_is_refused_in_words_and_nothing_is_kept(wav: bytes, now: datetime) -> None:
    assert "Not saved" in _sends(at_the_desk(Role.AUTHOR), wav)
    assert not Clip.objects.exists()


def test_a_text_that_is_none_of_ours_is_never_recorded(now: datetime) -> None:
    form = {"language": "so", "key": store.key_of("so", "Asha"), "sound": io.BytesIO(_speech())}
    assert at_the_desk(Role.AUTHOR).post(reverse("console:voice-keep"), form).status_code == 404
    assert not Clip.objects.exists()


def test_the_page_shows_progress_and_what_is_missing(now: datetime) -> None:
    spoken.speak("so", now, kinds={Kind.SENTENCE})
    client = at_the_desk(Role.AUTHOR)
    everything = client.get(reverse("console:voices"), {"language": "so"}).content.decode()
    assert "/clips/" in everything
    assert 'lang="so"' in everything
    missing = client.get(reverse("console:voices"), {"language": "so", "only": "missing"}).content.decode()
    assert "/clips/" not in missing
    assert "data-recorder" in missing
    assert "onclick" not in everything


@pytest.mark.parametrize("language", ["it", "xx"])
def test_a_language_with_a_voice_has_no_page(language: str, now: datetime) -> None:
    assert at_the_desk(Role.AUTHOR).get(reverse("console:voices"), {"language": language}).status_code == 404
