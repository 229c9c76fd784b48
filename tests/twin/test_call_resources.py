"""Calls and recordings over HTTP: as the provider's customer meets them, and by the twin's own interface."""

import base64
import urllib.request

import pytest

from telephony.numbers import synthetic
from tests.caller import Caller
from tests.twin.conftest import BASE, SENDER, Wire
from twin.account import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN

MENU = '<Gather numDigits="1" action="/voice/turn"><Say>Press 1.</Say></Gather>'
RECORD = '<Record action="/voice/turn"/>'


@pytest.fixture
def caller(wire: Wire) -> Caller:
    """A handset on the twin that talks HTTP."""
    wire.service.pages = {"/voice/answer": MENU, "/voice/turn": "<Say>Thank you.</Say>"}
    return Caller(synthetic(7), wire.running)


def _call(wire: Wire, sid: str) -> str:
    return f"{BASE}/Calls/{sid}.json"


def _sound(wire: Wire, url: str, token: str = DEMO_AUTH_TOKEN) -> bytes:
    login = base64.b64encode(f"{DEMO_ACCOUNT_SID}:{token}".encode()).decode()
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {login}"})  # noqa: S310 - our own
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - our own
        found: bytes = response.read()
    return found


def test_the_same_conversation_runs_over_http_and_every_request_is_signed(wire: Wire, caller: Caller) -> None:
    call = caller.dials().hears("Press 1.").presses("1").hears("Thank you.")
    assert call.status == "completed"
    assert [(one.path, one.signed) for one in wire.service.received] == [
        ("/voice/answer", True),
        ("/voice/turn", True),
    ]


def test_a_call_shows_its_time_and_who_answered(wire: Wire, caller: Caller) -> None:
    sid = wire.call(caller.number.e164, MachineDetection="Enable").json["sid"]
    call = caller.rings().answers()
    call.presses("1").listens()
    shown = wire.ask("GET", _call(wire, sid)).json
    assert (shown["status"], shown["answered_by"], shown["direction"]) == (
        "completed",
        "human",
        "outbound-api",
    )
    assert shown["duration"] == str(call.call.seconds)
    assert shown["start_time"]
    assert shown["end_time"]


def test_an_answered_call_is_hung_up_by_the_service(wire: Wire, caller: Caller) -> None:
    sid = wire.call(caller.number.e164).json["sid"]
    call = caller.rings().answers()
    assert wire.ask("POST", _call(wire, sid), form={"Status": "canceled"}).json["status"] == "in-progress"
    assert wire.ask("POST", _call(wire, sid), form={"Status": "completed"}).json["status"] == "completed"
    assert wire.ask("POST", _call(wire, sid), form={"Status": "completed"}).json["code"] == 21220
    assert call.is_over


@pytest.mark.parametrize("where", [{"Twiml": "<Response><Say>Elsewhere.</Say></Response>"}, {"Url": ""}])
def test_an_answered_call_is_sent_elsewhere(wire: Wire, caller: Caller, where: dict[str, str]) -> None:
    wire.service.pages["/voice/elsewhere"] = "<Say>Elsewhere.</Say>"
    form = where if where.get("Twiml") else {"Url": f"{wire.service.url}/voice/elsewhere"}
    sid = wire.call(caller.number.e164).json["sid"]
    assert wire.ask("POST", _call(wire, sid), form=form).json["code"] == 21220
    call = caller.rings().answers().hears("Press 1.")
    assert wire.ask("POST", _call(wire, sid), form=form).status == 200
    call.hears("Elsewhere.")


def test_the_children_of_a_call_are_listed(wire: Wire, caller: Caller) -> None:
    wire.service.pages["/voice/answer"] = f"<Dial>{synthetic(8).e164}</Dial>"
    call = caller.dials().listens()
    children = wire.ask("GET", f"{BASE}/Calls.json?ParentCallSid={call.call.sid}").json["calls"]
    assert [(one["to"], one["direction"]) for one in children] == [(synthetic(8).e164, "outbound-dial")]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"To": "12"}, 21211),
        ({"To": SENDER}, 21266),
        ({"Url": ""}, 21205),
        ({"Url": "", "Twiml": "x" * 4001}, 20001),
        ({"Timeout": "601"}, 20001),
        ({"TimeLimit": "0"}, 20001),
        ({"MachineDetection": "Perhaps"}, 20001),
        ({"StatusCallback": "nowhere"}, 21609),
    ],
)
def test_a_wrong_order_is_refused(wire: Wire, number: str, changed: dict[str, str], code: int) -> None:
    order = {name: value for name, value in changed.items() if name != "To"}
    refused = wire.call(changed.get("To", number), **order)
    assert refused.json["code"] == code
    assert wire.ask("GET", f"{BASE}/Calls.json").json["calls"] == []


def test_an_order_is_refused_with_any_code_that_is_set(wire: Wire, number: str) -> None:
    wire.trouble("refuse", value=21217, count=1)
    assert wire.call(number).json["code"] == 21217
    assert wire.call(number).status == 201


