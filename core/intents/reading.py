"""What a text was understood to mean."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Intent(StrEnum):
    """What the person wants. The values are part of the contract of `manage.py understand`."""

    REGISTER = "register"
    UPDATE = "update"
    END = "end"
    SAFE = "safe"
    NEED_HELP = "need_help"
    NOT_THERE = "not_there"
    STOP = "stop"
    START = "start"
    HELP = "help"
    INFO = "info"
    WHERE = "where"
    LANGUAGE = "language"
    MY_DATA = "my_data"
    DELETE = "delete"
    CARD = "card"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """A country, perhaps with a city. `country` is ISO 3166 alpha-2, `city` the gazetteer's English name."""

    country: str
    city: str | None = None


class About(StrEnum):
    """What a Question asks about."""

    PLACE = "place"
    DATES = "dates"
    PARTY = "party"


@dataclass(frozen=True, slots=True)
class Question:
    """The one thing to ask when a text can be read in several ways.

    `options` holds the readings to choose from, best first (Places for PLACE, dates for DATES); empty when
    the person must say it anew ("next Friday", a calendar we do not convert, "with friends").
    """

    about: About
    options: tuple[Place | date, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """The meaning of one text. None means the text does not say.

    `party` counts travellers, the sender included. `language` is the tag of the language the words belong to.
    `confidence` is 0 to 1; below 1 there is a `question` or the reading rests on a typo.
    """

    intent: Intent
    country: str | None = None
    city: str | None = None
    start: date | None = None
    end: date | None = None
    party: int | None = None
    language: str | None = None
    confidence: float = 1.0
    question: Question | None = None
