"""The provider's REST interface as a customer meets it."""

import pytest

from telephony.numbers import synthetic
from tests.twin.conftest import BASE, OTHER_SENDER, SENDER, Wire
from twin.account import DEMO_ACCOUNT_SID


def test_a_text_is_accepted_as_queued_and_can_be_fetched(wire: Wire, number: str) -> None:
    created = wire.create(number, "Are you safe?")
    assert created.status == 201
    assert created.json["status"] == "queued"
    assert wire.fetch(created.json["sid"]).json == created.json


def test_a_wrong_token_is_told_to_authenticate(wire: Wire) -> None:
    refused = wire.ask("GET", f"{BASE}/Messages.json", token="wrong")
    assert (refused.status, refused.json["code"], refused.json["status"]) == (401, 20003, 401)
    assert refused.json["more_info"].endswith("/20003")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "12"}, 21211),
        ({"To": "nobody"}, 21211),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"From": ""}, 21603),
        ({"From": "1"}, 21212),
        ({"From": synthetic(500).e164}, 21606),
        ({"From": "Ministry"}, 21606),
        ({"To": SENDER}, 21266),
        ({"ValidityPeriod": "0"}, 90007),
        ({"ValidityPeriod": "36001"}, 90007),
        ({"ValidityPeriod": "soon"}, 90014),
        ({"StatusCallback": "not a url"}, 21609),
        ({"StatusCallback": "ftp://example.org/x"}, 21609),
        ({"From": "", "MessagingServiceSid": f"MG{'0' * 32}"}, 21701),
        ({"SendAt": "2026-11-22T12:00:00Z"}, 35118),
        ({"SmartEncoded": "perhaps"}, 20001),
    ],
)
def test_a_wrong_order_is_refused_with_the_providers_code(
    wire: Wire, number: str, changed: dict[str, str], code: int
) -> None:
    refused = wire.create(**{"to": changed.get("To", number), **_rest(changed)})
    assert (refused.status, refused.json["code"]) == (400, code)
    assert wire.control("GET", "/log").json["total"] == 0


def _rest(changed: dict[str, str]) -> dict[str, str]:
    return {("body" if name == "Body" else name): value for name, value in changed.items() if name != "To"}


def test_parameters_the_provider_does_not_know_are_ignored(wire: Wire, number: str) -> None:
    assert wire.create(number, Colour="blue").status == 201


def test_a_refusal_repeats_the_number_so_that_whoever_logs_it_is_caught(wire: Wire) -> None:
    assert "12" in wire.create("12").json["message"]


def test_an_unknown_message_is_not_found(wire: Wire) -> None:
    missing = wire.fetch(f"SM{'0' * 32}")
    assert (missing.status, missing.json["code"]) == (404, 20404)


def test_a_list_can_be_asked_by_number_and_sender(wire: Wire, number: str) -> None:
    wanted = wire.create(number).json["sid"]
    wire.create(synthetic(8).e164)
    wire.create(number, From=OTHER_SENDER)
    found = wire.listed(To=number, From=SENDER).json["messages"]
    assert [one["sid"] for one in found] == [wanted]


def test_pages_follow_each_other_newest_first_without_gaps_while_messages_are_deleted(
    wire: Wire, number: str
) -> None:
    sids = [wire.create(number, f"text {count}").json["sid"] for count in range(5)]
    wire.running.advance(10)
    first = wire.listed(To=number, PageSize="2").json
    assert [one["sid"] for one in first["messages"]] == [sids[4], sids[3]]
    assert wire.ask("DELETE", f"{BASE}/Messages/{sids[3]}.json").status == 204
    second = wire.ask("GET", first["next_page_uri"]).json
    assert [one["sid"] for one in second["messages"]] == [sids[2], sids[1]]
    last = wire.ask("GET", second["next_page_uri"]).json
    assert [one["sid"] for one in last["messages"]] == [sids[0]]
    assert last["next_page_uri"] is None


