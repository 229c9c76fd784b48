"""What countries, cities and languages are called in the officer's language, and what time it is there."""

import unicodedata
from collections.abc import Sequence

from django.conf import settings

from console import moments
from core import languages, places


def country(code: str, tag: str) -> str:
    """The country's name in that language."""
    return places.name_of_country(code, tag)


def city(country_code: str, name: str, tag: str) -> str:
    """The city's name in that language; empty when the person named none."""
    return places.name_of_city(country_code, name, tag) if name else ""


def language(tag: str, reader: str) -> str:
    """The language's name in the reader's language."""
    return moments.locale_of(tag).get_display_name(moments.locale_of(reader)) or tag


def own_name(tag: str) -> str:
    """The language's name as its speakers write it."""
    return moments.locale_of(tag).get_display_name() or tag


def direction(tag: str) -> str:
    """The direction that language is written in: ltr or rtl."""
    return languages.language(tag).direction


def home_zone() -> str:
    """The time zone of the crisis unit."""
    return places.time_zone(settings.HOME_COUNTRY, "")


def zones(countries: Sequence[str]) -> tuple[str, ...]:
    """Whose clocks a page about these countries shows: the place first, then home."""
    there = tuple(places.time_zone(code, "") for code in countries[:1])
    return tuple(dict.fromkeys((*there, home_zone())))


def plain(text: str) -> str:
    """The name for comparing: small letters without accents, single spaces."""
    folded = unicodedata.normalize("NFKD", text.strip().casefold())
    return " ".join("".join(letter for letter in folded if not unicodedata.combining(letter)).split())
