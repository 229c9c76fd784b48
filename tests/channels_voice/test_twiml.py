"""Every prompt of every language is markup that the provider takes, of the size it takes."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import cycle
from typing import Final
from uuid import UUID
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.utils.translation import pgettext

from channels_voice import prompts, twiml, voices
from channels_voice.asked import PAGE, Asked, Awaits
from channels_voice.clips import inventory, store
from channels_voice.models import Bridge
from config.catalogs import Texts
from core import places
from core.languages import language, languages, speaking
from core.turn import Choice
from telephony.numbers import synthetic
from twin import verbs

pytestmark = pytest.mark.django_db  # whether a language is spoken by clips

TAGS: Final = [spoken.tag for spoken in languages()]
URL: Final = "https://alongside.example/voice/turn/" + "f" * 32 + "-9999"

# Of the provider: characters of one <Say>, bytes of a document that is fetched, verbs a question may hold.
MOST_SAID: Final = 4096
MOST_BYTES: Final = 64 * 1024
IN_GATHER: Final = frozenset({"Say", "Play", "Pause"})
VERBS: Final = frozenset({"Say", "Play", "Gather", "Record", "Redirect", "Hangup"})

_TEXTS: Final = [str(message.id) for message in Texts().read("it") if message.context == "voice"]

_ASKED: Final = [awaits for awaits in Awaits if awaits is not Awaits.OFFICER]  # whom `held` tells to wait


class _Filled(dict[str, str | int]):
    """As much as any placeholder gets in that language: three trips to the longest place, a high number."""

    def __init__(self, tag: str) -> None:
        names = (places.name_of_country(code, tag) for code in places.countries())
        super().__init__(service=settings.SERVICE_NAME, count=99)
        self._longest = max(names, key=len)

    def __missing__(self, name: str) -> str | int:
        return "; ".join([self._longest] * 3) if name == "trips" else self._longest


def _spoken(tag: str) -> Sequence[str]:
    """Every text of the telephone in that language, its placeholders filled."""
    with speaking(tag):
        return [pgettext("voice", text) % _Filled(tag) for text in _TEXTS]


def _steps(tag: str) -> Iterator[Asked]:
    """Each text as one step or another, with all that may be said before it, and choices over pages."""
    names = [Choice(str(key), spoken.name, spoken.tag) for key, spoken in enumerate(languages(), start=1)]
    with speaking(tag):
        lead = prompts.joined((prompts.greeting(), prompts.instead(), prompts.going_on()))
    for text, awaits in zip(_spoken(tag), cycle(_ASKED), strict=False):
        choices = names if awaits is Awaits.CHOICE else ()
        yield Asked(text, awaits, tag, lead=lead, choices=choices)
        yield Asked(text, awaits, tag, choices=names[-PAGE:] if choices else (), recorded=True)


@pytest.fixture
def clips(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Every text of every language without a voice has been recorded."""

    @cache
    def index(tag: str) -> Mapping[str, Sequence[str]]:
        return store.beginnings(one.key for one in inventory.needed(tag, now.date()))

    def said(tag: str, text: str) -> Sequence[str]:
        pieces = store.pieces_of(inventory.plain(text), index(tag))
        assert pieces is not None, f"{tag}: no clips say {text}"
        return [store.key_of(tag, piece) for piece in pieces]

    monkeypatch.setattr(store, "speaks", lambda _tag: True)
    monkeypatch.setattr(store, "said", said)


@pytest.mark.parametrize("tag", TAGS)
def test_every_prompt_is_markup_that_the_provider_takes(tag: str, clips: None) -> None:
    voice = language(tag).voice
    assert voices.spoken_for(tag) == tag
    steps = list(_steps(tag))
    assert len(steps) > 100
    for asked in steps:
        markup = twiml.step(asked, URL)
        assert len(markup.encode()) <= MOST_BYTES
        assert verbs.parse(markup, URL).warnings == ()  # attributes, their values, languages that are spoken
        document = ElementTree.fromstring(markup)  # noqa: S314 - our own answer
        assert {node.tag for node in document} <= VERBS
        assert {node.tag for gather in document.iter("Gather") for node in gather} <= IN_GATHER
        *_, before, last = [None, *document]
        assert last is not None
        assert last.tag == ("Hangup" if asked.awaits is Awaits.END else "Redirect")
        assert last.text == (None if last.tag == "Hangup" else URL)
        for asking in (*document.iter("Gather"), *document.iter("Record")):
            assert asking is before
            assert asking.get("action") == URL
        for said in document.iter("Say"):
            assert 0 < len(said.text or "") <= MOST_SAID
        if not asked.choices:  # names of languages are said in their own voices
            assert {said.get("language") for said in document.iter("Say")} == ({voice} if voice else set())
        assert voice or list(document.iter("Play"))


@pytest.mark.parametrize("tag", ["ti", "ps", "ha", "ku", "xx"])
def test_whoever_speaks_what_we_do_not_hears_a_language_with_a_voice(tag: str) -> None:
    assert language(voices.spoken_for(tag)).voice


def test_what_no_voice_can_say_is_left_out_and_too_much_is_cut() -> None:
    hostile = "<Dial>&\x00\x0b\ufffe]]>" + "long " * 2000
    markup = twiml.step(Asked(hostile, Awaits.CHOICE, "en", choices=[Choice("1", hostile)]), URL)
    document = ElementTree.fromstring(markup)  # noqa: S314 - our own answer
    said = [node.text or "" for node in document.iter("Say")]
    assert all(text.startswith("<Dial>&]]>") and len(text) <= MOST_SAID for text in said)


def test_at_most_four_choices_a_page_and_the_choice_before_its_key() -> None:
    names = [Choice(str(key), f"thing {key}") for key in range(1, 10)]
    pages = [Asked("?", Awaits.CHOICE, "en", choices=names, page=page) for page in range(3)]
    said = [
        [node.text or "" for node in ElementTree.fromstring(twiml.step(page, URL)).iter("Say")]  # noqa: S314
        for page in pages
    ]
    assert [len(lines) - 1 for lines in said] == [PAGE + 1, PAGE + 1, 2]
    assert said[1][1:] == [*(f"thing {4 + key}: press {key}." for key in range(1, 5)), "More: press 5."]


@pytest.mark.parametrize("tag", TAGS)
def test_a_caller_who_waits_is_told_so_and_an_officer_is_rung_under_our_number(tag: str, clips: None) -> None:
    spoken = voices.spoken_for(tag)
    bridge = Bridge(token=UUID(int=7), sender=settings.SENDERS[0].id)
    asked = Asked("", Awaits.OFFICER, spoken)
    words = twiml.held(asked, synthetic(520), bridge, then=URL, rings=15)
    document = verbs.parse(words, URL)
    *said, dial = document.verbs
    assert not document.warnings
    assert said
    assert isinstance(dial, verbs.Dial)
    [number] = dial.numbers
    assert number.whisper is not None
    assert (dial.caller, dial.timeout, dial.then and dial.then.url) == (bridge.sender, 15, URL)
