"""Cries for help with a denial inside, written and generated: none of them is ever taken for reassurance."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.intents.keywords import DENIALS, Sense, entries, read, tags
from core.intents.reading import Intent
from core.intents.text import is_unspaced
from core.intents.understand import understand
from tests.core.intents.corpus import TODAY

CRIES = Path(__file__).parent / "cries.txt"
AT_LEAST = 8  # cries of each language
SAMPLE = 20  # dangers of each language, each with as many of the forms below
STRANGE = ("qexo", "zuvim", "\u4e6a", "\ua0b7")  # letters that make no word of any language here


_PLAIN = {Sense.COMMON, *(intent for intent in Intent if intent not in {Intent.SAFE, Intent.NEED_HELP})}


def cries(tag: str) -> list[str]:
    """The cries of one language in the file of them."""
    part = CRIES.read_text("utf-8").partition(f"\n## {tag}\n")[2].partition("\n## ")[0]
    return [line for line in part.splitlines() if line]


def said(tag: str, *senses: Sense | Intent) -> list[str]:
    """The phrases of a language that can be said as they stand."""
    found = (p for p, entry in entries(tag, read(tag)) if entry.sense in senses and not set("{*.") & set(p))
    return list(dict.fromkeys(found))


def undenied(tag: str) -> Iterator[str]:
    """Dangers beside a denial that has something else to deny, or denies twice."""
    chance = random.Random(tag)
    denials = said(tag, *DENIALS)
    # Small words that are nothing else, such as a greeting or "in": what a denial may as well belong to.
    told = [(phrase, entry.sense) for phrase, entry in entries(tag, read(tag))]
    otherwise = {word for phrase, sense in told if sense not in _PLAIN for word in phrase.split()}
    known = [word for word in said(tag, Sense.COMMON) if word not in otherwise and len(word) > 2]
    dangers = said(tag, Sense.DANGER)
    for danger in chance.sample(dangers, min(SAMPLE, len(dangers))):
        denial = chance.choice(denials)
        space = "" if is_unspaced(danger) and is_unspaced(denial) and tag != "ko" else " "
        for other in (chance.choice(STRANGE), chance.choice(known)):
            yield space.join((denial, other, danger))
            yield space.join((danger, other, denial))
            yield space.join((danger, denial, other)) + space + chance.choice(STRANGE)
            yield space.join((other, denial)) + " " + space.join((danger, other))
        yield f"{danger}, {denial}"
        yield f"{denial}, {danger}"


def called_safe(texts: Iterator[str]) -> list[str]:
    return [text for text in texts if understand(text, (), TODAY).intent is Intent.SAFE]


@pytest.mark.parametrize("tag", tags())
def test_a_cry_that_denies_something_is_a_call_for_help(tag: str) -> None:
    assert len(cries(tag)) >= AT_LEAST
    assert [cry for cry in cries(tag) if understand(cry, (), TODAY).intent is not Intent.NEED_HELP] == []


@pytest.mark.parametrize("tag", tags())
def test_a_danger_whose_denial_may_be_of_something_else_is_never_safety(tag: str) -> None:
    assert called_safe(undenied(tag)) == []
