"""A caller with a handset, for tests: dials, listens, presses keys. No test waits for a real second.

    call = caller.dials()
    call.hears("to say you are safe, press 1").presses("1")
    call.hears("Thank you")
    assert call.status == "completed"

The same conversation runs in two ways: on a twin in real HTTP (`twin.server.running` gives the `line`), and
on one without a network that calls the service in the test's own thread and transaction (`direct`,
`calling_the_service`).
"""

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar, cast
from urllib.parse import urlencode

import time_machine
from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from multidict import MultiDict

from telephony import twilio_forms
from telephony.numbers import PhoneNumber, synthetic
from tests.phone import client
from twin.account import Credentials
from twin.assembly import Setup, Twin
from twin.call_records import Call, Phase, Who
from twin.clock import HandClock
from twin.orders import call_ordered
from twin.parameters import CREATE_CALL, read
from twin.phones import Service
from twin.records import Pickup
from twin.webhooks import Answer, Parcel, Then, addressed

Result = TypeVar("Result")
_MOST_STEPS: Final = 2000
_THE_SERVICES_TURN: Final = frozenset({Phase.WAITING, Phase.SPEAKING})


class TwinLine(Protocol):
    """A way to a twin whose clock only tests move. `twin.server.Running` and `Direct` are two."""

    def do(self, action: Callable[[Twin], Result]) -> Result:
        """Do something with the twin."""
        ...

    def settle(self) -> None:
        """Return once the service has answered whatever it was asked."""
        ...

    def next(self) -> bool:
        """Move the clock to the next thing that falls due; False when there is none."""
        ...

    def advance(self, seconds: float) -> None:
        """Move the clock on."""
        ...


@dataclass(frozen=True, slots=True)
class Heard:
    """One line of a transcript, as a test compares it. `says` are the words of a sound that tells them."""

    who: str
    verb: str
    language: str
    text: str
    says: str = ""


@dataclass(slots=True)
class Conversation:
    """One call as the person at the phone lives through it. Everything returns the call, to be chained.

    A complaint of the provider about the service fails whatever comes next, unless `forgiving` is set.
    """

    line: TwinLine
    call: Call
    forgiving: bool = False
    _unheard: int = 0

    # ---- listening

    def hears(self, text: str, *, language: str | None = None) -> "Conversation":
        """Listen until the service waits or hangs up: it must say or play that (a part is enough)."""
        self.listens()
        for place in range(self._unheard, len(self.transcript)):
            line = self.transcript[place]
            fits = language is None or line.language.partition("-")[0] == language.partition("-")[0]
            if line.who != Who.PHONE and text in line.text and fits:
                self._unheard = place + 1
                return self
        raise AssertionError(f"nobody said {text!r} ({language or 'any language'}):\n{self.written()}")

    def listens(self) -> "Conversation":
        """Let the service speak until it waits for the phone, or the call is over."""
        self.line.settle()
        for _ in range(_MOST_STEPS):
            if self.call.phase not in _THE_SERVICES_TURN:
                break
            assert self.line.next(), f"the call stands still:\n{self.written()}"
        else:
            raise AssertionError(f"the service never waits:\n{self.written()}")
        assert self.forgiving or not self.alerts, f"the provider complains {self.alerts}:\n{self.written()}"
        return self

    # ---- doing

    def answers(self) -> "Conversation":
        """Pick up; the phone must be ringing."""
        return self._does(lambda twin: twin.calls.answer(self.call))

    def rejects(self) -> "Conversation":
        """Decline; the phone must be ringing."""
        return self._does(lambda twin: twin.calls.reject(self.call))

    def rings_out(self) -> "Conversation":
        """Let it ring until it stops."""
        self.line.advance(self.call.ring_seconds + 1)
        return self

    def presses(self, keys: str) -> "Conversation":
        """Listen to the end, then press keys."""
        return self.listens().interrupts(keys)

    def interrupts(self, keys: str) -> "Conversation":
        """Press keys at once, whatever is being said."""
        self.line.settle()
        assert self.status == "in-progress", f"no line to press {keys} on:\n{self.written()}"
        self._unheard = len(self.transcript)
        return self._does(lambda twin: twin.calls.press(self.call, keys))

    def says(self, text: str, *, confidence: float = 0.9, seconds: float | None = None) -> "Conversation":
        """Listen to the end, then speak. What is recorded takes its time."""
        self.listens()
        assert self.status == "in-progress", f"no line to speak on:\n{self.written()}"
        self._unheard = len(self.transcript)
        recorded = self.call.phase is Phase.RECORDING
        self._does(lambda twin: twin.calls.speak(self.call, text, confidence=confidence, seconds=seconds))
        if recorded:
            self.line.advance(seconds or len(text) / 10)
        return self

    def stays_silent(self) -> "Conversation":
        """Listen to the end, then do nothing until the service has had enough of it."""
        self.listens()
        self._unheard = len(self.transcript)
        while len(self.transcript) == self._unheard and not self.is_over:
            assert self.line.next(), f"the call stands still:\n{self.written()}"
        return self

    def hangs_up(self) -> "Conversation":
        """Hang up, whatever is going on."""
        self.line.settle()
        return self._does(lambda twin: twin.calls.hang_up(self.call))

    def redelivers(self) -> str:
        """Bring the service the call's last request once more; what it says ("" when it is not reached)."""
        said: list[Answer | None] = []
        self._does(lambda twin: twin.calls.redeliver(self.call, said.append))
        return said[0].body if said and said[0] else ""

    # ---- looking

    @property
    def transcript(self) -> list[Heard]:
        """Who did what: the service's verbs, the phone's doings, the provider's."""
        return [
            Heard(line.who.value, line.verb, line.language, line.text, line.says)
            for line in list(self.call.transcript)
        ]

    @property
    def status(self) -> str:
        """Where the call is, in the provider's words."""
        return self.call.status.value

    @property
    def is_over(self) -> bool:
        """Whether the call is over."""
        return self.call.status.is_final

    @property
    def is_ringing(self) -> bool:
        """Whether the phone rings."""
        return self.status == "ringing"

    @property
    def alerts(self) -> list[int]:
        """The codes of what the service did wrong on this call."""
        return list(self.call.alerts)

    def written(self) -> str:
        """The call as a text to read and to keep: `> ` is what the phone does, the rest is heard.

        Numbers and addresses are left out; a clip is named by its words, else by its file.
        """
        return "".join(_written(line) for line in self.transcript) + f"({self.status})\n"

    def _does(self, action: Callable[[Twin], object]) -> "Conversation":
        self.line.do(action)
        self.line.settle()
        return self


