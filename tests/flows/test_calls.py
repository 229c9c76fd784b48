"""Whole calls as the twin's telephone plays them, in every language we speak, by keys alone.

A call is written down in `tests/snapshots/call-<story>` once somebody has read it in that language:
`pytest tests/flows/test_calls.py --update-snapshots` writes them anew. What a call leaves behind is what the
same story told by text leaves behind.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from typing import Final

import pytest

from campaigns.models import Case, Recipient
from channels_voice import voices
from channels_voice.clips import inventory
from channels_voice.clips.inventory import Kind
from core.languages import languages
from core.models import Consent, ContactPoint, Trip
from telephony.memory import Memory
from tests import transcripts
from tests.caller import Conversation, Direct
from tests.calls import STORIES, forgotten, key_of, left_behind, words
from tests.channels_voice.clips import spoken
from tests.phone import Phone

TAGS: Final = [one.tag for one in languages()]
READ: Final = ("en", "it", "es", "fr", "ar", "ur", "fa", "am", "sw", "hi")
"""In these every story is told and has been read; all languages tell EVERYWHERE.

Urdu, Persian and Swahili have no voice at the provider: they are heard in clips.
"""

EVERYWHERE: Final = ("call-register", "call-help", "call-check-in")
TOLD: Final = [(story, tag) for story in STORIES for tag in (TAGS if story in EVERYWHERE else READ)]


def walk(telephone: Direct, story: str, tag: str) -> Conversation:
    """The call of that story, to its end; somebody whose language we know rings us."""
    caller = telephone.caller(0)
    STORIES[story].begins(caller.number, tag)
    call = caller.dials()
    for keys in STORIES[story].keys:
        heard = [line.text for line in call.listens().transcript]
        call.presses(key_of(keys.format(**words(tag)), heard))
    call.listens()
    if not call.is_over:
        call.hangs_up()
    return call


@pytest.mark.parametrize(("story", "tag"), TOLD)
def test_a_call_sounds_as_it_was_agreed_and_leaves_what_texts_leave(
    telephone: Direct, provider: Memory, now: datetime, story: str, tag: str, *, updating: bool
) -> None:
    if tag in READ and tag in inventory.unspoken():
        spoken.speak(tag, now, kinds=frozenset(Kind))
    with forgotten():
        call = walk(telephone, story, tag)
        by_voice = left_behind()
        HOLDS[story]()
    assert not call.alerts
    if tag in READ:
        assert {line.language.partition("-")[0] for line in call.transcript if line.says} <= {tag}
    if updating and tag in READ:
        transcripts.write(story, tag, call.written())
    if tag in READ:
        assert call.written() == transcripts.read(story, tag)
    phone = Phone(telephone.caller(0).number, provider, count(1))
    STORIES[story].begins(phone.number, tag)
    for text in STORIES[story].texts:
        phone.texts(text.format(**words(tag)))
    assert left_behind() == by_voice


def _registered() -> None:
    heard = voices.spoken_for(ContactPoint.objects.get().language)
    assert Consent.objects.get().language == heard  # the words that were really heard
    trip = Trip.objects.get()
    told = (trip.country, trip.start.isoformat(), trip.end.isoformat(), trip.party)
    assert told == ("LY", "2026-11-25", "2026-12-08", 2)


def _helped() -> None:
    assert Case.objects.get().details == {"kind": "injured", "people": 3}


def _safe() -> None:
    assert Recipient.objects.get().answer == Recipient.Answer.SAFE


def _changed() -> None:
    trip = Trip.objects.get()
    assert (trip.start.isoformat(), trip.end.isoformat()) == ("2026-11-26", "2026-12-09")


def _ended() -> None:
    assert not Trip.objects.exists()
    assert ContactPoint.objects.exists()


def _deleted() -> None:
    assert not ContactPoint.objects.exists()


def _speaks_another() -> None:
    assert ContactPoint.objects.get().language_chosen


HOLDS: Final[Mapping[str, Callable[[], None]]] = {
    "call-register": _registered,
    "call-help": _helped,
    "call-check-in": _safe,
    "call-change": _changed,
    "call-end": _ended,
    "call-delete": _deleted,
    "call-language": _speaks_another,
}


def test_a_language_without_a_voice_is_said_so(telephone: Direct, provider: Memory, now: datetime) -> None:
    assert (
        "We cannot speak your language on the telephone yet" in walk(telephone, "call-help", "so").written()
    )
