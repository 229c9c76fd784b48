"""A small server that speaks just enough of the provider's API, for the tests of our client."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qsl

from aiohttp import web

from telephony.messages import ListedMessage, OutboundSms
from telephony.numbers import synthetic
from telephony.twilio_api import Twilio, TwilioConfig

ACCOUNT = "AC" + "0" * 32
TOKEN = "a token of ours"
SID = "SM" + "a" * 32
PHONE, LINE = synthetic(21), synthetic(22)
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SMS = OutboundSms(
    to=PHONE,
    sender=LINE.e164,
    body="Tuo stato? 1 salvo, 2 aiuto • è & + % = ?",
    status_url="https://alongside.example/sms/status/abc",
    valid_seconds=3600,
)
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
MESSAGE = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}.json"

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def record(**changes: object) -> dict[str, object]:
    """A message as the provider shows it, with the fields we read."""
    made = {
        "sid": SID,
        "to": PHONE.e164,
        "from": LINE.e164,
        "body": SMS.body,
        "status": "queued",
        "error_code": None,
        "date_created": format_datetime(NOON),
        "date_sent": None,
        "date_updated": format_datetime(NOON),
    }
    return {**made, **changes}


def page(records: Iterable[dict[str, object]], next_page: str | None = None) -> dict[str, object]:
    return {"messages": list(records), "next_page_uri": next_page, "page": 0, "page_size": 1000, "uri": ""}


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    fields: dict[str, str]
    headers: dict[str, str]
    peer: object


@dataclass
class Api:
    """A server that speaks just enough of the provider's API: it answers what it is told, and remembers."""

    address: str = ""
    seen: list[Seen] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def answer(self, body: object, status: int = 200, **headers: str) -> None:
        """Answer one more request with that JSON."""

        async def respond(_request: web.Request) -> web.StreamResponse:
            return web.json_response(body, status=status, headers=headers)

        self.answers.append(respond)

    def answer_text(self, text: str, status: int = 200) -> None:
        """Answer one more request with that text."""

        async def respond(_request: web.Request) -> web.StreamResponse:
            return web.Response(text=text, status=status)

        self.answers.append(respond)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Remember the request and give the next answer."""
        encoded = request.query_string if request.method == "GET" else (await request.read()).decode()
        fields = dict(parse_qsl(encoded, keep_blank_values=True))
        peer = request.transport and request.transport.get_extra_info("peername")
        self.seen.append(Seen(request.method, request.path, fields, dict(request.headers), peer))
        return await self.answers.pop(0)(request)


def config(address: str, **changes: float) -> TwilioConfig:
    return TwilioConfig(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        base_url=address,
        connections=int(changes.get("connections", 64)),
        connect_seconds=changes.get("connect_seconds", 5.0),
        total_seconds=changes.get("total_seconds", 15.0),
    )


async def listed(twilio: Twilio, since: datetime = NOON) -> list[ListedMessage]:
    """What the provider's list holds of our phone since then."""
    return [message async for message in twilio.list_messages(PHONE, since=since)]
