"""Phones that ring and phones that dial, on a clock moved by hand and without a network."""

import pytest

from telephony.numbers import synthetic
from tests.caller import Caller, Conversation, Direct, direct
from tests.twin.conftest import SENDER, START
from tests.twin.voice_service import BASE, Menu, setup
from twin.account import DEMO_SENDERS
from twin.faults import Fault, FaultKind
from twin.records import Pickup
from twin.refusals import Refusal

ALL_EVENTS = "initiated ringing answered completed"
QUESTION = (
    '<Gather numDigits="1" action="/voice/turn"><Say>Are you safe? Press 1.</Say></Gather><Say>Goodbye.</Say>'
)


@pytest.fixture
def menu() -> Menu:
    """A service that asks one question."""
    return Menu({"/voice/check": QUESTION, "/voice/turn": "<Say>Thank you.</Say>"})


@pytest.fixture
def line(menu: Menu) -> Direct:
    """A twin that calls the menu."""
    return direct(setup(), START, menu)


@pytest.fixture
def caller(line: Direct) -> Caller:
    """A handset."""
    return line.caller()


def _called(caller: Caller, **order: str) -> Conversation:
    callback = {"StatusCallback": f"{BASE}/voice/status/tok", "StatusCallbackEvent": ALL_EVENTS}
    return caller.is_called(f"{BASE}/voice/check", {**callback, **order})


def _statuses(menu: Menu) -> list[str]:
    return [form["CallStatus"] for form in menu.forms("/voice/status/tok")]


def test_a_person_answers_presses_a_key_and_every_step_is_reported(menu: Menu, caller: Caller) -> None:
    call = _called(caller)
    assert call.is_ringing
    call.answers().hears("Are you safe?").presses("1").hears("Thank you.")
    assert _statuses(menu) == ["initiated", "ringing", "in-progress", "completed"]
    last = menu.forms("/voice/status/tok")[-1]
    assert (last["CallDuration"], last["SipResponseCode"]) == (str(call.call.seconds), "200")
    assert last["Direction"] == "outbound-api"
    assert [form["SequenceNumber"] for form in menu.forms("/voice/status/tok")] == ["0", "1", "2", "3"]


def test_without_events_only_the_end_is_reported(menu: Menu, caller: Caller) -> None:
    caller.is_called(f"{BASE}/voice/check", {"StatusCallback": f"{BASE}/voice/status/tok"}).rings_out()
    assert _statuses(menu) == ["no-answer"]


@pytest.mark.parametrize(
    ("pickup", "sip_code", "reported"),
    [
        (Pickup.BUSY, "486", ["initiated", "busy"]),
        (Pickup.FAILS, "404", ["initiated", "failed"]),
        (Pickup.REJECTS, "603", ["initiated", "ringing", "busy"]),
        (Pickup.NO_ANSWER, "480", ["initiated", "ringing", "no-answer"]),
        (Pickup.PERSON, "480", ["initiated", "ringing", "no-answer"]),
    ],
)
def test_a_call_that_nobody_takes_says_why(
    menu: Menu, caller: Caller, pickup: Pickup, sip_code: str, reported: list[str]
) -> None:
    call = _called(caller.picks_up(pickup), Timeout="25").rings_out()
    assert call.status == reported[-1]
    assert _statuses(menu) == reported
    last = menu.forms("/voice/status/tok")[-1]
    assert (last["SipResponseCode"], last["CallDuration"]) == (sip_code, "0")
    assert menu.forms("/voice/check") == []


def test_a_phone_that_answers_by_itself_presses_its_key_once(menu: Menu, caller: Caller) -> None:
    caller.picks_up(Pickup.BY_ITSELF, answers_with=("2",))
    call = _called(caller)
    call.line.advance(60)
    assert [form["Digits"] for form in menu.forms("/voice/turn")] == ["2"]
    assert call.status == "completed"


def test_a_phone_whose_answers_are_words_presses_nothing(menu: Menu, caller: Caller) -> None:
    call = _called(caller.picks_up(Pickup.BY_ITSELF, answers_with=("I am safe",)))
    call.line.advance(60)
    assert (call.status, menu.forms("/voice/turn")) == ("completed", [])


def test_a_machine_hears_the_question_and_presses_nothing(menu: Menu, caller: Caller) -> None:
    call = _called(caller.picks_up(Pickup.MACHINE))
    call.line.advance(300)
    assert call.status == "completed"
    assert menu.forms("/voice/turn") == []
    assert "AnsweredBy" not in menu.forms("/voice/check")[0]


