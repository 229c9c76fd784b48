"""Every prompt of every language is markup that the provider takes, of the size it takes."""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Final
from xml.etree import ElementTree

import pytest
from django.utils.translation import pgettext

from channels_voice import prompts, twiml, voices
from channels_voice.asked import PAGE, Asked, Awaits
from config.catalogs import Texts
from core import places
from core.languages import languages, speaking
from core.turn import Choice

pytestmark = pytest.mark.django_db  # whether a language is spoken by clips

TAGS: Final = [spoken.tag for spoken in languages()]
URL: Final = "https://alongside.example/voice/turn/" + "f" * 32 + "-9999"

# Of the provider: characters of one <Say>, bytes of a document that is fetched, verbs a question may hold.
MOST_SAID: Final = 4096
MOST_BYTES: Final = 64 * 1024
IN_GATHER: Final = frozenset({"Say", "Play", "Pause"})
VERBS: Final = frozenset({"Say", "Play", "Gather", "Record", "Redirect", "Hangup"})

_TEXTS: Final = [str(message.id) for message in Texts().read("it") if message.context == "voice"]
_LONGEST_PLACE: Final = max((places.name_of_country(code, "en") for code in places.countries()), key=len)


class _Filled(dict[str, str | int]):
    """As much as any placeholder gets: three trips to the longest place; a number where one is counted."""

    def __missing__(self, name: str) -> str | int:
        if name == "count":
            return 999
        return "; ".join([_LONGEST_PLACE] * 3) if name == "trips" else _LONGEST_PLACE


def _spoken(tag: str) -> Sequence[str]:
    """Every text of the telephone in that language, its placeholders filled."""
    with speaking(tag):
        return [pgettext("voice", text) % _Filled() for text in _TEXTS]


def _steps(tag: str) -> Iterator[Asked]:
    """Each text as one step or another, with all that may be said before it, and choices over pages."""
    heard_in = voices.spoken_for(tag)
    names = [Choice(str(key), spoken.name, spoken.tag) for key, spoken in enumerate(languages(), start=1)]
    with speaking(heard_in):
        lead = prompts.joined((prompts.greeting(), prompts.instead(), prompts.going_on()))
    for text, awaits in zip(_spoken(heard_in), cycle(Awaits), strict=False):
        choices = names if awaits is Awaits.CHOICE else ()
        yield Asked(text, awaits, heard_in, lead=lead, choices=choices)
        yield Asked(text, awaits, heard_in, choices=names[-PAGE:] if choices else (), recorded=True)


@pytest.mark.parametrize("tag", TAGS)
def test_every_prompt_is_markup_that_the_provider_takes(tag: str) -> None:
    steps = list(_steps(tag))
    assert len(steps) > 100
    for asked in steps:
        markup = twiml.step(asked, URL)
        assert len(markup.encode()) <= MOST_BYTES
        document = ElementTree.fromstring(markup)  # noqa: S314 - our own answer
        assert document.tag == "Response"
        assert {node.tag for node in document} <= VERBS
        assert {node.tag for gather in document.iter("Gather") for node in gather} <= IN_GATHER
        assert document[-1].tag == ("Hangup" if asked.awaits is Awaits.END else "Redirect")
        for said in document.iter("Say"):
            assert 0 < len(said.text or "") <= MOST_SAID
            assert said.get("language")


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
