"""Twilio, on the official SDK's asynchronous client, at whatever address speaks its API."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final, TypeVar, cast
from urllib.parse import urlsplit

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
    encode_basic_auth,
)
from twilio.base.exceptions import TwilioException
from twilio.base.page import Page
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance
from twilio.rest.api.v2010.account.message import MessageInstance
from yarl import URL

from telephony import twilio_forms
from telephony.errors import CODES, Decision, OutcomeUnknown, ProviderError, Refused
from telephony.messages import (
    Accepted,
    AnsweredBy,
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
from telephony.provider import Form, Provider

Row = TypeVar("Row")
Listed = TypeVar("Listed", ListedCall, ListedMessage)

_PAGE: Final = 1000  # the largest page the provider gives
_NOTHING_THERE: Final = 404
_GONE: Final = frozenset({_NOTHING_THERE, 20404})
_NOT_ACTIVE: Final = 20005
# What the SDK raises when a successful answer is not shaped as published.
_UNREADABLE: Final = (TwilioException, ValueError, TypeError, AttributeError)
_EVENTS: Final = ["initiated", "ringing", "answered", "completed"]
# Beside the call, so that nobody waits in silence for the guess.
_DETECTION: Final[Mapping[str, str]] = {"machine_detection": "Enable", "async_amd": "true"}


@dataclass(frozen=True, slots=True)
class TwilioConfig:
    """The account, where its API is, and how patient we are.

    `connections` should be no less than the requests in flight: `connect_seconds` counts the wait for one,
    `total_seconds` everything to the last byte of the answer. `previous_token` is accepted on webhooks only.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    previous_token: str | None = field(default=None, repr=False)
    base_url: str = "https://api.twilio.com"
    connections: int = 64
    connect_seconds: float = 5.0
    total_seconds: float = 15.0

    def __post_init__(self) -> None:
        url = urlsplit(self.base_url)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ValueError("base_url is not the address of a web server")


