"""Reads the corpus: one text a line, `=>`, and what it means on 22 November 2026.

    register Egypt 1-5 dec 2 pax  =>  register EG/Cairo 2026-12-01..2026-12-05 p2 ?place

The intent comes first; a place is CC or CC/City, dates are start..end with either side left out, pN the
party, ?about the question. What a line leaves out must not be read into the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from core.intents.reading import Reading

TODAY: Final = date(2026, 11, 22)
_FOLDER: Final = Path(__file__).parent / "corpus"
_PLACE: Final = re.compile(r"([A-Z]{2})(?:/(.+?))?(?= \d{4}-| \.\.| p\d| \?|$)")
_DATES: Final = re.compile(r"(\d{4}-\d\d-\d\d)?\.\.(\d{4}-\d\d-\d\d)?")


@dataclass(frozen=True, slots=True)
class Line:
    """One text and its meaning, in the words of the corpus."""

    tag: str
    text: str
    meaning: str


def languages() -> list[str]:
    """The languages with a corpus."""
    return sorted(path.stem for path in _FOLDER.glob("*.txt"))


def lines(tag: str) -> Iterator[Line]:
    """The corpus of one language."""
    for line in (_FOLDER / f"{tag}.txt").read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            text, _, meaning = line.rpartition("=>")
            yield Line(tag, text.strip(), meaning.strip())


def told(reading: Reading, *, like: str) -> str:
    """A Reading in the words of the corpus; its city only where `like` names one."""
    parts = [str(reading.intent)]
    wanted = _PLACE.search(like.partition(" ")[2])
    if reading.country:
        city = f"/{reading.city}" if reading.city and wanted and wanted[2] else ""
        parts.append(reading.country + city)
    if reading.start or reading.end:
        parts.append(f"{reading.start or ''}..{reading.end or ''}")
    if reading.party is not None:
        parts.append(f"p{reading.party}")
    if reading.question:
        parts.append(f"?{reading.question.about}")
    return " ".join(parts)
