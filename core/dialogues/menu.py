"""The menu of somebody who is led: what they can ask for, at most four things a level."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from django.utils.translation import pgettext

from core import pins
from core.dialogues import contact, registration, shared_phone, who
from core.dialogues.answers import chosen
from core.dialogues.unread import unread
from core.intents.reading import Intent
from core.turn import LED_ON_FOR, Choice, Reply, Turn

NAME: Final = "menu"
_MAIN: Final = "main"
_RECORD: Final = "record"
_DELETE: Final = "delete"

_MEANS: Final[Mapping[tuple[str, str], Intent]] = {
    (_MAIN, "1"): Intent.REGISTER,
    (_MAIN, "2"): Intent.NEED_HELP,
    (_MAIN, "4"): Intent.LANGUAGE,
    (_RECORD, "1"): Intent.MY_DATA,
    (_RECORD, "2"): Intent.END,
    (_RECORD, "3"): Intent.STOP,
    (_DELETE, "1"): Intent.DELETE,
}

_LEVELS: Final[Mapping[tuple[str, str], str]] = {(_MAIN, "3"): _RECORD, (_RECORD, "4"): _DELETE}


class Menu:
    """Claims the answers to its own questions; puts the first one when nobody else has anything to ask."""

    def claims(self, turn: Turn) -> bool:
        """Whether a level of the menu is open and one of its choices was picked, or nothing readable."""
        if turn.conversation.dialogue != NAME or turn.reading.intent is not Intent.UNKNOWN:
            return False
        # Below the first level a digit deletes or silences: only of somebody who has just heard it.
        return turn.guided or turn.conversation.step == _MAIN

    def handle(self, turn: Turn) -> Reply:
        """Go a level down, or hand over to whoever answers what was asked for."""
        step = turn.conversation.step
        picked = chosen(turn.text, _choices(turn, step))
        if picked is None:
            return unread(turn, _ask(turn, step))
        turn.message.body = picked.label  # what was meant, for an officer who reads it
        if (step, picked.key) in _LEVELS:
            return _ask(turn, _LEVELS[step, picked.key])
        turn.close()
        if (step, picked.key) == (_RECORD, "5"):
            return shared_phone.begin(turn)
        if (step, picked.key) == (_MAIN, "1") and turn.conversation.dialogue == registration.NAME:
            # The journey that was begun before; on a shared phone a change asks for the PIN first.
            locked = pins.locks(turn.contact, turn.line)
            return Reply("", means=Intent.UPDATE if locked else None, resumes=True)
        meant = _meant(turn, step, picked.key)
        return Reply("", means=meant, resumes=True) if meant else contact.nothing_changed()

    def waiting(self, turn: Turn) -> Reply | None:
        """The level where the line was lost just now, else the main menu; None for who is not led."""
        if not turn.is_led:
            return None
        asked_at = turn.conversation.asked_at
        lost = turn.conversation.dialogue == NAME and asked_at and asked_at >= turn.now - LED_ON_FOR
        return _ask(turn, turn.conversation.step if lost else _MAIN)


def _meant(turn: Turn, step: str, key: str) -> Intent | None:
    if (step, key) == (_MAIN, "1") and _tells_of_trips(turn):
        return Intent.UPDATE
    if (step, key) == (_RECORD, "3") and turn.opted_out:
        return Intent.START
    return _MEANS.get((step, key))


def _tells_of_trips(turn: Turn) -> bool:
    """Whether the menu may let on that there is a trip: on a shared phone only after its PIN."""
    return bool(turn.trips) and not pins.locks(turn.contact, turn.line)


def _ask(turn: Turn, step: str) -> Reply:
    if turn.conversation.dialogue not in {NAME, registration.NAME}:
        turn.start_over()  # left by a call that dropped; who had something to ask would have asked it
    turn.ask(NAME, step, {}, aside=True)
    if step == _DELETE:
        # Translators: spoken; followed by yes and no.
        return Reply(pgettext("voice", "Delete everything we hold about you?"), _choices(turn, step))
    if step == _RECORD:  # by the name under which it was chosen
        chosen_by = next(choice for choice in _choices(turn, _MAIN) if choice.key == "3")
        return Reply(chosen_by.label, _choices(turn, step))
    # Translators: spoken; followed by a menu of at most four things.
    return Reply(pgettext("voice", "What can we do for you?"), _choices(turn, step))


def _choices(turn: Turn, step: str) -> tuple[Choice, ...]:
    if step == _RECORD:
        return _record_choices(turn)
    if step == _DELETE:
        return (
            # Translators: spoken, as in "Yes, delete everything: press 1".
            Choice("1", pgettext("voice", "Yes, delete everything")),
            # Translators: spoken, as in "No, keep it: press 2".
            Choice("2", pgettext("voice", "No, keep it")),
        )
    return (
        # Translators: spoken, one of four things of a menu, as in "Change your trip: press 1".
        Choice("1", pgettext("voice", "Change your trip"))
        if _tells_of_trips(turn)
        # Translators: spoken, one of four things of a menu, as in "Register a trip: press 1".
        else Choice("1", pgettext("voice", "Register a trip")),
        # Translators: one of three numbered answers to "are you safe?"; keep it to one or two words.
        Choice("2", pgettext("sms", "I need help")),
        # Translators: spoken, one of four things of a menu, as in "What we hold about you: press 3".
        Choice("3", pgettext("voice", "What we hold about you")),
        # Translators: spoken, one of four things of a menu, as in "Another language: press 4".
        Choice("4", pgettext("voice", "Another language")),
    )


def _record_choices(turn: Turn) -> tuple[Choice, ...]:
    choices = (
        # Translators: spoken, one of four things of a menu, as in "Hear it: press 1".
        Choice("1", pgettext("voice", "Hear it")),
        # Translators: spoken, one of four things of a menu, as in "My trip is over: press 2".
        Choice("2", pgettext("voice", "My trip is over")),
        # Translators: spoken, one of four things of a menu: undoes "no more messages and calls".
        Choice("3", pgettext("voice", "Messages and calls again"))
        if turn.opted_out
        # Translators: spoken, one of four things of a menu, as in "No more messages and calls: press 3".
        else Choice("3", pgettext("voice", "No more messages and calls")),
        # Translators: spoken, one of four things of a menu, as in "Delete everything: press 4".
        Choice("4", pgettext("voice", "Delete everything")),
    )
    if not turn.registered:
        return choices
    used_by = who.only_me() if pins.is_shared(turn.contact) else who.others()
    return (*choices, replace(used_by, key="5"))
