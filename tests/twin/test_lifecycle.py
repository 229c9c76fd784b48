"""What happens to a text between the order and the handset."""

import http.client
import urllib.error

import pytest

from telephony.numbers import synthetic
from tests.twin.conftest import BASE, OTHER_SENDER, SENDER, Wire
from twin.lifecycle import LONGEST_QUEUE


def test_a_text_walks_to_delivered_and_every_step_is_reported_and_signed(wire: Wire, number: str) -> None:
    sid = wire.create(number).json["sid"]
    wire.running.advance(10)
    assert wire.status(sid) == "delivered"
    assert wire.service.statuses() == ["sending", "sent", "delivered"]
    last = wire.service.received[-1]
    assert all(one.signed for one in wire.service.received)
    assert last.path == "/sms/status/tok-1"
    assert last.form["MessageSid"] == last.form["SmsSid"] == sid
    assert last.form["SmsStatus"] == last.form["MessageStatus"] == "delivered"
    assert "ErrorCode" not in last.form


def test_without_a_callback_url_nothing_is_reported(wire: Wire, number: str) -> None:
    wire.create(number, StatusCallback="")
    wire.running.advance(10)
    assert wire.service.received == []


def test_a_sender_sends_no_more_segments_a_second_than_its_rate(wire: Wire) -> None:
    sids = [wire.create(synthetic(20 + count).e164).json["sid"] for count in range(30)]
    wire.running.advance(1.6)  # 0.2 s in the queue, 0.3 s to the carrier, ten a second
    sent = [sid for sid in sids if wire.status(sid) in {"sent", "delivered"}]
    assert sent == sids[: len(sent)]
    assert len(sent) == 12
    wire.running.advance(10)
    assert {wire.status(sid) for sid in sids} == {"delivered"}


def test_a_text_that_waits_longer_than_it_is_valid_fails(wire: Wire, number: str) -> None:
    wire.create(synthetic(8).e164, "x" * 1600)  # eleven segments at ten a second
    sid = wire.create(number, ValidityPeriod="1").json["sid"]
    wire.running.advance(10)
    message = wire.fetch(sid).json
    assert (message["status"], message["error_code"], message["date_sent"]) == ("failed", 30036, None)
    failed = [one for one in wire.service.received if one.form["MessageSid"] == sid]
    assert [one.form.get("ErrorCode") for one in failed] == ["30036"]


def test_a_sender_with_ten_hours_of_work_takes_no_more(wire: Wire, number: str) -> None:
    sender = wire.create(number).json["from"]
    full = wire.running.twin.clock.now() + LONGEST_QUEUE * 1.01
    wire.running.do(lambda twin: twin.account.free_at.update({sender: full}))
    assert wire.create(number).json["code"] == 21611


def test_a_handset_that_is_off_is_reported_as_undelivered(wire: Wire, number: str) -> None:
    wire.trouble("undeliver", value=30003, number=number, count=1)
    off, on = wire.create(number).json["sid"], wire.create(number).json["sid"]
    wire.running.advance(10)
    assert (wire.status(off), wire.fetch(off).json["error_code"]) == ("undelivered", 30003)
    assert wire.status(on) == "delivered"


@pytest.mark.parametrize(("status", "code"), [(429, 20429), (500, 20500), (503, 20503)])
def test_a_busy_or_broken_provider_accepts_nothing(wire: Wire, number: str, status: int, code: int) -> None:
    wire.trouble("answer", value=status, count=1)
    refused = wire.create(number)
    assert (refused.status, refused.json["code"]) == (status, code)
    assert wire.control("GET", "/log").json["total"] == 0
    assert wire.create(number).status == 201


def test_a_lost_answer_leaves_the_text_accepted(wire: Wire, number: str) -> None:
    wire.trouble("lose-answer", count=1)
    with pytest.raises((http.client.RemoteDisconnected, urllib.error.URLError, ConnectionResetError)):
        wire.create(number)
    log = wire.control("GET", "/log").json["log"]
    assert [(one["to"], one["token"]) for one in log] == [(number, "tok-1")]


def test_a_broken_answer_leaves_the_text_accepted(wire: Wire, number: str) -> None:
    wire.trouble("break-answer", value=500, count=1)
    assert wire.create(number).status == 500
    assert wire.control("GET", "/log").json["total"] == 1


