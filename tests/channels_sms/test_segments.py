"""What a text costs, against the published vectors and against the rule told another way."""

import json
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


def restated(text: str) -> tuple[str, int]:
    """The rule once more, by cutting bytes: GSM-7 with an escape before the extension table, else UTF-16."""
    if set(text) <= set(BASIC) | set(ESCAPED):
        units, whole, part, tied = "".join("\x1b" + c if c in ESCAPED else c for c in text), 160, 153, "\x1b"
    else:
        raw = text.encode("utf-16-be", "surrogatepass")
        units = "".join("H" if 0xD8 <= raw[at] <= 0xDB else "x" for at in range(0, len(raw), 2))
        whole, part, tied = 70, 67, "H"
    if len(units) <= whole:
        return ("GSM-7" if tied == "\x1b" else "UCS-2"), 1
    cuts = 0
    while units:
        end = part - 1 if len(units) > part and units[part - 1] == tied else part
        units, cuts = units[end:], cuts + 1
    return ("GSM-7" if tied == "\x1b" else "UCS-2"), cuts


def test_the_published_vectors_hold() -> None:
    if not VECTORS.exists():
        pytest.skip("the published vectors are not beside the project")
    for text, encoding, segments in json.loads(VECTORS.read_text("utf-8"))["vectors"]:
        cost = count(text)
        assert (cost.encoding, cost.segments) == (encoding, segments), text[:20]


mixed = st.lists(
    st.one_of(
        st.text(BASIC + ESCAPED, max_size=60),
        st.sampled_from(["€" * 77, "a" * 152, "😜" * 33, "中", "\r\n", "ş", "é"]),
    ),
    max_size=9,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(mixed)
def test_any_mix_costs_what_the_rule_says(text: str) -> None:
    cost = count(text)
    assert (cost.encoding.value, cost.segments) == restated(text)


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_at_all_can_be_counted(text: str) -> None:
    assert (count(text).encoding.value, count(text).segments) == restated(text)


def test_an_escape_pair_does_not_straddle_two_parts() -> None:
    assert count("a" * 152 + "€" + "a" * 152).segments == 3


def test_a_surrogate_pair_does_not_straddle_two_parts() -> None:
    assert count("中" * 66 + "😜" + "中" * 66).segments == 3


def test_one_letter_of_another_alphabet_changes_everything() -> None:
    assert count("s" * 71).encoding is Encoding.GSM_7
    assert count("s" * 70 + "ş").segments == 2
    assert outside_gsm7("naşı aş") == "şı"
