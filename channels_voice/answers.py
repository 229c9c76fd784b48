"""What a pressed key says to the question that was put."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from channels_voice import keypad
from channels_voice.asked import Asked, Awaits
from core import places
from core.turn import Choice

OFFICER: Final = "0"
REPEAT: Final = "*"
BACK: Final = "9"


_READS: Final[Mapping[Awaits, Callable[[str], str | None]]] = {
    Awaits.DAY: keypad.day,
    Awaits.CODE: keypad.code,
}


class Kind(StrEnum):
    """What the keys are for."""

    TEXT = "text"  # an answer, as a text
    OFFERED = "offered"  # several readings to choose from
    OFFICER = "officer"
    REPEAT = "repeat"
    BACK = "back"
    MORE = "more"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Meant:
    """The keys, read. `text` is the answer; `offered` the readings when there are several."""

    kind: Kind
    text: str = ""
    offered: Sequence[Choice] = ()


def read(asked: Asked, keys: str) -> Meant:
    """What these keys say. A party of nine and the ninth of a month are answers, not "back"."""
    if keys == OFFICER:
        return Meant(Kind.OFFICER, OFFICER)
    if keys.endswith(REPEAT):
        return Meant(Kind.REPEAT)
    if asked.awaits is Awaits.CHOICE:
        return _chosen(asked, keys)
    if asked.awaits is Awaits.PLACE:
        return _place(asked, keys)
    if asked.awaits is Awaits.RECORDING:
        return Meant(Kind.WRONG)
    return _keyed(_READS.get(asked.awaits, keypad.number)(keys), keys)


def _chosen(asked: Asked, keys: str) -> Meant:
    if keys == BACK:
        return Meant(Kind.BACK)
    place = int(keys) if len(keys) == 1 and keys.isdecimal() else 0
    if 1 <= place <= len(asked.shown):
        return Meant(Kind.TEXT, asked.shown[place - 1].key)
    if asked.has_more and place == len(asked.shown) + 1:
        return Meant(Kind.MORE)
    return Meant(Kind.WRONG)


def _place(asked: Asked, keys: str) -> Meant:
    found = keypad.countries(keys, asked.language)
    if not found:
        return _keyed(None, keys)
    # The English name is the text that says it: it is read in any language.
    said = [places.name_of_country(country, "en") for country in found]
    if len(said) == 1:
        return Meant(Kind.TEXT, said[0])
    labels = [places.name_of_country(country, asked.language) for country in found]
    return Meant(Kind.OFFERED, offered=[Choice(*each) for each in zip(said, labels, strict=True)])


def _keyed(text: str | None, keys: str) -> Meant:
    if text:
        return Meant(Kind.TEXT, text)
    return Meant(Kind.BACK if keys == BACK else Kind.WRONG)
