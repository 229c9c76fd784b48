"""What has to be recorded in a language, so that every call can be held in it.

Whole sentences are one clip each. A sentence with changing parts is cut at them, and the parts are clips of
their own: numbers, months, countries, cities. Sources: our catalogs, CLDR, the gazetteer.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final

from babel.messages.pofile import read_po
from django.conf import settings

from core import places, wording
from core.intents.keywords import LOCALE
from core.intents.vocabulary import vocabulary
from core.languages import language, languages, speaking

_MILLION: Final = 1_000_000
_MOST_PEOPLE: Final = 100
_YEARS: Final = 3
_PLACEHOLDER: Final = re.compile(r"%\(\w+\)[sd]")
_SERVICE: Final = re.compile(r"%\(service\)s")
_GAPS: Final = frozenset("PZS")  # punctuation, spaces, signs: what is heard as a pause, if at all

# Texts made for reading that are said on calls as they are.
_ALSO_SAID: Final = frozenset(
    {
        "I am safe", "I need help", "I am not there", "I agree", "Change", "I refuse", "Which trip is over?",
        "All of them", "%(city)s, %(country)s", "Which place do you mean?", "Which date do you mean?",
        "What do you want to change?", "Place", "Dates", "Number of people", "Add another place",
        "Which trip do you want to change?", "Yes, still there", "I am home", "%(count)d person",
        "%(service)s has deleted everything it held about you. You can register again at any time.",
        "Your trip to %(place)s is over and deleted. Your other trips stay.",
        "Thank you, we have noted that you are safe. An officer may still contact you to make sure.",
        "This service is for stays outside %(country)s. Which country are you going to?",
        "Other people use this phone too",
        "Only I use this phone",
        "This phone is no longer marked as shared: we ask for no PIN.",
        "An officer of ours will call you. Please keep your phone on and charged.",
        "This PIN is not right.",
        "Nothing was changed.",
    }
)  # fmt: skip


class Kind(StrEnum):
    """What kind of text it is, in the order in which they are needed."""

    SENTENCE = "sentence"
    PART = "part"  # of a sentence
    NUMBER = "number"
    DATE = "date"  # a month, and what stands around day and year
    COUNTRY = "country"
    CITY = "city"


ESSENTIAL: Final = frozenset({Kind.SENTENCE, Kind.PART, Kind.NUMBER, Kind.DATE})
"""Without all of these a language is not spoken. A place may be missing: its step is said in another one."""


@dataclass(frozen=True, slots=True)
class Needed:
    """A text to record."""

    text: str
    kind: Kind

    @property
    def key(self) -> str:
        """What it is found by: its words, however it is punctuated."""
        return bare(self.text)


def needed(tag: str, today: date) -> Sequence[Needed]:
    """Everything to record in a language, each text once, the most needed first."""
    return _needed(tag, today.year, settings.SERVICE_NAME)


@lru_cache(maxsize=32)
def _needed(tag: str, year: int, service: str) -> Sequence[Needed]:
    found: dict[str, Needed] = {}
    for one in _all(tag, year, service):
        found.setdefault(one.key, one)
    return tuple(found.values())


def plain(text: str) -> str:
    """The text with single spaces and the digits 0 to 9, whatever digits its language writes."""
    digits = "".join(
        str(unicodedata.decimal(char)) if unicodedata.category(char) == "Nd" else char for char in text
    )
    return " ".join(unicodedata.normalize("NFC", digits).split())


def is_gap(char: str) -> bool:
    """Whether the character is heard as a pause, if at all."""
    return unicodedata.category(char)[0] in _GAPS


def bare(text: str) -> str:
    """The text from its first to its last letter or digit."""
    text = plain(text)
    heard = [place for place, char in enumerate(text) if not is_gap(char)]
    return text[heard[0] : heard[-1] + 1] if heard else ""


def _all(tag: str, year: int, service: str) -> Iterator[Needed]:
    """In the order of Kind; a number that is a sentence's part is a number."""
    parts: list[str] = []
    for text in _said(tag):
        spoken = _SERVICE.sub(service, text)
        cut = [part for part in _PLACEHOLDER.split(spoken) if bare(part)]
        if len(cut) == 1 and not _PLACEHOLDER.search(spoken):
            yield Needed(plain(spoken), Kind.SENTENCE)
        else:
            parts += cut
    for part in (*parts, service, language(tag).name):
        yield Needed(bare(part), Kind.PART)
    for number in (*range(_MOST_PEOPLE + 1), *range(year, year + _YEARS)):
        yield Needed(str(number), Kind.NUMBER)
    for part in _dates(tag, year):
        yield Needed(part, Kind.DATE)
    for code in places.countries():
        yield Needed(plain(places.name_of_country(code, tag)), Kind.COUNTRY)
    for city in vocabulary().gazetteer.cities():
        if city.capital or city.population >= _MILLION:
            yield Needed(plain(places.name_of_city(city.country, city.name, tag)), Kind.CITY)


def _dates(tag: str, year: int) -> Iterator[str]:
    """What a date says beside its day and its year."""
    with speaking(tag):
        for month in range(1, 13):
            for today in (date(year, 1, 1), date(year - 1, 1, 1)):
                # The 28th: no month, written as a number, is taken for it, and every month has one.
                words = plain(wording.day_aloud(date(year, month, 28), today))
                yield from filter(None, map(bare, re.split(rf"28|{year}", words)))


def _said(tag: str) -> Iterator[str]:
    """The texts that are said on calls, in the language."""
    for texts in _catalog(tag).values():
        yield from texts


@lru_cache(maxsize=32)
def _catalog(tag: str) -> Mapping[str, Sequence[str]]:
    """By its English text, each text of a call in the language, in all its forms."""
    with (LOCALE / tag / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalog = read_po(file, locale=tag.replace("-", "_"))
    said: dict[str, Sequence[str]] = {}
    for message in catalog:
        english = str(message.id[0] if isinstance(message.id, tuple | list) else message.id)
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        wanted = message.context == "voice" or (message.context == "sms" and english in _ALSO_SAID)
        if english and wanted and all(forms):
            said[english] = tuple(form.replace("%%", "%") for form in forms if form)
    return said


def unspoken() -> Sequence[str]:
    """Languages that have no voice at the provider, by tag."""
    return tuple(one.tag for one in languages() if not one.voice)
