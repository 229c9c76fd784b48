"""The languages we speak, read from `locale/<tag>/language.toml`."""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from babel.languages import get_territory_language_info
from django.conf.locale import LANG_INFO
from django.utils import translation

from core.intents.atlas import babel_locale
from core.intents.keywords import LOCALE, tags


@dataclass(frozen=True, slots=True)
class Language:
    """One language. `name` is its own name for itself, `direction` "ltr" or "rtl".

    `voice` is the provider's voice locale, or empty where it has none and recordings must do. `fallback` is
    the language that stands in for a missing translation. `reviewed`: a native speaker signed the words off.
    """

    tag: str
    name: str
    english_name: str
    direction: str
    fallback: str
    voice: str
    reviewed: bool
    reviewer: str
    reviewed_on: str

    @property
    def is_right_to_left(self) -> bool:
        """Whether the language is written from right to left."""
        return self.direction == "rtl"


_FIRST: Final = "en"


@cache
def languages() -> tuple[Language, ...]:
    """Every language we speak, English first, then by tag: an order that lists of choices rely on."""
    found = [_read(path) for path in LOCALE.glob("*/language.toml")]
    return tuple(sorted(found, key=lambda language: (language.tag != _FIRST, language.tag)))


def language(tag: str) -> Language:
    """The language of a tag ("ar", "ar-EG"). Raises KeyError for one we do not speak."""
    return _by_tag()[tag.split("-", maxsplit=1)[0]]


def languages_of_country(code: str) -> tuple[str, ...]:
    """Tags of ours spoken in a country (ISO 3166), the likeliest first (CLDR): hints, no more."""
    spoken = get_territory_language_info(code.upper())
    by_share: dict[str, float] = {}
    for tag, info in spoken.items():
        base = tag.split("_")[0]
        # An official language is likelier to be texted than its share of first speakers says.
        share = float(info["population_percent"] or 0) + (100 if info["official_status"] else 0)
        by_share[base] = max(by_share.get(base, 0.0), share)
    return tuple(sorted((tag for tag in by_share if tag in _by_tag()), key=lambda tag: -by_share[tag]))


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """Within it, translations are those of the language (of its fallback, where we do not speak it)."""
    known = _by_tag().get(tag.split("-", maxsplit=1)[0])
    with translation.override(known.tag if known else _FIRST):
        yield


@cache
def _by_tag() -> Mapping[str, Language]:
    return {one.tag: one for one in languages()}


def _read(path: Path) -> Language:
    data = tomllib.loads(path.read_text("utf-8"))
    return Language(tag=path.parent.name, **data)


# Django knows the names of some languages only, and its menus raise KeyError for the others; every folder of
# `locale/` may stand in its settings, also one whose language we understand but do not speak yet.
for _tag in tags():
    _locale = babel_locale(_tag)
    LANG_INFO.setdefault(
        _tag,
        {
            "bidi": _locale.text_direction == "rtl",
            "code": _tag,
            "name": _locale.get_language_name("en") or _tag,
            "name_local": _locale.get_language_name() or _tag,
        },
    )
