"""The twin's own count of segments, against the published vectors."""

import json
from pathlib import Path

import pytest

from twin.segments import Size, size

_VECTORS = Path(__file__).resolve().parents[3] / "shared" / "data" / "segments.json"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Size("GSM-7", 0, 1)),
        ("a" * 160, Size("GSM-7", 160, 1)),
        ("a" * 161, Size("GSM-7", 161, 2)),
        ("€" * 80, Size("GSM-7", 160, 1)),
        ("a" * 152 + "€" + "a" * 152, Size("GSM-7", 306, 3)),
        ("ş" * 70, Size("UCS-2", 70, 1)),
        ("ş" * 71, Size("UCS-2", 71, 2)),
        ("😀" * 67, Size("UCS-2", 134, 3)),
    ],
)
def test_a_text_is_weighed_as_the_network_does(text: str, expected: Size) -> None:
    assert size(text) == expected


def test_the_published_vectors_agree() -> None:
    if not _VECTORS.exists():
        pytest.skip("the published vectors are not beside this checkout")
    vectors = json.loads(_VECTORS.read_text())["vectors"]
    counted = [(size(text).encoding, size(text).segments) for text, _, _ in vectors]
    assert counted == [(encoding, segments) for _, encoding, segments in vectors]