@pytest.mark.parametrize(
    ("pickup", "detection", "found"),
    [
        (Pickup.MACHINE, "Enable", "machine_start"),
        (Pickup.MACHINE, "DetectMessageEnd", "machine_end_beep"),
        (Pickup.BY_ITSELF, "Enable", "human"),
    ],
)
def test_the_detection_comes_before_the_first_document(
    menu: Menu, caller: Caller, pickup: Pickup, detection: str, found: str
) -> None:
    _called(caller.picks_up(pickup), MachineDetection=detection).line.advance(60)
    (form,) = menu.forms("/voice/check")
    assert (form["AnsweredBy"], form["CallStatus"]) == (found, "in-progress")


def test_a_detection_aside_lets_the_call_begin_and_is_told_later(menu: Menu, caller: Caller) -> None:
    caller.picks_up(Pickup.MACHINE, answered_by="unknown")
    menu.pages["/voice/check"] = '<Pause length="60"/>'
    order = {
        "MachineDetection": "Enable",
        "AsyncAmd": "true",
        "AsyncAmdStatusCallback": f"{BASE}/voice/status/amd",
    }
    call = _called(caller, **order)
    call.line.advance(21)
    assert len(menu.forms("/voice/check")) == 1
    assert menu.forms("/voice/status/amd") == []
    call.line.advance(60)
    (form,) = menu.forms("/voice/status/amd")
    assert (form["AnsweredBy"], form["MachineDetectionDuration"]) == ("unknown", "30000")


def test_an_order_may_ask_by_get(menu: Menu, caller: Caller) -> None:
    _called(caller, Method="GET").answers().hears("Are you safe?")
    assert menu.asked[-1].method == "GET"


def test_keys_to_send_rule_the_detection_out(menu: Menu, caller: Caller) -> None:
    caller.picks_up(Pickup.MACHINE)
    _called(caller, MachineDetection="Enable", SendDigits="1").line.advance(60)
    assert "AnsweredBy" not in menu.forms("/voice/check")[0]


def test_a_short_ring_never_reaches_the_machine(caller: Caller) -> None:
    assert _called(caller.picks_up(Pickup.MACHINE), Timeout="15").rings_out().status == "no-answer"


def test_a_sender_places_no_more_calls_a_second_than_its_rate(line: Direct, menu: Menu) -> None:
    assert DEMO_SENDERS[0].calls_per_second == 1
    first = _called(line.caller(0))
    second = line.caller(1).is_called(f"{BASE}/voice/check")
    assert (second.call.created, second.call.queue_seconds) == (first.call.updated, 0.5)
    assert (second.call.updated - first.call.updated).total_seconds() == 1


def test_a_queue_of_a_day_takes_no_more(line: Direct, caller: Caller) -> None:
    line.twin.account.free_at[f"call {SENDER}"] = START.replace(day=START.day + 1, hour=23)
    with pytest.raises(Refusal) as refused:
        _called(caller)
    assert refused.value.code == 22005


def test_a_phone_in_a_call_is_busy_for_others(menu: Menu, caller: Caller) -> None:
    _called(caller).answers()
    assert _called(caller).rings_out().status == "busy"


def test_twelve_calls_from_one_number_at_once_are_twelve_calls(menu: Menu, caller: Caller) -> None:
    menu.pages["/voice/answer"] = QUESTION
    calls = [caller.dials() for _ in range(12)]
    for call in calls:
        call.interrupts("1")
    assert len({form["CallSid"] for form in menu.forms("/voice/turn")}) == 12


def test_hanging_up_ends_the_call_at_any_moment(menu: Menu, caller: Caller) -> None:
    call = _called(caller).answers().hangs_up()
    assert (call.status, call.call.seconds) == ("completed", 0)
    ringing = _called(caller).hangs_up()
    assert ringing.status == "no-answer"
    ringing.line.advance(120)
    assert len(menu.forms("/voice/check")) == 1


def test_a_line_that_is_dead_takes_no_keys(caller: Caller) -> None:
    call = _called(caller).rings_out()
    with pytest.raises(Refusal):
        call.line.do(lambda twin: twin.calls.press(call.call, "1"))
    with pytest.raises(AssertionError, match="no-answer"):
        call.interrupts("1")


def test_the_time_limit_ends_the_call(menu: Menu, caller: Caller) -> None:
    menu.pages["/voice/check"] = '<Pause length="600"/>'
    call = _called(caller, TimeLimit="90").answers()
    call.line.advance(600)
    assert (call.status, call.call.seconds) == ("completed", 90)


# ---- connecting two people


