"""What only a browser can tell: that pages move, fit, can be reached by everyone, and break no policy."""

from collections.abc import Iterator, Mapping

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect

from campaigns import correction, launch, live
from campaigns.models import Campaign, Recipient
from channels_voice import bridging
from channels_voice.models import Bridge
from core import officer_phones
from core.models import Message, Officer
from core.officers import Role
from telephony.messages import CallStatus, CallUpdate
from telephony.numbers import synthetic
from tests import make
from tests.console import browser as chrome
from tests.console.desk import at_the_desk, submitted_campaign

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDE: Mapping[str, object] = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
NARROW: Mapping[str, object] = {"viewport": {"width": 390, "height": 844}, "reduced_motion": "reduce"}
LOOKS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "wide, light, left-to-right": ("en", WIDE),
    "narrow, dark, right-to-left": ("ar", {**NARROW, "color_scheme": "dark"}),
}


@pytest.fixture
def served() -> Iterator[chrome.Served]:
    with chrome.service() as running:
        yield running


def a_crisis() -> tuple[Campaign, dict[Role, str], Mapping[Role, list[str]]]:
    """A campaign of each stage, people in need, texts to read; the cookies of each role and its pages."""
    author = make.officer(Role.AUTHOR)
    out = submitted_campaign(author)
    launch.approve(out, by=make.officer(Role.APPROVER), now=timezone.now())
    for language in ("ar", "it"):
        make.traveller(language=language, now=timezone.now())
    launch.launch(out, by=author, now=timezone.now())
    answered = out.recipients.all()[0]
    Recipient.objects.filter(pk=answered.pk).update(
        delivery="delivered", answer="needs_help", answered_at=timezone.now(), asked_at=timezone.now()
    )
    case = make.case(answered.contact, now=timezone.now())
    message = make.inbound(make.traveller(language="ar", now=timezone.now()), "متى؟", now=timezone.now())
    Message.objects.filter(pk=message.pk).update(unclear=True)
    waiting, draft = submitted_campaign(author), make.campaign(author=author, now=timezone.now())
    Campaign.objects.filter(pk=draft.pk).update(drill=True)
    officers = {role: make.officer(role) for role in Role}
    at_the_desk(officers[Role.CASE_OFFICER]).post(reverse("console:case-claim", args=[case.pk]))
    at_the_desk(officers[Role.CASE_OFFICER]).post(reverse("console:inbox-claim", args=[message.contact_id]))
    rung_on(officers[Role.CASE_OFFICER])
    taken = make.case(now=timezone.now())
    pages = {
        Role.APPROVER: [
            "/console/",
            "/console/campaigns/",
            "/console/campaigns/new/",
            f"/console/campaigns/{draft.pk}/",
            f"/console/campaigns/{waiting.pk}/approve/",
            f"/console/campaigns/{out.pk}/board/",
            f"/console/campaigns/{out.pk}/stop/",
            f"/console/campaigns/{out.pk}/correct/",
            f"/console/campaigns/{out.pk}/follow/",
            "/console/campaigns/alerts/",
            "/console/campaigns/numbers/",
            "/console/figures/",
            "/console/senders/",
        ],
        Role.CASE_OFFICER: [
            "/console/",
            "/console/cases/",
            f"/console/cases/{case.pk}/",
            f"/console/cases/{taken.pk}/",
            "/console/inbox/?show=mine",
            f"/console/inbox/{message.contact_id}/",
            f"/console/campaigns/{out.pk}/people/?show=total",
            "/console/settings/",
            "/console/duty/",
            "/console/nowhere/",
        ],
        Role.ADMIN: [
            "/console/officers/",
            "/console/officers/new/",
            f"/console/officers/{officers[Role.CASE_OFFICER].pk}/phone/",
            "/console/inbox/",
        ],
    }
    return out, {role: chrome.session_of(officer) for role, officer in officers.items()}, pages


def rung_on(officer: Officer) -> None:
    """Give that officer a confirmed phone."""
    phone = officer_phones.keep(officer, synthetic(520), by=officer, now=timezone.now())
    phone.confirmed_at = timezone.now()
    phone.save()


