"""What is said on calls is short in every language: one idea a prompt, a check-in over in 25 seconds."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import pytest
from babel.messages.pofile import read_po
from django.utils.translation import pgettext

from campaigns import replies
from channels_voice import prompts
from core import wording
from core.dialogues import registration_aloud
from core.intents.keywords import LOCALE
from core.languages import languages, speaking
from core.trips import Plan
from tests import make
from tests.spoken_length import seconds

TAGS: Final = [one.tag for one in languages()]
PROMPT: Final = 12.0
CONSENT: Final = 20.0  # two sentences, with the trip they are about (P-4)
CHECK_IN: Final = 25.0
NAMES: Final = {
    "%(service)s": "Alongside", "%(number)s": "4 4 7 7 0 0 9 0 0 0 0 1", "%(count)d": "3", "%(key)s": "3",
}  # fmt: skip
_GROWS: Final = ("%(trip", "%(place", "%(start", "%(choice")  # as long as what the person told

TRIP: Final = Plan("LY", "Tripoli", make.NOW.date(), make.NOW.date() + timedelta(days=13), 2)


def prompts_of(tag: str) -> Iterator[tuple[str, str]]:
    """Each text that is said as it stands: its English, and what is heard."""
    english = tag == "en"  # its texts are the catalogs' keys
    tag = "de" if english else tag
    with (LOCALE / tag / "LC_MESSAGES" / "django.po").open("rb") as file:
        for message in read_po(file):
            if message.context != "voice" or not message.id:
                continue
            source = message.id if isinstance(message.id, str) else message.id[0]
            forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
            for text in (source,) if english else forms:
                if not any(part in source for part in _GROWS):
                    yield source, _named(str(text))


def _named(text: str) -> str:
    for name, value in NAMES.items():
        text = text.replace(name, value)
    return text


@pytest.mark.parametrize("tag", TAGS)
def test_every_prompt_is_over_in_twelve_seconds(tag: str) -> None:
    long = {text: round(took, 1) for _, text in prompts_of(tag) if (took := seconds(text, tag)) > PROMPT}
    assert long == {}


@pytest.mark.parametrize("tag", TAGS)
def test_a_call_begins_within_three_seconds_and_a_call_for_help_is_told_within_five(tag: str) -> None:
    with speaking(tag):
        assert seconds(prompts.greeting(), tag) <= 3
        assert seconds(prompts.calling(), tag) <= 6
        assert seconds(prompts.anywhere(), tag) <= 8
        assert seconds(prompts.hold_the_line(), tag) <= 6
        assert seconds(prompts.to_officer_on_duty(), tag) <= 8
        assert seconds(replies._help_is_told().spoken, tag) <= 5


@pytest.mark.parametrize("tag", TAGS)
def test_a_check_in_call_is_over_in_twenty_five_seconds(tag: str) -> None:
    with speaking(tag):
        question = pgettext("voice", "The crisis unit asks everyone in the area: are you safe?")
        answers = enumerate(replies.choices(), start=1)
        choices = [prompts.choice(choice.label, key) for key, choice in answers]
        said = prompts.joined([prompts.calling(), question, *choices])
        thanks = prompts.joined([replies._safe_is_noted(officer_calls=False).spoken, prompts.goodbye()])
        assert len(choices) == 3
        assert seconds(said, tag) <= CHECK_IN - seconds(thanks, tag)


@pytest.mark.parametrize("tag", TAGS)
def test_the_consent_is_asked_in_twenty_seconds_with_the_trip(tag: str) -> None:
    with speaking(tag):
        said = registration_aloud.consent([TRIP], make.NOW.date())
        assert wording.trip_aloud(TRIP, make.NOW.date()) in said
        assert seconds(said, tag) <= CONSENT
