"""Which of a person's trips a text is about."""

from collections.abc import Sequence

from core import wording
from core.dialogues.answers import chosen
from core.models import Trip
from core.turn import Choice, Turn
from core.wording import Stay


def meant(turn: Turn) -> Trip | None:
    """The trip in the country or the city the text names, else the one that is running, else the only one.

    None when several are as likely: then it must be asked.
    """
    if found := named(turn):
        return found
    running = [trip for trip in turn.trips if trip.start <= turn.today <= trip.end]
    return next((likely[0] for likely in (running, turn.trips) if len(likely) == 1), None)


def named(turn: Turn) -> Trip | None:
    """The only trip in the country that the text names, or the only one in its city; None for any other."""
    there = [trip for trip in turn.trips if trip.country == turn.reading.country]
    in_city = [trip for trip in there if trip.city == turn.reading.city]
    return next((found[0] for found in (there, in_city) if len(found) == 1), None)


def offer(turn: Turn) -> Sequence[int]:
    """The person's trips in the order in which they are numbered: stored with the question.

    A number goes on meaning the trip beside which it was read, whatever is added, ended or purged since.
    """
    return [trip.pk for trip in turn.trips]


def choices_of(turn: Turn, offered: Sequence[int]) -> tuple[Choice, ...]:
    """The trips of an offer that are still kept, each with its number."""
    kept = {trip.pk: trip for trip in turn.trips}
    return tuple(
        Choice(str(key), wording.leg(kept[pk], turn.today))
        for key, pk in enumerate(offered, start=1)
        if pk in kept
    )


def picked(turn: Turn, offered: Sequence[int]) -> Trip | None:
    """The trip of an offer that the text picks."""
    answer = chosen(turn.text, choices_of(turn, offered))
    pk = offered[int(answer.key) - 1] if answer else None
    return next((trip for trip in turn.trips if trip.pk == pk), None)


def listed(stays: Sequence[Stay], turn: Turn) -> tuple[Choice, ...]:
    """Stays as numbered answers."""
    return tuple(Choice(str(key), wording.leg(stay, turn.today)) for key, stay in enumerate(stays, start=1))
