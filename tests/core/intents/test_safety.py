"""Nobody who says that they are not safe is read as safe: denials built from every language's own words."""

import random
from collections.abc import Iterator

import pytest

from core.intents.keywords import Sense, entries, read, tags
from core.intents.reading import Intent
from core.intents.understand import understand
from core.intents.vocabulary import vocabulary
from tests.core.intents.corpus import TODAY, languages, lines

SAMPLE = 40


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


def slips(word: str, chance: random.Random) -> Iterator[str]:
    """A word with one letter left out, typed twice, or changed places with the next."""
    at = chance.randrange(len(word) - 1)
    yield word[:at] + word[at + 1 :]
    yield word[: at + 1] + word[at:]
    yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def called_safe(texts: Iterator[str]) -> list[str]:
    return [text for text in texts if understand(text, (), TODAY).intent is Intent.SAFE]


@pytest.mark.parametrize("tag", tags())
def test_safety_that_is_denied_is_never_read_as_safety(tag: str) -> None:
    assert called_safe(denied(tag)) == []


@pytest.mark.parametrize("tag", languages())
def test_hardly_a_slip_in_a_call_for_help_makes_it_safe(tag: str) -> None:
    """At most one in twenty-five: those that leave nothing of a denial, or another word of the language."""
    chance = random.Random(tag)
    calls = [line.text.split() for line in lines(tag) if line.meaning.startswith("need_help")]
    slipped = [
        " ".join([*call[:at], wrong, *call[at + 1 :]])
        for call in calls
        for at in range(len(call))
        if len(call[at]) > 1
        for wrong in slips(call[at], chance)
    ]
    assert 25 * len(called_safe(iter(slipped))) <= len(slipped)


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
    ],
)
def test_safety_in_doubt_is_not_safety(text: str) -> None:
    assert understand(text, (), TODAY).intent is not Intent.SAFE


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
