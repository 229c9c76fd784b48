"""What a person hears while registering, where the text is made for reading."""

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.utils.translation import pgettext

from core import trips, wording
from core.trips import Draft, Plan, Problem
from core.turn import Expects


def question(step: str, draft: Draft, today: date) -> tuple[str, Expects]:
    """The question of a step and what it waits for; empty where the text itself can be said."""
    if step == "place":
        # Translators: spoken; how to key the answer is said behind it.
        return pgettext("voice", "To which country do you travel?"), Expects.PLACE
    if step == "dates":
        # Translators: spoken; how to key the answer is said behind it.
        return pgettext("voice", "On which day does your stay there begin?"), Expects.DAY
    if step == "end":
        # Translators: spoken; how to key the answer is said behind it. %(start)s is as in "25 November".
        text = pgettext("voice", "You arrive on %(start)s. On which day do you leave?")
        return text % {"start": wording.day_aloud(draft.start or today, today)}, Expects.DAY
    if step == "party":
        # Translators: spoken; how to key the answer is said behind it.
        return pgettext("voice", "How many people travel, you included?"), Expects.NUMBER
    return "", Expects.NOTHING


def wrong(problem: Problem, draft: Draft, today: date) -> tuple[str, Expects]:
    """What cannot be right, and the question that follows from it."""
    if problem is Problem.HOME:
        return "", Expects.PLACE  # the text can be said
    if problem is Problem.PARTY:
        return question("party", draft, today)
    # Translators: spoken: an end before the start, in the past, more than a year away or longer than a year.
    sorry = pgettext("voice", "These dates cannot be right.")
    asked, expects = question("dates", Draft(), today)
    return f"{sorry} {asked}", expects


def consent(legs: Sequence[Plan], today: date) -> str:
    """What was told, and in two sentences what is agreed to."""
    # Translators: spoken; three answers follow: I agree, change, I refuse. %(trip)s is as in "Libya, from
    # 25 November to 8 December, 2 people". This is what people consent to: say neither more nor less.
    text = pgettext(
        "voice",
        "%(trip)s. If this is right: the crisis unit, %(service)s, keeps your number and this trip, only to "
        "reach you in an emergency, until %(deleted)s. You can end this at any time by calling us.",
    )
    return text % _told(legs, today)


def receipt(legs: Sequence[Plan], today: date) -> str:
    """A trip is registered."""
    # Translators: spoken. %(trip)s is as in "Libya, from 25 November to 8 December, 2 people".
    text = pgettext("voice", "You are registered: %(trip)s. All of it is deleted on %(deleted)s.")
    return text % _told(legs, today)


def changed(plan: Plan, today: date) -> str:
    """A trip was changed."""
    # Translators: spoken. %(trip)s is as in "Libya, from 25 November to 8 December, 2 people".
    text = pgettext("voice", "Your trip is changed: %(trip)s. All of it is deleted on %(deleted)s.")
    return text % _told([plan], today)


def refused() -> str:
    """Nothing was agreed to."""
    # Translators: spoken, to somebody who did not agree.
    return pgettext("voice", "You are not registered, and nothing of the trip is kept.")


def too_many() -> str:
    """No room for another trip."""
    # Translators: spoken.
    return pgettext("voice", "You have %(count)d trips with us, the most we keep.") % {
        "count": trips.MOST_TRIPS
    }


def _told(legs: Sequence[Plan], today: date) -> dict[str, str]:
    return {
        "service": settings.SERVICE_NAME,
        "trip": "; ".join(wording.trip_aloud(leg, today) for leg in legs),
        "deleted": wording.day_aloud(trips.deletion_day(max(leg.end for leg in legs)), today),
    }
