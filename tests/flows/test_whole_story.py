"""The main job through real processes: a phone registers, officers ask, the phone answers, the page moves."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from core.officers import Role
from telephony.numbers import synthetic
from tests import service
from tests.console.browser import browser, chromium

pytestmark = [pytest.mark.processes, pytest.mark.browser]

QUESTION = "Alongside: are you safe? Reply 1 safe, 2 need help, 3 not there."


def test_an_officer_asks_and_sees_the_answer_arrive_without_reloading() -> None:
    chromium()  # skips here, before anything is started
    phone = synthetic(300)
    with service.running() as running, browser() as opened:
        running.phone(phone)
        today = datetime.now(UTC).date()
        end = today + timedelta(days=9)
        running.texts(phone, f"REG LIBYA TRIPOLI {today:%d/%m} {end:%d/%m} 2 people")
        running.texts(phone, "1")
        author = _officer(running, opened, "ada", Role.AUTHOR)
        campaign = _campaign(running)
        author.goto(f"{running.url}/console/campaigns/{campaign}/submit/")
        author.get_by_role("button", name="Ask for approval").click()
        expect(author.get_by_text("Waiting for approval").first).to_be_visible()
        approver = _officer(running, opened, "ben", Role.APPROVER)
        _approve_and_send(approver, f"{running.url}/console/campaigns/{campaign}")
        safe = approver.locator('[data-figure="safe"]').first
        expect(safe).to_have_text("0")
        service.until(lambda: QUESTION in running.thread(phone), what="the question on the phone")
        approver.evaluate("window.opened_once = true")

        running.texts(phone, "1")

        expect(safe).to_have_text("1", timeout=10_000)
        assert approver.evaluate("window.opened_once"), "the page was loaded again"
        running.texts(phone, "I am not safe, we need help")
        expect(approver.locator('[data-figure="needs_help"]').first).to_have_text("1", timeout=10_000)
        expect(safe).to_have_text("0")
        assert running.thread(phone).count(QUESTION) == 1


def _officer(running: service.Service, opened: Browser, name: str, role: Role) -> Page:
    """A new officer who came in with the one-time password and chose another."""
    account = json.loads(running.manage("officer", "create", name, "--role", role.value, "--json"))
    page = opened.new_context(base_url=running.url).new_page()
    page.goto("/console/")
    page.locator("[name=username]").fill(name)
    page.locator("[name=password]").fill(account["password"])
    page.keyboard.press("Enter")
    own = f"correct horse battery {name}"
    page.get_by_label("Password you logged in with").fill(account["password"])
    page.get_by_label("New password", exact=True).fill(own)
    page.get_by_label("New password again").fill(own)
    page.get_by_role("button", name="Keep this password").click()
    expect(page.get_by_role("heading", name="All quiet")).to_be_visible()
    return page


def _campaign(running: service.Service) -> str:
    made = json.loads(
        running.manage(
            *("campaign", "create", "--kind", "check-in", "--title", "Are you safe?", "--country", "LY"),
            *("--text", f"en={QUESTION}", "--as", "ada", "--json"),
        )
    )
    return str(made["id"])


def _approve_and_send(page: Page, campaign: str) -> None:
    page.goto(f"{campaign}/approve/")
    page.locator("[name=country]").fill("Libya")
    page.locator("[name=count]").fill("1")
    page.get_by_role("button", name="Approve for 1 person").click()
    expect(page).to_have_url(f"{campaign}/")
    page.goto(f"{campaign}/launch/")
    page.locator("main form").get_by_role("button").click()
    expect(page).to_have_url(f"{campaign}/board/")