@pytest.fixture
def bridged(menu: Menu) -> Menu:
    """A service that connects whoever calls with an officer."""
    officer = synthetic(700).e164
    menu.pages["/voice/answer"] = (
        f'<Dial callerId="{SENDER}" timeout="20" action="/voice/after"><Number'
        f' statusCallback="/voice/status/leg" statusCallbackEvent="{ALL_EVENTS}">{officer}</Number></Dial>'
    )
    menu.pages["/voice/after"] = "<Say>The officer is gone.</Say>"
    return menu


def _officer(line: Direct) -> Caller:
    return Caller(synthetic(700), line)


def test_two_people_are_connected_until_one_hangs_up(bridged: Menu, line: Direct, caller: Caller) -> None:
    call = caller.dials().listens()
    ring = _officer(line).rings()
    assert ring.call.sender == SENDER
    ring.answers()
    line.advance(30)
    call.says("I am in the cellar")
    ring.hears("I am in the cellar").hangs_up()
    call.hears("The officer is gone.")
    (form,) = bridged.forms("/voice/after")
    assert (form["DialCallStatus"], form["DialCallSid"], form["DialCallDuration"]) == (
        "completed",
        ring.call.sid,
        "30",
    )
    legs = bridged.forms("/voice/status/leg")
    assert [one["CallStatus"] for one in legs] == ["initiated", "ringing", "in-progress", "completed"]
    assert {one["ParentCallSid"] for one in legs} == {call.call.sid}


@pytest.mark.parametrize(
    ("pickup", "status"),
    [(Pickup.BUSY, "busy"), (Pickup.NO_ANSWER, "no-answer"), (Pickup.FAILS, "failed")],
)
def test_an_officer_who_is_not_reached_is_reported(
    bridged: Menu, line: Direct, caller: Caller, pickup: Pickup, status: str
) -> None:
    _officer(line).picks_up(pickup)
    call = caller.dials().stays_silent().hears("The officer is gone.")
    assert bridged.forms("/voice/after")[0]["DialCallStatus"] == status
    assert call.status == "completed"


def test_a_caller_who_hangs_up_takes_the_other_along(bridged: Menu, line: Direct, caller: Caller) -> None:
    call = caller.dials().listens()
    ring = _officer(line).rings().answers()
    call.hangs_up()
    assert ring.status == "completed"
    assert bridged.forms("/voice/after")[0]["CallStatus"] == "completed"


def test_the_first_of_several_who_answers_gets_the_call(menu: Menu, line: Direct, caller: Caller) -> None:
    numbers = "".join(f"<Number>{synthetic(700 + one).e164}</Number>" for one in range(3))
    menu.pages["/voice/answer"] = f"<Dial>{numbers}</Dial><Say>Over.</Say>"
    call = caller.dials().listens()
    phones = [Caller(synthetic(700 + one), line).rings() for one in range(3)]
    phones[1].answers()
    assert [one.status for one in phones] == ["canceled", "in-progress", "canceled"]
    phones[1].hangs_up()
    call.hears("Over.")


# ---- asking before two people are connected


@pytest.fixture
def screened(menu: Menu) -> Menu:
    """A service whose officers press 1 before they are connected."""
    menu.pages["/voice/answer"] = (
        f'<Dial callerId="{SENDER}" timeout="20" action="/voice/after">'
        f'<Number url="/voice/whisper">{synthetic(700).e164}</Number></Dial>'
    )
    menu.pages["/voice/whisper"] = (
        '<Gather numDigits="1" action="/voice/accept"><Say>Press 1.</Say></Gather><Hangup/>'
    )
    menu.pages["/voice/accept"] = ""
    menu.pages["/voice/after"] = "<Say>The officer is gone.</Say>"
    return menu


def test_who_is_rung_hears_what_is_whispered_and_is_connected_at_its_end(
    screened: Menu, line: Direct, caller: Caller
) -> None:
    call = caller.dials().listens()
    ring = _officer(line).rings().answers().hears("Press 1.")
    assert "connected" not in [one.verb for one in call.transcript]
    ring.presses("1")
    call.says("I am in the cellar")
    ring.hears("I am in the cellar").hangs_up()
    call.hears("The officer is gone.")
    assert screened.forms("/voice/after")[0]["DialBridged"] == "true"


def test_who_presses_nothing_is_never_connected(screened: Menu, line: Direct, caller: Caller) -> None:
    call = caller.dials().listens()
    ring = _officer(line).rings().answers().stays_silent()
    assert ring.is_over
    call.hears("The officer is gone.")
    (form,) = screened.forms("/voice/after")
    assert (form["DialCallStatus"], form["DialBridged"]) == ("completed", "false")


