"""Clips made by the synthesiser: only the few that a test needs."""

import io
import wave
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from channels_voice.clips import espeak, inventory, render, store
from channels_voice.clips.inventory import Kind, Needed
from channels_voice.clips.sound import wav_of
from channels_voice.models import Clip

pytestmark = pytest.mark.django_db

GO_ON = "What was made before is kept: run it again to go on."


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


def _twelve(monkeypatch: pytest.MonkeyPatch) -> None:
    _few(monkeypatch, *(f"Siku {number}" for number in range(12)))
    monkeypatch.setattr(render, "_AT_ONCE", 5)


def test_who_is_interrupted_goes_on_from_the_last_clips_kept(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _twelve(monkeypatch)

    def cut_off(done: int, _of: int) -> None:
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render.render("sw", timezone.now, told=cut_off)
    kept = set(Clip.objects.values_list("name", "created_at"))
    assert len(kept) == 10
    assert render.render("sw", timezone.now).made == 2
    assert kept <= set(Clip.objects.values_list("name", "created_at"))


def test_what_is_replaced_while_people_call_is_never_asked_for_again(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _twelve(monkeypatch)
    render.render("sw", timezone.now)
    monkeypatch.setattr(store, "wav_of", lambda *given: wav_of(*given) + b"\0\0")
    heard = []
    render.render(
        "sw", timezone.now, anew=True, told=lambda _done, _of: heard.append(store.said("sw", "Siku 1"))
    )
    for [name] in heard:
        assert Clip.objects.filter(name=name).exists()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            OperationalError("could not extend file: No space left on device\nHINT: free some."),
            "sw: the database takes no clips: could not extend file: No space left on device. " + GO_ON,
        ),
        (KeyboardInterrupt(), f"sw: interrupted. {GO_ON}"),
        (espeak.CannotSpeak("it finds no voices"), "sw: it finds no voices"),
    ],
)
def test_what_stops_the_command_is_said_in_one_line(
    now: datetime, monkeypatch: pytest.MonkeyPatch, fault: BaseException, said: str
) -> None:
    def fails(*_given: object, **_named: object) -> None:
        raise fault

    monkeypatch.setattr(store, "keep", fails)
    with pytest.raises(CommandError) as raised:
        call_command("voices", "render", "sw")
    assert str(raised.value) == said


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
