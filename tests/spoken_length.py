"""How long a text takes to say, for tests that hold prompts to their seconds.

Sources. Mean letters a minute of adults reading aloud: S. Trauzettel-Klosinski, K. Dietz, "Standardized
Assessment of Reading Performance: The New International Reading Speed Texts IReST", Investigative
Ophthalmology & Visual Science 53 (2012), doi 10.1167/iovs.11-8284, for the languages it measured. Syllables a
second of speakers: C. Coupé, Y. M. Oh, D. Dediu, F. Pellegrino, "Different languages, similar encoding
efficiency", Science Advances 5 (2019), where a character is about a syllable or a part of one: five to eight.
What neither measured takes the slowest rate of its script.
"""

import unicodedata
from collections.abc import Mapping
from typing import Final

_LETTERS_A_MINUTE: Final[Mapping[str, int]] = {
    "ar": 612, "de": 920, "en": 987, "es": 1025, "fr": 998, "it": 950, "ja": 357, "pl": 916, "pt": 913,
    "ru": 986, "tr": 1054, "zh": 255,
}  # fmt: skip
_OF_SCRIPT: Final[Mapping[str, float]] = {
    "latin": 885.0,  # Slovenian, the slowest in Latin letters
    "cyrillic": 986.0,
    "arabic": 612.0,
    # A letter with its vowel sign is a syllable of two or three characters: six syllables a second.
    "signs": 60 * 6 * 2.2,
    "syllables": 60 * 5.5,  # Hangul, Ethiopic
    "thai": 60 * 4.7 * 3.0,  # three letters and signs to a syllable
}
_SCRIPTS: Final[Mapping[str, str]] = {
    "am": "syllables", "ko": "syllables", "bn": "signs", "hi": "signs", "my": "signs", "ne": "signs",
    "si": "signs", "ta": "signs", "th": "thai", "fa": "arabic", "ur": "arabic", "uk": "cyrillic",
}  # fmt: skip
_DIGIT: Final = 0.35  # seconds: a word of one or two syllables
_PAUSE: Final = 0.3  # seconds between sentences
_ENDS: Final = frozenset(".?!;:。？！।።؟۔：；")


def seconds(text: str, tag: str) -> float:
    """About how long a voice takes for a text in that language. Spaces and marks are not letters."""
    rate = _LETTERS_A_MINUTE.get(tag) or _OF_SCRIPT[_SCRIPTS.get(tag, "latin")]
    foreign = rate if tag not in {"ja", "zh"} and _SCRIPTS.get(tag) is None else _OF_SCRIPT["latin"]
    spoken = 0.0
    for char in text:
        if char.isdigit():
            spoken += _DIGIT
        elif unicodedata.category(char)[0] in "LM":
            spoken += 60 / (foreign if char.isascii() else rate)
    pauses = sum(char in _ENDS for char in text.rstrip().rstrip("".join(_ENDS)))
    return spoken + pauses * _PAUSE
