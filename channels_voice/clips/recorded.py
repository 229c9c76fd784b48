"""Recordings of people, which replace synthesised clips one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from channels_voice.clips import store
from channels_voice.clips.inventory import Needed, needed
from channels_voice.clips.sound import heard_in
from channels_voice.models import Clip
from core import audit
from core.models import Officer

LARGEST: Final = 6_000_000
"""Bytes of an uploaded file: a minute at 48 kHz."""


class NotNeeded(Exception):
    """No call says that text in that language (any more)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A text to record, and what is heard of it. `name` is the signed name of the clip, empty without one."""

    text: str
    kind: str
    key: str
    name: str
    recorded: bool


def lines(tag: str, now: datetime) -> Sequence[Line]:
    """Every text of a language, the most needed first."""
    names: dict[str, tuple[str, bool]] = {}
    rows = Clip.objects.filter(language=tag).order_by("recorded")
    for key, name, recorded in rows.values_list("text_key", "name", "recorded"):
        names[key] = (store.signed(name), recorded)
    return [_line(tag, one, names) for one in needed(tag, now.date())]


def record(tag: str, key: str, wav: bytes, *, officer: Officer, now: datetime) -> Clip:
    """Keep what somebody said for that text. Raises NoSound, and NotNeeded for no text of ours."""
    text = next((one.text for one in needed(tag, now.date()) if store.key_of(tag, one.text) == key), None)
    if text is None:
        raise NotNeeded
    sound = heard_in(wav)
    with transaction.atomic():
        kept = store.keep(tag, text, sound, now, officer=officer)
        store.changed(tag, now)
        audit.record("clip.recorded", by=officer, subject=kept, now=now)
    return kept


def take_back(tag: str, key: str, *, officer: Officer, now: datetime) -> bool:
    """Forget what was recorded for that text; False when nothing was. What was synthesised is heard again."""
    with transaction.atomic():
        clip = Clip.objects.filter(language=tag, text_key=key, recorded=True).defer("sound").first()
        if clip is None:
            return False
        audit.record("clip.taken-back", by=officer, subject=clip, now=now)
        clip.delete()
        store.changed(tag, now)
    return True


def _line(tag: str, one: Needed, names: dict[str, tuple[str, bool]]) -> Line:
    key = store.key_of(tag, one.text)
    name, recorded = names.get(key, ("", False))
    return Line(one.text, one.kind.value, key, name, recorded)
