"""What happens when somebody types on a phone: the webhook, its answer, the words STOP and START."""

import unicodedata
from dataclasses import dataclass, field
from typing import Final

from twin.account import START_WORDS, STOP_WORDS, Account
from twin.callbacks import API_VERSION
from twin.clock import Clock
from twin.lifecycle import Lifecycle
from twin.records import Direction, Entry, Message, Phone
from twin.refusals import Refusal
from twin.twiml import Saying, read
from twin.webhooks import Errands, Form, Unreachable, Webhooks
from twin.wire import country

_CHOICES: Final = frozenset({1, 2, 3})
_STOP_REPLY: Final = (
    "You have successfully been unsubscribed. You will not receive any more messages from this number."
    " Reply START to resubscribe."
)
_START_REPLY: Final = (
    "You have successfully been re-subscribed to messages from this number. Reply STOP to unsubscribe."
)


@dataclass(frozen=True, slots=True)
class Service:
    """Where texts and calls go.

    `opt_out_replies`: the provider confirms STOP itself and lets no answer through. Without `voice_url` no
    number takes calls. `voice_fallback_twiml` is the document itself where `voice_fallback_url` is empty.
    `voice_status_url` is told when a call to a number is over.
    """

    inbound_url: str
    fallback_url: str = ""
    opt_out_replies: bool = False
    voice_url: str = ""
    voice_fallback_url: str = ""
    voice_fallback_twiml: str = field(default="", repr=False)
    voice_status_url: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the service took a text. `replies` are what it wants sent; `alert` is None when all went well."""

    sid: str
    replies: tuple[str, ...]
    alert: int | None


class Phones:
    """Sends texts from phones to the service and the service's answers back."""

    def __init__(self, account: Account, clock: Clock, lifecycle: Lifecycle, webhooks: Webhooks) -> None:
        self._account = account
        self._clock = clock
        self._lifecycle = lifecycle
        self._webhooks = webhooks
        self.service = Service("")
        self.errands = Errands()
        lifecycle.on_delivered = self._answer_by_itself

    async def send(self, number: str, sender: str, body: str) -> Outcome:
        """Text the service from a phone; returns once it has answered. `sender` is the service's number."""
        message = self._account.new_message(Direction.INBOUND, (number, sender), body, self._clock.now())
        message.idempotency = self._account.new_sid("IT")
        entry = self._account.show(message, self._clock.now())
        word = body.strip().upper()
        if word in STOP_WORDS:
            self._account.opted_out.add((sender, number))
        elif word in START_WORDS:
            self._account.opted_out.discard((sender, number))
        if self.service.opt_out_replies and word in STOP_WORDS | START_WORDS:
            self._reply(message, Saying(_STOP_REPLY if word in STOP_WORDS else _START_REPLY))
        return await self._deliver(entry)

    async def redeliver(self, number: str, sid: str) -> Outcome:
        """Bring the service a text once more, as the provider does when it doubts the first time.

        Raises Refusal (20404) when the phone never wrote it.
        """
        phone = self._account.phones.get(number)
        for entry in reversed(phone.thread if phone else ()):
            if entry.is_mine and entry.message.sid == sid:
                return await self._deliver(entry)
        raise Refusal(20404)

    async def _deliver(self, entry: Entry) -> Outcome:
        message = entry.message
        try:
            sayings = await self._ask(self.service.inbound_url, entry)
        except Refusal as refusal:
            self._note(entry, refusal.code)
            sayings = await self._ask_fallback(entry)
        for saying in sayings:
            self._reply(message, saying)
        return Outcome(message.sid, tuple(saying.body for saying in sayings), entry.alert)

    async def _ask(self, url: str, entry: Entry) -> list[Saying]:
        form = self._form(entry)
        try:
            return read(await self._webhooks.post(url, form, entry.message.idempotency))
        except Unreachable:
            raise Refusal(11205) from None

    async def _ask_fallback(self, entry: Entry) -> list[Saying]:
        if not self.service.fallback_url:
            return []
        try:
            return await self._ask(self.service.fallback_url, entry)
        except Refusal as refusal:
            self._note(entry, refusal.code)
            return []

    def _note(self, entry: Entry, code: int) -> None:
        entry.alert = code
        self._account.alert(code, entry.message.sid, self._clock.now())
        self._account.changed(entry.message.sender)

    def _reply(self, answered: Message, saying: Saying) -> None:
        sender = saying.sender or answered.to
        to = saying.to or answered.sender
        if (
            self.service.opt_out_replies
            and (sender, to) in self._account.opted_out
            and saying.body != _STOP_REPLY
        ):
            self._account.alert(21610, answered.sid, self._clock.now())
            return
        reply = self._account.new_message(Direction.REPLY, (sender, to), saying.body, self._clock.now())
        reply.callback = saying.callback
        self._lifecycle.accept(reply)

    def _answer_by_itself(self, message: Message) -> None:
        phone = self._account.phones.get(message.to)
        if phone is None or not phone.answers_with or not _is_check_in(message):
            return
        word = self._account.rng.choice(phone.answers_with)
        seconds = phone.answers_after * self._account.rng.uniform(0.5, 1.5)
        self._clock.after(seconds, lambda: self.errands.begin(self._send(phone, message.sender, word)))

    async def _send(self, phone: Phone, sender: str, word: str) -> None:
        await self.send(phone.number, sender, word)

    def _form(self, entry: Entry) -> Form:
        message = entry.message
        places = {f"{end}{part}": "" for end in ("From", "To") for part in ("City", "State", "Zip")}
        return places | {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsMessageSid": message.sid,
            "SmsStatus": "received",
            "AccountSid": self._account.credentials.account_sid,
            "ApiVersion": API_VERSION,
            "From": message.sender,
            "To": message.to,
            "FromCountry": country(message.sender),
            "ToCountry": country(message.to),
            "Body": entry.body,
            "NumMedia": "0",
            "NumSegments": str(message.size.segments),
        }


def _is_check_in(message: Message) -> bool:
    """Whether a message offers 1, 2 and 3, in whatever digits.

    The service's replies never count, so phone and service cannot go round in circles.
    """
    if message.direction is not Direction.API:
        return False
    return {unicodedata.digit(char, 0) for char in message.body} >= _CHOICES
