"""Carrying out what a call's script wishes: time, answers from the service, other people on the line."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from twin.account import Account
from twin.call_forms import call_form, recording_form
from twin.call_records import Call, CallStatus, Line, Phase, Recording, Source
from twin.callbacks import API_VERSION, Callback, Callbacks
from twin.clock import Clock
from twin.faults import FaultKind, Faults
from twin.player import Player
from twin.progress import Progress
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
    TimeUp,
    Wait,
    Wish,
)
from twin.verbs import Dial, Record
from twin.webhooks import Answer, Courier, Parcel, Then

_PROCESSING_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 15.0
_SOUNDS_KEPT: Final = 64
_REQUESTS_KEPT: Final = 5000


class Switchboard(Protocol):
    """Connects a call with others."""

    def connect(self, call: Call, dial: Dial, parted: Callable[[Parted], None]) -> None:
        """Ring the others; `parted` is called once when they are gone."""
        ...

    def part(self, call: Call) -> None:
        """Let go of the others."""
        ...

    def whispered(self, call: Call, *, to_the_end: bool) -> bool:
        """What is said to one of the others before they are connected is over; False when it is none."""
        ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a twin's calls share. `base_url` tells where recordings are fetched."""

    account: Account
    clock: Clock
    faults: Faults
    courier: Courier
    callbacks: Callbacks
    base_url: Callable[[], str]


@dataclass(slots=True, eq=False)
class _Running:
    """A script under way. `turn` grows with each event, so what comes too late is known.

    `early` holds keys and words that came while a sound of the prompt was still being fetched.
    """

    script: Script[bool]
    wish: Wish | None = None
    turn: int = 0
    early: deque[Pressed | Spoke] = field(default_factory=deque)


