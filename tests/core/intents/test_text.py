"""How a text is cut before its words are looked up."""

import itertools

import pytest

from core.intents.text import normalise, syllables


@pytest.mark.parametrize(
    ("run", "parts"),
    [
        ("ไม่ปลอดภัย", ["ไม่", "ป", "ล", "อ", "ด", "ภัย"]),
        ("เดินมากๆ", ["เดิ", "น", "มา", "ก", "ๆ"]),
        ("น้ำ", ["น้ำ"]),
        ("မလုံခြုံဘူး", ["မ", "လုံ", "ခြုံ", "ဘူး"]),
        ("မင်္ဂလာပါ", ["မင်္ဂ", "လာ", "ပါ"]),
        ("ရန်ကုန်", ["ရန်", "ကုန်"]),
        ("不安全", ["不", "安", "全"]),
        ("서울", ["서", "울"]),
        ("キャンセル", ["キャ", "ン", "セ", "ル"]),
        ("東京タワー", ["東", "京", "タ", "ワー"]),
    ],
)
def test_no_word_is_cut_within_a_syllable(run: str, parts: list[str]) -> None:
    typed = normalise(run)
    ends = [0, *syllables(typed)]
    assert [typed[a:b] for a, b in itertools.pairwise(ends)] == [normalise(p) for p in parts]
