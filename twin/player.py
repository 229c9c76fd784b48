"""Executing TwiML on one call, as a script that asks for what it needs and is told what happened.

The script has no clock and no network: it yields a wish (some time, a request, a connection) and is sent the
event that ended the wait. What carries the wishes out is in lines.py, so the same script runs in real time
and on a clock moved by hand.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, NoReturn

from twin.call_records import Call, CallStatus, Line, Phase, Source, Who
from twin.refusals import Refusal
from twin.script import (
    Answered,
    Ask,
    Connect,
    Diverted,
    Event,
    HungUp,
    Parted,
    Pressed,
    Script,
    Spoke,
    Stage,
    TimeUp,
    Wait,
)
from twin.sound import SILENCE, Sound, listened, speaking_seconds
from twin.verbs import (
    Dial,
    Document,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Target,
    Verb,
    parse,
    read,
)
from twin.webhooks import Answer

APOLOGY: Final = "We are sorry. An application error has occurred. Goodbye."
_MOST_DOCUMENTS_AT_ONCE: Final = 50  # fetched without a moment passing: a redirect that goes round in circles
_BEEP_SECONDS: Final = 0.5
_KEY_SECONDS: Final = 0.2


class _Gone(Exception):
    """The line is dead, or the call is to end."""


class _Elsewhere(Exception):
    """The call goes on with another document."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source


class _Failed(Exception):
    """The document could not be fetched or played."""

    def __init__(self, code: int, url: str) -> None:
        super().__init__(code)
        self.code = code
        self.url = url


