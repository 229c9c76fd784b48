"""What a person reads while registering: every question, the echo with the consent, and the receipts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from django.conf import settings
from django.utils.translation import pgettext

from core import trips, wording
from core.dialogues import registration_aloud as aloud
from core.intents.reading import About, Place
from core.trips import Draft, Plan, Problem
from core.turn import Choice, Reply

AGREE: Final = "1"
CHANGE: Final = "2"
REFUSE: Final = "0"

# Characters the legs of a journey may take before their countries are left out.
_ROOM: Final = 90
_ROOM_OF_RECEIPT: Final = 60


def question(step: str, draft: Draft, today: date) -> Reply:
    """The question of a step: the place, the dates, the end, the party, or what to change."""
    said, expects = aloud.question(step, draft, today)
    return replace(_written(step, draft, today), aloud=said, expects=expects)


def _written(step: str, draft: Draft, today: date) -> Reply:
    if step == "place":
        # Translators: 1 SMS segment, 160 GSM-7 characters.
        return Reply(
            pgettext("sms", "Which country are you going to, and which city? For example: Libya, Tripoli")
        )
    if step == "dates":
        # Translators: 1 SMS segment, 160 GSM-7 characters. Keep the dates as digits.
        return Reply(pgettext("sms", "From which day to which day? For example: 25/11 8/12"))
    if step == "end":
        # Translators: 1 SMS segment, 160 GSM-7 characters. Keep the date and the 0 as digits.
        text = pgettext(
            "sms",
            "You arrive on %(start)s. What is the last day of your stay? For example: 8/12. "
            "Reply 0 if you do not know yet.",
        )
        return Reply(text % {"start": wording.day(draft.start or today, today)})
    if step == "party":
        # Translators: 1 SMS segment, 160 GSM-7 characters.
        return Reply(
            pgettext("sms", "How many people travel, you included? Reply with a number from 1 to 99.")
        )
    # Translators: 1 SMS segment, followed by four numbered answers: place, dates, people, another place.
    return Reply(pgettext("sms", "What do you want to change?"), parts())


def parts() -> tuple[Choice, ...]:
    """The parts of a trip that can be changed."""
    return (
        # Translators: numbered answer to "What do you want to change?"
        Choice("1", pgettext("sms", "Place")),
        # Translators: numbered answer to "What do you want to change?"
        Choice("2", pgettext("sms", "Dates")),
        # Translators: numbered answer to "What do you want to change?"
        Choice("3", pgettext("sms", "Number of people")),
        # Translators: numbered answer to "What do you want to change?": a further leg of the same journey.
        Choice("4", pgettext("sms", "Add another place")),
    )


def options(about: About, choices: tuple[Choice, ...]) -> Reply:
    """Which of several readings is meant."""
    if about is About.PLACE:
        # Translators: followed by a numbered list of places. Together 1 SMS segment, 160 GSM-7 characters.
        return Reply(pgettext("sms", "Which place do you mean?"), choices)
    # Translators: followed by a numbered list of dates. Together 1 SMS segment, 160 GSM-7 characters.
    return Reply(pgettext("sms", "Which date do you mean?"), choices)


def option(one: Place | date, today: date) -> str:
    """One reading as a numbered answer."""
    return wording.place(one.country, one.city) if isinstance(one, Place) else wording.day(one, today)


def say_anew(about: About, today: date) -> Reply:
    """Asks for a part that was said in a way we do not count on: "next Friday", another calendar."""
    if about is About.DATES:
        said, expects = aloud.question("dates", Draft(), today)
        # Translators: 1 SMS segment, 160 GSM-7 characters. Keep the dates as digits.
        text = pgettext("sms", "Which days exactly? Write the first and the last as day/month: 25/11 8/12")
        return Reply(text, aloud=said, expects=expects)
    if about is About.PARTY:
        return question("party", Draft(), today)
    return question("place", Draft(), today)


def wrong(problem: Problem, draft: Draft, today: date) -> Reply:
    """What cannot be right about the draft, as a question."""
    named = {
        "start": wording.day(draft.start or today, today),
        "end": wording.day(draft.end or today, today),
        "country": wording.place(draft.country, None) if draft.country else "",
        "party": draft.party or 0,
    }
    said, expects = aloud.wrong(problem, draft, today)
    return Reply(_wrong(problem) % named, aloud=said, expects=expects)


def _wrong(problem: Problem) -> str:
    match problem:
        case Problem.HOME:
            # Translators: 1 SMS segment, 160 GSM-7 characters. %(country)s is the home country.
            return pgettext(
                "sms", "This service is for stays outside %(country)s. Which country are you going to?"
            )
        case Problem.BACKWARDS:
            # Translators: 1 SMS segment, 160 GSM-7 characters. Keep the dates in the example as digits.
            return pgettext(
                "sms", "%(end)s is before %(start)s. From which day to which day? For example: 25/11 8/12"
            )
        case Problem.OVER:
            # Translators: 1 SMS segment, 160 GSM-7 characters. Keep the dates in the example as digits.
            return pgettext(
                "sms",
                "%(end)s is in the past. From which day to which day is your trip? For example: 25/11 8/12",
            )
        case Problem.TOO_LONG:
            # Translators: 1 SMS segment, 160 GSM-7 characters.
            return pgettext(
                "sms",
                "From %(start)s to %(end)s is more than a year. Please register one year at most: "
                "from which day to which day?",
            )
        case Problem.TOO_FAR:
            # Translators: 1 SMS segment, 160 GSM-7 characters.
            return pgettext(
                "sms", "%(start)s is more than a year away. From which day to which day is your next trip?"
            )
        case Problem.PARTY:
            # Translators: 1 SMS segment, 160 GSM-7 characters.
            return pgettext(
                "sms", "%(party)d people? Reply with the number who travel, you included, from 1 to 99."
            )


def consent(legs: Sequence[Plan], today: date) -> Reply:
    """The echo and the consent in one step: who keeps what, why, until when, and how it ends."""
    # Translators: with its three answers 2 SMS segments, 306 GSM-7 characters (Arabic: 4 segments, 268).
    # This is what people consent to: say neither more nor less. STOP stays; DELETE is your keyword for it.
    # %(trip)s is as in "Tripoli, Libya, 25 Nov - 8 Dec, 2 people".
    text = pgettext(
        "sms",
        "%(trip)s. Is this right?\n"
        "The crisis unit (%(service)s) keeps your number and this trip, only to reach you in an emergency, "
        "until %(deleted)s. Reply STOP or DELETE to end this at any time.",
    )
    return Reply(text % _told(legs, today, _ROOM), consent_choices(), aloud=aloud.consent(legs, today))


def consent_choices() -> tuple[Choice, ...]:
    """Agree, change, refuse."""
    return (
        # Translators: numbered answer to the consent question.
        Choice(AGREE, pgettext("sms", "I agree")),
        # Translators: numbered answer to the consent question.
        Choice(CHANGE, pgettext("sms", "Change")),
        # Translators: numbered answer to the consent question.
        Choice(REFUSE, pgettext("sms", "I refuse")),
    )


def refused() -> Reply:
    """Nothing was agreed to, so nothing is kept."""
    # Translators: 1 SMS segment, 160 GSM-7 characters. REG is your keyword to register.
    text = pgettext(
        "sms", "You are not registered. Your messages are deleted within 48 hours. To start again, write REG."
    )
    return Reply(text, ends=True, aloud=aloud.refused())


def receipt(legs: Sequence[Plan], today: date) -> Reply:
    """A trip, or a journey of several, is registered."""
    # Translators: 1 SMS segment, 160 GSM-7 characters. UPDATE and END TRIP are your keywords for them.
    # %(trip)s is as in "Tripoli, Libya, 25 Nov - 8 Dec, 2 people".
    text = pgettext(
        "sms",
        "Registered: %(trip)s. Deleted on %(deleted)s. Plans change? UPDATE. "
        "Back home? END TRIP. In danger? SOS.",
    )
    return _kept(text % _told(legs, today, _ROOM_OF_RECEIPT), aloud.receipt(legs, today))


def changed(plan: Plan, today: date) -> Reply:
    """A trip was changed."""
    # Translators: 1 SMS segment, 160 GSM-7 characters. UPDATE is your keyword for it.
    # %(trip)s is as in "Tripoli, Libya, 25 Nov - 8 Dec, 2 people".
    text = pgettext("sms", "Changed: %(trip)s. Deleted on %(deleted)s. Not right? Reply UPDATE.")
    return _kept(text % _told([plan], today, _ROOM_OF_RECEIPT), aloud.changed(plan, today))


def too_many() -> Reply:
    """No room for another trip."""
    # Translators: 1 SMS segment, 160 GSM-7 characters. END TRIP is your keyword for it.
    text = pgettext("sms", "You have %(count)d trips with us, the most we keep. Reply END TRIP to make room.")
    return Reply(text % {"count": trips.MOST_TRIPS}, ends=True, resumes=True, aloud=aloud.too_many())


def _kept(text: str, said: str) -> Reply:
    return Reply(text, ends=True, resumes=True, receipt=True, aloud=said)


def _told(legs: Sequence[Plan], today: date, room: int) -> dict[str, str]:
    return {
        "service": settings.SERVICE_NAME,
        "trip": wording.journey(legs, today, room=room),
        "deleted": wording.day(trips.deletion_day(max(leg.end for leg in legs)), today),
    }
