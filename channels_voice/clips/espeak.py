"""eSpeak NG, a small speech synthesiser, as the package `espeakng-loader` brings it: library and voices.

Only what we need of its interface (`speak_lib.h` of version 1.52): which languages it has, and the samples of
a text. The library keeps its state to itself and in one place, so one thread at a time.
"""

import ctypes
from array import array
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from espeakng_loader import get_data_path, get_library_path

_SYNCHRONOUS: Final = 2  # AUDIO_OUTPUT_SYNCHRONOUS: all samples went to the callback when a call returns
_DONT_EXIT: Final = 0x8000  # espeakINITIALIZE_DONT_EXIT: a fault is reported, the process goes on
_UTF8: Final = 1  # espeakCHARS_UTF8
_RATE: Final = 1  # espeakRATE, words a minute
_WORDS_A_MINUTE: Final = 140  # its own default is 175: too fast for a telephone and a frightened listener
_OK: Final = 0

# Marks that it would read out by their names; those of ASCII it reads as what they are, pauses and questions.
_MARKS: Final = str.maketrans("፣፥፡።፤፦፧၊။।॥،؛؟۔", ",,,.;:?,...,;?.")

_Take = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class CannotSpeak(Exception):
    """The library is missing or broken, or has no such voice."""


class _Voice(ctypes.Structure):
    """`espeak_VOICE`. `languages` is a byte of priority and a name, again and again, ended by a zero."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("unused", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    ]


class Synthesiser:
    """The loaded library. `rate` is samples a second."""

    def __init__(self) -> None:
        self._samples = array("h")
        try:
            self._library = ctypes.CDLL(get_library_path())
            path = str(Path(get_data_path()).parent).encode()
        except (OSError, RuntimeError) as error:
            raise CannotSpeak(str(error)) from None
        self.rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, path, _DONT_EXIT)
        if self.rate <= 0:
            raise CannotSpeak("it finds no voices")
        self._take = _Take(self._taken)  # kept: the library holds no reference to it
        self._library.espeak_SetSynthCallback(self._take)

    @cached_property
    def voices(self) -> Mapping[str, str]:
        """The voice of each language it has (BCP 47, lower case), by what the library calls it."""
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        listed = self._library.espeak_ListVoices(None)
        found: dict[str, str] = {}
        place = 0
        while listed[place]:
            voice = listed[place].contents
            first = ctypes.string_at(voice.languages + 1).decode("ascii", "replace").lower()
            found.setdefault(first, voice.identifier.decode())
            place += 1
        return found

    def say(self, text: str, language: str) -> "array[int]":
        """The samples of a text, 16 bit, `rate` a second. Raises CannotSpeak for a language it has not."""
        voice = self.voices.get(language)
        if voice is None or self._library.espeak_SetVoiceByName(voice.encode()) != _OK:
            raise CannotSpeak(f"no voice for {language}")
        self._library.espeak_SetParameter(_RATE, _WORDS_A_MINUTE, 0)
        self._samples = array("h")
        said = text.translate(_MARKS).encode()
        size = ctypes.c_size_t(len(said) + 1)
        done = self._library.espeak_Synth(said, size, 0, 0, 0, _UTF8, None, None)
        if done != _OK:
            raise CannotSpeak(f"code {done}")
        return self._samples

    def _taken(self, samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            self._samples.frombytes(ctypes.string_at(samples, count * 2))
        return 0  # go on


@cache
def synthesiser() -> Synthesiser:
    """The one synthesiser of this process. Raises CannotSpeak."""
    return Synthesiser()
