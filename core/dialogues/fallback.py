"""The last dialogue: whatever nobody else answered is answered here with what to do next.

A call for help outside any campaign goes to the officers' inbox at once. So does the second text in a row
that nobody could read.
"""

from typing import Final

from django.conf import settings
from django.utils.translation import pgettext

from core.dialogues import language_choice, my_record
from core.dialogues.compliance import start_first
from core.dialogues.unread import unread, unread_without_question
from core.intents.reading import Intent
from core.turn import Reply, Turn

_INSTRUCTIONS: Final = frozenset({Intent.HELP, Intent.START})
_ANSWERS: Final = frozenset({Intent.SAFE, Intent.NOT_THERE})
_LATER: Final = frozenset({Intent.INFO, Intent.WHERE, Intent.CARD})


class Fallback:
    """Claims everything."""

    def claims(self, turn: Turn) -> bool:  # noqa: ARG002 - the last one takes what comes
        """Always."""
        return True

    def handle(self, turn: Turn) -> Reply:
        """Say what to do next."""
        intent = turn.reading.intent
        if intent is Intent.NEED_HELP:
            return _need_help(turn)
        if intent is Intent.START and turn.opted_out:
            return start_first()
        if intent in _INSTRUCTIONS:
            return instructions(turn)
        if intent in _ANSWERS:
            return _nobody_asked()
        if intent in _LATER:
            return _not_here()
        return _unreadable(turn)


def instructions(turn: Turn) -> Reply:
    """What somebody can write to us, and the question that waits for an answer meanwhile."""
    if turn.trips:
        # Translators: 1 SMS segment, 160 GSM-7 characters. The words in capitals are your keywords for them.
        text = pgettext(
            "sms",
            "%(service)s. You can write UPDATE and the new dates or place, END TRIP, MY DATA, LANGUAGE, "
            "DELETE, STOP. In danger: SOS and where you are.",
        )
    else:
        # Translators: 1 SMS segment, 160 GSM-7 characters. The words in capitals are your keywords for them.
        text = pgettext(
            "sms",
            "%(service)s: to be reached abroad in an emergency write e.g. "
            "REG LIBYA TRIPOLI 25/11 8/12 2 PEOPLE. Also: LANGUAGE, STOP. In danger: SOS.",
        )
    return Reply(text % {"service": settings.SERVICE_NAME}, resumes=True)


def _need_help(turn: Turn) -> Reply:
    turn.message.unclear = True
    # Translators: 2 SMS segments, 306 GSM-7 characters. Promise nothing that is not said here.
    text = pgettext(
        "sms",
        "%(service)s: your call for help is with the crisis unit and a person will read it. "
        "Write where you are and what you need. In immediate danger also call the local emergency number.",
    )
    return Reply(text % {"service": settings.SERVICE_NAME}, always=True)


def _nobody_asked() -> Reply:
    # Translators: 1 SMS segment, 160 GSM-7 characters. END TRIP is your keyword for it.
    text = pgettext(
        "sms",
        "Thank you. We are not asking at the moment. If you are back home, write END TRIP. In danger: SOS.",
    )
    return Reply(text, always=True)


def _not_here() -> Reply:
    # Translators: 1 SMS segment, 160 GSM-7 characters.
    text = pgettext(
        "sms",
        "We cannot answer this by text yet: please ask your embassy or consulate. "
        "? tells what you can write here. In danger: SOS.",
    )
    return Reply(text)


def _unreadable(turn: Turn) -> Reply:
    if turn.opted_out:
        return unread_without_question(turn, start_first())
    if turn.conversation.dialogue == language_choice.NAME:
        return unread(turn, language_choice.which(turn))
    if my_record.asks_which_is_over(turn):
        return unread(turn, my_record.which_is_over(turn))
    return unread_without_question(turn, _what_to_write(turn))


def _what_to_write(turn: Turn) -> Reply:
    if turn.trips:
        # Translators: 1 SMS segment, 160 GSM-7 characters. UPDATE and END TRIP are your keywords for them.
        text = pgettext(
            "sms",
            "Sorry, we could not read that. Plans change? Write UPDATE. Back home? END TRIP. "
            "? tells all you can write. In danger: SOS.",
        )
    else:
        # Translators: 1 SMS segment, 160 GSM-7 characters. REG is your keyword to register.
        text = pgettext(
            "sms",
            "Sorry, we could not read that. To register a trip abroad write REG. "
            "? tells all you can write. In danger: SOS.",
        )
    return Reply(text)
