"""How a text is cut before its words are looked up."""

import itertools

import pytest

from core.intents.text import fold, normalise, script_runs, syllables


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


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("လံုခြံု", "လုံခြုံ"),  # the signs in the order of the hand
        ("ဇန်န၀ါရီ", "ဇန်နဝါရီ"),  # a zero for the letter wa
        ("၀ယ်", "ဝယ်"),
        ("ခရီးစဥ်", "ခရီးစဉ်"),
        ("သြဂုတ်", "ဩဂုတ်"),
        ("၁၀ရက် ၂၀၂၆ ၀ ၇ရက်", "10ရက် 2026 0 7ရက်"),
    ],
)
def test_burmese_that_looks_the_same_is_the_same(typed: str, meant: str) -> None:
    assert normalise(typed) == normalise(meant)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ኅዳር", "ህዳር"),
        ("ሠላም", "ሰላም"),
        ("ዓመት", "አመት"),
        ("ፀሐይ", "ጸሀይ"),
        ("ኣስመራ", "አስመራ"),
        ("ڕۆژ", "روژ"),
        ("ټپي", "تپی"),
    ],
)
def test_letters_that_people_mix_are_one(one: str, other: str) -> None:
    assert fold(normalise(one)) == fold(normalise(other))


@pytest.mark.parametrize(("signs", "number"), [("፭", "5"), ("፲", "10"), ("፳፭", "25"), ("፳፻፲፱", "2019")])
def test_ethiopic_numerals_are_numbers(signs: str, number: str) -> None:
    assert normalise(signs) == number


def test_the_ethiopic_word_divider_is_a_space() -> None:
    assert [token.text for token in script_runs(normalise("ደህና፡ነኝ።"))] == ["ደህና", "ነኝ", "።"]