def test_a_list_by_date_holds_what_was_sent_in_that_time(wire: Wire, number: str) -> None:
    early = wire.create(number).json["sid"]
    wire.running.advance(3600)
    late = wire.create(number).json["sid"]
    wire.running.advance(10)
    waiting = wire.create(number).json["sid"]

    def sids(**filters: str) -> list[str]:
        return [one["sid"] for one in wire.listed(To=number, **filters).json["messages"]]

    assert sids(**{"DateSent<": "2026-11-22T10:30:00Z"}) == [early]
    assert sids(**{"DateSent>": "2026-11-22T10:30:00Z"}) == [late]
    assert sids(DateSent="2026-11-22") == [late, early]
    assert sids(DateSent="2026-11-23") == []
    assert sids() == [waiting, late, early]


def test_a_message_can_be_emptied_and_deleted_only_when_it_is_complete(wire: Wire, number: str) -> None:
    sid = wire.create(number, "secret").json["sid"]
    path = f"{BASE}/Messages/{sid}.json"
    assert wire.ask("DELETE", path).json["code"] == 20009
    wire.running.advance(10)
    assert wire.ask("POST", path, form={"Body": ""}).json["body"] == ""
    assert wire.fetch(sid).json["body"] == ""
    assert wire.thread(number)[0]["body"] == "secret"
    assert wire.ask("DELETE", path).status == 204
    assert wire.fetch(sid).status == 404


def test_a_message_that_waits_is_called_back_and_its_callback_says_so(wire: Wire, number: str) -> None:
    sid = wire.create(number).json["sid"]
    canceled = wire.ask("POST", f"{BASE}/Messages/{sid}.json", form={"Status": "canceled"})
    assert canceled.json["status"] == "canceled"
    wire.running.advance(10)
    assert wire.status(sid) == "canceled"
    assert wire.service.statuses() == ["canceled"]


def test_the_account_says_that_it_is_active_until_trouble_shuts_it(wire: Wire) -> None:
    assert wire.ask("GET", f"{BASE}.json").json["status"] == "active"
    wire.trouble("answer", value=401)
    assert wire.ask("GET", f"{BASE}.json").json["code"] == 20003


def test_a_sent_message_cannot_be_canceled(wire: Wire, number: str) -> None:
    sid = wire.create(number).json["sid"]
    wire.running.advance(10)
    refused = wire.ask("POST", f"{BASE}/Messages/{sid}.json", form={"Status": "canceled"})
    assert refused.json["code"] == 30409


def test_another_account_is_not_found(wire: Wire) -> None:
    other = BASE.replace(DEMO_ACCOUNT_SID, f"AC{'1' * 32}")
    assert wire.ask("GET", f"{other}/Messages.json").status == 404


def test_a_call_rings_out_and_says_so(wire: Wire, number: str) -> None:
    form = {
        "To": number,
        "From": SENDER,
        "Url": f"{wire.service.url}/voice/answer",
        "StatusCallback": f"{wire.service.url}/voice/status/tok",
        "StatusCallbackEvent": "initiated ringing completed",
        "Timeout": "25",
    }
    call = wire.ask("POST", f"{BASE}/Calls.json", form=form)
    assert (call.status, call.json["status"]) == (201, "queued")
    place = f"{BASE}/Calls/{call.json['sid']}.json"
    wire.running.advance(5)
    assert wire.ask("GET", place).json["status"] == "ringing"
    wire.running.advance(30)
    assert wire.ask("GET", place).json["status"] == "no-answer"
    assert [one.form["CallStatus"] for one in wire.service.received] == ["initiated", "ringing", "no-answer"]
    assert all(one.signed for one in wire.service.received)
    assert wire.ask("GET", f"{BASE}/Calls.json?Status=no-answer").json["calls"][0]["sid"] == call.json["sid"]


def test_a_ringing_call_can_be_canceled_once(wire: Wire, number: str) -> None:
    form = {"To": number, "From": SENDER, "Url": f"{wire.service.url}/voice/answer"}
    place = f"{BASE}/Calls/{wire.ask('POST', f'{BASE}/Calls.json', form=form).json['sid']}.json"
    assert wire.ask("POST", place, form={"Status": "canceled"}).json["status"] == "canceled"
    assert wire.ask("POST", place, form={"Status": "completed"}).json["code"] == 21220
    wire.running.advance(120)
    assert wire.ask("GET", place).json["status"] == "canceled"
