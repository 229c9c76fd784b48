"""Clips for tests: a language whose every text can be heard, without the time it takes to synthesise them."""

from array import array
from collections.abc import Collection
from datetime import datetime

from channels_voice.clips import store
from channels_voice.clips.inventory import Kind, needed
from channels_voice.clips.sound import Sound
from channels_voice.clips.store import Coverage
from channels_voice.models import Clip
from telephony.numbers import PhoneNumber
from tests import make

BEEP = Sound(array("h", [1000, -1000] * 800))
WITHOUT_CITIES = frozenset(Kind) - {Kind.CITY}


def speak(
    tag: str, now: datetime, *, without: Collection[str] = (), kinds: Collection[Kind] = WITHOUT_CITIES
) -> Coverage:
    """Every text of these kinds as a beep that tells what it says."""
    wanted = [one for one in needed(tag, now.date()) if one.kind in kinds and one.key not in without]
    Clip.objects.bulk_create(
        (store.clip_of(tag, one.text, BEEP, now) for one in wanted), ignore_conflicts=True
    )
    return store.changed(tag, now)


def caller_speaks(tag: str, number: PhoneNumber) -> None:
    """Somebody whose language we know."""
    make.contact(phone=number, language=tag)
