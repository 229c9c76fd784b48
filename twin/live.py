"""News for open pages, over one WebSocket each: gathered for a moment, so a busy campaign stays readable."""

import asyncio
from dataclasses import dataclass
from typing import Final

from aiohttp import WSMsgType, web

from twin.account import Account
from twin.call_control import call_view
from twin.calls import Calls
from twin.control import THREAD_SHOWN, entry_json, phone_json
from twin.webhooks import Errands

_GATHER_SECONDS: Final = 0.15
_MOST_PHONES: Final = 200


@dataclass(slots=True, eq=False)
class _Page:
    """One open page and the phone it shows; empty for none."""

    socket: web.WebSocketResponse
    open_number: str = ""


class Live:
    """Tells every open page what changed."""

    def __init__(self, account: Account, calls: Calls) -> None:
        self._account = account
        self._calls = calls
        self._pages: set[_Page] = set()
        self._changed: dict[str, None] = {}  # ordered: the latest last
        self._waiting = False
        self._errands = Errands()
        account.watchers.append(self._note)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """An open page. It sends the number it shows; it gets phones, and the thread it shows."""
        if request.headers.get("Origin", "").partition("://")[2] != request.host:
            return web.Response(status=403)
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        page = _Page(socket)
        self._pages.add(page)
        try:
            async for said in socket:
                if said.type is WSMsgType.TEXT:
                    page.open_number = said.data
                    await self._tell(page, [page.open_number])
        finally:
            self._pages.discard(page)
        return socket

    async def close(self) -> None:
        """Send the pages away."""
        await self._errands.abandon()
        for page in tuple(self._pages):
            await page.socket.close(code=1001, message=b"the twin stops")

    def _note(self, number: str) -> None:
        if not self._pages:
            return
        self._changed.pop(number, None)
        self._changed[number] = None
        if not self._waiting:
            self._waiting = True
            self._errands.begin(self._spread())

    async def _spread(self) -> None:
        await asyncio.sleep(_GATHER_SECONDS)
        self._waiting = False
        numbers = list(self._changed)
        self._changed.clear()
        for page in tuple(self._pages):
            await self._tell(page, numbers)

    async def _tell(self, page: _Page, numbers: list[str]) -> None:
        phones = [self._account.phones[number] for number in numbers if number in self._account.phones]
        news: dict[str, object] = {
            "total": len(self._account.phones),
            "gone": [number for number in numbers if number not in self._account.phones],
            "phones": [phone_json(phone, self._account) for phone in phones[-_MOST_PHONES:]],
            "thread": None,
        }
        shown = self._account.phones.get(page.open_number) if page.open_number in numbers else None
        if shown is not None:
            entries = [entry_json(entry) for entry in shown.thread[-THREAD_SHOWN:]]
            calls = [call_view(call) for call in reversed(self._calls.recent(shown.number))]
            news["thread"] = {"number": shown.number, "entries": entries, "calls": calls}
        try:
            await page.socket.send_json(news)
        except ConnectionError:
            self._pages.discard(page)
