"""The sound of a recording: a small file any player takes, a hum instead of a voice."""

import io
import math
import wave
from functools import lru_cache
from typing import Final

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
