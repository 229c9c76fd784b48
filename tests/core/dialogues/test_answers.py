"""Short answers: by digit, by label, by a word of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dialogues.answers import agrees, chosen, number_in, plain, refuses
from core.languages import speaking
from core.turn import Choice

PLACES = (Choice("1", "Tripoli, Libya"), Choice("2", "Tripoli, Lebanon"))


@pytest.mark.parametrize(
    "text", ["2", " 2. ", "２", "٢", "२", "(2)", "Lebanon", "tripoli LEBANON", "2 Tripoli, Lebanon"]
)
def test_an_answer_picks_by_digit_in_any_script_or_by_word(text: str) -> None:
    assert chosen(text, PLACES) == PLACES[1]


@pytest.mark.parametrize("text", ["", "3", "12", "Tripoli", "2 of us", "x" * 5000, "1 2"])
def test_an_answer_that_picks_none_or_several_picks_nothing(text: str) -> None:
    assert chosen(text, PLACES) is None


@given(st.text())
def test_any_text_at_all_can_be_compared(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert chosen(text, PLACES) in {None, *PLACES}


@pytest.mark.parametrize(
    ("tag", "yes", "no"),
    [
        ("en", "I agree", "No"),
        ("it", "Sì!", "non accetto"),
        ("es", "de acuerdo", "no acepto"),
        ("fr", "D’accord", "je refuse"),
        ("ar", "موافق", "لا أوافق"),
    ],
)
def test_a_word_agrees_or_refuses_in_each_language(tag: str, yes: str, no: str) -> None:
    with speaking(tag):
        assert agrees(yes)
        assert not refuses(yes)
        assert refuses(no)
        assert not agrees(no)


@pytest.mark.parametrize(
    ("text", "number"), [("4", 4), ("we are 4!", 4), ("٤", 4), ("2 or 3", None), ("", None)]
)
def test_one_number_in_a_text_is_found(text: str, number: int | None) -> None:
    assert number_in(text) == number
