"""How long speech and sounds last, and the sound of a recording: a hum instead of a voice."""

import io
import math
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from twin.refusals import Refusal
from twin.webhooks import Answer

_LETTERS_A_SECOND: Final = 14.0
_IDEOGRAMS_A_SECOND: Final = 4.5
_RATE: Final = 8000  # samples a second, as on a telephone line
_HUM: Final = bytes(round(128 + 20 * math.sin(2 * math.pi * 220 * at / _RATE)) for at in range(_RATE))


@lru_cache(maxsize=8)
def wave_file(seconds: int) -> bytes:
    """A WAV file of that length, 8 kHz, 8 bit, one channel."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(_RATE)
        file.writeframes(_HUM * seconds)
    return written.getvalue()


def speaking_seconds(text: str) -> float:
    """About how long a text takes to say."""
    ideograms = sum("\u2e80" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7af" for char in text)
    return max(1.0, ideograms / _IDEOGRAMS_A_SECOND + (len(text) - ideograms) / _LETTERS_A_SECOND)


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound that was fetched; `says` are its words and `language` theirs, where it tells them."""

    seconds: float
    says: str = field(default="", repr=False)
    language: str = ""


SILENCE: Final = Sound(0.0)


def listened(answer: Answer | None) -> Sound:
    """What a fetched sound is. Raises Refusal when it is none that the provider would play.

    A WAV file may tell its title and language (RIFF's LIST/INFO chunk: `INAM`, `ILNG`).
    """
    if answer is None:
        raise Refusal(11205)
    if not 200 <= answer.status < 300:
        raise Refusal(11200)
    if not answer.content_type.startswith("audio/"):
        raise Refusal(12300)
    if answer.content[:4] != b"RIFF" or len(answer.content) <= 44:
        return Sound(len(answer.content) / 4000.0)  # speech as MP3 at 32 kbit/s
    chunks = dict(_chunks(answer.content[12:]))
    bytes_a_second = int.from_bytes(answer.content[28:32], "little")
    told = dict(_chunks(chunks.get(b"LIST", b"")[4:]))
    return Sound(
        len(chunks.get(b"data", b"")) / max(1, bytes_a_second),
        told.get(b"INAM", b"").rstrip(b"\0").decode("utf-8", "replace"),
        told.get(b"ILNG", b"").rstrip(b"\0").decode("ascii", "replace"),
    )


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(content):
        size = int.from_bytes(content[place + 4 : place + 8], "little")
        yield content[place : place + 4], content[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
