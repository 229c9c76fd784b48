"""Executing TwiML on a call, on a clock moved by hand and without a network."""

from datetime import timedelta

import pytest

from tests.caller import Caller, Direct, direct
from tests.twin.conftest import SENDER, START
from tests.twin.voice_service import BASE, Form, Menu, missing, setup
from twin.call_records import Phase
from twin.player import APOLOGY
from twin.sound import wave_file
from twin.webhooks import LARGEST_ANSWER, Answer

MENU = (
    '<Gather numDigits="1" action="/voice/turn"><Say language="it-IT">Premi 1.</Say></Gather>'
    '<Redirect method="POST">/voice/silence</Redirect>'
)


@pytest.fixture
def menu() -> Menu:
    """A service without any page yet."""
    return Menu()


@pytest.fixture
def line(menu: Menu) -> Direct:
    """A twin that calls the menu."""
    return direct(setup(), START, menu)


@pytest.fixture
def caller(line: Direct) -> Caller:
    """A handset."""
    return line.caller()


def test_a_key_during_the_prompt_cuts_it_short_and_brings_the_next_document(
    menu: Menu, caller: Caller
) -> None:
    menu.pages = {"/voice/answer": MENU, "/voice/turn": '<Say language="it-IT">Grazie.</Say>'}
    call = caller.dials()
    call.interrupts("1").hears("Grazie.", language="it")
    assert call.status == "completed"
    assert call.call.seconds < 2
    (form,) = menu.forms("/voice/turn")
    assert (form["Digits"], form["msg"], form["FinishedOnKey"]) == ("1", "Gather End", "")


def test_every_request_names_the_call_and_its_ends(menu: Menu, caller: Caller) -> None:
    menu.pages = {"/voice/answer": MENU, "/voice/turn": "<Hangup/>"}
    call = caller.dials().presses("1")
    first, second = menu.asked
    assert first.form["CallSid"] == second.form["CallSid"] == call.call.sid
    assert (first.form["From"], first.form["To"]) == (caller.number.e164, SENDER)
    assert (first.form["Caller"], first.form["Called"]) == (caller.number.e164, SENDER)
    assert (first.form["CallStatus"], second.form["CallStatus"]) == ("ringing", "in-progress")
    assert (first.form["Direction"], first.form["ApiVersion"]) == ("inbound", "2010-04-01")
    assert first.form["FromCountry"] == "GB"
    assert first.idempotency != second.idempotency


def test_silence_of_five_seconds_falls_through_to_the_next_verb(menu: Menu, caller: Caller) -> None:
    menu.pages = {"/voice/answer": MENU, "/voice/silence": "<Say>Are you there?</Say>"}
    call = caller.dials().listens()
    waiting_since = call.line.do(lambda twin: twin.clock.now())
    call.stays_silent()
    assert call.line.do(lambda twin: twin.clock.now()) - waiting_since == timedelta(seconds=5)
    call.hears("Are you there?")
    assert menu.paths == ["/voice/answer", "/voice/silence"]


def test_silence_is_reported_when_the_gather_asks_for_it(menu: Menu, caller: Caller) -> None:
    menu.pages = {
        "/voice/answer": '<Gather timeout="8" actionOnEmptyResult="true" action="/voice/turn"/>',
        "/voice/turn": "<Say>Nothing.</Say>",
    }
    caller.dials().stays_silent().hears("Nothing.")
    assert menu.forms("/voice/turn")[0]["Digits"] == ""


@pytest.mark.parametrize(
    ("attributes", "keys", "found"),
    [
        ("", "12#", ("12", "#")),
        ('finishOnKey="*"', "12#*", ("12#", "*")),
        ('finishOnKey="" numDigits="3"', "1#*", ("1#*", "")),
        ('numDigits="2"', "1234", ("12", "")),
    ],
)
def test_a_gather_ends_on_its_key_or_its_count(
    menu: Menu, caller: Caller, attributes: str, keys: str, found: tuple[str, str]
) -> None:
    menu.pages = {
        "/voice/answer": f'<Gather action="/voice/turn" {attributes}/>',
        "/voice/turn": "<Gather/>",
    }
    call = caller.dials().presses(keys)
    (form,) = menu.forms("/voice/turn")
    assert (form["Digits"], form["FinishedOnKey"]) == found
    assert call.call.phase is Phase.LISTENING  # what was typed beyond is lost


