"""The twin's telephone in a real browser, calling this service in languages that only clips can speak."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from campaigns.models import Recipient
from channels_voice import outbound, prompts
from channels_voice.clips import render
from channels_voice.models import Call
from core import gateway
from core.languages import speaking
from core.models import ContactPoint, Trip
from telephony.numbers import PhoneNumber, synthetic
from telephony.twilio_api import Twilio, TwilioConfig
from tests import make
from tests.channels_voice.clips import spoken
from tests.channels_voice.clips.spoken import BEEP
from tests.console import browser as chrome
from twin.account import Credentials
from twin.assembly import Setup
from twin.call_records import Line
from twin.phones import Service
from twin.server import Running, running

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Notes what was heard to its end, and how long it was heard.
_EARS = """
const Sound = globalThis.Audio;
globalThis.heard = [];
globalThis.Audio = function (address) {
  const clip = new Sound(address);
  clip.addEventListener("ended", () => {
    heard.push({ at: clip.currentTime, lasts: clip.duration });
    document.documentElement.dataset.heard = heard.length;
  });
  return clip;
};
"""


@dataclass(frozen=True)
class Telephone:
    """A phone on the twin's page, and the service that it calls."""

    twin: Running
    number: PhoneNumber

    def opened(self, browser: Browser, **look: object) -> Page:
        """The page with this phone open."""
        page = chrome.page_of(browser, self.twin.url, {}, **look)
        page.add_init_script(_EARS)
        page.goto(f"{self.twin.url}/#{self.number.e164}")
        expect(page.locator("#link-state")).to_have_text("Live")
        expect(page.locator("#phone")).to_be_visible()
        return page

    def lines(self) -> list[Line]:
        """What was said on the phone's last call so far."""
        return self.twin.do(lambda twin: list(twin.calls.recent(self.number.e164)[0].transcript))


@pytest.fixture
def telephone() -> Iterator[Telephone]:
    """The service, the twin and a phone of somebody that the service does not know yet."""
    number = synthetic(500)
    with ExitStack() as stack:
        served = stack.enter_context(chrome.service())
        stack.enter_context(override_settings(PUBLIC_BASE_URL=served.url))
        service = Service(f"{served.url}/sms/inbound", voice_url=f"{served.url}/voice/answer")
        account = Credentials(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN)
        twin = stack.enter_context(running(Setup(service, account, tuple(settings.SENDERS))))
        provider = Twilio(TwilioConfig(account.account_sid, account.auth_token, base_url=twin.url))
        stack.enter_context(gateway.using(provider))
        twin.do(lambda one: one.account.phone(number.e164, one.clock.now()))
        yield Telephone(twin, number)


def _speaks(tag: str) -> None:
    """Every text of the language as a beep, and the greeting and the first question by the synthesiser."""
    now = timezone.now()
    spoken.speak(tag, now)
    with speaking(tag):
        first = prompts.greeting()
    render.make(tag, [first], now)


def _hears(page: Page, clips: int) -> None:
    """That many clips have been played to their end in the page."""
    expect(page.locator("html")).to_have_attribute("data-heard", re.compile(rf"^({clips}|[1-9]\d+)$"))


def _turn_comes(page: Page) -> None:
    expect(page.locator("#call-note")).to_contain_text("your turn")


def _said(page: Page, words: str) -> None:
    expect(page.locator(".line-play", has_text=words).last).to_be_visible()


def test_somebody_registers_by_keys_in_a_language_that_only_clips_can_speak(telephone: Telephone) -> None:
    make.contact(phone=telephone.number, language="sw", now=timezone.now())
    _speaks("sw")
    with chrome.browser() as opened:
        page = telephone.opened(opened)
        page.get_by_role("button", name="Call", exact=True).click()
        greeting = page.locator(".line-play").first
        expect(greeting).to_contain_text("Hii ni Alongside")
        assert greeting.evaluate("it => it.closest('[lang]').lang") == "sw"
        _hears(page, 3)
        first = page.evaluate("heard[0]")
        assert first["at"] == pytest.approx(first["lasts"], abs=0.05)
        assert first["lasts"] > 3 * BEEP.milliseconds / 1000  # spoken, by the synthesiser
        _turn_comes(page)
        page.locator("#keypad").get_by_role("button", name="1", exact=True).click()
        _said(page, "nchi gani")
        for keys, following in (
            ("218#", "Utaanza kuwa huko siku gani"),
            ("2511", "Utaondoka siku gani"),
            ("0812", "Ni watu wangapi wanaosafiri"),
            ("2#", "Desemba"),
        ):
            page.keyboard.type(keys)
            _said(page, following)
        page.keyboard.press("1")
        _said(page, "Umesajiliwa")
        asked = page.locator(".line.is-service", has_text="Novemba").last
        expect(asked).to_contain_text("Libya kuanzia 25 Novemba hadi 8 Desemba watu 2")
        expect(page.locator("#call-problem")).to_be_hidden()
        page.get_by_role("button", name="Hang up").click()
        expect(page.locator("#call-note")).to_contain_text("Ended after")
    assert Trip.objects.get().country == "LY"


def _ordered(contact: ContactPoint) -> None:
    """The campaign's call to that phone, placed at the twin."""
    call = outbound.prepare(contact, gateway.senders()[0], Call.Purpose.CHECK_IN, timezone.now())
    async_to_sync(_placed)(call)


async def _placed(call: Call) -> None:
    provider = gateway.provider()
    await outbound.place(provider, call, now=timezone.now())
    await provider.close()


def test_a_check_in_rings_and_is_answered_in_the_dark_from_right_to_left(telephone: Telephone) -> None:
    contact = make.traveller(phone=telephone.number, language="ur", now=timezone.now())
    recipient = make.asked(contact, now=timezone.now())
    _speaks("ur")
    look = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "reduced_motion": "reduce"}
    with chrome.browser() as opened:
        page = telephone.opened(opened, **look)
        chrome.elsewhere(lambda: _ordered(contact))
        expect(page.locator("#call-note")).to_have_text("Rings")
        page.get_by_role("button", name="Answer").click()
        line = page.locator(".line-play").first
        expect(line).to_contain_text("Alongside")
        assert line.evaluate("it => getComputedStyle(it.closest('[lang]')).direction") == "rtl"
        _hears(page, 2)
        _turn_comes(page)
        expect(page.locator("#keypad")).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        page.locator("#keypad").get_by_role("button", name="1", exact=True).click()
        expect(page.locator("#call-note")).to_contain_text("Ended after")
    recipient.refresh_from_db()
    assert recipient.answer == Recipient.Answer.SAFE


def test_a_clip_is_fetched_by_a_signed_name_and_kept_for_ever(telephone: Telephone) -> None:
    make.contact(phone=telephone.number, language="sw", now=timezone.now())
    spoken.speak("sw", timezone.now())
    telephone.twin.do(lambda twin: twin.calls.dial(telephone.number.e164, settings.SENDERS[0].id))
    telephone.twin.settle()
    address = next(line.text for line in telephone.lines() if line.verb == "Play")
    with urlopen(address, timeout=10) as answer:  # noqa: S310 - our own server
        assert answer.headers["Content-Type"] == "audio/wav"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    name, signature, ending = address.rsplit(".", 2)
    with pytest.raises(HTTPError, match="403"):
        urlopen(f"{name}.{signature[::-1]}.{ending}", timeout=10)  # noqa: S310 - our own server
