"""The provider's way in: its requests go straight to their views, past everything that is made for pages.

A webhook has no cookie, session, language or page. Under ASGI Django's middleware costs about ten times what
the webhook itself does, and a person is waiting for the answer. What a page's middleware would guard, the
door in core.webhooks guards: method, size, signature.
"""

import asyncio
import logging
import re
import select
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from time import monotonic
from typing import Final

from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import Http404, HttpResponse, HttpResponseBase
from django.urls import resolve

from channels_sms.webhooks import status
from config.fair_lines import FairLines
from config.grouping import Grouping
from core import flood
from core.webhooks import MOST_BYTES, is_signed

PREFIXES: Final = ("/sms/", "/voice/")
"""The provider's addresses."""

TEXTS: Final = "/sms/inbound"
"""Where people's texts come in."""

NEWS: Final = "/sms/status/"
"""Where the provider tells how messages fare."""

_FROM: Final = re.compile(rb"(?:^|&)From=([^&]{1,64})(?:&|$)")
_TAKEN_IN: Final = 200

logger = logging.getLogger(__name__)

_Scope = dict[str, object]
_Event = Mapping[str, object]
_Receive = Callable[[], Awaitable[_Event]]
_Send = Callable[[_Event], Awaitable[None]]
Application = Callable[[_Scope, _Receive, _Send], Awaitable[None]]


def beside(pages: Application, *, threads: int) -> Application:
    """The application that answers the provider on `threads` threads, and leaves the rest to `pages`."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="provider")
    lines = FairLines(monotonic)
    in_work = 0
    of_news = ThreadPoolExecutor(1, thread_name_prefix="news")

    async def told(requests: Sequence[tuple[_Scope, bytes]]) -> Sequence[HttpResponse]:
        return await asyncio.get_running_loop().run_in_executor(of_news, _answer_together, requests)

    news = Grouping(told)

    async def application(scope: _Scope, receive: _Receive, send: _Send) -> None:
        if not str(scope["path"]).startswith(PREFIXES):
            await pages(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            return  # the provider hung up before it had said everything: it will call again
        if str(scope["path"]).startswith(NEWS):
            await _say(await news.done((scope, body)), send)
            return
        phone = _phone(scope, body)
        # A stranger does not stand in a phone's line: there its owner would wait behind forgeries.
        if phone is None or (lines.is_busy(phone) and not is_signed(ASGIRequest(scope, BytesIO(body)))):
            await _say(await answered(scope, body), send)
            return
        async with lines.turn(phone) as too_fast:
            response = await answered(scope, body, too_fast=too_fast)
            if response.status_code == _TAKEN_IN:
                lines.took(phone)
        await _say(response, send)

    async def answered(scope: _Scope, body: bytes, *, too_fast: bool = False) -> HttpResponse:
        nonlocal in_work
        answer = _kept if too_fast else _answer
        in_work += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, answer, scope, body, others_wait)
        finally:
            in_work -= 1

    def others_wait() -> bool:
        return in_work > threads

    return application


def _phone(scope: _Scope, body: bytes) -> bytes | None:
    """The phone that a text says it comes from, as it is written in the form; None for all other requests."""
    found = _FROM.search(body) if scope["path"] == TEXTS else None
    return found[1] if found else None


def _kept(scope: _Scope, body: bytes, others_wait: Callable[[], bool]) -> HttpResponse:
    """The same for a text of a phone that writes too fast."""
    with flood.pressed():
        return _answer(scope, body, others_wait)


async def _body(receive: _Receive) -> bytes | None:
    """What was posted, cut just above the most that is read: the door refuses it by its size."""
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        chunk = event.get("body", b"")
        if isinstance(chunk, bytes) and len(body) <= MOST_BYTES:
            body += chunk
        if not event.get("more_body"):
            return bytes(body)


def _answer(scope: _Scope, body: bytes, others_wait: Callable[[], bool]) -> HttpResponse:
    """What the view of that address says. The thread keeps its connection for a request that waits."""
    _drop_a_dead_connection()
    try:
        return _said(scope, body)
    finally:
        if not others_wait():
            connection.close()


def _answer_together(requests: Sequence[tuple[_Scope, bytes]]) -> Sequence[HttpResponse]:
    """What is said to the news in these requests: to all at once or, where that fails, to each by itself.

    The thread's connection is given back as soon as nothing comes: a pool may be as small as its owner likes.
    """
    _drop_a_dead_connection()
    try:
        asked = [ASGIRequest(scope, BytesIO(body)) for scope, body in requests]
        return status.together([(request, request.path_info[len(NEWS) :]) for request in asked])
    except Exception as error:  # noqa: BLE001 - whoever it is about hears of it below
        logger.warning("news were not taken in together: %s", type(error).__name__)
        return [_said(scope, body) for scope, body in requests]
    finally:
        connection.close()


def _said(scope: _Scope, body: bytes) -> HttpResponse:
    response: HttpResponseBase
    try:
        request = ASGIRequest(scope, BytesIO(body))
        view = resolve(request.path_info)
        response = view.func(request, *view.args, **view.kwargs)
    except Http404:
        response = HttpResponse(status=404)
    except Exception as error:  # noqa: BLE001 - the last line of defence, as Django's own handler is
        # Where, not what: the words of an exception may be a person's. The provider turns to its fallback.
        place = traceback.extract_tb(error.__traceback__)[-1]
        logger.error("a webhook failed: %s at %s:%s", type(error).__name__, place.filename, place.lineno)  # noqa: TRY400
        response = HttpResponse(status=500)
    if not isinstance(response, HttpResponse):
        raise TypeError("a webhook's answer is not a stream")
    return response


def _drop_a_dead_connection() -> None:
    """Let go of a connection that this thread kept and the server closed meanwhile.

    Elsewhere the server is asked before a connection is used again. Here people wait, and that trip is saved:
    a server that goes away closes its end, which shows without asking.
    """
    line = connection.connection
    if line is None:
        return
    if connection.errors_occurred or line.closed or _has_something_to_say(line.fileno()):
        connection.close()


def _has_something_to_say(file: int) -> bool:
    """Whether an idle server sends something: in between requests that is its farewell."""
    watch = select.poll()
    watch.register(file, select.POLLIN)
    return bool(watch.poll(0))


async def _say(response: HttpResponse, send: _Send) -> None:
    headers: Iterable[tuple[str, str]] = [*response.items(), ("Content-Length", str(len(response.content)))]
    await send(
        {
            "type": "http.response.start",
            "status": response.status_code,
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        }
    )
    await send({"type": "http.response.body", "body": response.content})
