"""Several legs told in one text: "Rome 1-5 Dec, then Paris 5-9 Dec"."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from django.conf import settings

from core import trips
from core.intents.reading import Reading
from core.intents.understand import understand
from core.languages import languages_of_country
from core.trips import Draft
from core.turn import Turn

_LONGEST: Final = 320
"""Characters of a text that is looked at for several legs: two segments of a phone."""

# Words that one leg may take, and its dates at least: what keeps any text cheap to look at.
_LEG: Final = 14
_DATES: Final = 2
_IN_DIGITS: Final = re.compile(r"\d+(?:[/.]\d+)*")  # a date, or what stands in one: 24/11, 1.12.2026, 5
_PIECE: Final = re.compile(r"[^\s,،;؛、，。]+[\s,،;؛、，。]*")


def legs(turn: Turn) -> Sequence[Draft]:
    """The legs a text tells, in its order; none where it tells one trip or less.

    Each leg must be whole by itself: a place and two dates, and nothing to ask about. The words between legs
    need not be known: a leg ends where what follows is a leg. A party said once is that of every leg. A stay
    at home before or between legs is no leg.
    """
    # Almost every text tells fewer dates than two legs and is not looked at.
    if len(turn.text) > _LONGEST or len(_IN_DIGITS.findall(turn.text)) < 2 * _DATES:
        return ()
    hints = (turn.contact.language, *languages_of_country(turn.contact.region))
    found = _read(_PIECE.findall(turn.text), lambda text: understand(text, hints, turn.today))
    abroad = [leg for leg in dict.fromkeys(found) if leg.country != settings.HOME_COUNTRY]
    if len(found) < 2 or not 0 < len(abroad) <= trips.MOST_TRIPS:
        return ()
    told = next((leg.party for leg in found if leg.party is not None), None)
    return [leg if leg.party is not None else replace(leg, party=told) for leg in abroad]


def _read(pieces: Sequence[str], read: Callable[[str], Reading]) -> Sequence[Draft]:
    """The legs of these words: from the end, the shortest whole leg and then what stands before it."""
    known: dict[int, Sequence[Draft]] = {}  # by how many of the words

    def upto(end: int) -> Sequence[Draft]:
        if end not in known:
            known[end] = ()
            for cut in range(end - 1, max(-1, end - _LEG), -1):
                leg = _whole("".join(pieces[cut:end]), read)
                before = upto(cut) if leg and cut else ()
                if leg and before:
                    known[end] = (*before, leg)
                    break
                if leg and cut == 0:
                    known[end] = (leg,)
        return known[end]

    return upto(len(pieces))


def _whole(text: str, read: Callable[[str], Reading]) -> Draft | None:
    if len(_IN_DIGITS.findall(text)) < _DATES:
        return None
    told = read(text)
    if told.question or not (told.country and told.start and told.end):
        return None
    return Draft(told.country, told.city, told.start, told.end, told.party)