def test_digits_without_an_end_are_taken_when_the_timeout_is_over(menu: Menu, caller: Caller) -> None:
    menu.pages = {"/voice/answer": '<Gather action="/voice/turn"/>', "/voice/turn": "<Say>Yes.</Say>"}
    caller.dials().presses("2").presses("4").stays_silent().hears("Yes.")
    assert menu.forms("/voice/turn")[0]["Digits"] == "24"


def test_the_finishing_key_alone_is_no_input(menu: Menu, caller: Caller) -> None:
    menu.pages = {"/voice/answer": '<Gather action="/voice/turn"/><Say>Nothing came.</Say>'}
    caller.dials().presses("#").hears("Nothing came.")
    assert menu.forms("/voice/turn") == []


def test_speech_is_heard_only_where_it_is_listened_to(menu: Menu, caller: Caller) -> None:
    menu.pages = {
        "/voice/answer": '<Gather action="/voice/a"/><Redirect>/voice/again</Redirect>',
        "/voice/again": '<Gather input="dtmf speech" language="it-IT" action="/voice/b"/>',
        "/voice/b": "<Say>Capito.</Say>",
    }
    call = caller.dials().says("Libia")
    call.stays_silent()
    call.says("Libia", confidence=0.5).hears("Capito.")
    assert menu.forms("/voice/a") == []
    (form,) = menu.forms("/voice/b")
    assert (form["SpeechResult"], form["Confidence"]) == ("Libia", "0.5")
    assert "Digits" not in form


def test_a_gather_without_an_action_asks_its_own_page_again(menu: Menu, caller: Caller) -> None:
    menu.pages = {"/voice/answer": lambda form: "<Say>Again.</Say>" if "Digits" in form else "<Gather/>"}
    caller.dials().presses("1#").hears("Again.")


def test_keys_outside_a_gather_are_lost(menu: Menu, caller: Caller) -> None:
    menu.pages = {"/voice/answer": "<Say>A long greeting to begin with.</Say>" + MENU}
    call = caller.dials().interrupts("1")
    call.hears("Premi 1.")
    assert menu.forms("/voice/turn") == []


def test_prompts_follow_each_other_and_take_their_time(menu: Menu, caller: Caller) -> None:
    menu.pages = {
        "/voice/answer": '<Say>One.</Say><Pause length="3"/><Play loop="2">/clip.wav</Play>',
        "/clip.wav": Answer(200, "audio/x-wav", wave_file(4)),
    }
    call = caller.dials().listens()
    assert [(one.verb, one.text) for one in call.transcript if one.who == "service"] == [
        ("Say", "One."),
        ("Pause", ""),
        ("Play", f"{BASE}/clip.wav"),
    ]
    assert (call.status, call.call.seconds) == ("completed", 1 + 3 + 2 * 4)


def test_a_key_that_comes_while_a_clip_is_fetched_is_taken(menu: Menu, line: Direct, caller: Caller) -> None:
    def pressed(_form: Form) -> Answer:
        (call,) = line.twin.calls.recent(caller.number.e164)
        line.twin.calls.press(call, "12")
        return Answer(200, "audio/x-wav", wave_file(4))

    menu.pages = {
        "/voice/answer": '<Gather numDigits="2" action="/voice/turn"><Play>/clip.wav</Play></Gather>',
        "/clip.wav": pressed,
        "/voice/turn": "<Say>Yes.</Say>",
    }
    caller.dials().hears("Yes.")
    assert [form["Digits"] for form in menu.forms("/voice/turn")] == ["12"]


def test_a_clip_that_is_missing_is_noted_and_the_call_goes_on(menu: Menu, caller: Caller) -> None:
    menu.pages = {"/voice/answer": "<Play>/gone.wav</Play><Say>Hello.</Say>", "/gone.wav": missing()}
    call = caller.dials(forgiving=True).hears("Hello.")
    assert call.alerts == [11200]


def test_a_voice_is_recorded_between_the_beep_and_the_key(menu: Menu, caller: Caller) -> None:
    menu.pages = {
        "/voice/answer": '<Record action="/voice/turn" recordingStatusCallback="/voice/recorded/status"/>',
        "/voice/turn": "<Say>Got it.</Say>",
    }
    call = caller.dials().says("We are in the cellar", seconds=7).presses("#").hears("Got it.")
    (form,) = menu.forms("/voice/turn")
    assert (form["RecordingDuration"], form["Digits"]) == ("7", "#")
    assert form["RecordingUrl"].endswith(form["RecordingSid"])
    call.line.advance(2)
    (told,) = menu.forms("/voice/recorded/status")
    assert (told["RecordingSid"], told["RecordingStatus"]) == (form["RecordingSid"], "completed")


