"""Pieces of a sentence in the active language: places, dates, people. Plain marks only, so that a text whose
letters all fit GSM-7 stays there (a dash or a thin space of fine printing would double its price)."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final, Protocol

from babel.dates import format_date, format_skeleton
from django.utils.translation import get_language, npgettext, pgettext

from core import places

_PLAIN: Final = str.maketrans({"\u2009": " ", "\u202f": " ", "\u00a0": " ", "–": "-", "—": "-"})

_DAYS: Final = 4_096

# English as most of the world writes it: day before month.
_LOCALES: Final[Mapping[str, str]] = {"en": "en_GB"}

# Spellings that are as correct and suit a text: the French reform of 1990 writes "aout", which stays in
# GSM-7; the point of "déc." would meet that of the sentence.
_SPELLINGS: Final[Mapping[str, Mapping[str, str]]] = {"fr": {"août": "aout", ".": ""}}


class Stay(Protocol):
    """A trip or a plan of one. `city` is empty when only the country is known."""

    @property
    def country(self) -> str: ...
    @property
    def city(self) -> str: ...
    @property
    def start(self) -> date: ...
    @property
    def end(self) -> date: ...
    @property
    def party(self) -> int: ...
    @property
    def open_ended(self) -> bool: ...


def place(country: str, city: str | None) -> str:
    """The place as the reader calls it: "Tripoli, Libya"."""
    tag = get_language() or "en"
    if not city:
        return places.name_of_country(country, tag)
    # Translators: a city and its country, as in "Tripoli, Libya".
    return pgettext("sms", "%(city)s, %(country)s") % {
        "city": places.name_of_city(country, city, tag),
        "country": places.name_of_country(country, tag),
    }


def day(when: date, today: date) -> str:
    """A date in the reader's way, with its year only where it is not this one: "25 Nov"."""
    return _written(when, "MMMd" if when.year == today.year else "yMMMd")


def day_aloud(when: date, today: date) -> str:
    """A date for the ear, its month in full, its year only where it is not this one: "25 November"."""
    return _spoken(when, get_language() or "en", with_year=when.year != today.year)


def trip_aloud(stay: Stay, today: date) -> str:
    """Where, when and how many, for the ear: "Libya, from 25 November to 8 December, 2 people"."""
    named = {
        "place": place(stay.country, stay.city or None),
        "start": day_aloud(stay.start, today),
        "end": day_aloud(stay.end, today),
        "people": people(stay.party),
    }
    if stay.open_ended:
        # Translators: spoken: a trip whose end is not known yet, as in "Libya, from 25 November, 2 people".
        return pgettext("voice", "%(place)s, from %(start)s, %(people)s") % named
    # Translators: spoken: a trip, as in "Libya, from 25 November to 8 December, 2 people".
    return pgettext("voice", "%(place)s, from %(start)s to %(end)s, %(people)s") % named


def span(start: date, end: date, today: date) -> str:
    """The dates of a trip, with a year only where it is needed: "25 Nov - 8 Dec", "3 Jan - 9 Jan 2027"."""
    skeleton = "MMMd" if start.year in {today.year, end.year} else "yMMMd"
    # Translators: the first and the last day of a trip, as in "25 Nov - 8 Dec".
    return pgettext("sms", "%(start)s - %(end)s") % {
        "start": _written(start, skeleton),
        "end": day(end, today),
    }


def dates(stay: Stay, today: date) -> str:
    """The dates of a stay; one without a known end says so instead of the day it is kept to."""
    if not stay.open_ended:
        return span(stay.start, stay.end, today)
    # Translators: dates of a stay whose end is not known yet, as in "from 25 Nov, no end date".
    return pgettext("sms", "from %(start)s, no end date") % {"start": day(stay.start, today)}


def leg(stay: Stay, today: date) -> str:
    """Where and when: "Tripoli, Libya, 25 Nov - 8 Dec"."""
    return _leg(place(stay.country, stay.city or None), stay, today)


def trip(stay: Stay, today: date) -> str:
    """Where, when and how many: "Tripoli, Libya, 25 Nov - 8 Dec, 2 people"."""
    return _trip(place(stay.country, stay.city or None), stay, today)


def journey(stays: Sequence[Stay], today: date, *, room: int) -> str:
    """The legs in their order, with the party of the last. Over `room` characters cities go by their name."""
    *legs, last = stays
    told = "; ".join([*(leg(stay, today) for stay in legs), trip(last, today)])
    if not legs or len(told) <= room:
        return told
    return "; ".join([*(_leg(_short(stay), stay, today) for stay in legs), _trip(_short(last), last, today)])


def _short(stay: Stay) -> str:
    tag = get_language() or "en"
    return places.name_of_city(stay.country, stay.city, tag) if stay.city else place(stay.country, None)


def _leg(where: str, stay: Stay, today: date) -> str:
    # Translators: one trip in a numbered list, as in "Tripoli, Libya, 25 Nov - 8 Dec".
    return pgettext("sms", "%(place)s, %(dates)s") % {"place": where, "dates": dates(stay, today)}


def _trip(where: str, stay: Stay, today: date) -> str:
    # Translators: one trip in a list, as in "Libya, 25 Nov - 8 Dec, 2 people".
    return pgettext("sms", "%(place)s, %(dates)s, %(people)s") % {
        "place": where,
        "dates": dates(stay, today),
        "people": people(stay.party),
    }


def where(stays: Sequence[Stay]) -> str:
    """The places of trips, in their order: "Rome, Italy + Paris, France"."""
    return " + ".join(place(stay.country, stay.city or None) for stay in stays)


def _written(when: date, skeleton: str) -> str:
    return _in_letters(when, skeleton, get_language() or "en")


# A day is put in letters once: the trips of thousands begin on the same few hundred days.
@lru_cache(maxsize=_DAYS)
def _in_letters(when: date, skeleton: str, tag: str) -> str:
    written = format_skeleton(skeleton, when, locale=_locale(tag))
    for usual, plain in _SPELLINGS.get(tag, {}).items():
        written = written.replace(usual, plain)
    return written.translate(_PLAIN)


@lru_cache(maxsize=_DAYS)
def _spoken(when: date, tag: str, *, with_year: bool) -> str:
    if not with_year:
        return format_skeleton("MMMMd", when, locale=_locale(tag))
    # Not by skeleton: most languages have none for a year with a full month, and the short one stands in.
    return format_date(when, "long", locale=_locale(tag))


def _locale(tag: str) -> str:
    return _LOCALES.get(tag, tag.replace("-", "_"))


def people(count: int) -> str:
    """How many travel: "2 people"."""
    # Translators: how many people travel together, as in "2 people".
    return npgettext("sms", "%(count)d person", "%(count)d people", count) % {"count": count}
