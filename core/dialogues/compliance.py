"""STOP and START: the two words that decide whether we may speak at all.

STOP, in any language, ends every message and call that we would start, from every sender and on every
channel, at once. It is confirmed exactly once; another STOP is met with silence. Nothing but an explicit
START (or YES and UNSTOP, which the carriers take for it) undoes it: not another text, not a registration.

Somebody who said STOP and then writes to us has asked for the one answer they get. What they write is read as
anybody's: a call for help opens a case and is answered, an answer to a check-in counts, END TRIP, MY DATA,
DELETE, LANGUAGE and the instructions work. What would make us write later, a registration or a change of one,
is not taken; that and anything we cannot read is answered with how to undo the STOP.
"""

from django.conf import settings
from django.utils.translation import pgettext

from core import people, trips, wording
from core.dialogues.answers import plain
from core.intents.reading import Intent
from core.turn import Reply, Turn


class Compliance:
    """Claims STOP always, START from somebody who said STOP."""

    def claims(self, turn: Turn) -> bool:
        """Whether the text is one of the two words."""
        intent = turn.reading.intent
        return intent is Intent.STOP or (
            intent is Intent.START and turn.opted_out and _is_explicit(turn.text)
        )

    def handle(self, turn: Turn) -> Reply:
        """Fall silent, or speak again."""
        return _stop(turn) if turn.reading.intent is Intent.STOP else _start(turn)


def start_first() -> Reply:
    """What somebody who said STOP hears when they ask for something that would make us write later."""
    # Translators: 1 SMS segment, 160 GSM-7 characters. START and SOS stay as they are.
    text = pgettext(
        "sms",
        "You said STOP, so %(service)s sends you nothing and changes nothing. "
        "Reply START to hear from us again. In danger, write SOS.",
    )
    # Translators: spoken. "What we hold about you" and "messages and calls again" are choices of our menu.
    aloud = pgettext(
        "voice",
        "You wanted no more messages and calls, so nothing is changed. To hear from us again, choose: "
        "what we hold about you, then: messages and calls again.",
    )
    return Reply(text % {"service": settings.SERVICE_NAME}, aloud=aloud)


def _is_explicit(text: str) -> bool:
    """Whether a word for START is meant as one: YES counts as the carriers count it, alone."""
    words = plain(text).split()
    return "yes" not in words or words == ["yes"]


def _stop(turn: Turn) -> Reply:
    turn.start_over()
    if not people.opt_out(turn.contact, turn.now, people.PERSON):
        return Reply("", ends=True)
    # Translators: spoken.
    aloud = pgettext("voice", "You will get no more messages or calls from us.")
    if not turn.trips:
        # Translators: 1 SMS segment, 160 GSM-7 characters. START stays as it is.
        text = pgettext(
            "sms", "%(service)s: you will get no more messages or calls from us. START undoes this."
        )
        return Reply(text % {"service": settings.SERVICE_NAME}, ends=True, always=True, aloud=aloud)
    # Translators: 1 SMS segment, 160 GSM-7 characters. START stays as it is; DELETE is your keyword for it.
    text = pgettext(
        "sms",
        "%(service)s: you will get no more messages or calls from us. Your data is deleted on %(deleted)s, "
        "now if you reply DELETE. START undoes this.",
    )
    last = trips.deletion_day(max(trip.end for trip in turn.trips))
    named = {"service": settings.SERVICE_NAME, "deleted": wording.day(last, turn.today)}
    return Reply(text % named, ends=True, always=True, aloud=aloud)


def _start(turn: Turn) -> Reply:
    people.opt_in(turn.contact)
    # Translators: 1 SMS segment, 160 GSM-7 characters. STOP stays as it is.
    text = pgettext(
        "sms", "%(service)s: you will hear from us again. STOP ends it, ? tells what you can write."
    )
    # Translators: spoken.
    aloud = pgettext("voice", "You will hear from us again.")
    return Reply(text % {"service": settings.SERVICE_NAME}, ends=True, always=True, aloud=aloud)
