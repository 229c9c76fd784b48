"""Calling the service as the provider does: a signed form, fifteen seconds, no second try."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urldefrag, urlencode

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

_TIMEOUT: Final = aiohttp.ClientTimeout(total=15, sock_connect=10)
LARGEST_ANSWER: Final = 64 * 1024  # bytes; the provider reads no longer document
LARGEST_AUDIO: Final = 16 * 1024 * 1024

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What the service said."""

    status: int
    content_type: str
    content: bytes

    @property
    def body(self) -> str:
        """The answer as text."""
        return self.content.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, repr=False)
class Parcel:
    """One request to the service. With GET the form travels in the query; `audio` allows a long answer."""

    url: str
    form: Form
    idempotency: str
    method: str = "POST"
    audio: bool = False


Then = Callable[[Answer | None], None]
"""What to do with the answer; None says that there was none, or not in time."""


class Courier(Protocol):
    """Brings requests to the service and answers back, each when it comes."""

    def carry(self, parcel: Parcel, then: Then) -> None:
        """Bring one request; `then` is called once."""
        ...

    async def settled(self) -> None:
        """Return once every request that was begun has been answered."""
        ...

    async def abandon(self) -> None:
        """Stop whatever is under way."""
        ...


class Errands:
    """Things that run beside the requests, and can be waited for."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, errand: Coroutine[object, object, None]) -> None:
        """Start one."""
        task = asyncio.ensure_future(errand)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settled(self) -> None:
        """Return once nothing is under way, errands begun by errands included."""
        while self._running:
            await asyncio.gather(*self._running)

    async def abandon(self) -> None:
        """Stop whatever is under way."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


class Unreachable(Exception):
    """The service did not answer: no connection, or not in time."""


class Webhooks:
    """Makes requests signed with the account's token."""

    def __init__(self, auth_token: str) -> None:
        self._validator = RequestValidator(auth_token)
        self._session: aiohttp.ClientSession | None = None
        self._errands = Errands()

    async def open(self) -> None:
        """Make ready; the connections are kept and used again."""
        self._session = aiohttp.ClientSession(
            timeout=_TIMEOUT,
            connector=aiohttp.TCPConnector(limit=100),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "TwilioProxy/1.1", "Accept": "*/*"},
        )

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    def carry(self, parcel: Parcel, then: Then) -> None:
        """Bring one request; `then` is called once, on the twin's loop."""
        self._errands.begin(self._carry(parcel, then))

    async def settled(self) -> None:
        """Return once every request that was carried has been answered."""
        await self._errands.settled()

    async def abandon(self) -> None:
        """Stop whatever is carried."""
        await self._errands.abandon()

    async def post(self, url: str, form: Form, idempotency: str) -> Answer:
        """Post a form. Raises Unreachable."""
        return await self._request(Parcel(url, form, idempotency))

    async def _carry(self, parcel: Parcel, then: Then) -> None:
        try:
            answer = await self._request(parcel)
        except Unreachable:
            then(None)
        else:
            then(answer)

    async def _request(self, parcel: Parcel) -> Answer:
        """The URL's fragment holds overrides for the provider: neither sent nor signed."""
        if self._session is None:
            raise Unreachable("the twin is not open")
        target, form = addressed(parcel)
        headers = {
            "X-Twilio-Signature": self._validator.compute_signature(target, dict(form)),
            "I-Twilio-Idempotency-Token": parcel.idempotency,
        }
        data = dict(form) if parcel.method == "POST" else None
        most = LARGEST_AUDIO if parcel.audio else LARGEST_ANSWER + 1  # one more shows that it is too long
        try:
            async with self._session.request(
                parcel.method, URL(target, encoded=True), data=data, headers=headers, allow_redirects=False
            ) as response:
                content = await _read(response.content, most)
                return Answer(response.status, response.content_type, content)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(type(error).__name__) from None


def addressed(parcel: Parcel) -> tuple[str, Form]:
    """The address that is requested and signed, and the form in the body."""
    target = urldefrag(parcel.url).url
    if parcel.method == "POST" or not parcel.form:
        return target, parcel.form
    return f"{target}{'&' if '?' in target else '?'}{urlencode(parcel.form)}", {}


async def _read(stream: aiohttp.StreamReader, most: int) -> bytes:
    content = bytearray()
    while len(content) < most and (piece := await stream.read(most - len(content))):
        content += piece
    return bytes(content)
