"""Calls in languages in which the provider has no voice, as the twin's telephone plays them."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from channels_voice import prompts
from channels_voice.clips import inventory
from channels_voice.clips.inventory import Kind, bare
from channels_voice.models import Call, Clip
from core.languages import speaking
from core.models import Trip
from telephony.memory import Memory
from tests.caller import Direct, Heard
from tests.channels_voice.clips import spoken
from tests.flows.test_calls import walk


def _heard(lines: Sequence[Heard], verb: str) -> list[Heard]:
    return [line for line in lines if line.who == "service" and line.verb == verb]


@pytest.mark.parametrize(
    ("tag", "story"),
    [
        *((tag, "call-register") for tag in inventory.unspoken()),
        ("fa", "call-help"),
        ("fa", "call-check-in"),
    ],
)
def test_every_prompt_is_heard_in_clips(
    telephone: Direct, provider: Memory, story: str, tag: str, now: datetime
) -> None:
    spoken.speak(tag, now)
    call = walk(telephone, story, tag)
    assert _heard(call.transcript, "Say") == []
    played = _heard(call.transcript, "Play")
    assert {line.language for line in played} == {tag}
    with speaking(tag):
        assert bare(played[0].says) == bare(
            prompts.calling() if Call.objects.get().purpose != Call.Purpose.INBOUND else prompts.greeting()
        )
    assert call.alerts == []


def test_a_registration_is_read_back_in_clips(telephone: Direct, provider: Memory, now: datetime) -> None:
    spoken.speak("sw", now)
    call = walk(telephone, "call-register", "sw")
    said = [line.says for line in _heard(call.transcript, "Play")]
    place = said.index("Umesajiliwa")
    assert said[place : place + 9] == [
        "Umesajiliwa", "Libya", "kuanzia", "25", "Novemba", "hadi", "8", "Desemba", "watu",
    ]  # fmt: skip
    assert said[place + 9] == "2"
    assert Trip.objects.get().party == 2


def test_a_missing_clip_takes_the_rest_of_the_call_to_the_next_language_and_says_so(
    telephone: Direct, provider: Memory, now: datetime
) -> None:
    spoken.speak("sw", now, kinds=spoken.WITHOUT_CITIES - {Kind.COUNTRY})
    call = walk(telephone, "call-register", "sw")
    said = [line.text for line in _heard(call.transcript, "Say")]
    with speaking("en"):
        assert said[0].startswith(prompts.instead())
    assert sum(prompts.instead() in text for text in said) == 1
    last_clip = max(place for place, line in enumerate(call.transcript) if line.verb == "Play")
    assert all(line.verb != "Say" for line in call.transcript[:last_clip])
    assert Trip.objects.get().country == "LY"
    assert Call.objects.get().without_clips


def test_a_clip_lost_after_it_was_counted_is_no_error(
    telephone: Direct, provider: Memory, now: datetime
) -> None:
    spoken.speak("sw", now)
    with speaking("sw"):
        lost = [bare(prompts.not_understood()), bare(prompts.nothing_heard()), bare(prompts.goodbye())]
    Clip.objects.filter(
        text__in=[one.text for one in inventory.needed("sw", now.date()) if one.key in lost]
    ).delete()
    caller = telephone.caller(0)
    spoken.caller_speaks("sw", caller.number)
    call = caller.dials().listens().presses("7").listens()
    assert any("What can we do for you?" in line.text for line in call.transcript)
    assert call.alerts == []
