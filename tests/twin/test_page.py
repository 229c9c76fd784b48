"""The page of phones in a real browser."""

import re
import shutil
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from telephony.numbers import synthetic
from tests.twin.conftest import FakeService, Wire, served_by
from twin.assembly import Setup
from twin.lifecycle import Pace
from twin.server import running

pytestmark = pytest.mark.browser

_WIDE = (1280, 800)
_PHONE = (390, 844)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        started = playwright.chromium.launch(executable_path=program, args=arguments)
        yield started
        started.close()


@pytest.fixture
def wire(service: FakeService) -> Iterator[Wire]:
    """A twin in real time, but quick."""
    pace = Pace(queue=0.01, sending=0.01, carrier=0.01)
    with running(Setup(served_by(service), pace=pace)) as started:
        yield Wire(started, service)


@pytest.fixture
def page(browser: Browser, wire: Wire) -> Iterator[Page]:
    """The page, open; a complaint in the browser's console fails the test."""
    with browser.new_context(viewport={"width": _WIDE[0], "height": _WIDE[1]}) as context:
        opened = context.new_page()
        complaints: list[str] = []
        opened.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.goto(wire.running.url)
        expect(opened.locator("#link-state")).to_have_text("Live")
        yield opened
        assert complaints == []


def test_a_newcomer_adds_a_phone_registers_and_reads_the_answer(page: Page, service: FakeService) -> None:
    service.says("Libya, Tripoli, 2 people. Reply 1 to agree, 0 to refuse.")
    page.keyboard.press("n")
    page.get_by_role("button", name="Add this phone").click()
    page.locator(".first .quick-button").click()
    page.keyboard.press("Enter")
    answer = page.locator(".bubble:not(.is-mine)")
    expect(answer.locator(".bubble-text")).to_contain_text("Libya, Tripoli")
    expect(answer.locator(".tick")).to_contain_text("delivered")
    service.says("You are registered.")
    page.locator("#quick").get_by_role("button", name="1", exact=True).click()
    expect(page.locator(".bubble.is-mine .bubble-text").last).to_have_text("1")
    expect(answer).to_have_count(2)  # a bubble of one's own stands before the text has arrived
    assert [one.form["Body"].split()[0] for one in service.inbound()] == ["REG", "1"]


def test_a_text_to_an_unknown_phone_brings_the_phone_and_a_badge(page: Page, wire: Wire, number: str) -> None:
    expect(page.get_by_text("No phones yet")).to_be_visible()
    wire.create(number, "هل أنت بخير؟")
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row-badge")).to_have_text("1")
    page.locator(".row").click()
    expect(page.locator(".row-badge")).to_be_hidden()
    assert page.locator(".bubble-text").evaluate("it => getComputedStyle(it).direction") == "rtl"


def test_trouble_with_the_service_is_said_beside_the_text(
    page: Page, wire: Wire, service: FakeService, number: str
) -> None:
    wire.control("POST", "/phones", {"number": number})
    service.answers.append((500, "text/plain", ""))
    page.locator(".row").click()
    page.locator("#text").fill("hello")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".bubble-problem")).to_contain_text("11200")


def test_hundreds_of_phones_are_searched(page: Page, wire: Wire) -> None:
    numbers = [synthetic(200 + count).e164 for count in range(300)]
    wire.control("POST", "/phones", {"phones": [{"number": one} for one in numbers]})
    expect(page.locator("#count")).to_contain_text("300 phones")
    page.keyboard.press("/")
    page.keyboard.type(numbers[3][-6:])
    expect(page.locator(".row")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#phone-number")).to_have_text(re.compile(numbers[3][-6:]))


def test_a_phone_can_be_switched_off_from_the_page(page: Page, wire: Wire, number: str) -> None:
    wire.control("POST", "/phones", {"number": number})
    page.locator(".row").click()
    page.get_by_label("More for this phone").click()
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        page.locator("#line").select_option(label="is switched off (30003)")
    wire.create(number)
    expect(page.locator(".bubble-problem")).to_contain_text("30003")


def test_on_a_narrow_screen_there_is_one_column_and_a_way_back(page: Page, wire: Wire, number: str) -> None:
    page.set_viewport_size({"width": _PHONE[0], "height": _PHONE[1]})
    wire.create(number, "x" * 300)
    page.locator(".row").click()
    expect(page.locator(".side")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == _PHONE[0]
    page.get_by_role("button", name="All phones").click()
    expect(page.locator(".side")).to_be_visible()


MENU = (
    '<Gather numDigits="1" action="/voice/turn" timeout="60">'
    '<Say language="ar-SA">إذا كنت بأمان، اضغط 1</Say>'
    "<Play>/clip.wav</Play></Gather>"
)


def test_a_person_calls_presses_a_key_and_reads_what_is_said(
    page: Page, wire: Wire, service: FakeService, number: str
) -> None:
    service.pages = {"/voice/answer": MENU, "/voice/turn": "<Say>Thank you.</Say><Hangup/>"}
    wire.control("POST", "/phones", {"number": number})
    page.locator(".row").click()
    page.get_by_role("button", name="Call", exact=True).click()
    asked = page.locator(".line.is-service .line-text").first
    expect(asked).to_have_text("إذا كنت بأمان، اضغط 1")
    assert asked.evaluate("it => [it.lang, getComputedStyle(it).direction]") == ["ar-SA", "rtl"]
    expect(page.locator(".line-play")).to_have_text("♪ clip.wav")
    page.locator("#lines").focus()
    page.keyboard.press("1")
    expect(page.locator("#call-note")).to_contain_text("Ended after")
    expect(page.locator(".line.is-service")).to_contain_text(["إذا", "clip", "Thank you.", "hangs up"])
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".call-card summary")).to_contain_text("Ended after")
    expect(page.locator("#call")).to_be_hidden()


