"""A twin in real HTTP with its time in the test's hands, and a service for it to call."""

import base64
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from twilio.request_validator import RequestValidator

from telephony.numbers import synthetic
from twin.account import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN, DEMO_SENDERS
from twin.assembly import Setup
from twin.clock import HandClock
from twin.phones import Service
from twin.server import Running, running
from twin.sound import wave_file

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SENDER = DEMO_SENDERS[0].id
OTHER_SENDER = DEMO_SENDERS[1].id
BASE = f"/2010-04-01/Accounts/{DEMO_ACCOUNT_SID}"


@dataclass(frozen=True)
class Received:
    """What the service got. `signed` says whether the signature was right."""

    path: str
    form: Mapping[str, str]
    signed: bool
    idempotency: str


@dataclass
class FakeService:
    """A service that notes what it gets and answers inbound texts with what the test prepared.

    `pages` are documents for calls, TwiML without its `<Response>`, by path.
    """

    url: str
    received: list[Received] = field(default_factory=list)
    answers: list[tuple[int, str, str]] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)

    def says(self, *texts: str) -> None:
        """Answer the next inbound text with these."""
        messages = "".join(f"<Message>{text}</Message>" for text in texts)
        self.answers.append((200, "text/xml", f'<?xml version="1.0"?><Response>{messages}</Response>'))

    def statuses(self) -> list[str]:
        """The statuses reported to the callback URL, in order of arrival."""
        return [one.form["MessageStatus"] for one in self.received if one.path.startswith("/sms/status/")]

    def inbound(self) -> list[Received]:
        """The texts that came in."""
        return [one for one in self.received if one.path == "/sms/inbound"]


@pytest.fixture
def service() -> Iterator[FakeService]:
    """A service on a thread of its own."""
    validator = RequestValidator(DEMO_AUTH_TOKEN)

    class Reception(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = dict(parse_qsl(body, keep_blank_values=True))
            signed = validator.validate(fake.url + self.path, form, self.headers["X-Twilio-Signature"])
            fake.received.append(
                Received(self.path, form, signed, self.headers["I-Twilio-Idempotency-Token"])
            )
            inbound = self.path == "/sms/inbound"
            status, kind, text = (
                fake.answers.pop(0)
                if inbound and fake.answers
                else (200, "text/xml", f"<Response>{fake.pages.get(self.path, '')}</Response>")
            )
            self._answer(status, kind, text.encode())

        def do_GET(self) -> None:
            self._answer(200, "audio/x-wav", wave_file(1))

        def _answer(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Reception)
    fake = FakeService(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass(frozen=True)
class Answered:
    """An HTTP answer. `json` is None when there is no body."""

    status: int
    json: Any


@dataclass(frozen=True)
class Wire:
    """Speaks HTTP to a twin, as the provider's customer and as a tester."""

    running: Running
    service: FakeService

    def ask(
        self, method: str, path: str, *, form: Mapping[str, str] | None = None, token: str = ""
    ) -> Answered:
        """A request to the provider's interface, with the right token unless another is given."""
        login = base64.b64encode(f"{DEMO_ACCOUNT_SID}:{token or DEMO_AUTH_TOKEN}".encode()).decode()
        data = urlencode(form).encode() if form is not None else None
        return _open(method, self.running.url + path, data, {"Authorization": f"Basic {login}"})

    def control(self, method: str, path: str, body: object = None) -> Answered:
        """A request to the twin's own interface."""
        data = json.dumps(body).encode() if body is not None else None
        return _open(method, f"{self.running.url}/twin{path}", data, {"Content-Type": "application/json"})

    def create(self, to: str, body: str = "Are you safe?", **more: str) -> Answered:
        """Order a text from the first sender, with a status callback."""
        callback = f"{self.service.url}/sms/status/tok-1"
        form = {"To": to, "From": SENDER, "Body": body, "StatusCallback": callback, **more}
        return self.ask("POST", f"{BASE}/Messages.json", form={k: v for k, v in form.items() if v})

    def fetch(self, sid: str) -> Answered:
        """The message as it stands."""
        return self.ask("GET", f"{BASE}/Messages/{sid}.json")

    def status(self, sid: str) -> str:
        """Where the message is."""
        return str(self.fetch(sid).json["status"])

    def listed(self, **filters: str) -> Answered:
        """A page of messages."""
        return self.ask("GET", f"{BASE}/Messages.json?{urlencode(filters)}")

    def call(self, to: str, **more: str) -> Answered:
        """Order a call from the first sender to a phone; it is answered at /voice/answer."""
        form = {"To": to, "From": SENDER, "Url": f"{self.service.url}/voice/answer", **more}
        return self.ask("POST", f"{BASE}/Calls.json", form=form)

    def dial(self, number: str) -> Answered:
        """Call the service from a phone, and see it answered."""
        dialled = self.control("POST", f"/phones/{number}/dial", {})
        self.running.settle()
        return dialled

    def type(self, number: str, body: str, to: str = SENDER) -> Answered:
        """Type on a phone."""
        return self.control("POST", f"/phones/{number}/send", {"body": body, "to": to})

    def trouble(self, kind: str, **more: object) -> None:
        """Turn a knob."""
        assert self.control("POST", "/faults", {"kind": kind, **more}).status == 200

    def thread(self, number: str) -> Sequence[Mapping[str, Any]]:
        """What stands on a phone."""
        thread: Sequence[Mapping[str, Any]] = self.control("GET", f"/phones/{number}").json["thread"]
        return thread


def _open(method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> Answered:
    request = urllib.request.Request(url, method=method, data=data, headers=dict(headers))  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - our own server
            text = response.read()
            return Answered(response.status, json.loads(text) if text else None)
    except urllib.error.HTTPError as error:
        with error:
            text = error.read()
            return Answered(error.code, json.loads(text) if text else None)


@pytest.fixture
def wire(service: FakeService) -> Iterator[Wire]:
    """A twin whose clock stands still until the test moves it."""
    with running(Setup(served_by(service)), clock=HandClock(START)) as started:
        yield Wire(started, service)


def served_by(service: FakeService) -> Service:
    """Where texts and calls go."""
    return Service(f"{service.url}/sms/inbound", voice_url=f"{service.url}/voice/answer")


@pytest.fixture
def number() -> str:
    """A phone number that is never in service."""
    return synthetic(7).e164
