"""Ready answers to people: whole sentences, in the person's language and beside it in the officer's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.utils.translation import get_language, pgettext

from core.languages import speaking


@dataclass(frozen=True, slots=True)
class Phrase:
    """One ready answer: what the officer reads, what the person would get."""

    key: str
    own: str
    theirs: str


def ready(tag: str) -> Sequence[Phrase]:
    """The ready answers for somebody who speaks that language."""
    own = _in(get_language() or "en")
    theirs = _in(tag)
    return [Phrase(str(key), *pair) for key, pair in enumerate(zip(own, theirs, strict=True), start=1)]


def text_of(key: str, tag: str) -> str:
    """What the person would get for that key; empty for none."""
    return next((phrase.theirs for phrase in ready(tag) if phrase.key == key), "")


def _in(tag: str) -> Sequence[str]:
    with speaking(tag):
        return [phrase() % {"service": settings.SERVICE_NAME} for phrase in _PHRASES]


_PHRASES: Final[Sequence[Callable[[], str]]] = (
    # Translators: an officer's ready answer. 1 SMS segment, 160 GSM-7 characters.
    lambda: pgettext("sms", "We read your message but do not understand it. Please write in short words."),
    # Translators: an officer's ready answer. 1 SMS segment, 160 GSM-7 characters.
    lambda: pgettext("sms", "Are you safe? Please write: I am safe, or: I need help."),
    # Translators: an officer's ready answer. 1 SMS segment, 160 GSM-7 characters.
    lambda: pgettext("sms", "Where are you exactly? Please write the city and street, hotel or landmark."),
    # Translators: an officer's ready answer. 1 SMS segment, 160 GSM-7 characters.
    lambda: pgettext("sms", "How many people are with you, and is anybody hurt?"),
    # Translators: an officer's ready answer. 1 SMS segment, 160 GSM-7 characters.
    lambda: pgettext("sms", "An officer of ours will call you. Please keep your phone on and charged."),
    # Translators: an officer's ready answer. 1 SMS segment, 160 GSM-7 characters.
    lambda: pgettext("sms", "To which country do you travel, and from which day to which day?"),
    # Translators: an officer's ready answer. 1 SMS segment, 160 GSM-7 characters.
    lambda: pgettext(
        "sms",
        "This number is for people abroad in an emergency. For other questions please ask your embassy or "
        "consulate.",
    ),
)
