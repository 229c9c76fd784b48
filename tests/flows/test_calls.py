"""Whole calls as the twin's telephone plays them, in every language we speak, by keys alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from campaigns.models import Case, Recipient
from channels_voice import prompts, voices
from core.languages import languages, speaking
from core.models import Trip
from telephony.memory import Memory
from tests import make
from tests.caller import Conversation, Direct

FOLDER: Final = Path(__file__).parent.parent / "snapshots"
TAGS: Final = [language.tag for language in languages()]

# Register, Libya by its telephone code, from 25 November to 8 December, two people, agreed, nothing more.
_STORIES: Final[Mapping[str, Sequence[str]]] = {
    "call-register": ["1", "218#", "2511", "0812", "2#", "1"],
    "call-help": ["2", "1", "3#"],
    "call-check-in": ["1"],
}
_KEPT: Final = [(path.parent.name, path.stem) for path in sorted(FOLDER.glob("call-*/*.txt"))]


def walk(telephone: Direct, story: str, tag: str) -> Conversation:
    """The call of that story, to its end; somebody whose language we know rings us."""
    caller = telephone.caller(0)
    if story == "call-check-in":
        make.asked(make.traveller(phone=caller.number, language=tag))
    else:
        make.contact(phone=caller.number, language=tag)
    call = caller.dials()
    for keys in _STORIES[story]:
        call.listens().presses(keys)
    call.listens()
    if not call.is_over:
        call.hangs_up()
    return call


@pytest.mark.parametrize(("story", "tag"), _KEPT)
def test_a_call_sounds_as_it_was_agreed(telephone: Direct, provider: Memory, story: str, tag: str) -> None:
    assert walk(telephone, story, tag).written() == (FOLDER / story / f"{tag}.txt").read_text("utf-8")


@pytest.mark.parametrize("tag", TAGS)
def test_every_language_registers_a_trip_by_keys(telephone: Direct, provider: Memory, tag: str) -> None:
    call = walk(telephone, "call-register", tag)
    trip = Trip.objects.get()
    assert (trip.country, trip.start.isoformat(), trip.end.isoformat(), trip.party) == (
        "LY",
        "2026-11-25",
        "2026-12-08",
        2,
    )
    assert call.alerts == []


@pytest.mark.parametrize("tag", TAGS)
def test_every_language_calls_for_help_by_keys(telephone: Direct, provider: Memory, tag: str) -> None:
    call = walk(telephone, "call-help", tag)
    assert Case.objects.get().details == {"kind": "injured", "people": 3}
    assert call.alerts == []


@pytest.mark.parametrize("tag", TAGS)
def test_every_language_answers_a_check_in_by_one_key(telephone: Direct, provider: Memory, tag: str) -> None:
    call = walk(telephone, "call-check-in", tag)
    assert Recipient.objects.get().answer == Recipient.Answer.SAFE
    assert call.alerts == []


def test_a_language_without_a_voice_is_said_so(telephone: Direct, provider: Memory) -> None:
    for tag in TAGS:
        if voices.spoken_for(tag) != tag:
            heard = walk(telephone, "call-help", tag).written()
            assert "cannot speak your language" in heard
            return
    assert all(voices.voice_of(tag) for tag in TAGS)


@pytest.mark.parametrize("story", _STORIES)
def test_a_language_without_a_voice_hears_one_other_language_to_the_end(
    telephone: Direct, provider: Memory, story: str
) -> None:
    tag = next(tag for tag in TAGS if voices.spoken_for(tag) == "en" != tag)
    with speaking("en"):
        instead = f" {prompts.instead()}"
    heard = walk(telephone, story, tag).written()
    assert heard.replace(instead, "") == (FOLDER / story / "en.txt").read_text("utf-8")


def test_the_line_drops_at_each_step_and_nothing_is_lost(
    telephone: Direct, provider: Memory, now: datetime
) -> None:
    caller = telephone.caller(0)
    make.contact(phone=caller.number)
    caller.dials().listens().presses("1").listens().hangs_up()
    for keys in ["218#", "2511", "0812", "2#"]:
        caller.dials().hears("We go on where we were.").listens().presses(keys).listens().hangs_up()
    caller.dials().hears("If this is right").listens().presses("1").hears("You are registered").hangs_up()
    assert Trip.objects.get().party == 2
