"""A right-to-left text keeps its order on a phone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.direction import in_order

MARK = "\u200f"


@pytest.mark.parametrize(
    "text",
    ["", "1", "Are you safe?", "هل أنت بأمان؟", "1 نعم\n2 لا", "Tripoli طرابلس is in Libya", "STOP", "🙏"],
)
def test_a_text_that_is_laid_out_well_is_left_alone(text: str) -> None:
    assert in_order(text) == text


def test_a_latin_name_does_not_turn_the_text() -> None:
    assert in_order("Alongside: هل أنت بأمان؟ أجب 1 أو 2") == f"{MARK}Alongside: هل أنت بأمان؟ أجب 1 أو 2"


def test_each_line_is_a_paragraph_of_its_own() -> None:
    assert in_order("طرابلس، ليبيا\nSTOP للإيقاف\nSOS") == f"طرابلس، ليبيا\n{MARK}STOP للإيقاف\nSOS"


@given(st.text("abc אבג 12\n.", max_size=40))
def test_only_marks_are_added_and_only_once(text: str) -> None:
    marked = in_order(text)
    assert marked.replace(MARK, "") == text
    assert in_order(marked) == marked