class Look:
    """One browser, in one size, theme and language, for one officer; it gathers what is wrong."""

    def __init__(self, page: Page) -> None:
        self.found: list[str] = []
        self._page = page
        page.on("console", lambda line: self._hear(line.text) if line.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self._hear(str(error)))

    def _hear(self, text: str) -> None:
        # A 403 or 404 page is meant to be one; the browser notes it as a mistake.
        if "status of 40" not in text:
            self.found.append(f"{self._page.url}: {text}")

    def at(self, address: str) -> None:
        """Open a page: does it fit?"""
        self._page.goto(address)
        if self._page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            self.found.append(f"{address}: scrolls sideways")

    def shuts_out(self, address: str) -> None:
        """Whom does the open page shut out?"""
        for violation in Axe().run(self._page).response["violations"]:
            if violation["impact"] in {"serious", "critical"}:
                self.found.append(f"{address}: {violation['id']} at {violation['nodes'][0]['target']}")


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_fits_breaks_no_policy_and_shuts_nobody_out(look: str, served: chrome.Served) -> None:
    _, sessions, pages = a_crisis()
    language, said = LOOKS[look]
    found: list[str] = []
    with chrome.browser() as opened:
        for role, addresses in pages.items():
            cookies = {chrome.LANGUAGE: language, chrome.SESSION: sessions[role]}
            eyes = Look(chrome.page_of(opened, served.url, cookies, **said))
            for address in addresses:
                eyes.at(address)
                eyes.shuts_out(address)
            found += eyes.found
    assert found == []


def test_the_log_in_and_the_longest_words_fit_a_phone(served: chrome.Served) -> None:
    _, sessions, pages = a_crisis()
    with chrome.browser() as opened:
        door = Look(chrome.page_of(opened, served.url, {chrome.LANGUAGE: "fr"}, **NARROW))
        door.at("/console/login/")
        door.shuts_out("/console/login/")
        cookies = {chrome.LANGUAGE: "fr", chrome.SESSION: sessions[Role.APPROVER]}
        eyes = Look(chrome.page_of(opened, served.url, cookies, **NARROW))
        for address in pages[Role.APPROVER]:
            eyes.at(address)
    assert door.found + eyes.found == []


def test_the_steps_of_a_ladder_are_moved_added_and_left_out_by_buttons(served: chrome.Served) -> None:
    session = chrome.session_of(make.officer(Role.AUTHOR))
    with chrome.browser() as opened:
        page = chrome.page_of(opened, served.url, {chrome.SESSION: session}, **WIDE)
        eyes = Look(page)
        eyes.at("/console/campaigns/new/")
        page.locator("details:has(#ladder-rows) summary").click()
        rows = page.locator("#rungs .rung")
        page.locator("[name=step_minutes]").nth(0).fill("7")
        page.locator("#rung-down-0").click()
        expect(page.locator("[name=step_minutes]").nth(1)).to_have_value("7")
        usual = rows.count()
        page.locator("#rung-away-1").click()
        expect(rows).to_have_count(usual - 1)
        page.locator("#rung-add").click()
        expect(rows).to_have_count(usual)
        assert eyes.found == []


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_areas_are_chosen_on_a_phone_in_arabic(served: chrome.Served, *, script: bool) -> None:
    session = chrome.session_of(make.officer(Role.AUTHOR))
    cookies = {chrome.LANGUAGE: "ar", chrome.SESSION: session}
    with chrome.browser() as opened:
        page = chrome.page_of(opened, served.url, cookies, **NARROW, java_script_enabled=script)
        page.goto("/console/campaigns/new/")
        page.locator("[name=countries][value=LY]").check()
        page.locator("details:has([name=show_areas]) summary").click()
        page.locator("[name=show_areas]").click()
        area = page.locator("[name=areas][value='LY.69']")
        expect(area).to_be_visible()
        expect(area.locator("xpath=..")).to_contain_text("Banghazi (بنغازي")
        expect(area).to_be_in_viewport()
        area.check()
        expect(page.locator("[name=countries][value=LY]")).to_be_checked()
        if script:
            assert page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            )
            violations = Axe().run(page).response["violations"]
            assert [one["id"] for one in violations if one["impact"] in {"serious", "critical"}] == []


def test_the_steps_of_a_ladder_are_moved_without_javascript(served: chrome.Served) -> None:
    cookies = {chrome.SESSION: chrome.session_of(make.officer(Role.AUTHOR))}
    with chrome.browser() as opened:
        page = chrome.page_of(opened, served.url, cookies, **{**NARROW, "java_script_enabled": False})
        page.goto("/console/campaigns/new/")
        page.fill("#id_title", "Flood")
        page.locator("details:has(#ladder-rows) summary").click()
        page.locator("[name=step_minutes]").nth(0).fill("7")
        page.locator("#rung-down-0").click()
        expect(page.locator("[name=step_minutes]").nth(1)).to_have_value("7")
        expect(page.locator("#rungs")).to_be_visible()
        expect(page.locator("#id_title")).to_have_value("Flood")
        usual = page.locator("#rungs .rung").count()
        page.locator("#rung-away-1").click()
        expect(page.locator("#rungs .rung")).to_have_count(usual - 1)


def test_the_board_is_legible_in_the_dark(served: chrome.Served) -> None:
    campaign, sessions, _ = a_crisis()
    with chrome.browser() as opened:
        cookies = {chrome.LANGUAGE: "en", chrome.SESSION: sessions[Role.APPROVER]}
        eyes = Look(chrome.page_of(opened, served.url, cookies, **{**WIDE, "color_scheme": "dark"}))
        eyes.at(f"/console/campaigns/{campaign.pk}/board/")
        eyes.shuts_out("the board")
    assert eyes.found == []