class Twilio(Provider):
    """The provider over HTTP. Connections are opened on first use and kept until `close`.

    One object serves any number of event loops, each with connections of its own; close it in each.
    """

    def __init__(self, config: TwilioConfig) -> None:
        self._connections = _Connections(config)
        self._base_url, self._account_sid = config.base_url, config.account_sid
        # An explicit environment keeps the SDK from reading a region out of ours and changing the address.
        client = Client(
            config.account_sid,
            config.auth_token,
            http_client=self._connections,
            environment={"TWILIO_ACCOUNT_SID": config.account_sid},
        )
        client.api.base_url = config.base_url
        self._account = client.api.v2010.account
        self._messages = self._account.messages
        self._tokens = tuple(token for token in (config.auth_token, config.previous_token) if token)

    async def send_sms(self, sms: OutboundSms) -> Accepted:
        """Hand one text over. Raises Refused (never accepted) or OutcomeUnknown (perhaps accepted)."""
        try:
            message = await self._messages.create_async(
                to=sms.to.e164,
                from_=sms.sender,
                body=sms.body,
                status_callback=sms.status_url,
                validity_period=sms.valid_seconds,
            )
        except Refused as refusal:
            raise _of_the_address(refusal) from None
        except _UNREADABLE:
            raise OutcomeUnknown from None
        if not message.sid:
            raise OutcomeUnknown
        return Accepted(sid=message.sid, status=twilio_forms.delivery_status(message.status))

    async def place_call(self, call: OutboundCall) -> PlacedCall:
        """Hand one call over. Raises Refused (never accepted) or OutcomeUnknown (perhaps accepted)."""
        detection = {**_DETECTION, "async_amd_status_callback": call.status_url} if call.detects else {}
        try:
            placed = await self._account.calls.create_async(
                to=call.to.e164,
                from_=call.sender,
                url=call.url,
                timeout=call.ring_seconds,
                status_callback=call.status_url,
                status_callback_event=_EVENTS,
                **detection,
            )
        except Refused as refusal:
            raise _of_the_address(refusal) from None
        except _UNREADABLE:
            raise OutcomeUnknown from None
        if not placed.sid:
            raise OutcomeUnknown
        return PlacedCall(sid=placed.sid, status=twilio_forms.call_status(placed.status))

    async def fetch_call(self, sid: str) -> CallUpdate:
        """Ask how one call fares. Raises Refused (20404 when it is gone) or OutcomeUnknown (no answer)."""
        try:
            call = await self._account.calls(sid).fetch_async()
        except _UNREADABLE:
            raise OutcomeUnknown from None
        return CallUpdate(
            sid=sid, status=twilio_forms.call_status(call.status), answered_by=_picked_up(call.answered_by)
        )

    def list_calls(self, to: PhoneNumber, *, since: datetime) -> AsyncIterator[ListedCall]:
        """Every call to that number created since then, page by page; raises as `fetch_call` does.

        As with messages its filter by time is not used: a call that waits has not started.
        """
        calls = self._account.calls
        first = partial(calls.page_async, to=to.e164, page_size=_PAGE)
        return _created_since(since, first, lambda call: _listed_call(call, to))

    async def divert_call(self, sid: str, url: str) -> None:
        """Let a call that goes on ask that address what to say next. Raises Refused or OutcomeUnknown."""
        try:
            await self._account.calls(sid).update_async(url=url, method="POST")
        except _UNREADABLE:
            raise OutcomeUnknown from None

    async def fetch_recording(self, sid: str) -> bytes:
        """The sound of a recording, as WAV. Raises Refused (20404: not there yet) or OutcomeUnknown."""
        address = f"{self._base_url}/2010-04-01/Accounts/{self._account_sid}/Recordings/{sid}.wav"
        return await self._connections.download(address)

    async def fetch(self, sid: str) -> StatusUpdate:
        """Ask how one message fares. Raises Refused (20404 when it is gone) or OutcomeUnknown (no answer)."""
        try:
            message = await self._messages(sid).fetch_async()
        except _UNREADABLE:
            raise OutcomeUnknown from None
        return StatusUpdate(
            sid=sid,
            status=twilio_forms.delivery_status(message.status),
            code=twilio_forms.error_code(message.error_code),
        )

    def list_messages(self, to: PhoneNumber, *, since: datetime) -> AsyncIterator[ListedMessage]:
        """Every message to that number created since then, page by page; raises as `fetch` does.

        Its filter by date is not used: it goes by the date sent, which a message still in its queue does not
        have.
        """
        first = partial(self._messages.page_async, to=to.e164, page_size=_PAGE)
        return _created_since(since, first, lambda message: _listed(message, to))

    async def cancel(self, sid: str) -> None:
        """Call back what has not left its queue. Raises Refused (30409, 21220) or OutcomeUnknown."""
        kind = self._account.calls if sid.startswith("CA") else self._messages
        try:
            await kind(sid).update_async(status="canceled")
        except _UNREADABLE:
            raise OutcomeUnknown from None

    async def check_account(self) -> None:
        """Ask for our account. Raises Refused when it is not let in or not active, or OutcomeUnknown."""
        try:
            account = await self._account.fetch_async()
        except _UNREADABLE:
            raise OutcomeUnknown from None
        if account.status != "active":
            raise Refused(_NOT_ACTIVE)

    async def erase(self, sid: str) -> None:
        """Delete the provider's copy of a message, call or recording. Erasing twice is no error.

        Raises Refused (20009: still on its way).
        """
        kinds = {"CA": self._account.calls, "RE": self._account.recordings}
        try:
            await kinds.get(sid[:2], self._messages)(sid).delete_async()
        except Refused as refusal:
            if refusal.code not in _GONE:
                raise

    async def close(self) -> None:
        """Release the connections of the running event loop; the next request opens new ones."""
        await self._connections.close()

    def verify(self, url: str, form: Form, signature: str) -> bool:
        """Whether the provider signed this form for that full URL, with the current or the previous token."""
        return twilio_forms.verify(url, form, signature, tokens=self._tokens)

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


async def _created_since(
    since: datetime, first: Callable[[], Awaitable[Page]], read: Callable[[Row], Listed]
) -> AsyncIterator[Listed]:
    """The rows of every page, the first and those it leads to; `since` is cut to the provider's seconds."""
    earliest = since.replace(microsecond=0)
    try:
        page: Page | None = await first()
        while page is not None:
            for row in page:
                listed = read(row)
                if listed.created >= earliest:
                    yield listed
            page = await page.next_page_async()
    except _UNREADABLE:
        raise OutcomeUnknown from None


def _listed(message: MessageInstance, to: PhoneNumber) -> ListedMessage:
    if not message.sid or message.date_created is None:
        raise OutcomeUnknown
    return ListedMessage(
        sid=message.sid,
        number=to,
        sender=message.from_ or "",
        body=message.body or "",
        status=twilio_forms.delivery_status(message.status),
        created=message.date_created,
        code=twilio_forms.error_code(message.error_code),
    )