class Lines:
    """Runs one script for each call that is under way."""

    def __init__(self, exchange: Exchange, progress: Progress, switchboard: Switchboard) -> None:
        self._exchange = exchange
        self._progress = progress
        self._switchboard = switchboard
        self._running: dict[str, _Running] = {}
        self._asked: dict[str, Parcel] = {}
        self.sounds: dict[str, Answer] = {}  # what was played lately, for whoever listens at the page
        self.on_listening: Callable[[Call], None] = lambda _call: None

    def begin(self, call: Call, source: Source) -> None:
        """Start a call's script at that document."""
        running = _Running(Player(call, self).perform(source))
        self._running[call.sid] = running
        self._resume(call, running, None)

    def happens(self, call: Call, event: Pressed | Spoke | HungUp | Diverted) -> None:
        """Tell a call's script what happened on the line; keys and words that nobody waits for are lost."""
        running = self._running.get(call.sid)
        if running is None:
            return
        if isinstance(event, Pressed | Spoke) and isinstance(running.wish, Ask) and running.wish.is_sound:
            running.early.append(event)
            return
        urgent = isinstance(event, HungUp | Diverted)
        if isinstance(running.wish, Connect):
            if isinstance(event, HungUp):
                self._switchboard.part(call)  # which tells the script
                return
            if isinstance(event, Diverted):
                running.turn += 1  # whatever the others still report is of no interest
                self._switchboard.part(call)
        if urgent or isinstance(running.wish, Wait):
            self._resume(call, running, event)

    def redeliver(self, call: Call, then: Then) -> None:
        """Bring the service the call's last request once more; nobody follows the answer."""
        parcel = self._asked.get(call.sid)
        if parcel is None:
            then(None)
        else:
            self._exchange.courier.carry(parcel, then)

    # ---- the stage

    def now(self) -> datetime:
        """The time."""
        return self._exchange.clock.now()

    def pick_up(self, call: Call) -> None:
        """Answer an incoming call, unless it is answered; the provider ends one that lasts too long."""
        if call.answered is not None or call.status.is_final:
            return
        self._progress.move(call, CallStatus.IN_PROGRESS)
        self._exchange.clock.after(call.longest_seconds, lambda: self.finish(call))

    def turn_away(self, call: Call, status: CallStatus) -> None:
        """End a call that was never answered."""
        self._progress.move(call, status)

    def show(self, call: Call, phase: Phase) -> None:
        """The person meets something else now."""
        self._progress.show(call, phase)
        if phase is Phase.LISTENING:
            self.on_listening(call)

    def note(self, call: Call, line: Line) -> None:
        """Write a line of the transcript."""
        self._progress.note(call, line)

    def alert(self, call: Call, code: int) -> None:
        """The service did something wrong."""
        call.alerts.append(code)
        self._exchange.account.alert(code, call.sid, self.now())
        self._exchange.account.changed(call.hand)

    def may_show(self, call: Call, number: str) -> bool:
        """Whether the number is the account's, or the caller's own."""
        return number in self._exchange.account.senders or number == call.hand

    def keep(self, call: Call, record: Record, seconds: int, words: str) -> tuple[Recording, str]:
        """File a recording, which can be fetched a moment later; returns it and its address."""
        account = self._exchange.account
        recording = Recording(
            ordinal=account.recordings.next_ordinal(),
            sid=account.new_sid("RE"),
            call_sid=call.sid,
            sender=call.sender,
            to=call.to,
            created=self.now(),
            ready=self.now() + timedelta(seconds=_PROCESSING_SECONDS),
            seconds=seconds,
            words=words,
        )
        account.recordings.file(recording)
        account_sid = account.credentials.account_sid
        url = f"{self._exchange.base_url()}/{API_VERSION}/Accounts/{account_sid}/Recordings/{recording.sid}"
        if record.callback and "completed" in record.events:
            form = recording_form(recording, account_sid, url)
            callback = Callback(record.callback, form, call.hand, recording.sid, account.new_sid("IT"))
            self._exchange.clock.after(_PROCESSING_SECONDS, lambda: self._exchange.callbacks.make(callback))
        return recording, url

    # ---- the end

    def finish(self, call: Call) -> None:
        """End a call that is under way, whoever wants it; its script learns that the line is dead."""
        if call.status.is_final:
            return
        answered = call.answered is not None
        self._progress.move(call, CallStatus.COMPLETED if answered else CallStatus.CANCELED)
        self.happens(call, HungUp())

    # ---- wishes

    def _resume(self, call: Call, running: _Running, event: Event | None) -> None:
        if self._running.get(call.sid) is not running or not self._is_known(call):
            return
        running.turn += 1
        try:
            running.wish = next(running.script) if event is None else running.script.send(event)
        except StopIteration as end:
            del self._running[call.sid]
            if not self._switchboard.whispered(call, to_the_end=bool(end.value)):
                self.finish(call)
            return
        self._grant(call, running, running.wish)

    def _is_known(self, call: Call) -> bool:
        """Whether the call was not forgotten in the meantime (a reset)."""
        return self._exchange.account.calls.find(call.sid) is call

    def _grant(self, call: Call, running: _Running, wish: Wish) -> None:
        turn = running.turn

        def tell(event: Event) -> None:
            if running.turn == turn:
                self._resume(call, running, event)

        match wish:
            case Wait() if running.early:
                self._resume(call, running, running.early.popleft())
            case Wait(seconds):
                self._exchange.clock.after(seconds, lambda: tell(TimeUp()))
            case Ask(source, is_sound=True):
                self._fetch_sound(source.url, lambda answer: tell(Answered(answer)))
            case Ask(source):
                self._ask(call, source, lambda answer: tell(Answered(answer)))
            case Connect(dial):
                self._switchboard.connect(call, dial, tell)

    def _ask(self, call: Call, source: Source, then: Then) -> None:
        account = self._exchange.account
        form = call_form(call, account.credentials.account_sid) | dict(source.form)
        parcel = Parcel(source.url, form, account.new_sid("IT"), source.method)
        self._asked.pop(call.sid, None)
        self._asked[call.sid] = parcel
        if len(self._asked) > _REQUESTS_KEPT:
            del self._asked[next(iter(self._asked))]
        self._deliver(call, parcel, then)

    def _fetch_sound(self, url: str, then: Then) -> None:
        parcel = Parcel(url, {}, self._exchange.account.new_sid("IT"), "GET", audio=True)
        self._exchange.courier.carry(parcel, lambda answer: self._heard(url, answer, then))

    def _heard(self, url: str, answer: Answer | None, then: Then) -> None:
        if answer is not None and answer.content_type.startswith("audio/"):
            self.sounds.pop(url, None)
            self.sounds[url] = answer
            if len(self.sounds) > _SOUNDS_KEPT:
                del self.sounds[next(iter(self.sounds))]
        then(answer)

    def _deliver(self, call: Call, parcel: Parcel, then: Then) -> None:
        """Ask the service, with whatever trouble is set for the phone."""
        carry = self._exchange.courier.carry
        strikes = self._exchange.faults.strikes
        lost = strikes(FaultKind.LOSE_WEBHOOK, call.hand)
        if lost:
            self._exchange.clock.after(lost.value or _PATIENCE_SECONDS, lambda: then(None))
            return
        answer_lost = strikes(FaultKind.LOSE_WEBHOOK_ANSWER, call.hand)
        if answer_lost:
            carry(parcel, _ignore)
            self._exchange.clock.after(answer_lost.value or _PATIENCE_SECONDS, lambda: then(None))
            return
        broken = strikes(FaultKind.BREAK_WEBHOOK, call.hand)
        if broken:
            failure = Answer(int(broken.value or 500), "text/plain", b"")
            carry(parcel, lambda _answer: then(failure))
            return
        if strikes(FaultKind.REPEAT_WEBHOOK, call.hand):
            carry(parcel, lambda _answer: carry(parcel, then))
            return
        if strikes(FaultKind.PARALLEL_WEBHOOK, call.hand):
            carry(parcel, then)  # the script takes the first answer and no other
        carry(parcel, then)


def _ignore(_answer: Answer | None) -> None:
    """Nobody waits for this answer."""
