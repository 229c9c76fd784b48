"""A provider that keeps everything in memory: for unit tests and dry runs. Nothing leaves the process."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from telephony import twilio_forms
from telephony.errors import OutcomeUnknown, Refused
from telephony.messages import (
    Accepted,
    CallStatus,
    CallTurn,
    CallUpdate,
    DeliveryStatus,
    InboundSms,
    ListedCall,
    ListedMessage,
    OutboundCall,
    OutboundSms,
    PlacedCall,
    StatusUpdate,
)
from telephony.numbers import PhoneNumber
from telephony.provider import Form, Provider

_GONE: Final = 20404
_TOO_LATE: Final = 30409


class Memory(Provider):
    """Accepts every text and call, unless told how a number shall fare; `sent`, `placed`: them in order.

    `recordings` are the sounds it holds, by their id; `erased` are the ids it was asked to forget, `canceled`
    those it called back. With `account_code` set it refuses everything with that code.

    Forms are those of the real provider, signed with `token`; `sign` makes the signature. `clock` tells the
    aware time at which a text is accepted.
    """

    def __init__(self, *, clock: Callable[[], datetime], token: str = "in-memory") -> None:  # noqa: S107
        self.sent: list[OutboundSms] = []
        self.placed: list[OutboundCall] = []
        self.diverted: list[tuple[str, str]] = []
        self.recordings: dict[str, bytes] = {}
        self.erased: list[str] = []
        self._clock = clock
        self._token = token
        self._count = 0
        self._records: dict[str, ListedMessage] = {}
        self._calls: dict[str, ListedCall] = {}
        self._refusals: dict[PhoneNumber, int | None] = {}
        self._lost_requests: set[PhoneNumber] = set()
        self._lost_answers: set[PhoneNumber] = set()
        self.account_code: int | None = None
        self.canceled: list[str] = []

    def refuse(self, number: PhoneNumber, code: int | None) -> None:
        """Turn down every text to that number with that code; None means that no connection can be opened."""
        self._refusals[number] = code

    def lose_request(self, number: PhoneNumber) -> None:
        """Let texts to that number vanish on the way: not accepted, outcome unknown."""
        self._lost_requests.add(number)

    def lose_answer(self, number: PhoneNumber) -> None:
        """Accept texts to that number and lose the answer: outcome unknown, found by listing."""
        self._lost_answers.add(number)

    def heal(self, number: PhoneNumber) -> None:
        """Accept texts to that number again."""
        self._refusals.pop(number, None)
        self._lost_requests.discard(number)
        self._lost_answers.discard(number)

    def report(self, sid: str, status: DeliveryStatus, code: int | None = None) -> None:
        """Let a message fare so from now on, as `fetch` and `list_messages` show it."""
        self._records[sid] = replace(self._records[sid], status=status, code=code)

    async def send_sms(self, sms: OutboundSms) -> Accepted:
        """Keep the text. Raises Refused or OutcomeUnknown for a number told to fare so."""
        self._let_in()
        if sms.to in self._refusals:
            raise Refused(self._refusals[sms.to])
        if sms.to in self._lost_requests:
            raise OutcomeUnknown
        self._count += 1
        sid = f"SM{self._count:032x}"
        self.sent.append(sms)
        self._records[sid] = ListedMessage(
            sid=sid,
            number=sms.to,
            sender=sms.sender,
            body=sms.body,
            status=DeliveryStatus.QUEUED,
            created=self._clock(),
        )
        if sms.to in self._lost_answers:
            raise OutcomeUnknown
        return Accepted(sid=sid, status=DeliveryStatus.QUEUED)

    async def fetch(self, sid: str) -> StatusUpdate:
        """How that message fares. Raises Refused (20404) when there is none."""
        self._let_in()
        record = self._records.get(sid)
        if record is None:
            raise Refused(_GONE)
        return StatusUpdate(sid=sid, status=record.status, code=record.code)

    async def list_messages(self, to: PhoneNumber, *, since: datetime) -> AsyncIterator[ListedMessage]:
        """Every message to that number created since then, newest first."""
        self._let_in()
        for record in reversed(tuple(self._records.values())):
            if record.number == to and record.created >= since:
                yield record

    async def place_call(self, call: OutboundCall) -> PlacedCall:
        """Keep the call. Raises Refused or OutcomeUnknown for a number told to fare so."""
        self._let_in()
        if call.to in self._refusals:
            raise Refused(self._refusals[call.to])
        if call.to in self._lost_requests:
            raise OutcomeUnknown
        self._count += 1
        self.placed.append(call)
        sid = f"CA{self._count:031x}f"
        self._calls[sid] = ListedCall(sid, call.to, call.sender, CallStatus.QUEUED, self._clock())
        if call.to in self._lost_answers:
            raise OutcomeUnknown
        return PlacedCall(sid=sid, status=CallStatus.QUEUED)

    def report_call(self, sid: str, status: CallStatus) -> None:
        """Let a call fare so from now on, as `fetch_call` and `list_calls` show it."""
        self._calls[sid] = replace(self._calls[sid], status=status)

    async def fetch_call(self, sid: str) -> CallUpdate:
        """How that call fares. Raises Refused (20404) when there is none."""
        call = self._calls.get(sid)
        if call is None:
            raise Refused(_GONE)
        return CallUpdate(sid=sid, status=call.status, answered_by=call.answered_by)

    async def list_calls(self, to: PhoneNumber, *, since: datetime) -> AsyncIterator[ListedCall]:
        """Every call to that number created since then, newest first."""
        for call in reversed(tuple(self._calls.values())):
            if call.number == to and call.created >= since:
                yield call

    async def divert_call(self, sid: str, url: str) -> None:
        """Remember that the call was diverted there."""
        self.diverted.append((sid, url))

    async def fetch_recording(self, sid: str) -> bytes:
        """The sound kept under that id. Raises Refused (20404) when there is none."""
        if sid not in self.recordings:
            raise Refused(_GONE)
        return self.recordings[sid]

    async def cancel(self, sid: str) -> None:
        """Call a message or call back that still waits. Raises Refused (30409) for one that does not."""
        self._let_in()
        if sid in self._calls:
            self._calls[sid] = replace(self._calls[sid], status=CallStatus.CANCELED)
        elif sid in self._records and self._records[sid].status is DeliveryStatus.QUEUED:
            self._records[sid] = replace(self._records[sid], status=DeliveryStatus.FAILED)
        else:
            raise Refused(_TOO_LATE)
        self.canceled.append(sid)

    async def check_account(self) -> None:
        """Say whether the account is let in. Raises Refused with `account_code`."""
        self._let_in()

    def _let_in(self) -> None:
        if self.account_code is not None:
            raise Refused(self.account_code)

    async def erase(self, sid: str) -> None:
        """Forget the message or the recording. `sent` still has it."""
        self.erased.append(sid)
        self._records.pop(sid, None)
        self.recordings.pop(sid, None)

    async def close(self) -> None:
        """Nothing to release."""

    def sign(self, url: str, form: Form) -> str:
        """The signature that `verify` accepts for this form at that full URL."""
        return twilio_forms.sign(url, form, token=self._token)

    def verify(self, url: str, form: Form, signature: str) -> bool:
        """Whether `token` signed this form for that full URL."""
        return twilio_forms.verify(url, form, signature, tokens=(self._token,))

    def parse_inbound_sms(self, form: Form) -> InboundSms:
        """Read an inbound text. Raises BadRequest, or NotFromAPhone for a short code."""
        return twilio_forms.parse_inbound_sms(form)

    def parse_status(self, form: Form) -> StatusUpdate:
        """Read a status callback. Raises BadRequest."""
        return twilio_forms.parse_status(form)

    def parse_call(self, form: Form) -> CallTurn:
        """Read a request about a call that goes on. Raises BadRequest, or NotFromAPhone."""
        return twilio_forms.parse_call(form)

    def parse_call_status(self, form: Form) -> CallUpdate:
        """Read news of a call. Raises BadRequest."""
        return twilio_forms.parse_call_status(form)
