"""What sounds of safety and is none, as people text it: wishes, hearsay, conditions, all but one."""

from pathlib import Path

import pytest

from core.intents.keywords import tags
from core.intents.reading import Intent
from core.intents.understand import understand
from tests.core.intents.corpus import TODAY

DOUBTS = Path(__file__).parent / "doubts.txt"
AT_LEAST = 10  # texts of each language
READ = {"help": Intent.NEED_HELP, "safe": Intent.SAFE}
# What may be said to somebody who may not be safe: none of it stops anything or puts a mind at rest.
ANSWERED = {Intent.UNKNOWN, Intent.NEED_HELP, Intent.WHERE, Intent.INFO, Intent.REGISTER}


def told(tag: str) -> list[tuple[str, str]]:
    """The texts of one language, each with how it must be read."""
    part = DOUBTS.read_text("utf-8").partition(f"\n## {tag}\n")[2].partition("\n## ")[0]
    texts = [line.rpartition(" => ") for line in part.splitlines() if " => " in line]
    return [(text, meaning) for text, _, meaning in texts]


def intent(text: str) -> Intent:
    return understand(text, (), TODAY).intent


@pytest.mark.parametrize("tag", tags())
def test_who_may_not_be_safe_is_not_called_safe(tag: str) -> None:
    texts = told(tag)
    assert len(texts) >= AT_LEAST
    doubts = {text: intent(text) for text, meaning in texts if meaning == "doubt"}
    assert {text: read for text, read in doubts.items() if read not in ANSWERED} == {}


@pytest.mark.parametrize("tag", tags())
def test_who_is_safe_or_is_not_says_so_beside_doubts(tag: str) -> None:
    read = {(text, meaning): intent(text) for text, meaning in told(tag) if meaning in READ}
    assert read
    assert {text: got for (text, meaning), got in read.items() if got is not READ[meaning]} == {}


@pytest.mark.parametrize("tag", tags())
def test_no_hint_makes_a_doubt_safety(tag: str) -> None:
    doubts = [text for text, meaning in told(tag) if meaning != "safe"]
    safe = [
        (text, hint)
        for text in doubts
        for hint in tags()
        if understand(text, (hint,), TODAY).intent is Intent.SAFE
    ]
    assert safe == []
