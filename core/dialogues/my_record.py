"""What we hold about the person: shown, ended, or deleted, on their word."""

from typing import Final

from django.conf import settings
from django.utils.translation import npgettext, pgettext

from core import trips, wording
from core.dialogues.answers import chosen
from core.dialogues.which_trip import choices_of, meant
from core.intents.reading import Intent
from core.models import Trip
from core.turn import Reply, Turn

NAME: Final = "record"
_INTENTS: Final = frozenset({Intent.END, Intent.DELETE, Intent.MY_DATA})


class MyRecord:
    """Claims END TRIP, DELETE and MY DATA."""

    def claims(self, turn: Turn) -> bool:
        """Whether the person asks about their own record, or says which trip is over."""
        if turn.reading.intent in _INTENTS:
            return True
        return turn.conversation.dialogue == NAME and chosen(turn.text, choices_of(turn)) is not None

    def handle(self, turn: Turn) -> Reply:
        """Do what is asked."""
        if turn.reading.intent is Intent.DELETE:
            return _delete()
        if turn.reading.intent is Intent.MY_DATA:
            return _show(turn)
        return _end(turn)


def _delete() -> Reply:
    # Translators: 1 SMS segment, 160 GSM-7 characters.
    text = pgettext(
        "sms", "%(service)s has deleted everything it held about you. You can register again at any time."
    )
    return Reply(text % {"service": settings.SERVICE_NAME}, ends=True, always=True, erases=True)


def _end(turn: Turn) -> Reply:
    if not turn.trips:
        # Translators: 1 SMS segment, 160 GSM-7 characters. REG is your keyword to register.
        text = pgettext(
            "sms",
            "We hold no trip for this number, so there is nothing to end. To register a trip, write REG.",
        )
        return Reply(text)
    trip = _over(turn)
    if trip is None:
        return which_is_over(turn)
    place = wording.place(trip.country, trip.city)
    gone = trips.end_trip(trip, turn.today)
    if len(turn.trips) > 1:
        # Translators: 1 SMS segment, 160 GSM-7 characters.
        text = pgettext("sms", "Your trip to %(place)s is over and deleted. Your other trips stay.")
        return Reply(text % {"place": place}, ends=True)
    # Translators: 1 SMS segment, 160 GSM-7 characters. DELETE is your keyword for it.
    text = pgettext(
        "sms",
        "Welcome back. Your trip to %(place)s is deleted, the rest of what we hold by %(deleted)s, "
        "now if you reply DELETE.",
    )
    return Reply(text % {"place": place, "deleted": wording.day(gone, turn.today)}, ends=True)


def which_is_over(turn: Turn) -> Reply:
    """Ask which of several trips is over; what else was being asked waits until that is said."""
    turn.ask(NAME, "end", {}, aside=True)
    # Translators: followed by a numbered list of trips.
    return Reply(pgettext("sms", "Which trip is over?"), choices_of(turn))


def _over(turn: Turn) -> Trip | None:
    """The trip that is over; None when it must be asked."""
    if turn.conversation.dialogue == NAME:
        picked = chosen(turn.text, choices_of(turn))
        if picked:
            return turn.trips[int(picked.key) - 1]
    return meant(turn)


def _show(turn: Turn) -> Reply:
    if not turn.registered:
        # Translators: 2 SMS segments, 306 GSM-7 characters. DELETE is your keyword for it.
        text = pgettext(
            "sms",
            "You are not registered. Of this number (%(number)s) we hold its language (%(language)s) and "
            "your messages of the last 48 hours, then they are deleted. Reply DELETE to delete them now.",
        )
        return Reply(text % _about(turn))
    # Translators: 3 SMS segments, 459 GSM-7 characters. DELETE is your keyword for it.
    text = pgettext(
        "sms",
        "We hold: your number %(number)s, language %(language)s, your consent of %(consented)s, %(messages)s "
        "and %(trips)s. All is deleted on %(deleted)s, now if you reply DELETE.",
    )
    return Reply(text % {**_about(turn), **_registered(turn)})


def _about(turn: Turn) -> dict[str, str]:
    return {"number": turn.contact.number, "language": turn.contact.language}


def _registered(turn: Turn) -> dict[str, str]:
    messages = turn.contact.messages.count() + 1  # the one being answered is stored with its answer
    consent = turn.contact.person.consents.order_by("-given_at").first() if turn.contact.person else None
    given = consent.given_at.astimezone(turn.zone).date() if consent else turn.today
    last = max((trip.end for trip in turn.trips), default=turn.today)
    return {
        "consented": wording.day(given, turn.today),
        # Translators: part of the list of what we hold about somebody.
        "messages": npgettext("sms", "%(count)d message", "%(count)d messages", messages)
        % {"count": messages},
        "trips": "; ".join(
            # Translators: one trip in a list, as in "Libya, 25 Nov - 8 Dec, 2 people".
            pgettext("sms", "%(place)s, %(dates)s, %(people)s")
            % {
                "place": wording.place(trip.country, trip.city),
                "dates": wording.span(trip.start, trip.end, turn.today),
                "people": wording.people(trip.party),
            }
            for trip in turn.trips
        ),
        "deleted": wording.day(trips.deletion_day(last), turn.today),
    }
