"""How long speech and sounds last, and the sound of a recording: a hum instead of a voice."""

import io
import math
import wave
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


def sound_seconds(answer: Answer | None) -> float:
    """How long a fetched sound lasts. Raises Refusal when it is none that the provider would play."""
    if answer is None:
        raise Refusal(11205)
    if not 200 <= answer.status < 300:
        raise Refusal(11200)
    if not answer.content_type.startswith("audio/"):
        raise Refusal(12300)
    if answer.content[:4] == b"RIFF" and len(answer.content) > 44:
        bytes_a_second = int.from_bytes(answer.content[28:32], "little")
        return (len(answer.content) - 44) / max(1, bytes_a_second)
    return len(answer.content) / 4000.0  # speech as MP3 at 32 kbit/s
