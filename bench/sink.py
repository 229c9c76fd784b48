"""A web server that accepts every message at once: what is left is the cost of the sender's side.

It takes as little of the machine as Python can, because every side shares the cores with it: one protocol on
the parser and the loop of the web processes, no request object, no routing.
"""

import asyncio
import sys
from itertools import count
from typing import Final, cast

import httptools
import uvloop

_HEAD: Final = b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_BODY: Final = b'{"sid":"SM%032x","status":"queued","account_sid":"AC","error_code":null}'
_EMPTY: Final = _HEAD % (200, b"OK", 0)
_CREATED: Final = _HEAD % (201, b"Created", len(_BODY % 0))

_sids = count(1)
_held: "list[_Connection] | None" = []  # connections with an answer to come; None: open


class _Connection(asyncio.Protocol):
    """One client. Requests to /held are answered once somebody has posted to /open."""

    # What asyncio and the parser call is named by them.
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._url = b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_message_complete(self) -> None:
        if self._url.startswith(b"/open"):
            self._transport.write(_EMPTY)
            _let_go()
        elif _held is not None and self._url.startswith(b"/held"):
            _held.append(self)
        else:
            self.accept()

    def accept(self) -> None:
        """Answer one request as the provider does."""
        self._transport.write(_CREATED + _BODY % next(_sids))


def _let_go() -> None:
    global _held
    waiting, _held = _held or [], None
    for connection in waiting:
        connection.accept()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Ends with the benchmark that holds the other end of this pipe.
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    uvloop.run(_serve())
