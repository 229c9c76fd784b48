"""What a provider must be able to do. Two exist: `twilio_api.Twilio` and `memory.Memory`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from telephony.messages import (
    Accepted,
    CallTurn,
    CallUpdate,
    InboundSms,
    ListedCall,
    ListedMessage,
    OutboundCall,
    OutboundSms,
    PlacedCall,
    StatusUpdate,
)
from telephony.numbers import PhoneNumber

Form = Mapping[str, Sequence[str]]
"""A posted form: each name with all its values, untrimmed."""


class Provider(Protocol):
    """A carrier's programming interface, in our words. Every refusal is a telephony.errors.ProviderError."""

    async def send_sms(self, sms: OutboundSms) -> Accepted:
        """Hand one text over. Raises Refused (never accepted) or OutcomeUnknown (perhaps accepted)."""
        ...

    async def fetch(self, sid: str) -> StatusUpdate:
        """Ask how one message fares."""
        ...

    def list_messages(self, to: PhoneNumber, *, since: datetime) -> AsyncIterator[ListedMessage]:
        """Every message to that number created since then, newest first."""
        ...

    async def place_call(self, call: OutboundCall) -> PlacedCall:
        """Hand one call over. Raises Refused (never accepted) or OutcomeUnknown (perhaps accepted)."""
        ...

    async def fetch_call(self, sid: str) -> CallUpdate:
        """Ask how one call fares."""
        ...

    def list_calls(self, to: PhoneNumber, *, since: datetime) -> AsyncIterator[ListedCall]:
        """Every call to that number created since then, newest first."""
        ...

    async def divert_call(self, sid: str, url: str) -> None:
        """Let a call that goes on ask that address what to say next. Raises Refused or OutcomeUnknown."""
        ...

    async def fetch_recording(self, sid: str) -> bytes:
        """The sound of a recording, as WAV. Raises Refused (20404: not there yet) or OutcomeUnknown."""
        ...

    async def cancel(self, sid: str) -> None:
        """Call back a message or call that has not left the provider. Raises Refused when it has."""
        ...

    async def check_account(self) -> None:
        """Ask whether our account is let in. Raises Refused when not, OutcomeUnknown for no answer."""
        ...

    async def erase(self, sid: str) -> None:
        """Delete the provider's copy of a message, a call or a recording. Erasing twice is no error."""
        ...

    async def close(self) -> None:
        """Release the connections."""
        ...

    def verify(self, url: str, form: Form, signature: str) -> bool:
        """Whether the provider signed this request to that full URL."""
        ...

    def parse_inbound_sms(self, form: Form) -> InboundSms:
        """Read an inbound text. Raises BadRequest when a field that must be there is missing."""
        ...

    def parse_status(self, form: Form) -> StatusUpdate:
        """Read a status callback. Raises BadRequest."""
        ...

    def parse_call(self, form: Form) -> CallTurn:
        """Read a request about a call that goes on. Raises BadRequest, NotFromAPhone (withheld number)."""
        ...

    def parse_call_status(self, form: Form) -> CallUpdate:
        """Read news of a call. Raises BadRequest."""
        ...
