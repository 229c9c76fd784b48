"""The labelled examples that came with the brief; they are no part of the project and may be missing."""

import json
from datetime import date
from pathlib import Path

import pytest

from core.intents.keywords import tags
from core.intents.understand import understand

EXAMPLES = Path(__file__).parents[4] / "shared" / "data" / "sms_examples.jsonl"

pytestmark = pytest.mark.skipif(not EXAMPLES.exists(), reason="the labelled examples lie outside the project")


def _examples() -> list[dict[str, object]]:
    if not EXAMPLES.exists():
        return []
    rows = [json.loads(line) for line in EXAMPLES.read_text("utf-8").splitlines() if line.strip()]
    return [row for row in rows if row["lang"] in tags()]


@pytest.mark.parametrize("row", _examples(), ids=lambda row: str(row["id"]))
def test_a_labelled_example_is_understood_without_a_hint(row: dict[str, object]) -> None:
    expected = row["expect"]
    assert isinstance(expected, dict)
    reading = understand(str(row["text"]), (), date.fromisoformat(str(row["today"])))
    cities = {expected["city"], *expected.get("city_accept", [])}
    wanted = {
        name: expected[name] for name in ("country", "start", "end", "party") if expected[name] is not None
    }
    told = {
        "country": reading.country,
        "start": reading.start.isoformat() if reading.start else None,
        "end": reading.end.isoformat() if reading.end else None,
        "party": reading.party,
    }
    assert reading.intent == expected["intent"]
    assert {name: told[name] for name in wanted} == wanted
    assert expected["city"] is None or reading.city in cities
