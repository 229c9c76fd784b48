"""Nobody who says that they are not safe is read as safe: denials built from every language's own words."""

import random
from collections.abc import Iterator

import pytest

from core.intents.keywords import Sense, entries, read, tags
from core.intents.reading import Intent
from core.intents.understand import understand
from core.intents.vocabulary import vocabulary
from tests.core.intents.corpus import TODAY, languages
from tests.core.intents.slips import slipped_calls

SAMPLE = 40
SLIPS = 30  # of each call for help


def phrases(tag: str, *senses: Intent | Sense) -> list[str]:
    found = (p for p, entry in entries(tag, read(tag)) if entry.sense in senses and not set("{*.") & set(p))
    return list(dict.fromkeys(found))


def denied(tag: str) -> Iterator[str]:
    """Words of safety with a denial of their language on the side where it puts one."""
    chance = random.Random(tag)
    grammar = vocabulary().grammar
    # Not "no one is hurt": denied once more it may mean either.
    own = set(phrases(tag, Sense.NEGATION, Sense.NEGATION_NEAR, Sense.NEGATION_AFTER))
    safe = [words for words in phrases(tag, Intent.SAFE) if own.isdisjoint(words.replace("'", " ").split())]
    denials = [w for w in phrases(tag, Sense.NEGATION) if w not in phrases(tag, Sense.COMPANION)]
    for words in chance.sample(safe, min(SAMPLE, len(safe))):
        denial = chance.choice(denials)
        if tag in grammar.negation_before:
            yield f"{denial} {words}"
        if tag in grammar.negation_after:
            yield f"{words} {denial}"
        yield f"{words}? {denial}"


def called_safe(texts: Iterator[str]) -> list[str]:
    return [text for text in texts if understand(text, (), TODAY).intent is Intent.SAFE]


@pytest.mark.parametrize("tag", tags())
def test_safety_that_is_denied_is_never_read_as_safety(tag: str) -> None:
    assert called_safe(denied(tag)) == []


@pytest.mark.parametrize("tag", languages())
def test_no_slip_in_a_call_for_help_makes_it_safe(tag: str) -> None:
    slipped = list(slipped_calls(tag, SLIPS))
    assert len(slipped) > SLIPS
    assert called_safe(iter(slipped)) == []


@pytest.mark.parametrize(
    "text",
    [
        "not one of the nine of us here is safe",  # nine words off: too far to be sure, too near to ignore
        "nott at all safe",
        "we are safe nott",
        "are we here now safe",
        "safe? no",
        "no, i doubt it is not, all of us are safe",
        "only my wife is safe",
        "we were safe until last night",
        "tolong saya aman",
        "amra safe na",
        "nadie esát seguro",
        "can kaybı yok. için araba oldum kim yok burada iyi aile insan misin",
        "ilesos, pero no pasó nada",
        "no injuries, nein",
        "estoy bien, Juan herido no",
        "அனைவரும் noi ok",
    ],
)
def test_safety_in_doubt_is_not_safety(text: str) -> None:
    assert understand(text, (), TODAY).intent is not Intent.SAFE


FAR = ["now", "here", "in", "our", "big", "hotel", "and", "with", "all", "of", "you"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        (" ".join(["not", *FAR[:between], "safe"]), intent)
        for between, intent in enumerate(
            [Intent.NEED_HELP] * 6 + [Intent.UNKNOWN] * 4 + [Intent.SAFE] * 2  # words between
        )
    ],
)
def test_how_far_a_denial_reaches(text: str, intent: Intent) -> None:
    assert understand(text, (), TODAY).intent is intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("we are not saffe here they are shooting in the street", Intent.NEED_HELP),
        ("no one of us was hurt", Intent.SAFE),
        ("tolong", Intent.NEED_HELP),
        ("tolong saya di Makkah", Intent.NEED_HELP),
        ("tolong hapus data saya", Intent.DELETE),
        ("STOP STOP", Intent.STOP),
        ("start, thanks", Intent.START),
        ("start info", Intent.UNKNOWN),
    ],
)
def test_a_word_of_two_meanings_keeps_the_graver_one(text: str, intent: Intent) -> None:
    assert understand(text, (), TODAY).intent is intent


@pytest.mark.parametrize(
    "text",
    [
        "ماشین چپ شد پای برادرم شکسته کسی نیست",
        "no bus and wounded",
        "nobody here injured my wife",
        "not hurt but trapped",
        "nobody\ninjured",
        "no one is not hurt",
        "खून नहीं रुक रहा",
    ],
)
def test_a_denial_of_something_else_leaves_the_danger_standing(text: str) -> None:
    assert understand(text, (), TODAY).intent is Intent.NEED_HELP


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("i am fine\nno wounded", Intent.SAFE),
        ("we are safe\nno dead or injured", Intent.SAFE),
        ("i am fine\nno wounded brother", Intent.NEED_HELP),
        ("i am fine\nwife no wounded", Intent.NEED_HELP),
    ],
)
def test_a_new_line_parts_safety_from_a_denied_danger_as_a_comma_does(text: str, intent: Intent) -> None:
    assert understand(text, (), TODAY).intent is intent


@pytest.mark.parametrize(
    "text",
    [
        "I'm fine, they are not",
        "sto bene, Marco no",
        "tôi không sao nhưg vợ tôi thì có",
        "main theek hoon, woh nahi",
        "safe? nobody here is",
        "चोट नहीं भर रही",
        "nous ne sommes pas blessés, pont coupé",
    ],
)
def test_what_takes_safety_back_or_goes_unexplained_leaves_nobody_safe(text: str) -> None:
    assert understand(text, (), TODAY).intent is not Intent.SAFE