def test_callbacks_can_be_lost(wire: Wire, number: str) -> None:
    wire.trouble("lose-callback", number=number)
    sid = wire.create(number).json["sid"]
    wire.running.advance(10)
    assert wire.service.statuses() == []
    assert wire.status(sid) == "delivered"


def test_callbacks_can_come_twice(wire: Wire, number: str) -> None:
    wire.trouble("repeat-callback", number=number)
    wire.create(number)
    wire.running.advance(10)
    assert wire.service.statuses() == ["sending", "sending", "sent", "sent", "delivered", "delivered"]


def test_callbacks_can_come_in_the_wrong_order(wire: Wire, number: str) -> None:
    wire.trouble("reorder-callbacks", number=number)
    wire.create(number)
    wire.running.advance(10)
    assert wire.service.statuses() == ["delivered", "sent", "sending"]


def test_callbacks_can_come_late(wire: Wire, number: str) -> None:
    wire.trouble("delay-callback", value=60, number=number, count=1)
    wire.create(number)
    wire.running.advance(10)
    assert wire.service.statuses() == ["sent", "delivered"]
    wire.running.advance(60)
    assert wire.service.statuses() == ["sent", "delivered", "sending"]


def test_a_slow_line_delivers_later(wire: Wire, number: str) -> None:
    wire.trouble("slow-delivery", value=20, number=number)
    sid = wire.create(number).json["sid"]
    wire.running.advance(10)
    assert wire.status(sid) == "sent"
    wire.running.advance(20)
    assert wire.status(sid) == "delivered"


def test_chance_decides_when_a_fault_has_a_probability(wire: Wire, number: str) -> None:
    wire.trouble("refuse", value=21610, probability=0.5)
    statuses = [wire.create(number).status for _ in range(40)]
    assert 8 < statuses.count(400) < 32


def test_a_fault_for_a_number_spares_the_others(wire: Wire, number: str) -> None:
    wire.trouble("refuse", value=21614, number=number)
    assert wire.create(number).json["code"] == 21614
    assert wire.create(synthetic(8).e164).status == 201


def test_a_fault_of_one_sender_spares_the_others(wire: Wire, number: str) -> None:
    wire.trouble("answer", value=503, sender=SENDER)
    wire.trouble("undeliver", value=30007, sender=OTHER_SENDER)
    assert wire.create(number).status == 503
    sid = wire.create(number, From=OTHER_SENDER).json["sid"]
    wire.running.advance(10)
    assert wire.fetch(sid).json["error_code"] == 30007
    assert wire.control("POST", "/faults", {"kind": "fail", "sender": number}).status == 400
    assert wire.ask("GET", f"{BASE}.json").status == 200, "the account itself is well"


def test_a_text_that_is_called_back_from_a_slow_queue_never_arrives(wire: Wire, number: str) -> None:
    wire.trouble("slow-queue", value=60, number=number)
    sid, valid = (wire.create(number, **more).json["sid"] for more in ({}, {"ValidityPeriod": "30"}))
    wire.running.advance(10)
    assert (wire.status(sid), wire.status(valid)) == ("queued", "queued")
    assert wire.ask("POST", f"{BASE}/Messages/{sid}.json", form={"Status": "canceled"}).status == 200
    wire.running.advance(100)
    assert (wire.status(sid), wire.status(valid)) == ("canceled", "failed")
    assert wire.control("GET", f"/phones/{number}").json["unread"] == 0


def test_a_callback_that_is_refused_raises_an_alert(wire: Wire, number: str) -> None:
    sid = wire.create(number, StatusCallback="http://127.0.0.1:9/x").json["sid"]
    wire.running.advance(10)
    alerts = wire.control("GET", "/alerts").json["alerts"]
    assert {(one["code"], one["sid"]) for one in alerts} == {(11205, sid)}


def test_after_a_reset_nothing_that_was_under_way_comes_back(wire: Wire, number: str) -> None:
    wire.create(number)
    assert wire.control("POST", "/reset", {}).status == 204
    wire.running.advance(10)
    assert wire.service.received == []
    assert wire.control("GET", "/state").json["phones"] == 0
