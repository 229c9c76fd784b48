"""Recording what callers hear, in a real browser with a microphone that plays a file."""

import math
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from channels_voice.clips import store
from channels_voice.clips.inventory import Kind, needed
from channels_voice.models import Clip
from core.models import AuditEvent
from core.officers import Role
from tests import make
from tests.channels_voice.clips.spoken import BEEP
from tests.console import browser as chrome

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

_RATE: Final = 8000
_LISTENED: Final = "it => new Promise(done => { it.onended = () => done(it.currentTime); it.play(); })"
_LANGUAGE: Final = "sw"


@pytest.fixture
def served() -> Iterator[chrome.Served]:
    with chrome.service() as running:
        yield running


@pytest.fixture
def text() -> str:
    """The first text of the page, spoken by a machine so far."""
    now = timezone.now()
    first = next(one.text for one in needed(_LANGUAGE, now.date()) if one.kind is Kind.SENTENCE)
    store.keep(_LANGUAGE, first, BEEP, now)
    store.changed(_LANGUAGE, now)
    return first


def _tone(path: Path, seconds: float, *, loud: int = 9000) -> Path:
    samples = array("h", (round(loud * math.sin(at / 4)) for at in range(int(_RATE * seconds))))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(samples.tobytes())
    return path


def _microphone(path: Path) -> tuple[str, ...]:
    """Chromium's arguments for a microphone that is allowed and plays that file."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={path}",
    )


def _row(page: Page, text: str) -> Locator:
    return page.locator("tr", has=page.locator(f"#said-{store.key_of(_LANGUAGE, text)}"))


def _open(page: Page) -> Page:
    page.goto(f"/console/voices/?language={_LANGUAGE}")
    return page


def _cookies(language: str = "en") -> dict[str, str]:
    return {chrome.SESSION: chrome.session_of(make.officer(Role.AUTHOR)), chrome.LANGUAGE: language}


def test_a_text_is_recorded_heard_kept_and_deleted_in_the_page(
    served: chrome.Served, text: str, tmp_path: Path
) -> None:
    cookies = _cookies()
    [synthesised] = store.said(_LANGUAGE, text)
    with chrome.browser(*_microphone(_tone(tmp_path / "voice.wav", 30))) as opened:
        row = _row(page := _open(chrome.page_of(opened, served.url, cookies)), text)
        expect(row.locator(".under")).to_have_text("spoken by a machine")
        row.get_by_role("button", name="Record", exact=True).click()
        expect(row.get_by_role("timer")).to_have_text("0:02")
        row.get_by_role("button", name="Stop the recording").click()
        preview = row.locator("[data-preview]")
        expect(preview).to_be_focused()
        assert 1.5 < preview.evaluate(_LISTENED) < 6
        assert chrome.elsewhere(lambda: store.said(_LANGUAGE, text)) == [synthesised]
        row.get_by_role("button", name="Keep this recording").click()
        expect(page.get_by_text("Saved. Callers hear it from now on.")).to_be_visible()
        expect(row.locator(".under")).to_have_text("recorded")
        assert row.locator("td:nth-child(2) audio").evaluate(_LISTENED) > 1.5
        recorded = chrome.elsewhere(lambda: Clip.objects.get(recorded=True))
        assert chrome.elsewhere(lambda: store.said(_LANGUAGE, text)) == [recorded.name]
        row.get_by_text("Delete the recording").click()
        assert chrome.elsewhere(Clip.objects.filter(recorded=True).exists)
        row.get_by_role("button", name="Yes, delete it").click()
        expect(page.get_by_text("The recording is deleted.")).to_be_visible()
        expect(row.locator(".under")).to_have_text("spoken by a machine")
    assert store.said(_LANGUAGE, text) == [synthesised]
    told = AuditEvent.objects.filter(subject_id=recorded.pk).order_by("pk")
    assert list(told.values_list("verb", flat=True)) == ["clip.recorded", "clip.taken-back"]


def test_what_was_recorded_badly_is_recorded_anew_before_anything_is_kept(
    served: chrome.Served, text: str, tmp_path: Path
) -> None:
    cookies = _cookies()
    with chrome.browser(*_microphone(_tone(tmp_path / "voice.wav", 30))) as opened:
        row = _row(_open(chrome.page_of(opened, served.url, cookies)), text)
        heard = []
        for seconds in ("0:01", "0:03"):
            row.get_by_role("button", name="Record", exact=True).click()
            expect(row.get_by_role("timer")).to_have_text(seconds)
            row.get_by_role("button", name="Stop the recording").click()
            expect(row.get_by_role("timer")).to_be_hidden()
            expect(row.locator("[data-preview]")).to_be_focused()
            heard.append(row.locator("[data-preview]").evaluate(_LISTENED))
        row.get_by_role("button", name="Keep this recording").click()
        expect(row.locator(".under")).to_have_text("recorded")
    assert heard[0] + 1 < heard[1]
    assert Clip.objects.get(recorded=True).milliseconds == pytest.approx(heard[1] * 1000, abs=400)


def test_files_that_cannot_be_played_are_refused_and_say_why(
    served: chrome.Served, text: str, tmp_path: Path
) -> None:
    cookies = _cookies()
    (tmp_path / "letter.wav").write_bytes(b"Dear colleagues, here are the recordings.")
    refused = {
        tmp_path / "letter.wav": "Not saved: it must be a WAV file of at most 60 seconds.",
        _tone(tmp_path / "long.wav", 61): "Not saved: it must be a WAV file of at most 60 seconds.",
        _tone(tmp_path / "still.wav", 2, loud=1): "Not saved: speech could not be heard in it.",
    }
    with chrome.browser() as opened:
        row = _row(page := _open(chrome.page_of(opened, served.url, cookies)), text)
        for path, why in refused.items():
            row.locator("input[type=file]").set_input_files(path)
            row.get_by_role("button", name="Use this file").click()
            expect(page.get_by_text(why)).to_be_visible()
        assert not chrome.elsewhere(Clip.objects.filter(recorded=True).exists)
        row.locator("input[type=file]").set_input_files(_tone(tmp_path / "voice.wav", 2))
        row.get_by_role("button", name="Use this file").click()
        expect(row.locator(".under")).to_have_text("recorded")


def test_who_forbids_the_microphone_is_told_to_choose_a_file(served: chrome.Served, text: str) -> None:
    cookies = _cookies()
    with chrome.browser("--deny-permission-prompts", "--use-fake-device-for-media-stream") as opened:
        row = _row(page := _open(chrome.page_of(opened, served.url, cookies)), text)
        row.get_by_role("button", name="Record", exact=True).click()
        expect(page.get_by_text("The microphone cannot be used here.")).to_be_visible()
        expect(row.get_by_role("button", name="Record", exact=True)).to_be_enabled()


@pytest.mark.parametrize(
    ("language", "look"),
    [
        ("en", {"viewport": {"width": 1440, "height": 900}}),
        ("ar", {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}),
    ],
)
def test_the_page_fits_and_shuts_nobody_out(
    served: chrome.Served, text: str, language: str, look: dict[str, object], tmp_path: Path
) -> None:
    store.keep(_LANGUAGE, text, BEEP, timezone.now(), officer=make.officer(Role.ADMIN))
    cookies = _cookies(language)
    with chrome.browser(*_microphone(_tone(tmp_path / "voice.wav", 30))) as opened:
        look = {**look, "reduced_motion": "reduce"}
        row = _row(page := _open(chrome.page_of(opened, served.url, cookies, **look)), text)
        row.locator("[data-record]").click()
        expect(row.get_by_role("timer")).to_have_text("0:01")
        row.locator("[data-record]").click()
        expect(row.locator("[data-preview]")).to_be_focused()
        row.locator("summary").click()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
