"""Steps of a call as the provider's markup: the only place that builds it, on the provider's SDK.

Every question is followed by a Redirect, so that silence comes back to us as well; every address names the
call and the step. In a language that is spoken by clips a text is played, one clip after the other; where one
is missing, everything here raises Unspoken.
"""

import re
from typing import Final
from uuid import UUID

from django.conf import settings
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from channels_voice import prompts, voices
from channels_voice.asked import KEYED, Asked, Awaits
from channels_voice.clips import store
from channels_voice.clips.store import Unspoken
from channels_voice.models import Bridge
from core.languages import speaking
from core.turn import Choice
from telephony.numbers import PhoneNumber

WAITS: Final = 8
"""Seconds that a question waits for a key."""

NOTE_SECONDS: Final = 20
ANSWER_SECONDS: Final = 60
_QUIET: Final = 5  # seconds of silence that end a recording
_LONGEST: Final = 3000  # characters spoken in one go; the provider takes 4,096
# No XML document may hold these, however they are written.
_UNSPEAKABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_KEYS: Final = {Awaits.PLACE: 20, Awaits.DAY: 4, Awaits.NUMBER: 2, Awaits.CODE: 4}


def turn_url(token: UUID, step: int) -> str:
    """Where the answer to that step of that call goes."""
    return f"{settings.PUBLIC_BASE_URL}/voice/turn/{token.hex}-{step}"


def status_url(token: UUID) -> str:
    """Where the provider reports on that call."""
    return f"{settings.PUBLIC_BASE_URL}/voice/status/{token.hex}"


def bridge_url(token: UUID, step: int) -> str:
    """Where an officer's answer to that step of a call to a person goes."""
    return f"{settings.PUBLIC_BASE_URL}/voice/bridge/{token.hex}-{step}"


def bridge_status_url(token: UUID) -> str:
    """Where the provider reports on the officer's end of a call to a person."""
    return f"{settings.PUBLIC_BASE_URL}/voice/bridge/status/{token.hex}"


def clip_url(name: str) -> str:
    """Where the provider fetches a clip."""
    return f"{settings.PUBLIC_BASE_URL}/clips/{store.signed(name)}.wav"


def step(asked: Asked, url: str) -> str:
    """One step: what is said, how the answer is taken, and where both the answer and silence go."""
    response = VoiceResponse()
    with speaking(asked.language):
        if asked.awaits is Awaits.END:
            _say(response, prompts.joined((asked.lead, asked.text, prompts.goodbye())), asked.language)
            response.hangup()
            return str(response)
        if asked.awaits is Awaits.RECORDING or asked.recorded:
            _record(response, asked, url)
        elif asked.awaits is Awaits.NOTHING:
            _say(response, prompts.joined((asked.lead, asked.text)), asked.language)
        else:
            response.append(_gather(asked, url))
    response.redirect(url, method="POST")
    return str(response)


def goodbye(text: str, tag: str) -> str:
    """A last word, and the end of the call."""
    response = VoiceResponse()
    _say(response, text, tag)
    response.hangup()
    return str(response)


def announced(text: str, tag: str, url: str, *, keys: int) -> str:
    """To an officer who has picked up: how to go on, and some keys to do it with. A machine presses none."""
    response = VoiceResponse()
    gather = Gather(input="dtmf", action=url, method="POST", timeout=WAITS, num_digits=keys, finish_on_key="")
    _say(gather, text, tag)
    response.append(gather)
    response.redirect(url, method="POST")
    return str(response)


def connecting(to: PhoneNumber, sender: str, *, then: str, status_url: str, rings: int) -> str:
    """Ring a person and connect them; both ends see a number of ours. `then` hears what came of it."""
    response = VoiceResponse()
    dial = Dial(action=then, method="POST", caller_id=sender, timeout=rings)
    dial.number(
        to.e164,
        status_callback=status_url,
        status_callback_event="initiated ringing answered completed",
        status_callback_method="POST",
    )
    response.append(dial)
    return str(response)


def held(asked: Asked, to: PhoneNumber, bridge: Bridge, *, then: str, rings: int) -> str:
    """Tell a caller to stay, ring an officer who sees a number of ours, and connect them when a key is
    pressed there. The caller hears ringing until then; `then` hears what came of it."""
    response = VoiceResponse()
    with speaking(asked.language):
        _say(response, prompts.joined((asked.lead, prompts.hold_the_line())), asked.language)
    dial = Dial(action=then, method="POST", caller_id=bridge.sender, timeout=rings, answer_on_bridge=True)
    dial.number(
        to.e164,
        url=bridge_url(bridge.token, 0),
        method="POST",
        status_callback=bridge_status_url(bridge.token),
        status_callback_event="initiated ringing answered completed",
        status_callback_method="POST",
    )
    response.append(dial)
    return str(response)


def connected() -> str:
    """Nothing more is whispered to an officer who took a call: the provider connects it."""
    return str(VoiceResponse())


def rejected() -> str:
    """Not answered at all: it costs the caller nothing."""
    response = VoiceResponse()
    response.reject(reason="busy")
    return str(response)


def _gather(asked: Asked, url: str) -> Gather:
    speech = voices.hearing_of(asked.language) if asked.awaits in {Awaits.PLACE, Awaits.DAY} else ""
    gather = Gather(
        input="dtmf speech" if speech else "dtmf",
        action=url,
        method="POST",
        timeout=WAITS,
        finish_on_key="#" if asked.awaits in KEYED else "",
        num_digits=_MOST_KEYS.get(asked.awaits, 1),
        language=speech or None,
        speech_timeout="auto" if speech else None,
    )
    _say(gather, prompts.joined((asked.lead, asked.text, prompts.how_to(asked))), asked.language)
    for key, choice in enumerate(asked.shown, start=1):
        _say_choice(gather, choice, key, asked.language)
    if asked.has_more:
        _say(gather, prompts.choice(prompts.more(), len(asked.shown) + 1), asked.language)
    _say(gather, asked.tail, asked.language)
    return gather


def _say_choice(gather: Gather, choice: Choice, key: int, tag: str) -> None:
    """One choice; in its own language, where it is a language of ours that can say it."""
    own = voices.spoken_for(choice.language or tag)
    try:
        with speaking(own):
            _say(gather, prompts.choice(choice.label, key), own)
    except Unspoken:
        if own == tag:
            raise
        other = voices.stand_in(own)
        with speaking(other):
            _say(gather, prompts.choice(choice.label, key), other)


def _record(response: VoiceResponse, asked: Asked, url: str) -> None:
    _say(response, prompts.joined((asked.lead, asked.text, prompts.how_to(asked))), asked.language)
    response.record(
        action=url,
        method="POST",
        max_length=ANSWER_SECONDS if asked.recorded else NOTE_SECONDS,
        timeout=_QUIET,
        finish_on_key="#",
        play_beep=True,
        transcribe=False,
    )


def _say(parent: VoiceResponse | Gather, text: str, tag: str) -> None:
    """Say a text of that language: by its voice, else by its clips."""
    text = _UNSPEAKABLE.sub("", text)
    if not text:
        return
    voice = voices.voice_of(tag)
    if voice:
        parent.say(text[:_LONGEST], language=voice)
        return
    for name in store.said(tag, text):
        parent.play(clip_url(name))
