"""Which voice speaks a language on the telephone, and which languages the provider can hear."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings

from channels_voice.clips import store
from core.languages import language, languages

# What each of our languages is called where the provider listens. Source: its published list of languages for
# <Gather input="speech">, as typed in its SDK of July 2026; so, ti, ps, ha and ku are not there.
_HEARS: Final[Mapping[str, str]] = {
    "am": "am-ET", "ar": "ar-EG", "bn": "bn-BD", "de": "de-DE", "en": "en-GB", "es": "es-ES", "fa": "fa-IR",
    "fil": "fil-PH", "fr": "fr-FR", "hi": "hi-IN", "id": "id-ID", "it": "it-IT", "ja": "ja-JP", "ko": "ko-KR",
    "my": "my-MM", "ne": "ne-NP", "pl": "pl-PL", "pt": "pt-BR", "ro": "ro-RO", "ru": "ru-RU", "sw": "sw-KE",
    "th": "th-TH", "tr": "tr-TR", "uk": "uk-UA", "ur": "ur-PK", "vi": "vi-VN", "zh": "cmn-Hans-CN",
}  # fmt: skip


def voice_of(tag: str) -> str:
    """The provider's voice for a language of ours; empty where it has none."""
    return language(tag).voice


def spoken_for(tag: str) -> str:
    """The language that somebody hears whose language this is: it, by voice or clips, else what stands in."""
    known = {one.tag: one for one in languages()}
    if tag in known and not known[tag].voice and store.speaks(tag):
        return tag
    return stand_in(tag)


def stand_in(tag: str) -> str:
    """The language of a voice: this one, else its declared fallback, the service's default, English."""
    known = {one.tag: one for one in languages()}
    chain = [tag, known[tag].fallback] if tag in known else []
    for candidate in (*chain, settings.DEFAULT_LANGUAGE, "en"):
        if candidate in known and known[candidate].voice:
            return candidate
    return "en"


def hearing_of(tag: str) -> str:
    """What the provider calls the language when it listens; empty where it cannot."""
    return _HEARS.get(tag, "")
