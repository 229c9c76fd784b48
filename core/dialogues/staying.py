"""When a stay comes to its end: what we ask by ourselves, and the answers.

A trip with an end is asked about on its last day, a stay without one before the day it is kept to.
"""

from dataclasses import replace
from datetime import date
from typing import Final

from django.conf import settings
from django.utils.translation import pgettext

from core import trips, wording
from core.dialogues import my_record
from core.dialogues import registration_words as words
from core.dialogues.answers import agrees, chosen
from core.intents.reading import Intent
from core.models import Trip
from core.trips import Draft
from core.turn import Choice, Reply, Turn

NAME: Final = "staying"

# Steps: a trip that ends today, a stay that has no end.
ENDS: Final = "ends"
GOES_ON: Final = "goes-on"

_OURS: Final = frozenset({Intent.UNKNOWN, Intent.UPDATE, Intent.START})


class Staying:
    """Claims the answer to a text about the end of a stay: a date, home, or still there."""

    def claims(self, turn: Turn) -> bool:
        """Whether the text answers it. A text that names a place is about something else."""
        if turn.conversation.dialogue != NAME or turn.reading.country or _asked_about(turn) is None:
            return False
        if turn.reading.intent not in _OURS and not agrees(turn.text):
            return False
        return _last_day(turn) is not None or _picked(turn) is not None

    def handle(self, turn: Turn) -> Reply:
        """End the stay, or keep it until the day that was said, or for as long again."""
        trip = _asked_about(turn)
        assert trip is not None  # noqa: S101 - `claims` saw it
        picked = _picked(turn)
        if picked and picked.key == _home(turn.conversation.step).key:
            return my_record.welcome_back(turn, trips.journey_of(trip, turn.trips))
        if picked:
            draft = trips.without_end(trips.draft_of(trip), turn.today)
        else:
            draft = replace(trips.draft_of(trip), end=_last_day(turn), open_ended=False)
            # Somebody may have stayed for years: what must make sense is the time from today.
            if wrong := trips.problem(Draft(end=draft.end), turn.today):
                return words.wrong(wrong, replace(draft, start=turn.today), turn.today)
        plan = trips.plan_of(draft)
        assert plan is not None  # noqa: S101 - a kept trip is whole
        trips.update(trip, plan)
        return words.changed(plan, turn.today)


def ends(trip: Trip) -> Reply:
    """What is asked on the last day of a trip."""
    # Translators: with its numbered answer 2 SMS segments, 306 GSM-7 characters. Keep 8/12 as digits.
    text = pgettext(
        "sms",
        "%(service)s: your trip to %(place)s ends on %(end)s and is deleted on %(deleted)s, "
        "unless you reply with a new last day, for example 8/12.",
    )
    return Reply(text % _named(trip), (_home(ENDS),))


def goes_on(trip: Trip) -> Reply:
    """What is asked before the day to which a stay without an end is kept."""
    # Translators: with its two numbered answers 2 SMS segments, 306 GSM-7 characters. Keep 8/12 as digits.
    text = pgettext(
        "sms",
        "%(service)s: are you still in %(place)s? Without an answer your stay is deleted on %(deleted)s. "
        "Reply with your last day, for example 8/12, or:",
    )
    return Reply(text % _named(trip), (_still(), _home(GOES_ON)))


def _named(trip: Trip) -> dict[str, str]:
    return {
        "service": settings.SERVICE_NAME,
        "place": wording.place(trip.country, trip.city or None),
        "end": wording.day(trip.end, trip.end),
        "deleted": wording.day(trips.deletion_day(trip.end), trip.end),
    }


def _still() -> Choice:
    # Translators: numbered answer to "are you still in ...?".
    return Choice("1", pgettext("sms", "Yes, still there"))


def _home(step: str) -> Choice:
    # Translators: numbered answer to a question about the end of a stay.
    return Choice("1" if step == ENDS else "0", pgettext("sms", "I am home"))


def _asked_about(turn: Turn) -> Trip | None:
    asked = turn.conversation.data.get("trip")
    return next((trip for trip in turn.trips if trip.pk == asked), None)


def _last_day(turn: Turn) -> date | None:
    return turn.reading.end or turn.reading.start


def _picked(turn: Turn) -> Choice | None:
    step = turn.conversation.step
    picked = chosen(turn.text, (_home(step),) if step == ENDS else (_still(), _home(step)))
    return picked or (_still() if step == GOES_ON and agrees(turn.text) else None)
