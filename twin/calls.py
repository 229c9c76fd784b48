"""Phones that ring and phones that dial: the way to the first document, and what people do on the line."""

from datetime import timedelta
from typing import Final

from telephony.senders import Sender
from twin.account import Account
from twin.bridge import Bridges
from twin.call_forms import detection_form
from twin.call_records import Call, CallStatus, Source, Who
from twin.callbacks import Callback
from twin.clock import Action
from twin.ledger import Wanted
from twin.lines import Exchange, Lines
from twin.phones import Service
from twin.progress import DECLINED, Progress
from twin.records import Direction, Pickup
from twin.refusals import Refusal
from twin.script import Diverted, HungUp, Pressed, Spoke
from twin.sound import speaking_seconds
from twin.verbs import KEYS
from twin.webhooks import Answer, Then

LONGEST_QUEUE: Final = timedelta(hours=24)
_DIAL_SECONDS: Final = 0.5
_NETWORK_SECONDS: Final = 1.0
_DECLINE_SECONDS: Final = 4.0
_MACHINE_ANSWERS_AFTER: Final = 20.0
_MACHINE_LISTENS: Final = 120.0
_THINKING_SECONDS: Final = 1.5
_GREETING: Final = "(the greeting of an answering machine, then a beep)"
_DETECTION_SECONDS: Final = {"human": 2.0, "machine_start": 4.0, "fax": 4.0, "unknown": 30.0}
_GREETING_SECONDS: Final = 8.0
_UNKNOWN_SENDER: Final = Sender(id="")
_RECENT: Final = 20


