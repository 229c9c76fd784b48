"""The sound of the static answers to calls, for languages in which the provider has no voice.

`deploy/fallback/voice/<tag>.xml` plays `<tag>.wav` beside it and says the same in English after it; the words
are those of the static answer to texts, which suit both.
"""

from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from django.conf import settings

from channels_voice.clips import espeak
from channels_voice.clips.sound import made, wav_of

_TEXTS: Final = Path(settings.BASE_DIR) / "deploy" / "fallback"


def words(tag: str) -> str:
    """What somebody of that language is told while the service is down."""
    document = ElementTree.parse(_TEXTS / f"{tag}.xml").getroot()  # noqa: S314 - our own file
    return (document.findtext("Message") or "").strip()


def write(tag: str, folder: Path) -> Path:
    """Synthesise the words into that folder. Raises CannotSpeak, NoSound, and OSError."""
    synthesiser = espeak.synthesiser()
    text = words(tag)
    path = folder / f"{tag}.wav"
    path.write_bytes(wav_of(made(synthesiser.say(text, tag), synthesiser.rate), text, tag))
    return path
