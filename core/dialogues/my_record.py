"""What we hold about the person: shown, ended, or deleted, on their word."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from django.conf import settings
from django.utils.translation import npgettext, pgettext

from core import emergency, pins, trips, wording
from core.dialogues import contact, second_phone, which_trip, who
from core.dialogues.answers import chosen
from core.intents.reading import Intent
from core.languages import language
from core.models import Message, Trip
from core.turn import Choice, Reply, Turn

NAME: Final = "record"

# The numbered answers below what we hold.
CONTACT: Final = "1"
PHONE: Final = "2"
SHARED: Final = "3"

# Steps: which trip is over, and what can be done after MY DATA.
_END: Final = "end"
_MENU: Final = "menu"
_OFFERED: Final = "trips"
_INTENTS: Final = frozenset({Intent.END, Intent.DELETE, Intent.MY_DATA})


class MyRecord:
    """Claims END TRIP, DELETE and MY DATA, and the answers to its own questions."""

    def claims(self, turn: Turn) -> bool:
        """Whether the person asks about their own record, or picks one of the answers that were offered."""
        if turn.reading.intent in _INTENTS:
            return True
        return turn.conversation.dialogue == NAME and chosen(turn.text, _offered(turn)) is not None

    def handle(self, turn: Turn) -> Reply:
        """Do what is asked."""
        if turn.reading.intent is Intent.DELETE:
            return _delete()
        if turn.reading.intent is Intent.MY_DATA:
            return _show(turn)
        picked = chosen(turn.text, _offered(turn)) if turn.conversation.dialogue == NAME else None
        if picked and turn.conversation.step == _MENU:
            turn.close()
            return contact.begin(turn) if picked.key == CONTACT else second_phone.begin(turn)
        return _end(turn, picked)


def welcome_back(turn: Turn, over: Sequence[Trip]) -> Reply:
    """Delete these trips, and say what else is deleted when."""
    place = wording.where(over)
    gone, goes_on = trips.end_trips(over, turn.today), _leaves_a_question(turn, over)
    if len(turn.trips) > len(over):
        # Translators: 1 SMS segment, 160 GSM-7 characters.
        text = pgettext("sms", "Your trip to %(place)s is over and deleted. Your other trips stay.")
        return Reply(text % {"place": place}, ends=not goes_on, resumes=goes_on)
    # Translators: spoken, to somebody whose trip is over.
    aloud = pgettext("voice", "Welcome back. Your trip to %(place)s is over and deleted.") % {"place": place}
    # Translators: 1 SMS segment, 160 GSM-7 characters. DELETE is your keyword for it.
    text = pgettext(
        "sms",
        "Welcome back. Your trip to %(place)s is deleted, the rest of what we hold by %(deleted)s, "
        "now if you reply DELETE.",
    )
    told = {"place": place, "deleted": wording.day(gone, turn.today)}
    return Reply(text % told, ends=not goes_on, resumes=goes_on, aloud=aloud)


def _leaves_a_question(turn: Turn, over: Sequence[Trip]) -> bool:
    """Whether another question is still open once trips are over; one about such a trip is not."""
    if turn.conversation.dialogue == NAME:
        turn.close()
    if turn.conversation.data.get("trip") in {trip.pk for trip in over}:
        turn.start_over()
    return bool(turn.conversation.dialogue)


def _delete() -> Reply:
    # Translators: 1 SMS segment, 160 GSM-7 characters.
    text = pgettext(
        "sms", "%(service)s has deleted everything it held about you. You can register again at any time."
    )
    return Reply(text % {"service": settings.SERVICE_NAME}, ends=True, always=True, erases=True)


def _end(turn: Turn, picked: Choice | None) -> Reply:
    if not turn.trips:
        # Translators: 1 SMS segment, 160 GSM-7 characters. REG is your keyword to register.
        text = pgettext(
            "sms",
            "We hold no trip for this number, so there is nothing to end. To register a trip, write REG.",
        )
        # Translators: spoken.
        return Reply(text, aloud=pgettext("voice", "We hold no trip for this number."))
    over = _over(turn, picked)
    if over:
        return welcome_back(turn, over)
    return _ask_which_is_over(turn, which_trip.offer(turn))


def which_is_over(turn: Turn) -> Reply:
    """Ask which of several trips is over; what else was being asked waits until that is said."""
    return _ask_which_is_over(turn, _listed(turn))


def _ask_which_is_over(turn: Turn, offered: Sequence[int]) -> Reply:
    turn.ask(NAME, _END, {_OFFERED: list(offered)}, aside=True)
    # Translators: followed by a numbered list of trips.
    return Reply(pgettext("sms", "Which trip is over?"), _endings(turn))


def _listed(turn: Turn) -> Sequence[int]:
    """The trips of the open question, by their keys, in the order of their numbers."""
    listed = turn.conversation.data.get(_OFFERED)
    return [int(str(pk)) for pk in listed] if isinstance(listed, list) else which_trip.offer(turn)


def asks_which_is_over(turn: Turn) -> bool:
    """Whether that question is open."""
    return turn.conversation.dialogue == NAME and turn.conversation.step == _END


def _over(turn: Turn, picked: Choice | None) -> Sequence[Trip]:
    """The trips that are over: those picked, the one in the country named, else the journey that runs, else
    the only journey. None when it must be asked."""
    if picked:
        listed, at = _listed(turn), int(picked.key) - 1
        pks = listed if at == len(listed) else [listed[at]]
        return [trip for trip in turn.trips if trip.pk in pks]
    if named := which_trip.named(turn):
        return [named]
    journeys = trips.journeys(turn.trips)
    running = [legs for legs in journeys if any(leg.start <= turn.today <= leg.end for leg in legs)]
    return next((found[0] for found in (running, journeys) if len(found) == 1), ())


def _offered(turn: Turn) -> tuple[Choice, ...]:
    return _menu(turn) if turn.conversation.step == _MENU else _endings(turn)


def picked_in_menu(turn: Turn) -> str:
    """The answer that was picked below what we hold; empty for none."""
    if turn.conversation.dialogue != NAME or turn.conversation.step != _MENU:
        return ""
    picked = chosen(turn.text, _menu(turn))
    return picked.key if picked else ""


def _endings(turn: Turn) -> tuple[Choice, ...]:
    # Translators: the last answer in a numbered list of trips, to "Which trip is over?".
    all_of_them = Choice(str(len(_listed(turn)) + 1), pgettext("sms", "All of them"))
    return (*which_trip.choices_of(turn, _listed(turn)), all_of_them)


def _menu(turn: Turn) -> tuple[Choice, ...]:
    return (
        # Translators: numbered answer below what we hold: to name or remove an emergency contact.
        Choice(CONTACT, pgettext("sms", "Emergency contact")),
        # Translators: numbered answer below what we hold: to add or remove a second phone of one's own.
        Choice(PHONE, pgettext("sms", "My other phone")),
        replace(who.only_me() if pins.is_shared(turn.contact) else who.others(), key=SHARED),
    )


def _show(turn: Turn) -> Reply:
    if not turn.registered:
        # Translators: 2 SMS segments, 306 GSM-7 characters. DELETE is your keyword for it.
        text = pgettext(
            "sms",
            "You are not registered. Of this number (%(number)s) we hold its language (%(language)s) and "
            "your messages of the last 48 hours, then they are deleted. Reply DELETE to delete them now.",
        )
        # Translators: spoken, to somebody who asks what we hold about them.
        aloud = pgettext(
            "voice", "You are not registered. What was said in the last 48 hours is deleted after that."
        )
        return Reply(text % _about(turn), aloud=aloud)
    # Translators: 3 SMS segments, 459 GSM-7 characters. DELETE is your keyword for it. %(trips)s is a list of
    # trips and, where there is one, the emergency contact.
    text = pgettext(
        "sms",
        "We hold: your number %(number)s, language %(language)s, your consent of %(consented)s, %(messages)s "
        "and %(trips)s. All is deleted on %(deleted)s, now if you reply DELETE.",
    )
    if turn.guided:
        return Reply(text % {**_about(turn), **_registered(turn)}, aloud=_aloud(turn))
    turn.ask(NAME, _MENU, {}, aside=True)
    return Reply(text % {**_about(turn), **_registered(turn)}, _menu(turn))


def _aloud(turn: Turn) -> str:
    # Translators: spoken. %(trips)s is as in "Libya, from 25 November to 8 December, 2 people".
    text = pgettext(
        "voice", "We hold your number, your consent and: %(trips)s. It is deleted on %(deleted)s."
    )
    last = max((trip.end for trip in turn.trips), default=turn.today)
    return text % {
        "trips": "; ".join(wording.trip_aloud(trip, turn.today) for trip in turn.trips),
        "deleted": wording.day_aloud(trips.deletion_day(last), turn.today),
    }


def _about(turn: Turn) -> dict[str, str]:
    return {"number": turn.contact.number, "language": language(turn.contact.language).name}


def _registered(turn: Turn) -> dict[str, str]:
    person = turn.contact.person
    assert person is not None  # noqa: S101 - asked of registered people only
    phones = list(person.contacts.order_by("pk"))
    messages = (
        Message.objects.filter(contact__in=phones).count() + 1
    )  # the one being answered is stored with its answer
    consent = person.consents.order_by("-given_at").first()
    given = consent.given_at.astimezone(turn.zone).date() if consent else turn.today
    last = max((trip.end for trip in turn.trips), default=turn.today)
    held = [wording.trip(trip, turn.today) for trip in turn.trips]
    if named := emergency.of(person):
        held.append(contact.told(named, turn))
    if pins.is_shared(turn.contact):
        # Translators: part of a list of what we hold about somebody. A PIN is a secret number.
        held.append(pgettext("sms", "a PIN for this phone"))
    return {
        "number": ", ".join(phone.number for phone in phones),
        "consented": wording.day(given, turn.today),
        # Translators: part of the list of what we hold about somebody.
        "messages": npgettext("sms", "%(count)d message", "%(count)d messages", messages)
        % {"count": messages},
        "trips": "; ".join(held),
        "deleted": wording.day(trips.deletion_day(last), turn.today),
    }
