"""What a short answer picks: by its digit in any script, or by a word of it in any language we know."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from django.utils.translation import pgettext

from core.intents.text import fold, normalise
from core.turn import Choice

_NO_WORD: Final = re.compile(r"[^\w\s]+")
_LONGEST: Final = 40
"""Characters of a text that can still be an answer to a question; longer ones are read for their meaning."""


def plain(text: str) -> str:
    """A text as answers are compared: one case, ASCII digits, no marks, no accents."""
    return " ".join(fold(word) for word in _NO_WORD.sub(" ", normalise(text)).split())


def chosen(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice a text names: its key, its label, or a part of the label that no other choice has."""
    answer = plain(text)
    if not answer or len(answer) > _LONGEST:
        return None
    for choice in choices:
        if answer in {plain(choice.key), plain(choice.label), f"{choice.key} {plain(choice.label)}"}:
            return choice
    found = [choice for choice in choices if answer in _parts(choice.label)]
    return found[0] if len(found) == 1 else None


def number_in(text: str) -> int | None:
    """The one number a short text holds, in the digits of any script; None when it holds none or several."""
    found = re.findall(r"\d+", plain(text[: 2 * _LONGEST]))
    return int(found[0][:6]) if len(found) == 1 else None


def agrees(text: str) -> bool:
    """Whether the text is a word for yes."""
    # Translators: never sent. Words that people type to agree, separated by commas; add as many as you like.
    return _is_one_of(text, "yes, y, ok, okay, agree, i agree", pgettext("sms", "yes, ok, agree, i agree"))


def refuses(text: str) -> bool:
    """Whether the text is a word for no."""
    # Translators: never sent. Words that people type to refuse, separated by commas; add as many as you like.
    return _is_one_of(text, "no, n", pgettext("sms", "no, refuse, i refuse"))


def is_end_unknown(text: str) -> bool:
    """Whether the text says that nobody knows until when."""
    # Translators: never sent. Words that people type who do not know when their stay ends, separated by
    # commas; add as many as you like.
    return _is_one_of(
        text, "0", pgettext("sms", "i don't know, don't know, not known, no end, unknown, indefinitely")
    )


def begins_with(text: str, *lists: str) -> bool:
    """Whether the text is one of these words, or one of them and then a phone number: "CONTACT +44...".

    A list holds words separated by commas.
    """
    said = plain(text)
    return any(
        said == word or (said.startswith(f"{word} ") and _is_number(said.removeprefix(word)))
        for word in _words(lists)
    )


def _is_number(text: str) -> bool:
    """Whether words follow a phone number, or nothing does."""
    return re.match(r"[\d ]{7}", text.lstrip()) is not None


def _is_one_of(text: str, *lists: str) -> bool:
    return plain(text) in _words(lists)


@cache
def _words(lists: tuple[str, ...]) -> Sequence[str]:
    """The words of our own lists, as answers are compared; every text is held against them."""
    return [plain(word) for listed in lists for word in re.split("[,،]", listed)]


def _parts(label: str) -> Iterator[str]:
    yield from (plain(part) for part in re.split(r"[,،;/-]", label))