def _listed_call(call: CallInstance, to: PhoneNumber) -> ListedCall:
    if not call.sid or call.date_created is None:
        raise OutcomeUnknown
    return ListedCall(
        sid=call.sid,
        number=to,
        sender=call._from or "",  # noqa: SLF001 - the SDK names it so, other than for messages
        status=twilio_forms.call_status(call.status),
        created=call.date_created,
        answered_by=_picked_up(call.answered_by),
    )


def _picked_up(word: str | None) -> AnsweredBy | None:
    return twilio_forms.answered_by(word) if word else None


class _Connections:
    """The HTTP client under the SDK: one kept-alive session for each event loop, and nothing is ever logged.

    The SDK's own client logs query strings, keeps the last request and has no limit of connections; this one
    also tells apart what the SDK does not: refused for certain, and perhaps accepted.
    """

    is_async = True  # read by the SDK

    def __init__(self, config: TwilioConfig) -> None:
        self._config = config
        self._authorization = encode_basic_auth(config.account_sid, config.auth_token)
        self._sessions: dict[asyncio.AbstractEventLoop, ClientSession] = {}

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> Response:
        """Make one request for the SDK. Raises Refused or OutcomeUnknown, and answers successes only."""
        try:
            async with self._session().request(
                method,
                url,
                params=None if params is None else {name: str(value) for name, value in params.items()},
                data=_form(data) if data else None,
                headers={**(headers or {}), "Authorization": self._authorization},
                allow_redirects=False,
            ) as response:
                status, answer = response.status, await response.read()
        except (ClientConnectorError, ConnectionTimeoutError):
            raise Refused(None) from None
        except (ClientError, TimeoutError, OSError):
            # Not chained: the library's error can name the address, and that of a list holds a number.
            raise OutcomeUnknown from None
        text = answer.decode("utf-8", "replace")
        if not 200 <= status < 300:
            raise _failure(status, text, response.headers.get("Retry-After"))
        return Response(status, text, response.headers)

    async def download(self, address: str) -> bytes:
        """The bytes at an address of the provider's. Raises Refused, or OutcomeUnknown for no good answer."""
        try:
            async with self._session().get(
                address, headers={"Authorization": self._authorization}
            ) as response:
                status, answer = response.status, await response.read()
        except (ClientConnectorError, ConnectionTimeoutError):
            raise Refused(None) from None
        except (ClientError, TimeoutError, OSError):
            raise OutcomeUnknown from None
        if not 200 <= status < 300:
            raise _failure(status, answer.decode("utf-8", "replace"), response.headers.get("Retry-After"))
        return answer

    async def close(self) -> None:
        """Close the running loop's session, if it has one."""
        session = self._sessions.pop(asyncio.get_running_loop(), None)
        if session is not None:
            await session.close()

    def _session(self) -> ClientSession:
        loop = asyncio.get_running_loop()
        session = self._sessions.get(loop)
        if session is None:
            session = self._sessions[loop] = ClientSession(
                connector=TCPConnector(limit=self._config.connections, ttl_dns_cache=300),
                cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=self._config.total_seconds, connect=self._config.connect_seconds),
            )
        return session


def _form(data: Mapping[str, object]) -> bytes:
    """The fields as a posted form; a list is its name with each value.

    By yarl, in C: the standard library's urlencode takes four to five times as long, which was a fifteenth of
    what a worker spends on a text.
    """
    fields = cast("Mapping[str, str | int | Sequence[str]]", data)
    return URL.build(query=fields).raw_query_string.encode()


def _failure(status: int, text: str, retry_after: str | None) -> ProviderError:
    """What an answer without success means. A gateway's 408, like a 5xx, does not tell what became of it."""
    code = _code_in(text) or status
    if status >= 500 or status == 408:
        return OutcomeUnknown(code)
    return Refused(
        code,
        decision=Decision.RETRY if status == 429 and code not in CODES else None,
        retry_after=float(retry_after) if retry_after and retry_after.isdecimal() else None,
    )


def _of_the_address(refusal: Refused) -> Refused:
    """What a refusal to take something says: that nothing is there is said of our account, of no person."""
    return Refused(_NOTHING_THERE) if refusal.code in _GONE else refusal


def _code_in(text: str) -> int | None:
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    return twilio_forms.error_code(answer.get("code")) if isinstance(answer, dict) else None
