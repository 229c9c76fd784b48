"""Clips made by the synthesiser: only the few that a test needs."""

import io
import wave
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from channels_voice.clips import inventory, render, store
from channels_voice.clips.inventory import Kind, Needed
from channels_voice.models import Clip

pytestmark = pytest.mark.django_db


def _few(monkeypatch: pytest.MonkeyPatch, *texts: str) -> None:
    few = [Needed(text, Kind.SENTENCE) for text in texts]
    monkeypatch.setattr(render, "needed", lambda _tag, _today: few)
    monkeypatch.setattr(store, "needed", lambda _tag, _today: few)


def test_a_rendered_clip_is_a_wav_file_as_long_as_the_sentence_takes_to_say(now: datetime) -> None:
    text = "Utafika lini huko? Bonyeza siku na mwezi."
    render.make("sw", [text], now)
    with wave.open(io.BytesIO(bytes(Clip.objects.get().sound))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert 2 < file.getnframes() / file.getframerate() < 8
    assert len(store.said("sw", text)) == 1


def test_only_what_is_missing_is_made_and_what_nobody_says_any_more_is_dropped(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _few(monkeypatch, "Ndiyo", "Hapana")
    assert render.render("sw", timezone.now).made == 2
    first = set(Clip.objects.values_list("name", flat=True))
    _few(monkeypatch, "Ndiyo", "Labda")
    done = render.render("sw", timezone.now)
    assert (done.made, done.dropped, done.coverage.ready) == (1, 1, True)
    assert len(first & set(Clip.objects.values_list("name", flat=True))) == 1


def test_a_language_the_synthesiser_lacks_is_left_to_people(now: datetime) -> None:
    printed = StringIO()
    call_command("voices", "render", "so", stdout=printed)
    assert "record it in the console" in printed.getvalue()
    assert not Clip.objects.exists()


def test_a_language_with_a_voice_needs_no_clips() -> None:
    with pytest.raises(CommandError, match="not one of the languages without a voice"):
        call_command("voices", "render", "it")


def test_the_command_counts_what_is_there(now: datetime) -> None:
    printed = StringIO()
    call_command("voices", "list", "sw", stdout=printed)
    wanted = len(inventory.needed("sw", now.date()))
    assert printed.getvalue() == f"sw   0 of {wanted} clips, 0 recorded; not spoken yet\n"