def _written(line: Heard) -> str:
    if line.who == Who.PHONE:
        return f"> {line.verb} {_lasting(line)}".rstrip() + "\n"
    spoken = f"{line.language} " if line.language else ""
    return f"{line.who}: {line.verb} {spoken}{_lasting(line)}".rstrip() + "\n"


def _lasting(line: Heard) -> str:
    """What is the same at the next run: no address with a token in it, no number."""
    if line.verb in {"dials", "Dial", "Redirect"}:
        return ""
    if line.verb == "Play":
        return line.says or line.text.partition("?")[0].rpartition("/")[2]
    return line.text


@dataclass(frozen=True, slots=True)
class Caller:
    """A handset in somebody's hand."""

    number: PhoneNumber
    line: TwinLine

    def dials(self, to: str = "", *, forgiving: bool = False) -> Conversation:
        """Call the service; without `to` its first number."""
        called = to or self.line.do(lambda twin: next(iter(twin.account.senders)))
        call = self.line.do(lambda twin: twin.calls.dial(self.number.e164, called))
        self.line.settle()
        return Conversation(self.line, call, forgiving)

    def is_called(
        self, url: str, order: Mapping[str, str] | None = None, *, forgiving: bool = False
    ) -> Conversation:
        """The service calls this phone: `url` has the TwiML, `order` more of the provider's parameters.

        Returns once the phone rings, or the call ended without ringing.
        """
        form = {"To": self.number.e164, "Url": url, **(order or {})}

        def place(twin: Twin) -> Call:
            form.setdefault("From", next(iter(twin.account.senders)))
            parameters = read(MultiDict(form), CREATE_CALL)
            call = call_ordered(parameters, twin.account, twin.clock.now(), twin.calls.check_queue)
            twin.calls.place(call)
            return call

        return self._rung(self.line.do(place), forgiving=forgiving)

    def rings(self) -> Conversation:
        """The latest call that the service placed to this phone, ringing."""
        calls = self.line.do(lambda twin: twin.calls.recent(self.number.e164))
        call = next((call for call in calls if call.to == self.number.e164), None)
        assert call is not None, "nobody calls this phone"
        return self._rung(call)

    def picks_up(
        self, pickup: Pickup, *, answers_with: tuple[str, ...] = (), answered_by: str = ""
    ) -> "Caller":
        """What the phone does when it rings; `answered_by` is what the provider takes it for."""

        def set_up(twin: Twin) -> None:
            phone = twin.account.phone(self.number.e164, twin.clock.now())
            phone.pickup, phone.answers_with, phone.answered_by = pickup, answers_with, answered_by

        self.line.do(set_up)
        return self

    def _rung(self, call: Call, *, forgiving: bool = False) -> Conversation:
        self.line.settle()
        while call.status.value == "queued" and self.line.next():
            pass
        return Conversation(self.line, call, forgiving)


