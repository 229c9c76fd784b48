"""The words of a language as written in `locale/<tag>/keywords.toml`: one schema for all."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from core.intents.reading import Intent

LOCALE: Final = Path(__file__).parent.parent.parent / "locale"


class Sense(StrEnum):
    """What a phrase does in a text when it is not an intent of its own."""

    DANGER = "danger"  # "injured": a call for help, and reassurance where it is denied
    NEGATION = "negation"  # reaches a few words of its clause
    NEGATION_NEAR = "negation_near"  # reaches the next word only
    NEGATION_AFTER = "negation_after"  # stands after what it denies, in a language whose other denials do not
    CLEARS = "clears"  # denies the danger behind it, if at most bridges stand between
    CLEARS_BEHIND = "clears_behind"  # denies the danger directly before it, if nothing else follows
    CLEARS_LAST = (
        "clears_last"  # denies the danger directly before it beside safety: "we are fine, injured none"
    )
    CLEARS_WHOLE = "clears_whole"  # denies the danger behind it, beside safety: "I am fine, no wounded"
    BRIDGE = "bridge"  # says nothing of its own: "is", "of us"
    DENIAL_LEAD = "denial_lead"  # leads from a word of safety behind it to its denial: 안전하지 (않아요)
    REASSURING = "reassuring"  # "don't worry": holds a negation that denies nothing
    CONTRAST = "contrast"  # "but"
    ASKING = "asking"  # "is it": safety asked about, not stated
    WISHING = "wishing"  # "stay": safety wished for, not stated
    DOUBTING = "doubting"  # "they say", "if", "except": what its clause calls safe is not, or not all of us
    FEAR = "fear"  # a danger that is over for who is safe behind a "but": "we were scared but we are safe"
    GOING = "going"
    RETURNING = "returning"
    LEAVING = "leaving"  # "departure": what a lone date is then the first day of
    ORIGIN = "origin"
    NOW = "now"  # "now", "no longer": it was otherwise before
    EMBASSY = "embassy"
    OF = "of"
    AT = "at"
    TODAY = "today"
    TOMORROW = "tomorrow"
    FROM = "from"
    UNTIL = "until"
    AND = "and"
    INSTEAD = "instead"  # leads to the date or place that no longer holds: "28 dec instead of {20 dec}"
    MOVED = "moved"  # "postponed": of two dates the one led by "from" no longer holds
    OTHER_DATE = "other"  # a date we ask about: "next Friday", Ramadan
    OTHER_MONTH = "other_months"  # a month of a calendar we ask about: Mangsir, Azar
    ERA = "era"  # value: the year before its first
    MONTH = "month"
    MONTH_MARK = "month_mark"
    DAY_MARK = "day_mark"
    DAY = "day"  # value: a day of the month that is told in a word of its own, "primero"
    YEAR_MARK = "year_mark"
    COUNTED = "counted"  # "people"
    ADULTS = "adults"
    CHILDREN = "children"
    COMPANION = "companion"  # "my wife"
    COMPANIONS = "companions"  # "friends": how many is said beside it, or not at all
    PARTY_OF = "party_of"  # a phrase with {n}
    BESIDES = "besides"  # "and 2 others": a phrase with {n}, the sender not counted
    EXACTLY = "exactly"
    WITH = "with"
    INCLUDING = "including"
    NUMBER = "number"
    POLITE = "polite"
    COMMON = "common"
    SPAM = "spam"
    CONTACT = "contact"  # "emergency contact": no call for help
    AUTO_REPLY = "auto_reply"  # "out of office"


PROOF: Final = frozenset(
    {Sense.CLEARS, Sense.CLEARS_BEHIND, Sense.CLEARS_LAST, Sense.CLEARS_WHOLE, Sense.BRIDGE}
)
DENIALS: Final = frozenset({Sense.NEGATION, Sense.NEGATION_NEAR, Sense.NEGATION_AFTER})


class Mode(StrEnum):
    """Where a phrase counts."""

    ANYWHERE = "anywhere"
    ALONE = "alone"  # the text says nothing else
    WITH_TEXT = "with_text"  # the text says something else too
    OTHERWISE = "otherwise"  # unless another wish is stated: "tolong" is "help!" and "please"
    BESIDE_PLACE = "beside_place"


@dataclass(frozen=True, slots=True)
class Entry:
    """One phrase of one language. `exact` is False where it is written without its accents.

    `spelt` says that it means nothing unless each of its words is spelt right.
    """

    tag: str
    sense: Intent | Sense
    mode: Mode = Mode.ANYWHERE
    value: int = 0
    exact: bool = True
    spelt: bool = False


def read(tag: str) -> dict[str, object]:
    """The data of one language as written. Raises OSError, tomllib.TOMLDecodeError."""
    return tomllib.loads((LOCALE / tag / "keywords.toml").read_text("utf-8"))


def tags() -> tuple[str, ...]:
    """The languages with a vocabulary, English first: it names the reserved words of the carriers."""
    found = sorted(path.parent.name for path in LOCALE.glob("*/keywords.toml"))
    return tuple(sorted(found, key=lambda tag: (tag != "en", tag)))


def entries(tag: str, data: Mapping[str, object]) -> Iterator[tuple[str, Entry]]:
    """Every phrase of a language's data with what it means."""
    for intent in Intent:
        for mode, phrases in table(data.get(intent)).items():
            for phrase in strings(phrases):
                yield phrase, Entry(tag, intent, Mode(mode))
    for section in ("safety", "travel", "dates", "party"):
        for name, phrases in table(data.get(section)).items():
            yield from _of_section(tag, name, phrases)
    yield from _with_numbers(tag, Sense.NUMBER, data.get("numbers"))
    for sense in (Sense.POLITE, Sense.SPAM, Sense.CONTACT, Sense.AUTO_REPLY):
        for phrase in strings(data.get(sense)):
            yield phrase, Entry(tag, sense)
    for word in str(data.get("common", "")).split():
        yield word, Entry(tag, Sense.COMMON)


def _of_section(tag: str, name: str, phrases: object) -> Iterator[tuple[str, Entry]]:
    for phrase in strings(phrases):
        yield phrase, Entry(tag, Sense(name))
    if isinstance(phrases, dict):
        yield from _with_numbers(tag, _VALUED[name], phrases)


def _with_numbers(tag: str, sense: Sense, phrases: object) -> Iterator[tuple[str, Entry]]:
    for phrase, value in table(phrases).items():
        yield phrase, Entry(tag, sense, value=int(str(value)))


_VALUED: Final = {
    "pairs": Sense.COMPANIONS,
    "months": Sense.MONTH,
    "days": Sense.DAY,
    "exactly": Sense.EXACTLY,
    "eras": Sense.ERA,
}


def table(value: object) -> dict[str, object]:
    """A table of the data, empty where it has none."""
    return value if isinstance(value, dict) else {}


def strings(value: object) -> list[str]:
    """A list of the data, empty where it has none."""
    return [str(item) for item in value] if isinstance(value, list) else []


def exonyms(tag: str) -> Iterator[tuple[str, str, str]]:
    """What a language calls cities: its name, the English name, the country. Two cities may share a name."""
    places = table(read(tag).get("places")) if tag in tags() else {}
    for name, value in table(places.get("cities")).items():
        yield name, *city_and_country(str(value))
    for name, cities in table(places.get("shared")).items():
        yield from ((name, *city_and_country(city)) for city in strings(cities))


def city_and_country(text: str) -> tuple[str, str]:
    """The two halves of "Cairo, EG"."""
    city, _, country = text.rpartition(", ")
    return city, country