def officers_page(opened: Browser, served: chrome.Served, session: str) -> Page:
    return chrome.page_of(opened, served.url, {chrome.SESSION: session, chrome.LANGUAGE: "en"})


def test_the_board_moves_without_a_reload(served: chrome.Served) -> None:
    campaign, sessions, _ = a_crisis()
    with chrome.browser() as opened:
        page = officers_page(opened, served, sessions[Role.APPROVER])
        page.goto(f"/console/campaigns/{campaign.pk}/board/")
        page.evaluate("document.body.dataset.sameLoad = 'yes'")
        safe = page.locator(".funnel [data-figure=safe]")
        expect(safe).to_have_text("0")
        chrome.elsewhere(lambda: answer_safe(campaign))
        expect(safe).to_have_text("1")
        expect(page.locator("#p-stream + .stream .sign-safe")).to_be_visible()
        assert page.evaluate("document.body.dataset.sameLoad") == "yes"


def test_the_buttons_of_an_open_board_say_for_how_many_they_are_now(served: chrome.Served) -> None:
    campaign, sessions, _ = a_crisis()
    with chrome.browser() as opened:
        page = officers_page(opened, served, sessions[Role.APPROVER])
        page.goto(f"/console/campaigns/{campaign.pk}/board/")
        stop, correct = page.locator("#undo-stop"), page.locator("#undo-correct")
        expect(stop).to_have_text("Stop sending to 2 people")
        expect(correct).to_have_text("Tell 1 person that it was an error")
        stop.focus()
        chrome.elsewhere(lambda: answer_safe(campaign))
        expect(stop).to_have_text("Stop sending to 1 person")
        expect(stop).to_be_focused()
        expect(correct).to_have_text("Tell 2 people that it was an error")
        correct.click()
        expect(page.locator("h1")).to_have_text("Tell 2 people that it was an error")
        expect(page.get_by_text("Counted at")).to_be_visible()


def test_the_table_by_place_comes_to_an_open_board_and_stays(served: chrome.Served) -> None:
    campaign, sessions, _ = a_crisis()
    with chrome.browser() as opened:
        page = officers_page(opened, served, sessions[Role.APPROVER])
        page.goto(f"/console/campaigns/{campaign.pk}/board/")
        expect(page.locator("#places tbody tr")).to_have_count(1)
        chrome.elsewhere(lambda: answer_safe(campaign))
        expect(page.locator("#p-stream + .stream .sign-safe")).to_be_visible()  # the panels were fetched
        expect(page.locator("#places tbody tr")).to_have_count(1)
        # Nothing more happens, and still what was counted before the answer does not stay.
        expect(page.locator("#places tbody td").nth(1)).to_have_text("1")


def test_an_open_board_no_longer_offers_a_correction_that_another_officer_has_sent(
    served: chrome.Served,
) -> None:
    campaign, sessions, _ = a_crisis()
    Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.DONE, ended_at=timezone.now())
    other = make.officer(Role.APPROVER)
    with chrome.browser() as opened:
        page = officers_page(opened, served, sessions[Role.APPROVER])
        page.goto(f"/console/campaigns/{campaign.pk}/board/")
        expect(page.locator("#undo-correct")).to_be_visible()
        chrome.elsewhere(lambda: correction.correct(campaign, by=other, now=timezone.now()))
        expect(page.locator("#undo-correct")).to_have_count(0)


def answer_safe(campaign: Campaign) -> None:
    """One more person says they are safe, and open pages are told."""
    row = campaign.recipients.filter(answer="").order_by("pk")[0]
    Recipient.objects.filter(pk=row.pk).update(
        delivery="delivered", answer="safe", answered_at=timezone.now(), asked_at=timezone.now()
    )
    live.publish(campaign.pk, timezone.now())


def test_a_board_that_lost_its_line_says_so_and_finds_it_again(served: chrome.Served) -> None:
    campaign, sessions, _ = a_crisis()
    with chrome.browser() as opened:
        page = officers_page(opened, served, sessions[Role.APPROVER])
        page.goto(f"/console/campaigns/{campaign.pk}/board/")
        expect(page.locator("[data-board]")).not_to_have_class("is-stale")
        chrome.elsewhere(served.end)
        expect(page.locator(".stale-word")).to_be_visible()
        expect(page.get_by_text("Connection lost at")).to_be_visible()
        again = chrome.Served(served.port)
        again.begin()
        expect(page.locator(".stale-word")).to_be_hidden()
        expect(page.get_by_text("Connection lost at")).to_be_hidden()
        chrome.elsewhere(again.end)


