"""Sounds as a telephone carries them."""

import io
import math
import wave
from array import array
from itertools import pairwise

import pytest

from channels_voice.clips.sound import NoSound, heard_in, made, wav_of
from twin.sound import listened
from twin.webhooks import Answer


def _tone(rate: int, seconds: float = 1.0, *, hertz: int = 440, loud: int = 8000) -> "array[int]":
    return array(
        "h", (round(loud * math.sin(2 * math.pi * hertz * at / rate)) for at in range(int(rate * seconds)))
    )


def _wav(samples: bytes, rate: int, *, width: int = 2, channels: int = 1) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(samples)
    return written.getvalue()


def test_a_clip_is_a_wav_file_of_a_telephone_that_tells_what_it_says() -> None:
    wav = wav_of(made(_tone(22_050), 22_050), "Habari", "sw")
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        assert file.getnframes() / 8000 == pytest.approx(1.1, abs=0.05)
    heard = listened(Answer(200, "audio/wav", wav))
    assert (heard.says, heard.language) == ("Habari", "sw")
    assert heard.seconds == pytest.approx(1.1, abs=0.05)


def test_a_tone_keeps_its_pitch_and_what_a_telephone_cannot_carry_is_gone() -> None:
    low = made(_tone(22_050, hertz=440), 22_050).samples
    crossings = sum(1 for a, b in pairwise(low) if a < 0 <= b)
    assert crossings == pytest.approx(440, abs=5)
    with pytest.raises(NoSound, match="silent"):
        made(_tone(22_050, hertz=7000, loud=500), 22_050)


def test_silence_at_the_ends_is_cut_off() -> None:
    samples = array("h", bytes(16_000)) + _tone(8000, 0.5) + array("h", bytes(16_000))
    assert made(samples, 8000).milliseconds == pytest.approx(600, abs=30)


def test_a_recording_of_two_channels_at_a_studios_rate_becomes_a_clip() -> None:
    left = _tone(48_000, 0.5)
    both = array("h", (sample for one in left for sample in (one, one)))
    assert heard_in(_wav(both.tobytes(), 48_000, channels=2)).milliseconds == pytest.approx(600, abs=30)


@pytest.mark.parametrize(
    ("wav", "why"),
    [
        (b"", "not-wav"),
        (b"RIFF....WAVEjunk", "not-wav"),
        (b"ID3 this is no WAV file", "not-wav"),
        (_wav(bytes(8000), 8000), "silent"),
        (_wav(bytes(8000 * 61), 8000, width=1), "too-long"),
        (_wav(_tone(8000, 0.01).tobytes(), 8000), "too-short"),
        (_wav(_tone(4000).tobytes(), 4000), "not-wav"),
        (_wav(bytes(3 * 8000), 8000, width=3), "not-wav"),
    ],
)
def test_what_cannot_be_played_is_refused_with_the_reason(wav: bytes, why: str) -> None:
    with pytest.raises(NoSound, match=why):
        heard_in(wav)
