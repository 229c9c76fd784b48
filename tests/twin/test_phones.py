"""What happens when somebody types on a phone."""

import pytest

from telephony.numbers import synthetic
from tests.twin.conftest import BASE, OTHER_SENDER, SENDER, Wire
from twin.account import DEMO_ACCOUNT_SID


def test_a_text_reaches_the_service_signed_and_with_the_providers_fields(wire: Wire, number: str) -> None:
    outcome = wire.type(number, "  REG libya  ")
    (received,) = wire.service.inbound()
    assert received.signed
    assert received.form["Body"] == "  REG libya  "
    assert (received.form["From"], received.form["To"]) == (number, SENDER)
    assert received.form["AccountSid"] == DEMO_ACCOUNT_SID
    assert received.form["MessageSid"] == received.form["SmsSid"] == outcome.json["sid"]
    assert (received.form["NumMedia"], received.form["NumSegments"]) == ("0", "1")
    assert received.form["FromCountry"] == "GB"
    assert wire.status(outcome.json["sid"]) == "received"


def test_every_message_of_the_answer_arrives_on_the_phone(wire: Wire, number: str) -> None:
    wire.service.says("One &amp; only.", "<Body>Two.</Body>")
    assert wire.type(number, "hello").json["replies"] == ["One & only.", "Two."]
    wire.running.advance(10)
    assert [(one["mine"], one["body"], one["status"]) for one in wire.thread(number)] == [
        (True, "hello", "received"),
        (False, "One & only.", "delivered"),
        (False, "Two.", "delivered"),
    ]


def test_a_plain_text_answer_is_a_message_too(wire: Wire, number: str) -> None:
    wire.service.answers.append((200, "text/plain; charset=utf-8", "Noted, מה"))
    assert wire.type(number, "hello").json["replies"] == ["Noted, מה"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((500, "text/html", "sorry"), 11200),
        ((403, "text/plain", ""), 11200),
        ((302, "text/plain", ""), 11200),
        ((200, "text/xml", "<Response><Message>"), 12100),
        ((200, "text/xml", "<Answer/>"), 12100),
        ((200, "text/xml", '<!DOCTYPE x [<!ENTITY a "b">]><Response/>'), 12100),
        ((200, "text/xml", "<Response><Dance/></Response>"), 12200),
        ((200, "text/html", "<p>hello</p>"), 12300),
        ((200, "text/xml", "<Response><Message></Message></Response>"), 14103),
        ((200, "text/xml", f"<Response><Message>{'x' * 1601}</Message></Response>"), 21617),
    ],
)
def test_a_bad_answer_is_shown_beside_the_text(
    wire: Wire, number: str, answer: tuple[int, str, str], code: int
) -> None:
    wire.service.answers.append(answer)
    outcome = wire.type(number, "hello").json
    assert (outcome["alert"], outcome["replies"]) == (code, [])
    (entry,) = wire.thread(number)
    assert entry["alert"] == code
    assert entry["problem"]
    assert [one["code"] for one in wire.control("GET", "/alerts").json["alerts"]] == [code]


def test_an_empty_answer_says_nothing(wire: Wire, number: str) -> None:
    wire.service.answers.append((204, "text/plain", ""))
    assert wire.type(number, "hello").json == {
        "sid": wire.thread(number)[0]["sid"],
        "replies": [],
        "alert": None,
    }


def test_a_text_can_be_delivered_once_more_under_the_same_name(wire: Wire, number: str) -> None:
    sid = wire.type(number, "hello").json["sid"]
    assert wire.control("POST", f"/phones/{number}/redeliver", {"sid": sid}).json["sid"] == sid
    first, second = wire.service.inbound()
    assert first.form == second.form
    assert first.idempotency == second.idempotency
    assert len(wire.thread(number)) == 1


@pytest.mark.parametrize(
    "word", ["STOP", " stop ", "Unsubscribe", "END", "QUIT", "CANCEL", "OPTOUT", "REVOKE"]
)
def test_a_lone_stop_word_blocks_that_sender_and_still_reaches_the_service(
    wire: Wire, number: str, word: str
) -> None:
    wire.service.says("You will hear no more from us.")
    assert wire.type(number, word).json["replies"] == ["You will hear no more from us."]
    assert (wire.create(number).status, wire.create(number).json["code"]) == (400, 21610)
    assert wire.create(number, From=OTHER_SENDER).status == 201
    assert wire.create(synthetic(8).e164).status == 201
    assert wire.control("GET", f"/phones/{number}").json["opted_out"] == [SENDER]


