"""What keys say: a country by its letters or its telephone code, a day as DDMM, a number."""

from datetime import date
from functools import cache
from typing import Final

from core import places
from core.intents.text import fold
from telephony.numbers import countries_of_code

# ITU-T E.161: the letters on the keys of a telephone.
_LETTERS: Final = {
    letter: str(key)
    for key, letters in enumerate(("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"), start=2)
    for letter in letters
}
_FEWEST_LETTERS: Final = 2
_MOST_COUNTRIES: Final = 8
_LEAP_YEAR: Final = 2028  # any: whether a day of a month exists is asked before its year is known
TODAY: Final = "1"
CODE_DIGITS: Final = 4


def countries(keys: str, tag: str) -> tuple[str, ...]:
    """The countries (ISO 3166) that these keys may mean to a speaker of that language, the likeliest first.

    Its telephone code in full, or the first letters of its name in the language or in English. None where
    more than eight are as likely: then more letters are needed.
    """
    by_code = countries_of_code(keys.removeprefix("00"))
    if not keys.isdecimal():
        return ()
    spelt = [
        (country, names)
        for country, names in _spelt(tag).items()
        if len(keys) >= _FEWEST_LETTERS and any(name.startswith(keys) for name in names)
    ]
    whole = [country for country, names in spelt if keys in names]
    found = tuple(dict.fromkeys((*by_code[:_MOST_COUNTRIES], *(whole or [country for country, _ in spelt]))))
    return found if len(found) <= _MOST_COUNTRIES else by_code[:_MOST_COUNTRIES]


def day(keys: str) -> str | None:
    """The day these keys say, as our texts write it ("25/11", "today"); None for a day that no year has."""
    if keys == TODAY:
        return "today"
    if len(keys) != 4 or not keys.isdecimal():
        return None
    try:
        when = date(_LEAP_YEAR, int(keys[2:]), int(keys[:2]))
    except ValueError:
        return None
    return f"{when.day:02d}/{when.month:02d}"


def number(keys: str) -> str | None:
    """The number these keys say, without leading zeros; None for zero and for anything else."""
    return (keys.lstrip("0") or None) if keys.isdecimal() else None


def code(keys: str) -> str | None:
    """The four digits of a PIN as they were keyed, zeros in front included; None for anything else."""
    return keys if len(keys) == CODE_DIGITS and keys.isdecimal() else None


@cache
def _spelt(tag: str) -> dict[str, tuple[str, ...]]:
    """Each country's names as keys, in the language and in English; letters that no key has are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for country in places.countries():
        names = (_keys(places.name_of_country(country, name)) for name in (tag, "en"))
        found[country] = tuple(dict.fromkeys(name for name in names if name))
    return found


def spells(tag: str) -> bool:
    """Whether a speaker of that language finds its letters on the keys."""
    return bool(_keys(places.name_of_country("LY", tag)))


def _keys(name: str) -> str:
    letters = [letter for letter in fold(name.casefold()) if letter.isalpha()]
    if any(letter not in _LETTERS for letter in letters):
        return ""
    return "".join(_LETTERS[letter] for letter in letters)