def test_a_recording_ends_by_silence_and_by_its_greatest_length(menu: Menu, caller: Caller) -> None:
    menu.pages = {
        "/voice/answer": '<Record action="/voice/turn" maxLength="20" timeout="3"/>',
        "/voice/turn": "<Gather/>",
    }
    caller.dials().says("short", seconds=2).stays_silent()
    caller.dials().says("without end", seconds=600)
    assert [form["RecordingDuration"] for form in menu.forms("/voice/turn")] == ["2", "20"]
    assert "Digits" not in menu.forms("/voice/turn")[1]


def test_a_recording_lasts_no_second_longer_than_it_may(menu: Menu, caller: Caller) -> None:
    menu.pages = {
        "/voice/answer": '<Record action="/voice/turn" maxLength="20" playBeep="false"/>',
        "/voice/turn": "",
    }
    call = caller.dials().says("almost without end", seconds=19.9)
    assert menu.paths == ["/voice/answer"]
    call.line.advance(0.1)
    assert [form["RecordingDuration"] for form in menu.forms("/voice/turn")] == ["20"]


def test_nobody_speaking_makes_no_recording(menu: Menu, caller: Caller) -> None:
    menu.pages = {"/voice/answer": '<Record action="/voice/turn"/><Say>Nothing heard.</Say>'}
    call = caller.dials().stays_silent().hears("Nothing heard.")
    assert menu.forms("/voice/turn") == []
    assert call.line.do(lambda twin: len(twin.account.recordings)) == 0


def test_hanging_up_while_recording_still_delivers_what_was_said(menu: Menu, caller: Caller) -> None:
    menu.pages = {"/voice/answer": '<Record action="/voice/turn"/>', "/voice/turn": "<Say>Unheard.</Say>"}
    call = caller.dials().says("help", seconds=4).hangs_up()
    (form,) = menu.forms("/voice/turn")
    assert (form["Digits"], form["CallStatus"], form["RecordingDuration"]) == ("hangup", "completed", "4")
    assert "Unheard." not in call.written()


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
def test_a_rejected_call_is_never_answered(menu: Menu, caller: Caller, reason: str, status: str) -> None:
    menu.pages = {"/voice/answer": f'<Reject reason="{reason}"/><Say>Unheard.</Say>'}
    call = caller.dials()
    assert (call.status, call.call.answered) == (status, None)


def test_a_pause_at_the_beginning_delays_the_answer(menu: Menu, caller: Caller) -> None:
    menu.pages = {"/voice/answer": '<Pause length="4"/><Say>Hello.</Say>'}
    call = caller.dials()
    assert call.status == "ringing"
    call.line.advance(4)
    assert call.status == "in-progress"


def test_an_empty_document_answers_and_hangs_up(menu: Menu, caller: Caller) -> None:
    menu.pages = {"/voice/answer": ""}
    assert caller.dials().status == "completed"


def test_a_redirect_may_ask_by_get(menu: Menu, caller: Caller) -> None:
    menu.pages = {
        "/voice/answer": '<Redirect method="GET">next?step=2</Redirect>',
        "/voice/next": "<Say>Hi.</Say>",
    }
    caller.dials().hears("Hi.")
    assert menu.asked[-1].method == "GET"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(500, "text/html", b""), 11200),
        (Answer(302, "text/html", b""), 11200),
        (None, 11205),
        (Answer(200, "text/xml", b"<Response>"), 12100),
        (Answer(200, "text/xml", b"<Answer/>"), 12100),
        (Answer(200, "text/xml", b'<!DOCTYPE x [<!ENTITY a "b">]><Response/>'), 12100),
        (Answer(200, "application/json", b"{}"), 12300),
        (Answer(200, "text/xml", b"<Response>" + b" " * LARGEST_ANSWER + b"</Response>"), 11750),
        ("<Message>hello</Message>", 12200),
        ("<Gather><Hangup/></Gather>", 13320),
        ("<Redirect>tel:1</Redirect>", 11100),
        ("<Dial><Conference>room</Conference></Dial>", 12200),
    ],
)
def test_a_bad_answer_ends_the_call_with_an_apology(
    menu: Menu, caller: Caller, answer: str | Answer | None, code: int
) -> None:
    menu.pages = {"/voice/answer": answer}
    call = caller.dials(forgiving=True).hears(APOLOGY)
    assert (call.status, call.alerts) == ("completed", [code])


