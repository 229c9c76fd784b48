"""The twin's one account: its numbers, what passed through it, the phones it reaches and who said STOP."""

import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from telephony.numbers import synthetic
from telephony.senders import Sender
from twin.call_records import Call, Recording
from twin.ledger import Ledger
from twin.records import Alert, Direction, Entry, Logged, Message, Phone, Status
from twin.segments import size

DEMO_ACCOUNT_SID: Final = f"AC{'0' * 32}"
DEMO_AUTH_TOKEN: Final = "twin" * 8  # opens nothing but this stand-in
DEMO_SENDERS: Final = (
    Sender(id=synthetic(990).e164, segments_per_second=10.0),
    Sender(id=synthetic(991).e164, segments_per_second=10.0),
)

# Source: the provider's default keywords for long numbers; a lone word counts, nothing longer.
STOP_WORDS: Final = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
START_WORDS: Final = frozenset({"START", "YES", "UNSTOP"})

_FIRST_PHONE: Final = 100  # synthetic numbers below are left to tests and examples


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Who may use the account; the token also signs every webhook."""

    account_sid: str = DEMO_ACCOUNT_SID
    auth_token: str = DEMO_AUTH_TOKEN


DEMO_CREDENTIALS: Final = Credentials()


@dataclass(frozen=True, slots=True)
class Language:
    """A language a phone may be in. `name` is its own name for itself, `direction` `ltr` or `rtl`."""

    tag: str
    name: str
    direction: str = "ltr"


USUAL_LANGUAGES: Final = (
    Language("en", "English"),
    Language("ar", "العربية", "rtl"),
    Language("es", "Español"),
    Language("fr", "Français"),
    Language("it", "Italiano"),
)


class Account:
    """The state of the twin and nothing else: no time of its own, no network."""

    def __init__(self, credentials: Credentials, senders: Iterable[Sender], rng: random.Random) -> None:
        self.credentials = credentials
        self.senders: Mapping[str, Sender] = {sender.id: sender for sender in senders}
        self.rng = rng
        self.watchers: list[Callable[[str], None]] = []
        self.clear()

    def clear(self) -> None:
        """Forget everything that happened."""
        self.messages: Ledger[Message] = Ledger()
        self.calls: Ledger[Call] = Ledger()
        self.recordings: Ledger[Recording] = Ledger()
        self.phones: dict[str, Phone] = {}  # the one that was active last comes last
        self.opted_out: set[tuple[str, str]] = set()  # (sender, number)
        self.log: list[Logged] = []
        self.alerts: deque[Alert] = deque(maxlen=200)
        self.on_the_line: dict[str, Call] = {}  # each phone's latest call that is not over
        self.free_at: dict[str, datetime] = {}  # when each sender's queue is empty again
        self._suggested = _FIRST_PHONE

    def new_sid(self, letters: str) -> str:
        """A name the provider would give: two letters and 32 hexadecimal digits."""
        return f"{letters}{self.rng.getrandbits(128):032x}"

    def new_message(
        self, direction: Direction, parties: tuple[str, str], body: str, now: datetime
    ) -> Message:
        """File a message from the first party to the second."""
        inbound = direction is Direction.INBOUND
        message = Message(
            ordinal=self.messages.next_ordinal(),
            sid=self.new_sid("SM"),
            direction=direction,
            sender=parties[0],
            to=parties[1],
            body=body,
            size=size(body),
            created=now,
            updated=now,
            status=Status.RECEIVED if inbound else Status.QUEUED,
            sent=now if inbound else None,
        )
        self.messages.file(message)
        return message

    def phone(self, number: str, now: datetime) -> Phone:
        """The phone of that number, put on the page when it was not there, and now the last one active."""
        phone = self.phones.pop(number, None) or Phone(number)
        phone.active = now
        self.phones[number] = phone
        return phone

    def show(self, message: Message, now: datetime) -> Entry:
        """Put a message into the thread of the phone it concerns."""
        inbound = message.direction is Direction.INBOUND
        phone = self.phone(message.sender if inbound else message.to, now)
        entry = Entry(message, message.body)
        phone.thread.append(entry)
        self.changed(phone.number)
        return entry

    def changed(self, number: str) -> None:
        """Tell whoever watches that something about that phone is new."""
        for watcher in self.watchers:
            watcher(number)

    def alert(self, code: int, sid: str, now: datetime) -> None:
        """Note that the service did something wrong."""
        self.alerts.append(Alert(code, sid, now))

    def unused_number(self) -> str:
        """The next number that is never in service and has no phone here."""
        while (number := synthetic(self._suggested).e164) in self.phones or number in self.senders:
            self._suggested += 1
        return number