class Calls:
    """Every call of the account. Whoever acts on a call that is over gets Refusal 21220."""

    def __init__(self, exchange: Exchange, service: Service) -> None:
        self._exchange = exchange
        self._account: Account = exchange.account
        self._clock = exchange.clock
        self._service = service
        self._progress = Progress(exchange.account, exchange.clock, exchange.callbacks)
        self._bridges = Bridges(exchange.account, exchange.clock, self._progress)
        self._lines = Lines(exchange, self._progress, self._bridges)
        self._bridges.ring = self._ring
        self._bridges.whisper = self._lines.begin
        self._bridges.finish = self._lines.finish
        self._lines.on_listening = self._press_by_itself

    # ---- the service's side

    def check_queue(self, sender: str) -> None:
        """Refuse when the sender's queue is longer than the provider keeps. Raises Refusal."""
        free_at = self._account.free_at.get(_queue(sender))
        if free_at is not None and free_at - self._clock.now() > LONGEST_QUEUE:
            raise Refusal(22005)

    def place(self, call: Call) -> None:
        """Put a call into its sender's queue."""
        now = self._clock.now()
        free_at = self._account.free_at.get(_queue(call.sender), now)
        begins = max(now + timedelta(seconds=_DIAL_SECONDS), free_at)
        rate = self._account.senders.get(call.sender, _UNKNOWN_SENDER).calls_per_second
        self._account.free_at[_queue(call.sender)] = begins + timedelta(seconds=1 / rate)
        waits = (begins - now).total_seconds()
        call.queue_seconds = waits - _DIAL_SECONDS
        self._later(call, waits, CallStatus.QUEUED, lambda: self._ring(call))

    def complete(self, call: Call) -> None:
        """Hang up whatever stage the call is at."""
        if not call.status.is_final:
            self._progress.says(call, Who.SERVICE, "hangs up")
            self._lines.finish(call)
            self._bridges.ended(call)

    def cancel(self, call: Call) -> None:
        """Hang up a call that nobody has answered; one that is answered goes on."""
        if call.answered is None:
            self.complete(call)

    def divert(self, call: Call, source: Source) -> None:
        """Send an answered call to another document. Raises Refusal."""
        if call.status is not CallStatus.IN_PROGRESS:
            raise Refusal(21220)
        call.first = source
        self._lines.happens(call, Diverted(source))

    # ---- the phone's side

    def dial(self, number: str, to: str) -> Call:
        """Call one of the service's numbers from a phone. Raises Refusal when it takes no calls."""
        sender = self._account.senders.get(to)
        if sender is None or not sender.voice or not self._service.voice_url:
            raise Refusal(21210, about=to)
        now = self._clock.now()
        self._account.phone(number, now)
        call = Call(
            ordinal=self._account.calls.next_ordinal(),
            sid=self._account.new_sid("CA"),
            direction=Direction.INBOUND,
            sender=number,
            to=to,
            created=now,
            updated=now,
            first=Source(self._service.voice_url),
            fallback=self._fallback(),
            status=CallStatus.RINGING,
            callback=self._service.voice_status_url,
        )
        self._account.calls.file(call)
        self._account.on_the_line[number] = call
        self._progress.says(call, Who.PHONE, "dials", to)
        self._lines.begin(call, call.first)
        return call

    def _fallback(self) -> Source | None:
        url, twiml = self._service.voice_fallback_url, self._service.voice_fallback_twiml
        return Source(url, twiml="" if url else twiml) if url or twiml else None

    def answer(self, call: Call) -> None:
        """Pick up a phone that rings. Raises Refusal."""
        self._check(call, CallStatus.RINGING, incoming_to_phone=True)
        self._progress.says(call, Who.PHONE, "answers")
        self._answered(call, "human")

    def reject(self, call: Call) -> None:
        """Decline a call that rings. Raises Refusal."""
        self._check(call, CallStatus.RINGING, incoming_to_phone=True)
        self._progress.says(call, Who.PHONE, "rejects")
        self._end(call, CallStatus.BUSY, DECLINED)

    def press(self, call: Call, keys: str) -> None:
        """Press keys, one after the other. Raises Refusal."""
        self._check(call, CallStatus.IN_PROGRESS)
        if not keys or not set(keys) <= set(KEYS):
            raise Refusal(20001)
        self._progress.says(call, Who.PHONE, "presses", keys)
        if not self._bridges.overhears(call, "presses", keys):
            for key in keys:
                self._lines.happens(call, Pressed(key))

    def speak(self, call: Call, text: str, *, confidence: float = 0.9, seconds: float | None = None) -> None:
        """Say something; without `seconds` it takes as long as such words take. Raises Refusal."""
        self._check(call, CallStatus.IN_PROGRESS)
        self._progress.says(call, Who.PHONE, "says", text)
        if not self._bridges.overhears(call, "says", text):
            lasts = speaking_seconds(text) if seconds is None else seconds
            self._lines.happens(call, Spoke(text, confidence, lasts))

    def hang_up(self, call: Call) -> None:
        """Hang up a call that rings or is answered. Raises Refusal."""
        if call.status.is_final:
            raise Refusal(21220)
        self._progress.says(call, Who.PHONE, "hangs up")
        if call.answered is None:
            self._end(call, CallStatus.NO_ANSWER)
        else:
            self._lines.finish(call)
            self._bridges.ended(call)

    def redeliver(self, call: Call, then: Then) -> None:
        """Bring the service the call's last request once more; nobody follows the answer."""
        self._lines.redeliver(call, then)

    def sound(self, url: str) -> Answer | None:
        """What was fetched from there to be played lately; None when it was not."""
        return self._lines.sounds.get(url)

    def recent(self, number: str) -> list[Call]:
        """A phone's latest calls, the newest first."""
        ledger = self._account.calls
        found = [
            call
            for wanted in (Wanted(to=number), Wanted(sender=number))
            for call, _ in zip(ledger.newest_first(wanted), range(_RECENT), strict=False)
            if call.hand == number
        ]
        return sorted(found, key=lambda call: call.ordinal, reverse=True)[:_RECENT]

    # ---- ringing

    def _ring(self, call: Call) -> None:
        """Let a phone ring, and do what it does by itself."""
        phone = self._account.phone(call.to, self._clock.now())
        other = self._account.on_the_line.get(call.to)
        engaged = other is not None and other.status is CallStatus.IN_PROGRESS
        self._progress.report(call)
        if phone.picks_up is Pickup.FAILS:
            self._later(call, _NETWORK_SECONDS, CallStatus.QUEUED, lambda: self._end(call, CallStatus.FAILED))
            return
        if phone.picks_up is Pickup.BUSY or engaged:
            self._later(call, _NETWORK_SECONDS, CallStatus.QUEUED, lambda: self._end(call, CallStatus.BUSY))
            return
        self._progress.says(call, Who.PROVIDER, "rings")
        self._progress.move(call, CallStatus.RINGING)
        self._later(
            call, call.ring_seconds, CallStatus.RINGING, lambda: self._end(call, CallStatus.NO_ANSWER)
        )
        match phone.picks_up:
            case Pickup.BY_ITSELF:
                seconds = phone.answers_after * self._account.rng.uniform(0.5, 1.5)
                self._later(call, seconds, CallStatus.RINGING, lambda: self.answer(call))
            case Pickup.MACHINE:
                self._later(
                    call, _MACHINE_ANSWERS_AFTER, CallStatus.RINGING, lambda: self._machine_answers(call)
                )
            case Pickup.REJECTS:
                self._later(call, _DECLINE_SECONDS, CallStatus.RINGING, lambda: self.reject(call))

    def _machine_answers(self, call: Call) -> None:
        self._progress.says(call, Who.PHONE, "machine answers", _GREETING)
        self._answered(call, "machine_end_beep" if call.detects == "DetectMessageEnd" else "machine_start")
        self._later(call, _MACHINE_LISTENS, CallStatus.IN_PROGRESS, lambda: self.hang_up(call))

    def _answered(self, call: Call, answerer: str) -> None:
        self._lines.pick_up(call)
        if self._bridges.answered(call):
            return
        if not call.detects:
            self._lines.begin(call, call.first)
            return
        found = self._account.phone(call.to, self._clock.now()).answered_by or answerer
        seconds = _DETECTION_SECONDS.get(found, _GREETING_SECONDS)
        self._later(call, seconds, CallStatus.IN_PROGRESS, lambda: self._detected(call, found, seconds))
        if call.detects_aside:
            self._lines.begin(call, call.first)

    def _detected(self, call: Call, found: str, seconds: float) -> None:
        call.answered_by = found
        if not call.detects_aside:
            self._lines.begin(call, call.first)
            return
        if call.detection_callback:
            form = detection_form(call, self._account.credentials.account_sid, seconds)
            token = self._account.new_sid("IT")
            self._exchange.callbacks.make(Callback(call.detection_callback, form, call.to, call.sid, token))

    def _press_by_itself(self, call: Call) -> None:
        phone = self._account.phones.get(call.hand)
        if phone is None or phone.picks_up is not Pickup.BY_ITSELF:
            return
        if call.direction is not Direction.API or any(line.verb == "presses" for line in call.transcript):
            return
        keys = [answer for answer in phone.answers_with if answer and set(answer) <= set(KEYS)]
        if keys:
            key = self._account.rng.choice(keys)
            self._later(call, _THINKING_SECONDS, CallStatus.IN_PROGRESS, lambda: self.press(call, key))

    def _end(self, call: Call, status: CallStatus, sip_code: int | None = None) -> None:
        self._progress.move(call, status, sip_code=sip_code)
        self._lines.happens(call, HungUp())
        self._bridges.ended(call)

    def _check(self, call: Call, status: CallStatus, *, incoming_to_phone: bool = False) -> None:
        if call.status is not status or (incoming_to_phone and call.direction is Direction.INBOUND):
            raise Refusal(21220)

    def _later(self, call: Call, seconds: float, only: CallStatus, action: Action) -> None:
        """Act in a while if the call then still stands as it must, and was not forgotten (a reset)."""

        def step() -> None:
            if self._account.calls.find(call.sid) is call and call.status is only:
                action()

        self._clock.after(seconds, step)


def _queue(sender: str) -> str:
    return f"call {sender}"