def test_a_bad_answer_goes_to_the_fallback_with_the_reason(menu: Menu) -> None:
    menu.pages = {"/voice/answer": missing(), "/fallback.xml": "<Say>Please text us.</Say>"}
    caller = direct(setup(fallback="/fallback.xml"), START, menu).caller()
    caller.dials(forgiving=True).hears("Please text us.")
    (form,) = menu.forms("/fallback.xml")
    assert (form["ErrorCode"], form["ErrorUrl"]) == ("11200", f"{BASE}/voice/answer")


def test_a_fixed_document_answers_while_the_service_is_down(menu: Menu) -> None:
    menu.pages = {"/voice/answer": None}
    document = "<Response><Say>We cannot answer right now.</Say></Response>"
    call = direct(setup(document=document), START, menu).caller().dials(forgiving=True)
    call.hears("We cannot answer right now.")
    assert (call.status, call.alerts) == ("completed", [11205])


def test_a_fallback_that_fails_too_is_not_asked_again(menu: Menu) -> None:
    caller = direct(setup(fallback="/fallback.xml"), START, menu).caller()
    call = caller.dials(forgiving=True).hears(APOLOGY)
    assert menu.paths == ["/voice/answer", "/fallback.xml"]
    assert call.alerts == [11200, 11200]


def test_a_redirect_that_goes_round_in_circles_ends(menu: Menu, caller: Caller) -> None:
    menu.pages = {"/voice/answer": "<Redirect>/voice/answer</Redirect>"}
    call = caller.dials(forgiving=True).hears(APOLOGY)
    assert call.alerts == [11215]


@pytest.mark.parametrize(
    ("verbs", "code"),
    [
        ('<Say colour="red">Hello.</Say>', 12200),
        ('<Say language="ti-ET">Hello.</Say>', 13511),
        ("<Say><marquee>Hello.</marquee></Say>", 12200),
        ("<Say>Hello.</Say><Say/>", 13520),
        ('<Say>Hello.</Say><Gather input="speech" language="en"/>', 13512),
        ('<Say>Hello.</Say><Gather timeout="soon"/>', 12200),
    ],
)
def test_what_can_be_lived_with_is_noted_and_the_call_goes_on(
    menu: Menu, caller: Caller, verbs: str, code: int
) -> None:
    menu.pages = {"/voice/answer": verbs}
    assert caller.dials(forgiving=True).hears("Hello.").alerts == [code]


def test_a_complaint_of_the_provider_fails_a_test_that_does_not_expect_it(menu: Menu, caller: Caller) -> None:
    menu.pages = {"/voice/answer": '<Say language="ti-ET">Hello.</Say>'}
    call = caller.dials()
    with pytest.raises(AssertionError, match="13511"):
        call.hears("Hello.")


def test_words_with_marks_inside_are_one_text(menu: Menu, caller: Caller) -> None:
    menu.pages = {
        "/voice/answer": '<Say>Press <say-as interpret-as="digits">12</say-as>\n now.<break/></Say>'
    }
    caller.dials().hears("Press 12 now.")


def test_the_transcript_reads_as_a_text(menu: Menu, caller: Caller) -> None:
    menu.pages = {"/voice/answer": MENU, "/voice/turn": '<Say language="ar">شكرا</Say><Hangup/>'}
    call = caller.dials().presses("1").listens()
    assert call.written() == (
        "> dials\nservice: Say it-IT Premi 1.\n> presses 1\n"
        "service: Say ar شكرا\nservice: Hangup\n(completed)\n"
    )


@pytest.mark.parametrize("text", ["hello", "こんにちは、聞こえますか"])
def test_long_words_take_longer_than_short_ones(text: str, line: Direct, menu: Menu) -> None:
    def lasts(words: str) -> int:
        menu.pages = {"/voice/answer": f"<Say>{words}</Say>"}
        return line.caller().dials().listens().call.seconds

    assert lasts(text * 10) > lasts(text)
