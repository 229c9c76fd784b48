"""Requests of the provider, signed and encoded before the clock starts; and ways to offer them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import aiohttp

from bench.running import Target
from telephony import twilio_forms
from telephony.numbers import PhoneNumber

CONNECTIONS: Final = 48
_BARE: Final = 2_000


class Unanswered(Exception):
    """A request got another answer than it must have; says which status."""


@dataclass(frozen=True, slots=True)
class Signed:
    """One request, ready to post."""

    path: str
    body: bytes
    headers: Mapping[str, str]


Ask = Callable[[aiohttp.ClientSession, Signed], Awaitable[float]]
"""Posts a request and returns the seconds until its answer. Raises Unanswered."""


def signed(target: Target, path: str, form: Mapping[str, str]) -> Signed:
    """What the provider would post there."""
    fields = {name: [value] for name, value in form.items()}
    signature = twilio_forms.sign(target.base_url + path, fields, token=target.token)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    return Signed(path, urlencode(form).encode(), headers)


def text(target: Target, phone: PhoneNumber, body: str, *, index: int) -> Signed:
    """What that phone writes; `index` makes its name, of which each text has its own."""
    sid = f"SM{index:032x}"
    form = {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": target.account_sid,
        "From": phone.e164,
        "To": target.sender,
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
        "ApiVersion": "2010-04-01",
    }
    return signed(target, "/sms/inbound", form)


async def answered(session: aiohttp.ClientSession, request: Signed) -> float:
    """Post a text that must be answered by one."""
    began = time.perf_counter()
    async with session.post(request.path, data=request.body, headers=request.headers) as response:
        body = await response.text()
        if response.status != 200 or "</Message>" not in body:
            raise Unanswered(response.status)
    return time.perf_counter() - began


async def noted(session: aiohttp.ClientSession, request: Signed) -> float:
    """Post news of a message."""
    began = time.perf_counter()
    async with session.post(request.path, data=request.body, headers=request.headers) as response:
        await response.read()
        if response.status != 204:
            raise Unanswered(response.status)
    return time.perf_counter() - began


async def steadily(
    session: aiohttp.ClientSession, requests: Iterable[Signed], ask: Ask, *, rate: float
) -> list[float]:
    """Offer so many a second whatever the answers take; the seconds each of them took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    tasks = []
    for index, request in enumerate(requests):
        await asyncio.sleep(max(0.0, began + index / rate - loop.time()))
        tasks.append(asyncio.ensure_future(ask(session, request)))
    return list(await asyncio.gather(*tasks))


async def flood(session: aiohttp.ClientSession, requests: Sequence[Signed], ask: Ask) -> float:
    """Offer them as fast as CONNECTIONS allow, in order; how many a second that was."""
    queue = iter(requests)

    async def connection() -> None:
        for request in queue:
            await ask(session, request)

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return len(requests) / (time.perf_counter() - began)


async def bare(session: aiohttp.ClientSession) -> float:
    """Requests a second for the page that only says the process is up."""
    numbers = iter(range(_BARE))

    async def connection() -> None:
        for _ in numbers:
            async with session.get("/healthz") as response:
                await response.read()

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return _BARE / (time.perf_counter() - began)


def p99(seconds: Sequence[float]) -> float:
    """What 99 of 100 did not exceed."""
    return sorted(seconds)[int(len(seconds) * 0.99)]
