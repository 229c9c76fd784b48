"""Our own corpus: several hundred texts in every language we read, and what each means."""

import pytest

from core.intents.understand import understand
from tests.core.intents.corpus import TODAY, Line, languages, lines, told

LINES = [line for tag in languages() for line in lines(tag)]


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.tag}: {line.text}")
def test_a_text_means_what_its_language_says(line: Line) -> None:
    assert told(understand(line.text, (), TODAY), like=line.meaning) == line.meaning


@pytest.mark.parametrize("tag", languages())
def test_no_call_for_help_is_read_as_safety_whatever_language_is_hinted(tag: str) -> None:
    calls = [line.text for line in lines(tag) if line.meaning.startswith("need_help")]
    readings = {
        (text, hint): understand(text, (hint,), TODAY).intent for text in calls for hint in languages()
    }
    assert calls
    assert [pair for pair, intent in readings.items() if intent == "safe"] == []