def test_a_recording_is_fetched_with_the_login_and_deleted(wire: Wire, caller: Caller) -> None:
    wire.service.pages["/voice/answer"] = RECORD
    call = caller.dials().says("We are in the cellar", seconds=3).presses("#")
    form = next(one.form for one in wire.service.received if one.path == "/voice/turn")
    url = form["RecordingUrl"]
    place = url.removeprefix(wire.running.url)
    assert wire.ask("GET", f"{place}.json").json["status"] == "processing"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        _sound(wire, url)
    wire.running.advance(2)
    assert _sound(wire, url) == _sound(wire, f"{url}.wav")
    assert _sound(wire, url)[:4] == b"RIFF"
    assert len(_sound(wire, url)) == 44 + 3 * 8000
    with pytest.raises(urllib.error.HTTPError, match="401"):
        _sound(wire, url, token="wrong")
    listed = wire.ask("GET", f"{BASE}/Calls/{call.call.sid}/Recordings.json").json["recordings"]
    assert [one["sid"] for one in listed] == [form["RecordingSid"]]
    assert wire.ask("DELETE", f"{place}.json").status == 204
    assert wire.ask("GET", f"{place}.json").status == 404
    assert wire.ask("GET", f"{BASE}/Recordings.json").json["recordings"] == []


# ---- the twin's own interface


def test_a_call_is_made_answered_and_read_by_hand(wire: Wire, caller: Caller, number: str) -> None:
    sid = wire.dial(number).json["sid"]
    wire.control("POST", f"/calls/{sid}/press", {"keys": "1"})
    wire.running.settle()
    wire.running.advance(10)
    shown = wire.control("GET", f"/calls/{sid}").json
    assert shown["status"] == "completed"
    assert [(one["who"], one["verb"], one["text"]) for one in shown["transcript"]] == [
        ("phone", "dials", SENDER),
        ("service", "Say", "Press 1."),
        ("phone", "presses", "1"),
        ("service", "Say", "Thank you."),
    ]
    assert wire.control("GET", f"/phones/{number}/calls").json["calls"] == [shown]


def test_a_phone_shows_the_call_it_is_in(wire: Wire, caller: Caller, number: str) -> None:
    sid = wire.call(number).json["sid"]
    wire.running.advance(1)
    shown = {"sid": sid, "status": "ringing", "begun_here": False}
    assert wire.control("GET", f"/phones/{number}").json["call"] == shown
    assert wire.control("POST", f"/calls/{sid}/answer", {}).json["status"] == "in-progress"
    assert wire.control("POST", f"/calls/{sid}/hang-up", {}).json["status"] == "completed"
    assert wire.control("GET", f"/phones/{number}").json["call"] is None


def test_words_silence_and_a_second_delivery_by_hand(wire: Wire, caller: Caller, number: str) -> None:
    wire.service.pages["/voice/answer"] = '<Gather input="speech" action="/voice/turn"/>'
    sid = wire.dial(number).json["sid"]
    wire.control("POST", f"/calls/{sid}/say", {"text": "Libya", "confidence": 0.4})
    wire.running.settle()
    again = wire.control("POST", f"/calls/{sid}/redeliver", {}).json
    assert again == {"status": 200, "body": "<Response><Say>Thank you.</Say></Response>"}
    turns = [one for one in wire.service.received if one.path == "/voice/turn"]
    assert [one.form["SpeechResult"] for one in turns] == ["Libya", "Libya"]


def test_the_sound_of_a_line_is_there_for_the_page(wire: Wire, number: str) -> None:
    wire.service.pages = {"/voice/answer": "<Play>/clip.wav</Play>"}
    sid = wire.dial(number).json["sid"]
    with urllib.request.urlopen(f"{wire.running.url}/twin/calls/{sid}/sound/1", timeout=10) as sound:  # noqa: S310
        assert sound.headers["Content-Type"] == "audio/x-wav"
    assert wire.control("GET", f"/calls/{sid}/sound/0").status == 404
    assert wire.control("GET", f"/calls/{sid}/sound/9").status == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/calls/CA0/answer", {}, 404),
        (f"/phones/{synthetic(7).e164}/dial", {"to": "nobody"}, 400),
        ("/phones/12/dial", {}, 400),
        ("/phones", {"picks_up": "perhaps"}, 400),
    ],
)
def test_a_wrong_control_request_is_told_what_is_expected(
    wire: Wire, path: str, body: object, status: int
) -> None:
    answered = wire.control("POST", path, body)
    assert answered.status == status
    assert answered.json["problem"]


def test_wrong_keys_and_dead_lines_are_refused(wire: Wire, caller: Caller, number: str) -> None:
    sid = wire.dial(number).json["sid"]
    assert wire.control("POST", f"/calls/{sid}/press", {"keys": "x"}).status == 400
    assert wire.control("POST", f"/calls/{sid}/answer", {}).status == 400
    wire.control("POST", f"/calls/{sid}/hang-up", {})
    assert wire.control("POST", f"/calls/{sid}/hang-up", {}).status == 400


def test_after_a_reset_no_call_goes_on(wire: Wire, caller: Caller, number: str) -> None:
    wire.service.pages["/voice/answer"] = "<Pause length='5'/><Redirect>/voice/turn</Redirect>"
    wire.dial(number)
    wire.call(synthetic(8).e164)
    wire.control("POST", "/reset", {})
    wire.running.advance(120)
    assert [one.path for one in wire.service.received] == ["/voice/answer"]
    assert wire.control("GET", "/state").json["calls"] == 0
