"""Sounds as a telephone carries them: WAV, 8,000 samples a second, 16 bit, one channel.

A clip also tells what it says, in the place a WAV file has for its title (RIFF's LIST/INFO chunk, `INAM`, and
`ILNG` for the language), after the sound, where any player passes it over.
"""

import io
import math
import wave
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import mul
from typing import Final

RATE: Final = 8000
"""Samples a second."""

_CUT_OFF: Final = 3600.0  # Hz, above which a telephone carries nothing
_REACH: Final = 12  # samples of the slower rate on either side that one new sample is made of
_LOUD: Final = 24_000  # the loudest sample of a clip: speech that is the same loudness from clip to clip
_SILENT: Final = 0.02  # of the loudest sample: what is quieter at either end is cut off
_LEAD: Final = RATE // 50  # samples of silence kept before and behind
_TAIL: Final = RATE // 12
_SHORTEST: Final = RATE // 20
_LONGEST_SECONDS: Final = 60
_RATES: Final = range(8000, 48_001)


class NoSound(Exception):
    """It cannot be played as a clip. `why` is one of: not-wav, too-short, too-long, silent."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples at RATE, as loud as every clip, without silence at the ends."""

    samples: "array[int]" = field(repr=False)

    @property
    def milliseconds(self) -> int:
        """How long it lasts."""
        return len(self.samples) * 1000 // RATE


def made(samples: Sequence[int], rate: int) -> Sound:
    """A clip of samples of any rate from 8 to 48 kHz. Raises NoSound where nothing can be heard."""
    slower = samples if rate == RATE else _at_telephone_rate(samples, rate)
    loudest = max(map(abs, slower), default=0)
    if loudest < 100:
        raise NoSound("silent")
    heard = [place for place, sample in enumerate(slower) if abs(sample) >= loudest * _SILENT]
    kept = slower[heard[0] : heard[-1] + 1]
    if len(kept) < _SHORTEST:
        raise NoSound("too-short")
    gain = _LOUD / loudest
    louder = array("h", (max(-32_768, min(32_767, round(sample * gain))) for sample in kept))
    return Sound(array("h", bytes(2 * _LEAD)) + louder + array("h", bytes(2 * _TAIL)))


def heard_in(wav: bytes) -> Sound:
    """The clip in an uploaded WAV file of 8 to 48 kHz, 8 or 16 bit, one or two channels. Raises NoSound."""
    try:
        with wave.open(io.BytesIO(wav)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            if channels not in {1, 2} or width not in {1, 2} or rate not in _RATES:
                raise NoSound("not-wav")
            if file.getnframes() > _LONGEST_SECONDS * rate:
                raise NoSound("too-long")
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError, RuntimeError):  # RuntimeError: a chunk that says it is longer than the file
        raise NoSound("not-wav") from None
    frames = frames[: len(frames) - len(frames) % (channels * width)]
    samples = array("h", frames) if width == 2 else array("h", ((byte - 128) * 256 for byte in frames))
    if channels == 2:
        samples = array("h", map(_middle, samples[::2], samples[1::2]))
    return made(samples, rate)


def wav_of(sound: Sound, text: str, tag: str) -> bytes:
    """The clip as a WAV file that tells what it says, and in which language."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.samples.tobytes())
    info = b"INFO" + _chunk(b"INAM", text.encode() + b"\0") + _chunk(b"ILNG", tag.encode() + b"\0")
    whole = written.getvalue() + _chunk(b"LIST", info)
    return whole[:4] + (len(whole) - 8).to_bytes(4, "little") + whole[8:]


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def _middle(left: int, right: int) -> int:
    return (left + right) // 2


def _at_telephone_rate(samples: Sequence[int], rate: int) -> "array[int]":
    """Fewer samples a second, without what the slower rate cannot carry (a windowed sinc, phase by phase)."""
    phases = _phases(rate)
    half = len(phases[0]) // 2
    padded = [0] * half + list(samples) + [0] * half
    step = math.gcd(rate, RATE)
    up, down = RATE // step, rate // step
    made_of = array("h")
    for new in range(len(samples) * up // down):
        whole, phase = divmod(new * down, up)
        taps = phases[phase]
        sample = sum(map(mul, padded[whole : whole + len(taps)], taps))
        made_of.append(max(-32_768, min(32_767, round(sample))))
    return made_of


@lru_cache(maxsize=8)
def _phases(rate: int) -> Sequence[Sequence[float]]:
    """For each place of a new sample between two old ones, what each old one around it counts."""
    up = RATE // math.gcd(rate, RATE)
    half = math.ceil(_REACH * rate / RATE)
    cut = 2 * _CUT_OFF / rate
    found = []
    for phase in range(up):
        at = [place - half - phase / up for place in range(2 * half + 1)]
        taps = [_sinc(cut * x) * (0.5 + 0.5 * math.cos(math.pi * x / (half + 1))) for x in at]
        total = sum(taps)
        found.append([tap / total for tap in taps])
    return found


def _sinc(x: float) -> float:
    return math.sin(math.pi * x) / (math.pi * x) if x else 1.0
