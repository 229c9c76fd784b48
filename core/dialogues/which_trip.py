"""Which of a person's trips a text is about."""

from django.utils.translation import pgettext

from core import wording
from core.models import Trip
from core.turn import Choice, Turn


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
    return tuple(
        Choice(
            str(key),
            # Translators: one trip in a numbered list, as in "Tripoli, Libya, 25 Nov - 8 Dec".
            pgettext("sms", "%(place)s, %(dates)s")
            % {
                "place": wording.place(trip.country, trip.city),
                "dates": wording.span(trip.start, trip.end, turn.today),
            },
        )
        for key, trip in enumerate(turn.trips, start=1)
    )
