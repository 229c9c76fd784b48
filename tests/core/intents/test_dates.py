"""Dates in a text, on Sunday 22 November 2026."""

from datetime import date

import pytest

from core.intents.reading import About
from core.intents.understand import understand
from tests.core.intents.corpus import TODAY


def span(text: str) -> tuple[date | None, date | None]:
    reading = understand(f"reg Egypt {text}", (), TODAY)
    return reading.start, reading.end


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-12-01 2026-12-20", date(2026, 12, 1), date(2026, 12, 20)),
        ("1/12 20/12", date(2026, 12, 1), date(2026, 12, 20)),
        ("1.12.-20.12.", date(2026, 12, 1), date(2026, 12, 20)),
        ("12/1 12/20", date(2026, 12, 1), date(2026, 12, 20)),  # 20 is no month: both are month first
        ("12/28 1/3", date(2026, 12, 28), date(2027, 1, 3)),
        ("1-20 dec", date(2026, 12, 1), date(2026, 12, 20)),
        ("dec 1-20", date(2026, 12, 1), date(2026, 12, 20)),
        ("28 nov to 5 dec", date(2026, 11, 28), date(2026, 12, 5)),
        ("28 to 5 december", date(2026, 11, 28), date(2026, 12, 5)),
        ("28 dec - 10 jan", date(2026, 12, 28), date(2027, 1, 10)),
        ("20 nov - 5 dec", date(2026, 11, 20), date(2026, 12, 5)),  # under way since Friday
        ("5 jan - 20 jan", date(2027, 1, 5), date(2027, 1, 20)),
        ("25112026 05122026", date(2026, 11, 25), date(2026, 12, 5)),
        ("25-11-2026 - 05-12-2026", date(2026, 11, 25), date(2026, 12, 5)),
        ("25-11 8-12", date(2026, 11, 25), date(2026, 12, 8)),
        ("25/11/26 8/12/26", date(2026, 11, 25), date(2026, 12, 8)),
        ("1 dec 2569 - 20 dec 2569", date(2026, 12, 1), date(2026, 12, 20)),  # the Buddhist era
        ("december 1st to december 20th", date(2026, 12, 1), date(2026, 12, 20)),
        ("25 nov - 5 jan 2027", date(2026, 11, 25), date(2027, 1, 5)),
        ("until 5 dec", None, date(2026, 12, 5)),
        ("from 5 dec", date(2026, 12, 5), None),
        ("tomorrow until 5 dec", date(2026, 11, 23), date(2026, 12, 5)),
        ("today - 29 feb 2028", date(2026, 11, 22), date(2028, 2, 29)),
    ],
)
def test_a_span_is_read_as_it_is_meant(text: str, start: date | None, end: date | None) -> None:
    assert span(text) == (start, end)


@pytest.mark.parametrize(
    "text",
    [
        "next friday",
        "for 10 days",
        "31/2 5/3",
        "1 ramadan",
        "20/12/2026 1/12/2026",
        "in a week",
        "dopodomani",
    ],
)
def test_what_we_do_not_count_on_is_asked(text: str) -> None:
    question = understand(f"reg Egypt {text}", (), TODAY).question
    assert question is not None
    assert question.about is About.DATES