def test_a_phone_that_rings_is_answered_on_the_page(
    page: Page, wire: Wire, service: FakeService, number: str
) -> None:
    service.pages = {"/voice/answer": MENU, "/voice/turn": "<Say>Thank you.</Say>"}
    wire.control("POST", "/phones", {"number": number})
    page.locator(".row").click()
    wire.call(number)
    expect(page.locator(".row")).to_have_class(re.compile("is-ringing"))
    page.get_by_role("button", name="Answer").click()
    page.locator("#keypad").get_by_role("button", name="1", exact=True).click()
    expect(page.locator("#call-note")).to_contain_text("Ended after")
    turns = [one for one in service.received if one.path == "/voice/turn"]
    assert [one.form["Digits"] for one in turns] == ["1"]


def test_a_call_can_be_declined_or_left_to_ring(page: Page, wire: Wire, number: str) -> None:
    wire.control("POST", "/phones", {"number": number})
    page.locator(".row").click()
    wire.call(number)
    page.get_by_role("button", name="Reject").click()
    expect(page.locator("#call-note")).to_have_text("Declined")
    wire.call(number)
    page.get_by_role("button", name="Let it ring").click()
    expect(page.locator("#call")).to_be_hidden()
    expect(page.locator(".call-card summary").last).to_contain_text("rings")


def test_keys_are_delivered_twice_at_once_and_once_more_from_the_page(
    page: Page, wire: Wire, service: FakeService, number: str
) -> None:
    service.pages = {"/voice/answer": MENU, "/voice/turn": MENU}
    wire.control("POST", "/phones", {"number": number})
    page.locator(".row").click()
    page.get_by_label("More for this phone").click()
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        page.locator("#line").select_option(label="has its key presses delivered twice at once")
    page.get_by_label("More for this phone").click()
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.locator(".line-play")).to_have_text("♪ clip.wav")
    page.locator("#keypad").get_by_role("button", name="1", exact=True).click()
    expect(page.locator(".line-play")).to_have_count(2)
    page.get_by_label("More for this phone").click()
    page.get_by_role("button", name="Deliver the call's last request once more").click()
    expect(page.locator("#weight")).to_contain_text("The service answered (200)")
    turns = [one for one in service.received if one.path == "/voice/turn"]
    assert len(turns) == 3
    assert {(one.form["Digits"], one.idempotency) for one in turns} == {("1", turns[0].idempotency)}


def test_trouble_in_a_call_is_said_beside_it(
    page: Page, wire: Wire, service: FakeService, number: str
) -> None:
    service.pages = {"/voice/answer": "<Dance/>"}
    wire.control("POST", "/phones", {"number": number})
    page.locator(".row").click()
    page.keyboard.press("Escape")
    page.locator(".row").click()
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.locator("#call-problem")).to_contain_text("12200")
    expect(page.locator(".line.is-provider .line-text")).to_contain_text("application error")


def test_what_a_phone_does_when_it_rings_is_chosen_on_the_page(page: Page, wire: Wire, number: str) -> None:
    wire.control("POST", "/phones", {"number": number})
    page.locator(".row").click()
    page.get_by_label("More for this phone").click()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_label("When it rings").select_option("busy")
    assert page.evaluate("document.documentElement.scrollWidth") == _WIDE[0]
    assert wire.control("GET", f"/phones/{number}").json["picks_up"] == "busy"


def test_a_phone_offers_the_languages_that_the_twin_was_given(page: Page) -> None:
    page.keyboard.press("n")
    expect(page.locator("#add-language option")).to_have_text(
        ["English", "العربية", "Español", "Français", "Italiano"]
    )


def test_on_a_narrow_screen_the_call_has_the_screen(
    page: Page, wire: Wire, service: FakeService, number: str
) -> None:
    service.pages = {"/voice/answer": MENU}
    page.set_viewport_size({"width": _PHONE[0], "height": _PHONE[1]})
    wire.control("POST", "/phones", {"number": number})
    page.locator(".row").click()
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.locator("#keypad")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Hang up")).to_be_in_viewport()
    expect(page.locator("#thread")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == _PHONE[0]
    page.get_by_role("button", name="Hang up").click()
    expect(page.locator("#call-close")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_barrier_that_axe_can_find(
    browser: Browser, wire: Wire, number: str, scheme: Literal["light", "dark"]
) -> None:
    wire.trouble("undeliver", value=30003, count=1)
    wire.create(number)
    wire.create(number)
    wire.type(number, "hello")
    wire.service.pages = {"/voice/answer": MENU}
    wire.dial(number)
    with browser.new_context(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(f"{wire.running.url}/#{number}")
        expect(page.locator(".tick.is-delivered")).to_have_count(1)
        expect(page.locator(".line-play")).to_be_visible()
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