# ---- a twin without a network


class _Queue:
    """Carries requests by hand, one after the other, when the test says so."""

    def __init__(self, serve: Callable[[Parcel], Answer | None]) -> None:
        self._serve = serve
        self._waiting: deque[tuple[Parcel, Then]] = deque()

    def carry(self, parcel: Parcel, then: Then) -> None:
        """Take a request over."""
        self._waiting.append((parcel, then))

    def work_off(self) -> None:
        """Bring every request and what follows from it."""
        while self._waiting:
            parcel, then = self._waiting.popleft()
            then(self._serve(parcel))

    async def settled(self) -> None:
        """Bring every request and what follows from it."""
        self.work_off()

    async def abandon(self) -> None:
        """Forget the requests."""
        self._waiting.clear()


@dataclass(frozen=True, slots=True)
class Direct:
    """A twin in the test's own thread, on a clock of its own."""

    twin: Twin
    clock: HandClock
    _queue: _Queue = field(repr=False)

    def do(self, action: Callable[[Twin], Result]) -> Result:
        """Do something with the twin."""
        return action(self.twin)

    def settle(self) -> None:
        """Bring the service whatever it is asked."""
        self._queue.work_off()

    def next(self) -> bool:
        """Move the clock to the next thing that falls due; False when there is none."""
        due = self.clock.next_due()
        if due is not None:
            self._move_to(due)
        return due is not None

    def advance(self, seconds: float) -> None:
        """Move the clock on; what falls due is done and answered before it moves further."""
        until = self.clock.now() + timedelta(seconds=seconds)
        while (due := self.clock.next_due()) is not None and due <= until:
            self._move_to(due)
        self._move_to(until)

    def caller(self, index: int = 0) -> Caller:
        """The `index`-th handset, each with its own number."""
        return Caller(synthetic(500 + index), self)

    def _move_to(self, when: datetime) -> None:
        self.clock.advance((when - self.clock.now()).total_seconds())
        self.settle()


def direct(setup: Setup, start: datetime, serve: Callable[[Parcel], Answer | None]) -> Direct:
    """A twin without a network; `serve` answers its requests to the service (None: not reached)."""
    clock, queue = HandClock(start), _Queue(serve)
    return Direct(Twin(setup, clock, random.Random(1), courier=queue), clock, queue)


@contextmanager
def calling_the_service(start: datetime) -> Iterator[Direct]:
    """A twin that calls this very service through Django, with its numbers and its account.

    Each request sees the time of the call's own clock.
    """
    base = settings.PUBLIC_BASE_URL
    setup = Setup(
        Service(f"{base}/sms/inbound", voice_url=f"{base}/voice/answer"),
        Credentials(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN),
        tuple(settings.SENDERS),
    )

    def serve(parcel: Parcel) -> Answer | None:
        with time_machine.travel(line.clock.now(), tick=False):
            return _asked(parcel)

    line = direct(setup, start, serve)
    yield line


def _asked(parcel: Parcel) -> Answer:
    base = settings.PUBLIC_BASE_URL
    assert parcel.url.startswith(base), "the service sends the provider to a foreign address"
    target, posted = addressed(parcel)
    form = {name: [value] for name, value in posted.items()}
    headers = {
        "X-Twilio-Signature": twilio_forms.sign(target, form, token=settings.TWILIO_AUTH_TOKEN),
        "I-Twilio-Idempotency-Token": parcel.idempotency,
    }
    path = target.removeprefix(base)
    if parcel.method == "GET":
        answer = client().get(path, headers=headers)
    else:
        kind = "application/x-www-form-urlencoded"
        answer = client().post(path, urlencode(posted), content_type=kind, headers=headers)
    return _taken(cast("HttpResponse | StreamingHttpResponse", answer))


def _taken(response: HttpResponse | StreamingHttpResponse) -> Answer:
    streamed = isinstance(response, StreamingHttpResponse)
    content = b"".join(cast("Iterator[bytes]", response)) if streamed else response.content
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
    return Answer(response.status_code, kind, content)