class Player:
    """Plays one call's documents until the call is over."""

    def __init__(self, call: Call, stage: Stage) -> None:
        self._call = call
        self._stage = stage
        self._at_once = 0
        self._last: datetime | None = None

    def perform(self, source: Source) -> Script[bool]:
        """The whole call from its first document on. When the script ends, the service hangs up.

        True when the documents were played to their end, rather than the line closed before.
        """
        following: Source | None = source
        while following is not None:
            current = following
            try:
                following = yield from self._document(current)
            except _Elsewhere as elsewhere:
                following = elsewhere.source
            except _Failed as failure:
                self._stage.alert(self._call, failure.code)
                following = self._fallback(current, failure)
                if following is None:
                    yield from self._apologise()
            except _Gone:
                return False
        return True

    def _fallback(self, current: Source, failure: _Failed) -> Source | None:
        fallback = self._call.fallback
        if fallback is None or current.is_fallback:
            return None
        about = (("ErrorCode", str(failure.code)), ("ErrorUrl", failure.url))
        return replace(fallback, form=about, is_fallback=True)

    def _apologise(self) -> Script[None]:
        try:
            self._stage.pick_up(self._call)
            self._stage.show(self._call, Phase.SPEAKING)
            seconds = speaking_seconds(APOLOGY)
            line = Line(Who.PROVIDER, "Say", self._stage.now(), APOLOGY, "en-US", seconds)
            self._stage.note(self._call, line)
            yield from self._hear(seconds, _nothing)
        except (_Gone, _Elsewhere):
            return

    def _document(self, source: Source) -> Script[Source | None]:
        document = yield from self._read(source)
        for code in document.warnings:
            self._stage.alert(self._call, code)
        try:
            for place, verb in enumerate(document.verbs):
                following = yield from self._verb(verb, is_first=place == 0)
                if following is not None:
                    return following
        except Refusal as refusal:
            raise _Failed(refusal.code, source.url) from None
        self._stage.pick_up(self._call)  # even an empty document answers
        return None

    def _read(self, source: Source) -> Script[Document]:
        self._check_circles(source)
        try:
            if not source.url:
                return parse(source.twiml, "")
            answer = yield from self._ask(source)
            return read(answer, source.url)
        except Refusal as refusal:
            raise _Failed(refusal.code, source.url) from None

    def _check_circles(self, source: Source) -> None:
        now = self._stage.now()
        self._at_once = self._at_once + 1 if now == self._last else 1
        self._last = now
        if self._at_once > _MOST_DOCUMENTS_AT_ONCE:
            raise _Failed(11215, source.url)

    def _ask(self, source: Source) -> Script[Answer]:
        self._stage.show(self._call, Phase.WAITING)
        answered = yield Ask(source)
        _check(answered)
        if not isinstance(answered, Answered) or answered.answer is None:
            raise Refusal(11205)
        return answered.answer

    def _verb(self, verb: Verb, *, is_first: bool) -> Script[Source | None]:
        if isinstance(verb, Reject):
            self._reject(verb, is_first=is_first)
        if isinstance(verb, Redirect):
            self._note("Redirect", verb.then.url)
            return Source(verb.then.url, verb.then.method)
        if not (isinstance(verb, Pause) and is_first):
            self._stage.pick_up(self._call)
        match verb:
            case Say() | Play() | Pause():
                yield from self._prompt(verb, _nothing)
                self._stage.pick_up(self._call)
            case Gather():
                return (yield from self._gather(verb))
            case Record():
                return (yield from self._record(verb))
            case Dial():
                return (yield from self._dial(verb))
            case Hangup():
                self._note("Hangup")
                raise _Gone
        return None

    def _reject(self, reject: Reject, *, is_first: bool) -> NoReturn:
        if is_first and self._call.answered is None:
            self._note("Reject", reject.reason)
            busy = reject.reason == "busy"
            self._stage.turn_away(self._call, CallStatus.BUSY if busy else CallStatus.NO_ANSWER)
        raise _Gone

    # ---- speaking

    def _prompt(self, prompt: Say | Play | Pause, heeds: Callable[[Event], bool]) -> Script[Event | None]:
        """Speak, play or be silent; returns what cut it short, None when nothing did."""
        seconds: float
        match prompt:
            case Say():
                seconds = speaking_seconds(prompt.text) * prompt.loop
                self._speak("Say", prompt.text, language=prompt.language, seconds=seconds)
            case Play(url="", digits=digits):
                seconds = len(digits) * _KEY_SECONDS * prompt.loop
                self._speak("Play", digits, seconds=seconds)
            case Play():
                sound = yield from self._sound(prompt.url)
                seconds = sound.seconds * prompt.loop
                self._speak("Play", prompt.url, language=sound.language, seconds=seconds, says=sound.says)
            case Pause():
                seconds = prompt.seconds
                self._speak("Pause", "", seconds=seconds)
        event = yield from self._hear(seconds, heeds)
        return None if isinstance(event, TimeUp) else event

    def _speak(self, verb: str, text: str, *, language: str = "", seconds: float, says: str = "") -> None:
        self._stage.show(self._call, Phase.SPEAKING)
        line = Line(Who.SERVICE, verb, self._stage.now(), text, language, seconds, says)
        self._stage.note(self._call, line)

    def _note(self, verb: str, text: str = "") -> None:
        self._stage.note(self._call, Line(Who.SERVICE, verb, self._stage.now(), text))

    def _sound(self, url: str) -> Script[Sound]:
        """Fetch a sound; one that cannot be fetched or is none is noted, and silence is played."""
        try:
            answered = yield Ask(Source(url, "GET"), is_sound=True)
            _check(answered)
            answer = answered.answer if isinstance(answered, Answered) else None
            return listened(answer)
        except Refusal as refusal:
            self._stage.alert(self._call, refusal.code)
            return SILENCE

    def _hear(self, seconds: float, heeds: Callable[[Event], bool]) -> Script[Event]:
        """Wait for something that is heeded, or for the time to be up; anything else passes unheard."""
        begun = self._stage.now()
        while True:
            passed = (self._stage.now() - begun).total_seconds()
            event = yield Wait(max(0.0, seconds - passed))
            _check(event)
            if isinstance(event, TimeUp) or heeds(event):
                return event

    # ---- gathering

    def _gather(self, gather: Gather) -> Script[Source | None]:
        def heeds(event: Event) -> bool:
            by_key = isinstance(event, Pressed) and "dtmf" in gather.hears
            return by_key or (isinstance(event, Spoke) and "speech" in gather.hears)

        def interrupts(event: Event) -> bool:
            return heeds(event) and (gather.barge_in or isinstance(event, Pressed))

        event: Event | None = None
        for prompt in gather.prompts:
            event = yield from self._prompt(prompt, interrupts)
            if event is not None:
                break
        self._stage.show(self._call, Phase.LISTENING)
        if event is None:
            event = yield from self._hear(gather.timeout, heeds)
        if isinstance(event, Spoke):
            return _spoken(gather.then, event)
        keys, finished = yield from self._keys(gather, event)
        if not keys and not gather.even_empty:
            return None
        form = (("Digits", keys), ("msg", "Gather End"), ("FinishedOnKey", finished))
        return _after(gather.then, form)

    def _keys(self, gather: Gather, event: Event) -> Script[tuple[str, str]]:
        """The keys from the first on, and the one that ended them; words among keys are not heard."""

        def heeds(event: Event) -> bool:
            return isinstance(event, Pressed)

        keys = ""
        while isinstance(event, Pressed):
            if event.key in gather.ends_on:
                return keys, event.key
            keys += event.key
            if len(keys) == gather.most_keys:
                break
            event = yield from self._hear(gather.timeout, heeds)
        return keys, ""

    # ---- recording

    def _record(self, record: Record) -> Script[Source | None]:
        self._stage.show(self._call, Phase.SPEAKING)
        seconds = _BEEP_SECONDS if record.beep else 0.0
        self._speak("Record", "beep" if record.beep else "", seconds=seconds)
        yield from self._hear(seconds, _nothing)
        self._stage.show(self._call, Phase.RECORDING)
        tape = _Tape(record.most_seconds)
        try:
            key = yield from self._tape(record, tape)
        except _Gone:
            tape.stop(self._stage.now())
            if tape.seconds:
                yield Ask(self._recorded(record, tape, "hangup"))
            raise
        return self._recorded(record, tape, key) if tape.seconds else None

    def _tape(self, record: Record, tape: "_Tape") -> Script[str]:
        """Record until it ends; returns the key that ended it."""

        def heeds(event: Event) -> bool:
            return isinstance(event, Spoke) or (isinstance(event, Pressed) and event.key in record.ends_on)

        begun = self._stage.now()

        def left() -> float:
            return record.most_seconds - (self._stage.now() - begun).total_seconds()

        event = yield from self._hear(min(record.timeout, left()), heeds)
        while isinstance(event, Spoke):
            tape.start(event.text, self._stage.now())
            event = yield from self._hear(min(event.seconds, left()), heeds)
            tape.stop(self._stage.now())
            if isinstance(event, TimeUp) and left() > 0:  # the words are over, the silence begins
                event = yield from self._hear(min(record.timeout, left()), heeds)
        return event.key if isinstance(event, Pressed) else ""

    def _recorded(self, record: Record, tape: "_Tape", key: str) -> Source:
        recording, url = self._stage.keep(self._call, record, tape.seconds, " ".join(tape.words))
        form = [
            ("RecordingUrl", url),
            ("RecordingSid", recording.sid),
            ("RecordingDuration", str(recording.seconds)),
        ]
        return _after(record.then, (*form, ("Digits", key)) if key else tuple(form))

    # ---- connecting

    def _dial(self, dial: Dial) -> Script[Source | None]:
        if dial.caller and not self._stage.may_show(self._call, dial.caller):
            raise Refusal(13214)
        self._note("Dial", ", ".join(one.number for one in dial.numbers))
        self._stage.show(self._call, Phase.CONNECTING)
        event = yield Connect(dial)
        if isinstance(event, Diverted):
            raise _Elsewhere(event.source)
        if not isinstance(event, Parted):
            raise _Gone
        form = (
            ("DialCallStatus", event.status.value),
            ("DialCallSid", event.sid),
            ("DialCallDuration", str(event.seconds)),
            ("DialBridged", "true" if event.bridged else "false"),
        )
        following = _after(dial.then, form) if dial.then else None
        if self._call.status.is_final:
            if following is not None:
                yield Ask(following)
            raise _Gone
        return following


class _Tape:
    """What is said between the beep and the end; silence at the ends is cut off, as the provider does."""

    def __init__(self, most_seconds: int) -> None:
        self.words: list[str] = []
        self._most = most_seconds
        self._sound = 0.0
        self._since: datetime | None = None

    def start(self, text: str, now: datetime) -> None:
        self.words.append(text)
        self._since = now

    def stop(self, now: datetime) -> None:
        if self._since is not None:
            self._sound += (now - self._since).total_seconds()
            self._since = None

    @property
    def seconds(self) -> int:
        """The length in whole seconds, zero when nobody spoke."""
        return min(self._most, max(1, round(self._sound))) if self.words else 0


def _spoken(then: Target, spoke: Spoke) -> Source:
    return _after(then, (("SpeechResult", spoke.text), ("Confidence", f"{spoke.confidence:.8g}")))


def _after(then: Target, form: tuple[tuple[str, str], ...]) -> Source:
    return Source(then.url, then.method, form=form)


def _check(event: Event) -> None:
    """Leave what is being done when the line is dead or the call goes on elsewhere."""
    if isinstance(event, HungUp):
        raise _Gone
    if isinstance(event, Diverted):
        raise _Elsewhere(event.source)


def _nothing(_event: Event) -> bool:
    return False