@pytest.mark.parametrize("words", ["STOP PLEASE", "END TRIP", "stop.", "ARRET"])
def test_more_than_the_lone_english_word_blocks_nothing(wire: Wire, number: str, words: str) -> None:
    wire.type(number, words)
    assert wire.create(number).status == 201


@pytest.mark.parametrize("word", ["START", "unstop", "Yes"])
def test_start_revives_the_sender(wire: Wire, number: str, word: str) -> None:
    wire.type(number, "STOP")
    wire.type(number, word)
    assert wire.create(number).status == 201


def test_a_phone_that_answers_by_itself_answers_a_check_in_once(wire: Wire, number: str) -> None:
    phone = {"number": number, "language": "ar", "answers_with": ["2"], "answers_after": 4}
    assert wire.control("POST", "/phones", phone).status == 201
    wire.service.says("Which help? 1 doctor 2 water 3 other")
    wire.create(number, "هل أنت بخير؟ ١ نعم ٢ أحتاج مساعدة ٣ لست هناك")
    wire.running.advance(20)
    wire.running.advance(60)
    assert [one.form["Body"] for one in wire.service.inbound()] == ["2"]


def test_a_phone_that_answers_by_itself_leaves_other_texts_alone(wire: Wire, number: str) -> None:
    wire.control("POST", "/phones", {"number": number, "answers_with": ["1"]})
    wire.create(number, "Correction: there is no emergency. Next news 14:00.")
    wire.running.advance(60)
    assert wire.service.inbound() == []


def test_whoever_is_texted_appears_with_an_unread_text(wire: Wire, number: str) -> None:
    wire.create(number)
    wire.running.advance(10)
    (phone,) = wire.control("GET", "/phones").json["phones"]
    assert (phone["number"], phone["unread"], phone["last"]["status"]) == (number, 1, "delivered")
    wire.control("POST", f"/phones/{number}/read", {})
    assert wire.control("GET", f"/phones/{number}").json["unread"] == 0


def test_hundreds_of_phones_are_added_at_once_and_found_by_a_part_of_the_number(wire: Wire) -> None:
    numbers = [synthetic(200 + count).e164 for count in range(300)]
    added = wire.control("POST", "/phones", {"phones": [{"number": one} for one in numbers]})
    assert [one["number"] for one in added.json["phones"]] == numbers
    found = wire.control("GET", f"/phones?search={numbers[42][-6:]}").json
    assert (found["total"], [one["number"] for one in found["phones"]]) == (300, [numbers[42]])


def test_a_phone_without_a_number_gets_the_next_one_that_is_never_in_service(wire: Wire) -> None:
    suggested = wire.control("GET", "/state").json["next_number"]
    added = wire.control("POST", "/phones", {"language": "it"}).json["phones"][0]
    assert (added["number"], added["language"]) == (suggested, "it")
    assert wire.control("GET", "/state").json["next_number"] != suggested


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/phones", {"number": "12"}),
        ("POST", "/phones", {"phones": ["x"]}),
        ("POST", "/phones", ["x"]),
        ("POST", "/faults", {"kind": "earthquake"}),
        ("POST", "/faults", {"kind": "fail", "value": "many"}),
        ("PUT", "/faults", {}),
        ("GET", "/log?since=-1", None),
        ("POST", f"/phones/{synthetic(7).e164}/send", {"body": "x", "to": "nobody"}),
    ],
)
def test_a_wrong_control_request_is_told_what_is_expected(
    wire: Wire, method: str, path: str, body: object
) -> None:
    answered = wire.control(method, path, body)
    assert answered.status == 400
    assert answered.json["problem"]


def test_the_log_lists_accepted_orders_in_order_from_a_position_on(wire: Wire) -> None:
    sids = [wire.create(synthetic(30 + count).e164).json["sid"] for count in range(3)]
    log = wire.control("GET", "/log?since=1").json
    assert (log["total"], [one["sid"] for one in log["log"]]) == (3, sids[1:])


def test_the_answer_to_a_text_is_no_order_of_ours_but_is_listed(wire: Wire, number: str) -> None:
    wire.service.says("Hello.")
    wire.type(number, "hello")
    directions = [one["direction"] for one in wire.ask("GET", f"{BASE}/Messages.json").json["messages"]]
    assert directions == ["outbound-reply", "inbound"]
    assert wire.control("GET", "/log").json["total"] == 0
