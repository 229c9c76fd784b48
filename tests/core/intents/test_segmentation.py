"""Words found in writing without spaces."""

from dataclasses import replace

import pytest

from core.intents.segmentation import segmented
from core.intents.text import normalise, script_runs
from core.intents.vocabulary import vocabulary
from core.intents.words import openings

WORDS = (
    *("ไม่", "ปลอดภัย", "ไป", "มา", "มาก", "วันที่", "จาก", "ถึง"),
    *("東京", "から", "まで", "無事", "です", "安全", "では", "ありません"),
    *("에서", "에", "까지", "부터", "일", "안전", "하지", "않아요", "안"),
    *("ကူညီ", "ပါ", "မ", "လုံခြုံ"),
)


def words_of(text: str) -> list[str]:
    words = frozenset(map(normalise, WORDS))
    words |= set(vocabulary().gazetteer.unspaced)
    known = replace(vocabulary(), unspaced=words, openings=openings(words))
    return [token.text for token in segmented(script_runs(normalise(text)), known)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ไม่ปลอดภัย", ["ไม่", "ปลอดภัย"]),
        ("ไปโตเกียว", ["ไป", "โตเกียว"]),
        ("มากจากไป", ["มาก", "จาก", "ไป"]),
        ("東京から無事です", ["東京", "から", "無事", "です"]),
        ("安全ではありません", ["安全", "では", "ありません"]),
        ("서울에서 1일까지", ["서울", "에서", "1", "일", "까지"]),
        ("안전하지 않아요", ["안전", "하지", "않아요"]),
        ("ကူညီပါ", ["ကူညီ", "ပါ"]),
    ],
)
def test_a_run_is_cut_into_the_words_it_is_made_of(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_fewest_unknown_letters_count_for_more_than_the_longest_first_word() -> None:
    # The longest first word would be มาก, and leave a lone letter that no word has.
    assert words_of("มากถึง") == ["มาก", "ถึง"]
    assert words_of("มาจาก") == ["มา", "จาก"]


def test_what_nobody_knows_stays_in_one_piece() -> None:
    assert words_of("ฟหกดไป") == ["ฟหกด", "ไป"]


def test_no_word_ends_between_a_letter_and_what_leans_on_it() -> None:
    assert words_of("မြန်မာ")[0] != "မ"
    assert words_of("エキ") == ["エキ"]


def test_thai_ae_typed_as_two_letters_is_one() -> None:
    assert normalise("\u0e40\u0e40") == "\u0e41"
