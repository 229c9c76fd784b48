"""Calling the service as the provider does: a signed form, fifteen seconds, no second try."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urldefrag

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

_TIMEOUT: Final = aiohttp.ClientTimeout(total=15, sock_connect=10)
_LARGEST_ANSWER: Final = 64 * 1024

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What the service said."""

    status: int
    content_type: str
    body: str


class Unreachable(Exception):
    """The service did not answer: no connection, or not in time."""


class Webhooks:
    """Posts forms signed with the account's token."""

    def __init__(self, auth_token: str) -> None:
        self._validator = RequestValidator(auth_token)
        self._session: aiohttp.ClientSession | None = None

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

    async def post(self, url: str, form: Form, idempotency: str) -> Answer:
        """Post a form. The URL's fragment holds overrides for the provider: neither sent nor signed.

        Raises Unreachable.
        """
        if self._session is None:
            raise Unreachable("the twin is not open")
        target = urldefrag(url).url
        headers = {
            "X-Twilio-Signature": self._validator.compute_signature(target, dict(form)),
            "I-Twilio-Idempotency-Token": idempotency,
        }
        try:
            async with self._session.post(
                URL(target, encoded=True), data=dict(form), headers=headers, allow_redirects=False
            ) as response:
                body = await response.content.read(_LARGEST_ANSWER)
                return Answer(response.status, response.content_type, body.decode("utf-8", "replace"))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(type(error).__name__) from None
