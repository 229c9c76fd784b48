"""The twin as a program: its start, its end, what it keeps, what it lets in."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from telephony.numbers import synthetic
from tests.twin.conftest import BASE, SENDER, START, FakeService, Wire
from twin.account import USUAL_LANGUAGES, Language
from twin.assembly import Setup
from twin.clock import HandClock
from twin.environment import languages
from twin.phones import Service
from twin.server import main, running

ROOT = Path(__file__).resolve().parents[2]


def _keeping(service: FakeService, file: Path) -> Setup:
    return Setup(Service(f"{service.url}/sms/inbound"), state_file=file)


def test_a_second_start_finds_the_phones_and_finishes_what_was_under_way(
    service: FakeService, tmp_path: Path, number: str
) -> None:
    file = tmp_path / "twin.json"
    service.says("Hello.")
    with running(_keeping(service, file), clock=HandClock(START)) as started:
        wire = Wire(started, service)
        wire.control("POST", "/phones", {"number": number, "language": "ar", "answers_with": ["1"]})
        wire.type(number, "STOP")
        wire.running.advance(10)
        under_way = wire.create(synthetic(8).e164).json["sid"]
        thread = wire.thread(number)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with running(_keeping(service, file), clock=HandClock(START), seed=2) as started:
        wire = Wire(started, service)
        phone = wire.control("GET", f"/phones/{number}").json
        assert phone["thread"] == thread
        assert (phone["language"], phone["answers_with"]) == ("ar", ["1"])
        assert wire.create(number).json["code"] == 21610
        wire.running.advance(10)
        assert wire.status(under_way) == "delivered"


def test_a_state_file_that_is_not_ours_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "twin.json"
    file.write_text("{}")
    assert main(["--port", "0", "--state", str(file)], {}) == 1
    assert capsys.readouterr().err == "twin: twin.json cannot be read; delete it to begin anew\n"
    assert file.read_text() == "{}"


def test_a_taken_port_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)], {}) == 1
    assert capsys.readouterr().err == f"twin: 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TWILIO_ACCOUNT_SID", "AC12"),
        ("TWIN_LANGUAGES", '[{"name": "English"}]'),
        ("SENDERS", "none"),
        ("SENDERS", "[]"),
        ("SENDERS", '[{"id": "x", "segments_per_second": 0}]'),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    assert main(["--port", "0"], {name: value}) == 1
    complaint = capsys.readouterr().err
    assert name in complaint
    assert complaint.count("\n") == 1


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_the_program_starts_says_where_the_phones_are_and_ends_cleanly(sign: signal.Signals) -> None:
    senders = json.dumps([{"id": synthetic(3).e164, "sms": True, "segments_per_second": 5}])
    program = subprocess.Popen(
        [sys.executable, "-m", "twin", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "SENDERS": senders},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline().startswith("phones: http://127.0.0.1:")
    program.send_signal(sign)
    _, complaint = program.communicate(timeout=5)
    assert (program.returncode, complaint) == (0, "")


async def test_news_arrive_by_themselves(wire: Wire, number: str) -> None:
    origin = {"Origin": wire.running.url}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{wire.running.url}/twin/live", headers=origin) as live,
    ):
        await live.send_str(number)
        first = await live.receive_json(timeout=5)
        assert first["thread"] is None
        form = {"To": number, "From": SENDER, "Body": "Are you safe?"}
        login = aiohttp.encode_basic_auth(*_login(wire))
        path = f"{wire.running.url}{BASE}/Messages.json"
        async with session.post(path, data=form, headers={"Authorization": login}) as created:
            sid = (await created.json())["sid"]
        news = await live.receive_json(timeout=5)
    assert [one["number"] for one in news["phones"]] == [number]
    assert [(one["sid"], one["status"]) for one in news["thread"]["entries"]] == [(sid, "queued")]


def _login(wire: Wire) -> tuple[str, str]:
    credentials = wire.running.twin.account.credentials
    return credentials.account_sid, credentials.auth_token


@pytest.mark.parametrize("origin", ["http://example.org", "null"])
async def test_another_web_site_can_neither_watch_nor_type(wire: Wire, number: str, origin: str) -> None:
    headers = {"Origin": origin}
    async with aiohttp.ClientSession(headers=headers) as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{wire.running.url}/twin/live")
        async with session.post(f"{wire.running.url}/twin/phones", json={"number": number}) as answer:
            assert answer.status == 403
    assert wire.control("GET", "/phones").json["total"] == 0


async def test_the_page_allows_nothing_inline_and_nothing_from_elsewhere(wire: Wire) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{wire.running.url}/") as page:
        policy = page.headers["Content-Security-Policy"]
        text = await page.text()
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    assert "style=" not in text
    assert "http" not in text


def test_phones_offer_the_languages_the_environment_names() -> None:
    rows = [{"tag": "en", "name": "English"}, {"tag": "ur", "name": "اردو", "direction": "rtl"}]
    found = languages({"TWIN_LANGUAGES": json.dumps(rows)})
    assert found == (Language("en", "English"), Language("ur", "اردو", "rtl"))
    assert languages({}) == USUAL_LANGUAGES
