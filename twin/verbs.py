"""Reading the service's answer to a call: TwiML in, verbs with the provider's defaults out.

Source of the defaults and limits: the provider's TwiML reference, a page for each verb
(twilio.com/docs/voice/twiml).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as Xml

from twin.refusals import Refusal
from twin.webhooks import LARGEST_ANSWER, Answer

_XML_TYPES: Final = frozenset({"text/xml", "application/xml", "text/html", "application/octet-stream"})
_LONGEST_SAY: Final = 4096
_ENDLESS: Final = 1000  # `loop="0"`
KEYS: Final = "0123456789*#"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Source: the voices of the provider's SDK, July 2026; a language that is not here cannot be spoken.
SPOKEN: Final = _words(
    "af am ar arb bg bn ca cmn cs cy da de el en es eu fi fil fr gl gu he hi hu id is it ja kn ko "
    "lt lv ml mr ms nb nl pa pl pt ro ru sk sr sv ta te th tr uk vi yue zh"
)
_SSML: Final = _words("break emphasis lang p phoneme prosody s say-as sub w speak")
_ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "Say": frozenset({"voice", "loop", "language"}),
    "Play": frozenset({"loop", "digits"}),
    "Pause": frozenset({"length"}),
    "Gather": _words(
        "action finishOnKey hints input language method numDigits partialResultCallback speechTimeout "
        "timeout partialResultCallbackMethod profanityFilter speechModel enhanced actionOnEmptyResult "
        "bargeIn maxSpeechTime debug"
    ),
    "Record": _words(
        "action method timeout finishOnKey maxLength playBeep trim recordingStatusCallback transcribe "
        "recordingStatusCallbackMethod recordingStatusCallbackEvent transcribeCallback"
    ),
    "Redirect": frozenset({"method"}),
    "Reject": frozenset({"reason"}),
    "Hangup": frozenset(),
    "Dial": _words(
        "action method timeout hangupOnStar timeLimit callerId record trim answerOnBridge ringTone "
        "recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent callReason"
    ),
    "Number": _words("statusCallback statusCallbackEvent statusCallbackMethod sendDigits byoc url method"),
}


@dataclass(frozen=True, slots=True)
class Say:
    """Words to speak."""

    text: str = field(repr=False)
    language: str = "en-US"
    voice: str = ""
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Play:
    """A sound to fetch and play, or keys to send."""

    url: str
    loop: int = 1
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence."""

    seconds: int = 1


@dataclass(frozen=True, slots=True)
class Target:
    """Where a verb sends what it found."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Gather:
    """Keys or words to wait for. `most_keys` None is no limit; `ends_on` empty means no key ends it."""

    then: Target
    hears: frozenset[str] = frozenset({"dtmf"})
    most_keys: int | None = None
    timeout: int = 5
    ends_on: str = "#"
    even_empty: bool = False
    barge_in: bool = True
    language: str = "en-US"
    prompts: tuple[Say | Play | Pause, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A voice to record, until `timeout` seconds of silence, a key of `ends_on`, or `most_seconds`."""

    then: Target
    timeout: int = 5
    ends_on: str = KEYS
    most_seconds: int = 3600
    beep: bool = True
    callback: str = ""
    events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with another document."""

    then: Target


@dataclass(frozen=True, slots=True)
class Reject:
    """Do not answer. `reason` is `busy` or `rejected`."""

    reason: str = "rejected"


@dataclass(frozen=True, slots=True)
class Hangup:
    """The end."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number to ring, and where its progress is reported.

    `whisper` is what whoever picks up hears before they are connected; None: they are connected at once.
    """

    number: str = field(repr=False)
    callback: str = ""
    events: frozenset[str] = frozenset({"completed"})
    whisper: Target | None = None


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring others and connect the first who answers. `then` None: go on with the next verb."""

    numbers: tuple[Number, ...]
    then: Target | None = None
    timeout: int = 30
    caller: str = field(default="", repr=False)
    most_seconds: int = 14_400
    star_ends: bool = False


Verb = Say | Play | Pause | Gather | Record | Redirect | Reject | Hangup | Dial


@dataclass(frozen=True, slots=True)
class Document:
    """A document's verbs in order, and the codes of what was wrong with it but could be lived with."""

    verbs: tuple[Verb, ...]
    warnings: tuple[int, ...] = ()


def read(answer: Answer, url: str) -> Document:
    """The document in an answer from that address. Raises Refusal with the provider's code for a bad one."""
    if not 200 <= answer.status < 300:
        raise Refusal(11200)
    if len(answer.content) > LARGEST_ANSWER:
        raise Refusal(11750)
    if answer.content_type not in _XML_TYPES:
        raise Refusal(12300)
    return parse(answer.body, url)


def parse(text: str, url: str) -> Document:
    """The verbs of a document; `url` is what its relative addresses start from. Raises Refusal."""
    if "<!DOCTYPE" in text.upper():  # no document type means no entities, so nothing can be blown up
        raise Refusal(12100)
    try:
        root = Xml.fromstring(text.strip().encode())  # noqa: S314 - see the line above
    except Xml.ParseError:
        raise Refusal(12100) from None
    if root.tag != "Response":
        raise Refusal(12100)
    reader = _Reader(url)
    verbs = tuple(reader.verb(part) for part in root)
    return Document(verbs, tuple(reader.warnings))


