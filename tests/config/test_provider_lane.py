import asyncio
import logging
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from config import provider_lane
from core import delivery
from core.models import Message
from core.webhooks import MOST_BYTES
from telephony import twilio_forms
from telephony.messages import Channel
from tests import make

WORDS = "words of a person"
FORM = "application/x-www-form-urlencoded"


def broken(_request: HttpRequest) -> HttpResponse:
    raise ValueError(WORDS)


urlpatterns = [path("sms/broken", broken), path("sms/", include("channels_sms.urls"))]
Event = Mapping[str, object]


async def pages(_scope: object, _receive: object, send: provider_lane._Send) -> None:
    await send({"type": "pages"})


async def answer(
    address: str, *chunks: bytes, hangs_up: bool = False, kind: str = FORM, signed: str = "forged"
) -> Sequence[Event]:
    """What the application says to a POST of these chunks."""
    return await answer_of(
        provider_lane.beside(pages, threads=1), address, *chunks, hangs_up=hangs_up, kind=kind, signed=signed
    )


async def answer_of(
    application: provider_lane.Application,
    address: str,
    *chunks: bytes,
    hangs_up: bool = False,
    kind: str = FORM,
    signed: str = "forged",
) -> Sequence[Event]:
    events: list[Event] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    events.append({"type": "http.disconnect"} if hangs_up else {"type": "http.request", "body": b""})
    said: list[Event] = []

    async def receive() -> Event:
        return events.pop(0)

    async def send(event: Event) -> None:
        said.append(event)

    headers = [
        (b"host", b"127.0.0.1"),
        (b"content-type", kind.encode()),
        (b"x-twilio-signature", signed.encode()),
    ]
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
    await application(scope, receive, send)
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


class News:
    """Signed news of three texts, and what is said when they come at the same time."""

    def __init__(self) -> None:
        self.texts = [
            Message.objects.create(
                contact=make.traveller(),
                direction=Message.Direction.OUT,
                channel=Channel.SMS,
                sender=make.SENDER,
                created_at=make.NOW,
                token=uuid.uuid4(),
            )
            for _ in range(3)
        ]

    def come(self) -> list[int]:
        async def all_come() -> list[int]:
            lane = provider_lane.beside(pages, threads=1)
            said = await asyncio.gather(
                *[self._comes(lane, text) for text in self.texts], self._is_forged(lane)
            )
            return [int(str(start["status"])) for start, _ in said]

        return asyncio.run(all_come())

    def statuses(self) -> list[str]:
        return [str(status) for status in Message.objects.order_by("pk").values_list("status", flat=True)]

    async def _comes(self, lane: provider_lane.Application, text: Message) -> Sequence[Event]:
        path, form = f"/sms/status/{text.token}", {"MessageSid": f"SM{text.pk:032x}", "MessageStatus": "sent"}
        fields = {name: [value] for name, value in form.items()}
        signed = twilio_forms.sign(settings.PUBLIC_BASE_URL + path, fields, token=settings.TWILIO_AUTH_TOKEN)
        return await answer_of(lane, path, urlencode(form).encode(), signed=signed)

    async def _is_forged(self, lane: provider_lane.Application) -> Sequence[Event]:
        return await answer_of(
            lane, f"/sms/status/{self.texts[0].token}", b"MessageStatus=failed&MessageSid=SM1"
        )


@pytest.mark.django_db(transaction=True)
def test_news_that_come_together_are_taken_in_together(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, record_all = list[int](), delivery.record_all

    def counted(news: Sequence[delivery.News], *, now: datetime) -> Sequence[bool]:
        sizes.append(len(news))
        return record_all(news, now=now)

    monkeypatch.setattr(delivery, "record_all", counted)
    news = News()
    assert news.come() == [204, 204, 204, 403]
    assert news.statuses() == ["sent", "sent", "sent"]
    assert sizes == [3]


@pytest.mark.django_db(transaction=True)
def test_news_that_nobody_can_take_in_keep_the_others_out_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    news, record_all = News(), delivery.record_all

    def chokes(told: Sequence[delivery.News], *, now: datetime) -> Sequence[bool]:
        if any(one.token == news.texts[1].token for one in told):
            raise OperationalError(WORDS)
        return record_all(told, now=now)

    monkeypatch.setattr(delivery, "record_all", chokes)
    assert news.come() == [204, 503, 204, 403]
    assert news.statuses() == ["sent", "", "sent"]