def test_a_call_for_help_appears_on_an_open_page(served: chrome.Served) -> None:
    _, sessions, _ = a_crisis()
    with chrome.browser() as opened:
        page = officers_page(opened, served, sessions[Role.CASE_OFFICER])
        page.goto("/console/cases/")
        badge = page.locator("[data-count=cases]")
        expect(badge).to_have_text("1")
        expect(page.locator("tbody tr")).to_have_count(1)
        chrome.elsewhere(one_more_call)
        expect(badge).to_have_text("2")
        expect(page.locator("tbody tr")).to_have_count(2)
        expect(page.locator("[data-said]")).to_have_text("Somebody new asks for help.")


def test_a_call_that_came_while_the_page_was_loading_is_not_missed(served: chrome.Served) -> None:
    _, sessions, _ = a_crisis()

    def meanwhile(route: Route) -> None:
        chrome.elsewhere(one_more_call)
        route.continue_()

    with chrome.browser() as opened:
        page = officers_page(opened, served, sessions[Role.CASE_OFFICER])
        page.route("**/console/console.js", meanwhile)
        page.goto("/console/cases/")
        expect(page.locator("[data-count=cases]")).to_have_text("2")
        expect(page.locator("tbody tr")).to_have_count(2)


def one_more_call() -> None:
    make.case(make.traveller(now=timezone.now()), now=timezone.now())
    live.cases_changed_after_commit(timezone.now())


def test_a_list_is_worked_by_keyboard_alone(served: chrome.Served) -> None:
    _, sessions, _ = a_crisis()
    with chrome.browser() as opened:
        page = officers_page(opened, served, sessions[Role.CASE_OFFICER])
        page.goto("/console/")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("g")
        page.keyboard.press("h")
        page.wait_for_url("**/console/cases/")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/console/cases/*/")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()


def test_writing_shows_segments_as_they_grow_and_a_drill_changes_the_band(served: chrome.Served) -> None:
    _, sessions, _ = a_crisis()
    with chrome.browser() as opened:
        page = officers_page(opened, served, sessions[Role.APPROVER])
        page.goto("/console/campaigns/new/")
        page.fill("#id_text_en", "x" * 161)
        expect(page.locator("#counter-en")).to_contain_text("2 segments")
        page.fill("#id_text_en", "We’re here. " * 8)
        page.get_by_role("button", name="Use plain letters").click()
        expect(page.locator("#id_text_en")).to_have_value("We're here. " * 8)
        expect(page.locator("#counter-en")).to_contain_text("1 segment")
        page.check("[data-drill]")
        expect(page.locator("[data-drill-band]")).to_be_visible()
        page.fill("#country-filter", "liby")
        expect(page.locator(".pick label:visible")).to_have_count(1)


def test_an_analysts_page_stays_open_though_it_hears_of_no_case(served: chrome.Served) -> None:
    campaign, sessions, _ = a_crisis()
    with chrome.browser() as opened:
        page = officers_page(opened, served, sessions[Role.ANALYST])
        loads: list[str] = []
        page.on("load", lambda _: loads.append("load"))
        page.goto(f"/console/campaigns/{campaign.pk}/board/")
        expect(page.locator(".funnel [data-figure=safe]")).to_contain_text("<10")
        page.evaluate("document.querySelector('.funnel [data-figure=safe]').textContent = 'before'")
        chrome.elsewhere(lambda: answer_safe(campaign))
        expect(page.locator(".funnel [data-figure=safe]")).to_contain_text("<10")
        expect(page.locator(".funnel [data-share=safe]")).to_have_text("–")
        assert loads == ["load"]


def test_a_call_to_a_person_moves_on_the_open_page(served: chrome.Served) -> None:
    officer = make.officer(Role.CASE_OFFICER)
    rung_on(officer)
    case = make.case(now=timezone.now())
    at_the_desk(officer).post(reverse("console:case-claim", args=[case.pk]))
    session = chrome.session_of(officer)

    def picked_up(status: CallStatus) -> None:
        token = Bridge.objects.get().token
        bridging.note(token, CallUpdate("CA" + "1" * 32, status), timezone.now())

    with chrome.browser() as opened:
        page = chrome.page_of(opened, served.url, {chrome.SESSION: session}, **WIDE)
        page.goto(f"/console/cases/{case.pk}/")
        page.get_by_role("button", name="Call this person").click()
        expect(page.locator("#call")).to_contain_text("Your phone rings")
        chrome.elsewhere(lambda: picked_up(CallStatus.IN_PROGRESS))
        expect(page.locator("#call")).to_contain_text("Press 1 on your phone")
        chrome.elsewhere(lambda: picked_up(CallStatus.COMPLETED))
        expect(page.locator("#call")).to_contain_text("The officer pressed no key")
        expect(page.get_by_role("button", name="Call this person")).to_be_visible()