def test_a_caller_who_hangs_up_ends_what_is_whispered(screened: Menu, line: Direct, caller: Caller) -> None:
    call = caller.dials().listens()
    ring = _officer(line).rings().answers()
    call.hangs_up()
    assert (ring.status, call.status) == ("completed", "completed")
    assert len(screened.forms("/voice/after")) == 1


@pytest.mark.parametrize("number", [synthetic(701).e164, synthetic(700).e164])
def test_a_number_that_is_not_ours_is_shown_to_nobody(
    menu: Menu, line: Direct, caller: Caller, number: str
) -> None:
    menu.pages["/voice/answer"] = f'<Dial callerId="{number}">{synthetic(700).e164}</Dial>'
    call = caller.dials(forgiving=True).listens()
    assert call.alerts == [13214]
    assert line.twin.calls.recent(synthetic(700).e164) == []


# ---- trouble


def _trouble(line: Direct, kind: FaultKind, value: float = 0) -> None:
    line.twin.faults.add(Fault(kind, value, count=1))


@pytest.mark.parametrize("kind", [FaultKind.REPEAT_WEBHOOK, FaultKind.PARALLEL_WEBHOOK])
def test_a_key_may_be_delivered_twice_under_one_name(
    menu: Menu, line: Direct, caller: Caller, kind: FaultKind
) -> None:
    call = _called(caller).answers().hears("Are you safe?")
    _trouble(line, kind)
    call.presses("1").hears("Thank you.")
    first, second = [one for one in menu.asked if one.path == "/voice/turn"]
    assert (first.form, first.idempotency) == (second.form, second.idempotency)
    assert [one.text for one in call.transcript].count("Thank you.") == 1


@pytest.mark.parametrize(
    ("fault", "code", "delivered"),
    [
        (Fault(FaultKind.LOSE_WEBHOOK, count=1), 11205, 0),
        (Fault(FaultKind.LOSE_WEBHOOK_ANSWER, 15, count=1), 11205, 1),
        (Fault(FaultKind.BREAK_WEBHOOK, 503, count=1), 11200, 1),
    ],
)
def test_a_key_that_goes_astray_ends_the_call_with_an_apology(
    menu: Menu, line: Direct, fault: Fault, code: int, delivered: int
) -> None:
    call = line.caller().is_called(f"{BASE}/voice/check", forgiving=True).answers().hears("Are you safe?")
    line.twin.faults.add(fault)
    call.presses("1").hears("application error")
    assert (call.alerts, len(menu.forms("/voice/turn"))) == ([code], delivered)


def test_the_last_request_can_be_delivered_once_more(menu: Menu, caller: Caller) -> None:
    call = _called(caller).answers().presses("1")
    assert "Thank you." in call.redelivers()
    first, second = menu.forms("/voice/turn")
    assert first == second


@pytest.mark.parametrize(
    ("kind", "value", "reported"),
    [
        (FaultKind.LOSE_CALLBACK, 0, ["ringing", "in-progress", "completed"]),
        (FaultKind.REPEAT_CALLBACK, 0, ["initiated", "initiated", "ringing", "in-progress", "completed"]),
        (FaultKind.DELAY_CALLBACK, 90, ["ringing", "in-progress", "completed", "initiated"]),
        (FaultKind.REORDER_CALLBACKS, 0, ["completed", "in-progress", "ringing", "initiated"]),
    ],
)
def test_status_callbacks_go_astray_as_texts_do(
    menu: Menu, line: Direct, kind: FaultKind, value: float, reported: list[str]
) -> None:
    _trouble(line, kind, value)
    _called(line.caller()).answers().presses("1").listens()
    line.advance(120)
    assert _statuses(menu) == reported


def test_a_number_can_tell_that_a_call_to_it_is_over(menu: Menu) -> None:
    caller = direct(setup(status="/voice/status/number"), START, menu).caller()
    menu.pages["/voice/answer"] = "<Say>Hello.</Say>"
    caller.dials().listens()
    (form,) = menu.forms("/voice/status/number")
    assert (form["CallStatus"], form["Direction"], form["CallDuration"]) == ("completed", "inbound", "1")


def test_the_telephone_of_the_tests_reaches_this_very_service(telephone: Direct) -> None:
    call = telephone.caller().dials(forgiving=True).listens()
    first = call.transcript[0]
    assert (first.who, first.verb) == ("phone", "dials")
    assert call.status in {"ringing", "in-progress", "completed"}
    assert 12100 not in call.alerts
    assert 11205 not in call.alerts
