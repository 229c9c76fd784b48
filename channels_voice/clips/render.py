"""Clips made by the synthesiser: everything that a language needs and that has no clip yet."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from channels_voice.clips import espeak, store
from channels_voice.clips.inventory import Needed, needed
from channels_voice.clips.sound import NoSound, made
from channels_voice.clips.store import Coverage
from channels_voice.models import Clip

_AT_ONCE: Final = 50  # clips that one transaction keeps: an interrupted command goes on from there


@dataclass(frozen=True, slots=True)
class Rendered:
    """What one run did for a language. `silent` texts are ones in which the synthesiser finds no word."""

    made: int
    silent: int
    dropped: int
    coverage: Coverage


def can_speak(tag: str) -> bool:
    """Whether the synthesiser has a voice for the language. Raises CannotSpeak where it cannot be loaded."""
    return tag in espeak.synthesiser().voices


def render(
    tag: str,
    clock: Callable[[], datetime],
    *,
    anew: bool = False,
    told: Callable[[int, int], object] = lambda _done, _of: None,
) -> Rendered:
    """Synthesise what is missing, with `anew` everything; drop what no call says any more.

    Recordings of people are left alone. Whoever is interrupted goes on from the last clips that were kept;
    `told` hears how many of how many are done. Raises CannotSpeak for a language the synthesiser does not
    have, and what the database raises when it takes no more.
    """
    if not can_speak(tag):
        raise espeak.CannotSpeak(f"no voice for {tag}")
    wanted = needed(tag, clock().date())
    kept = set() if anew else _synthesised(tag)
    to_make = [one for one in wanted if store.key_of(tag, one.text) not in kept]
    silent = 0
    for start in range(0, len(to_make), _AT_ONCE):
        silent += _make(tag, to_make[start : start + _AT_ONCE], clock())
        told(min(start + _AT_ONCE, len(to_make)), len(to_make))
    with transaction.atomic():
        dropped = _drop(tag, wanted)
        coverage = store.changed(tag, clock())
    return Rendered(len(to_make) - silent, silent, dropped, coverage)


def make(tag: str, texts: Iterable[str], now: datetime) -> Coverage:
    """Synthesise these texts. Raises CannotSpeak and NoSound."""
    with transaction.atomic():
        for text in texts:
            _keep(tag, text, now)
        return store.changed(tag, now)


def _make(tag: str, texts: Iterable[Needed], now: datetime) -> int:
    silent = 0
    with transaction.atomic():
        for one in texts:
            try:
                _keep(tag, one.text, now)
            except NoSound:
                silent += 1
        store.changed(tag, now)  # calls go on meanwhile: what was replaced must not be asked for any more
    return silent


def _keep(tag: str, text: str, now: datetime) -> None:
    synthesiser = espeak.synthesiser()
    store.keep(tag, text, made(synthesiser.say(text, tag), synthesiser.rate), now)


def _synthesised(tag: str) -> set[str]:
    return set(Clip.objects.filter(language=tag, recorded=False).values_list("text_key", flat=True))


def _drop(tag: str, wanted: Iterable[Needed]) -> int:
    keys = {store.key_of(tag, one.text) for one in wanted}
    gone = _synthesised(tag) - keys
    return Clip.objects.filter(language=tag, recorded=False, text_key__in=gone).delete()[0]
