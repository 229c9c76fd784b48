"""Which of a person's trips a text is about."""

from collections.abc import Sequence

from core import wording
from core.models import Trip
from core.turn import Choice, Turn
from core.wording import Stay


def meant(turn: Turn) -> Trip | None:
    """The trip in the country the text names, else the one that is running, else the only one.

    None when several are as likely: then it must be asked.
    """
    named = [trip for trip in turn.trips if trip.country == turn.reading.country]
    running = [trip for trip in turn.trips if trip.start <= turn.today <= trip.end]
    for likely in (named, running, list(turn.trips)):
        if len(likely) == 1:
            return likely[0]
    return None


def choices_of(turn: Turn) -> tuple[Choice, ...]:
    """The person's trips as numbered answers, in their order."""
    return listed(turn.trips, turn)


def listed(stays: Sequence[Stay], turn: Turn) -> tuple[Choice, ...]:
    """Stays as numbered answers."""
    return tuple(Choice(str(key), wording.leg(stay, turn.today)) for key, stay in enumerate(stays, start=1))
