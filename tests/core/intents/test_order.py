"""The parts of a registration in any order, with any mark or none between them, in every language."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.intents.reading import Intent, Reading
from core.intents.understand import understand
from tests.core.intents.corpus import TODAY

# Months come first in digits there.
MONTH_FIRST = {"zh", "ja", "ko"}
DIGITS = ("2026-12-01 - 2026-12-09", "2026-12-01 2026-12-09")
DAY_FIRST = (
    "01/12/2026-09/12/2026",
    "01/12/2026 09/12/2026",
    "01.12.2026 - 09.12.2026",
    "1/12-9/12",
    "1.12-9.12",
)


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration in one language, and what it means."""

    words: tuple[str, str, str]
    dates: str
    party: str
    meaning: Reading


def registrations() -> dict[str, Registration]:
    found = {}
    for line in (Path(__file__).parent / "registrations.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        tag, verb, country, city, dates, party, place, count = line.split(" | ")
        code, _, name = place.partition("/")
        start, end = date(2026, 12, 1), date(2026, 12, 9)
        meaning = Reading(Intent.REGISTER, code, name, start, end, int(count), tag)
        found[tag] = Registration((verb, country, city), dates, party, meaning)
    return found


REGISTRATIONS = registrations()


@pytest.mark.parametrize("tag", sorted(REGISTRATIONS))
@given(data=st.data())
def test_the_parts_of_a_registration_come_in_any_order_in_every_language(
    tag: str, data: st.DataObject
) -> None:
    told = REGISTRATIONS[tag]
    shapes = (told.dates, *DIGITS, *(() if tag in MONTH_FIRST else DAY_FIRST))
    dates = data.draw(st.sampled_from(shapes))
    parts = data.draw(st.permutations([*told.words, dates, told.party]))
    text = data.draw(st.sampled_from([" ", ", ", "\n", "; ", ". "])).join(parts)
    assert understand(text, (), TODAY) == told.meaning, text


def test_every_language_we_speak_has_a_registration() -> None:
    spoken = {path.parent.name for path in (Path(__file__).parents[3] / "locale").glob("*/language.toml")}
    assert spoken <= set(REGISTRATIONS)


def test_a_number_that_counts_those_before_it_is_no_day() -> None:
    reading = understand("sajili Misri, watu 3, 1 desemba hadi 9 desemba", (), TODAY)
    assert (reading.party, reading.start) == (3, date(2026, 12, 1))
