"""The provider in the benchmark's own process: takes every text at once, and remembers whose phone has which.

So phones answer what they were sent, and news comes of messages that exist. It shares the loop of whoever
offers the load: what it costs is in their figures.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Final

from aiohttp import web

from telephony.numbers import synthetic

_FIRST: Final = 10**12  # names of texts; those of the texts that people write are below


@dataclass(frozen=True, slots=True)
class Accepted:
    """One text that was taken. `status_url`: where its news are wanted; `at`: when, in seconds."""

    to: str
    sid: str
    status_url: str
    at: float


@dataclass(slots=True)
class Carrier:
    """All it has taken, in order."""

    port: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def settings(self, per_second: float) -> Mapping[str, str]:
        """What makes a service send to it, from one number with a pace of so many segments a second."""
        sender = {"id": synthetic(0).e164, "segments_per_second": per_second}
        return {"TWILIO_API_BASE_URL": f"http://127.0.0.1:{self.port}", "SENDERS": json.dumps([sender])}

    def take(self, text: Accepted) -> None:
        """Note it, and tell who waits."""
        self.accepted.append(text)
        self._news.set()

    async def until_accepted(self, texts: int, *, seconds: float) -> bool:
        """Wait until so many were taken; False when that takes longer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(self.accepted) < texts:
                    self._news.clear()
                    await self._news.wait()
        return len(self.accepted) >= texts

    def per_second(self, first: int, last: int) -> float:
        """How fast it got its texts from the one at that place to another."""
        took = self.accepted[last - 1].at - self.accepted[first].at
        return (last - 1 - first) / took


@asynccontextmanager
async def accepting() -> AsyncIterator[Carrier]:
    """The carrier on a free port, until the block ends."""
    carrier, sids = Carrier(), count(_FIRST)

    async def take(request: web.Request) -> web.Response:
        form = await request.post()
        sid = f"SM{next(sids):032x}"
        carrier.take(Accepted(str(form["To"]), sid, str(form.get("StatusCallback", "")), monotonic()))
        return _row(201, sid, "queued")

    async def show(request: web.Request) -> web.Response:
        name = request.path.rpartition("/")[2].removesuffix(".json")
        return _row(200, name, "active" if name.startswith("AC") else "sent")

    application = web.Application()
    application.router.add_post("/{path:.*/Messages.json}", take)
    application.router.add_get("/{path:.*}", show)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        carrier.port = int(runner.addresses[0][1])
        yield carrier
    finally:
        await runner.cleanup()


def _row(status: int, sid: str, state: str) -> web.Response:
    row = {"sid": sid, "status": state, "account_sid": "AC", "error_code": None}
    return web.json_response(row, status=status)
