"""What a text costs, against the published vectors and against the rule told another way."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels_sms.segments import Encoding, count, outside_gsm7

VECTORS = Path(__file__).parents[3] / "shared" / "data" / "segments.json"
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPED = "\f^{}\\[~]|€"


LETTERS = [*"a7中س€\n\r", "e\u0301", "க்", "నీ", "😜", "👨\u200d👩\u200d👧", "🇮🇹", "👍🏽", "한"]
"""What a reader takes for one letter each, CR and LF included."""


def restated(letters: Sequence[str]) -> tuple[str, int]:
    """The rule once more, letter by letter and in bits: 140 octets, less 6 for the header of a part."""
    text = "".join(letters)
    gsm = set(text) <= set(BASIC) | set(ESCAPED)
    bits = [
        7 * (1 + (letter in ESCAPED)) if gsm else 16 * (len(letter.encode("utf-16-be")) // 2)
        for letter in letters
    ]
    encoding = "GSM-7" if gsm else "UCS-2"
    if sum(bits) <= 1120:
        return encoding, 1
    parts = [0]
    for size in bits:
        if parts[-1] + size > 1120 - 48:
            parts.append(0)
        parts[-1] += size
    return encoding, len(parts)


def test_the_published_vectors_hold() -> None:
    if not VECTORS.exists():
        pytest.skip("the published vectors are not beside the project")
    for text, encoding, segments in json.loads(VECTORS.read_text("utf-8"))["vectors"]:
        cost = count(text)
        assert (cost.encoding, cost.segments) == (encoding, segments), text[:20]


mixed = st.lists(
    st.one_of(
        st.text(BASIC + ESCAPED, max_size=60).map(list),
        st.lists(st.sampled_from(LETTERS), max_size=40),
        st.sampled_from([["€"] * 77, ["a"] * 152, ["😜"] * 33, ["中"], ["\r", "\n"], ["ş"], ["é"]]),
    ),
    max_size=9,
).map(lambda pieces: [letter for piece in pieces for letter in piece])


@settings(max_examples=500)
@given(mixed)
def test_any_mix_costs_what_the_rule_says(letters: list[str]) -> None:
    cost = count("".join(letters))
    assert (cost.encoding.value, cost.segments) == restated(letters)


@given(st.text(max_size=400))
def test_any_text_at_all_fits_into_its_segments(text: str) -> None:
    cost = count(text)
    size = 153 if cost.encoding is Encoding.GSM_7 else 67
    assert cost.segments == 1 or cost.segments >= -(-cost.units // size)


def test_a_letter_with_its_marks_does_not_straddle_two_parts() -> None:
    assert count("中" * 66 + "e\u0301" + "中" * 66).segments == 3


def test_an_emoji_of_several_does_not_straddle_two_parts() -> None:
    assert count("中" * 60 + "👨\u200d👩\u200d👧" + "中" * 66).segments == 3


def test_a_pile_of_marks_longer_than_a_part_is_cut_after_all() -> None:
    assert count("中" + "e" + "\u0301" * 133).segments == 3
    assert count("e" + "\u0301" * 200 + "中" * 66).segments == 4


def test_an_escape_pair_does_not_straddle_two_parts() -> None:
    assert count("a" * 152 + "€" + "a" * 152).segments == 3


def test_a_surrogate_pair_does_not_straddle_two_parts() -> None:
    assert count("中" * 66 + "😜" + "中" * 66).segments == 3


def test_one_letter_of_another_alphabet_changes_everything() -> None:
    assert count("s" * 71).encoding is Encoding.GSM_7
    assert count("s" * 70 + "ş").segments == 2
    assert outside_gsm7("naşı aş") == "şı"
