import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from config import provider_lane
from core.webhooks import MOST_BYTES

WORDS = "words of a person"
FORM = "application/x-www-form-urlencoded"


def broken(_request: HttpRequest) -> HttpResponse:
    raise ValueError(WORDS)


urlpatterns = [path("sms/broken", broken), path("sms/", include("channels_sms.urls"))]
Event = Mapping[str, object]


async def pages(_scope: object, _receive: object, send: provider_lane._Send) -> None:
    await send({"type": "pages"})


async def answer(address: str, *chunks: bytes, hangs_up: bool = False, kind: str = FORM) -> Sequence[Event]:
    """What the application says to a POST of these chunks."""
    events: list[Event] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    events.append({"type": "http.disconnect"} if hangs_up else {"type": "http.request", "body": b""})
    said: list[Event] = []

    async def receive() -> Event:
        return events.pop(0)

    async def send(event: Event) -> None:
        said.append(event)

    headers = [(b"host", b"127.0.0.1"), (b"content-type", kind.encode()), (b"x-twilio-signature", b"forged")]
    scope: dict[str, object] = {
        "type": "http",
        "method": "POST",
        "path": address,
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
    }
    await provider_lane.beside(pages, threads=1)(scope, receive, send)
    return said


async def test_every_other_address_goes_to_the_pages() -> None:
    assert await answer("/console/") == [{"type": "pages"}]


@pytest.mark.parametrize(
    ("chunks", "kind", "status"),
    [
        ([b"Body=hello"], FORM, 403),
        ([b"x" * MOST_BYTES, b"x"], FORM, 413),
        ([b"&".join(b"f%d=1" % index for index in range(500))], FORM, 403),
        ([b"Body=hello"], f"{FORM}; charset=utf-16", 403),
        ([b"--x\r\nnonsense"], "multipart/form-data; boundary=x", 403),
    ],
)
async def test_what_nobody_signed_gets_a_bare_refusal(
    chunks: list[bytes], kind: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        start, body = await answer("/sms/inbound", *chunks, kind=kind)
    assert start["status"] == status
    assert body["body"] == b""
    assert not caplog.records


async def test_a_provider_that_hangs_up_in_the_middle_is_not_answered() -> None:
    assert await answer("/sms/inbound", b"Body=he", hangs_up=True) == []


async def test_an_address_that_is_none_is_not_found() -> None:
    start, _ = await answer("/sms/nothing")
    assert start["status"] == 404


@pytest.mark.urls(__name__)
async def test_a_view_that_fails_is_logged_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    start, _ = await answer("/sms/broken")
    assert start["status"] == 500
    assert "ValueError" in caplog.text
    assert WORDS not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    """The thread keeps its connection; the text that comes after the server went away is answered."""

    def backend() -> int:
        provider_lane._drop_a_dead_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    with ThreadPoolExecutor(1) as thread:
        first, again = thread.submit(backend).result(), thread.submit(backend).result()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
        later = thread.submit(backend).result()
        thread.submit(connections.close_all).result()
    assert first == again != later