class _Reader:
    """Reads the parts of one document and gathers its warnings."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.warnings: list[int] = []
        self._verbs: Mapping[str, Callable[[Xml.Element], Verb]] = {
            "Say": self.say,
            "Play": self.play,
            "Pause": self.pause,
            "Gather": self.gather,
            "Record": self.record,
            "Redirect": self.redirect,
            "Reject": self.reject,
            "Hangup": lambda _part: Hangup(),
            "Dial": self.dial,
        }

    def verb(self, part: Xml.Element) -> Verb:
        reading = self._verbs.get(part.tag)
        if reading is None:
            raise Refusal(12200)
        self._check_attributes(part)
        return reading(part)

    def say(self, part: Xml.Element) -> Say:
        text = " ".join("".join(part.itertext()).split())
        language = part.get("language") or "en-US"
        if not text or len(text) > _LONGEST_SAY:
            self.warnings.append(13520)
        if language.partition("-")[0].lower() not in SPOKEN:
            self.warnings.append(13511)
        if any(inner.tag not in _SSML for inner in part.iter() if inner is not part):
            self.warnings.append(12200)
        return Say(text[:_LONGEST_SAY], language, part.get("voice", ""), self._loop(part))

    def play(self, part: Xml.Element) -> Play:
        digits = part.get("digits", "")
        text = (part.text or "").strip()
        return Play(self._address(text) if text or not digits else "", self._loop(part), digits)

    def pause(self, part: Xml.Element) -> Pause:
        return Pause(self._whole(part, "length", 1))

    def gather(self, part: Xml.Element) -> Gather:
        hears = frozenset(part.get("input", "dtmf").split()) & {"dtmf", "speech"}
        language = part.get("language", "en-US")
        if not hears:
            self.warnings.append(12200)
        if "speech" in hears and "-" not in language:
            self.warnings.append(13512)
        prompts = [self.verb(inner) for inner in part]
        nested = tuple(prompt for prompt in prompts if isinstance(prompt, Say | Play | Pause))
        if len(nested) < len(prompts):
            raise Refusal(13320)
        return Gather(
            then=self._then(part),
            hears=hears or frozenset({"dtmf"}),
            most_keys=self._whole(part, "numDigits", 0) or None,
            timeout=self._whole(part, "timeout", 5),
            ends_on=self._keys(part, "#"),
            even_empty=part.get("actionOnEmptyResult") == "true",
            barge_in=part.get("bargeIn") != "false",
            language=language,
            prompts=nested,
        )

    def record(self, part: Xml.Element) -> Record:
        callback = part.get("recordingStatusCallback", "")
        return Record(
            then=self._then(part),
            timeout=self._whole(part, "timeout", 5),
            ends_on=self._keys(part, KEYS),
            most_seconds=self._whole(part, "maxLength", 3600),
            beep=part.get("playBeep") != "false",
            callback=self._address(callback) if callback else "",
            events=frozenset(part.get("recordingStatusCallbackEvent", "completed").split()),
        )

    def redirect(self, part: Xml.Element) -> Redirect:
        return Redirect(Target(self._address((part.text or "").strip()), self._method(part)))

    def reject(self, part: Xml.Element) -> Reject:
        reason = part.get("reason", "rejected")
        if reason not in {"busy", "rejected"}:
            self.warnings.append(12200)
            reason = "rejected"
        return Reject(reason)

    def dial(self, part: Xml.Element) -> Dial:
        numbers = [self._number(inner) for inner in part]
        if text := (part.text or "").strip():
            numbers.append(Number(text))
        if not numbers:
            raise Refusal(12200)
        return Dial(
            numbers=tuple(numbers),
            then=self._then(part) if part.get("action") else None,
            timeout=self._whole(part, "timeout", 30),
            caller=part.get("callerId", ""),
            most_seconds=self._whole(part, "timeLimit", 14_400),
            star_ends=part.get("hangupOnStar") == "true",
        )

    def _number(self, part: Xml.Element) -> Number:
        if part.tag != "Number":
            raise Refusal(12200)
        self._check_attributes(part)
        callback, whisper = part.get("statusCallback", ""), part.get("url", "")
        return Number(
            (part.text or "").strip(),
            self._address(callback) if callback else "",
            frozenset(part.get("statusCallbackEvent", "completed").split()),
            Target(self._address(whisper), self._method(part)) if whisper else None,
        )

    def _check_attributes(self, part: Xml.Element) -> None:
        if not set(part.keys()) <= _ATTRIBUTES[part.tag]:
            self.warnings.append(12200)

    def _then(self, part: Xml.Element) -> Target:
        return Target(self._address(part.get("action", "")), self._method(part))

    def _address(self, text: str) -> str:
        address = urljoin(self._url, text)
        if urlsplit(address).scheme not in {"http", "https"}:
            raise Refusal(11100)
        return address

    def _method(self, part: Xml.Element) -> str:
        method = part.get("method", "POST").upper()
        if method not in {"GET", "POST"}:
            self.warnings.append(12200)
            return "POST"
        return method

    def _whole(self, part: Xml.Element, name: str, default: int) -> int:
        text = part.get(name)
        if text is None or (name == "timeout" and text == "auto"):
            return default
        if not (text.isascii() and text.isdigit() and int(text) > 0):
            self.warnings.append(12200)
            return default
        return int(text)

    def _loop(self, part: Xml.Element) -> int:
        return _ENDLESS if part.get("loop") == "0" else self._whole(part, "loop", 1)

    def _keys(self, part: Xml.Element, default: str) -> str:
        keys = part.get("finishOnKey", default)
        if not set(keys) <= set(KEYS):
            self.warnings.append(12200)
            return default
        return keys
