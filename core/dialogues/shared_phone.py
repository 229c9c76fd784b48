"""A phone that other people use too: its PIN is chosen, and asked for before anything private is said there.

Registering, a call for help, the answer to a check-in, STOP and DELETE never need it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from django.utils.translation import pgettext

from core import pins
from core.dialogues import contact, line, my_record, registration, second_phone, staying, who
from core.dialogues.answers import chosen, plain
from core.dialogues.contact import nothing_changed, register_first
from core.dialogues.unread import unread
from core.intents.reading import Intent
from core.pins import Guess
from core.turn import Expects, Reply, Turn

NAME: Final = pins.DIALOGUE

# Steps: who uses the phone, the new PIN, the same keyed again, the PIN itself.
_WHO: Final = pins.ASKS_WHO
_CHOOSE: Final = "choose"
_AGAIN: Final = "again"
_PIN: Final = "pin"

_WORD: Final = "pin"
_HIDDEN: Final = "PIN ****"
_FORGOTTEN: Final = "0"
_OURS: Final = frozenset({Intent.UNKNOWN, Intent.START})

# What the PIN is asked for: these intents, and what has none.
_PRIVATE: Final = frozenset({Intent.MY_DATA, Intent.END, Intent.UPDATE})
_CONTACT: Final = "contact"
_PHONE: Final = "phone"
_UNMARK: Final = "unmark"


class SharedPhone:
    """Claims the word PIN, the answers to its own questions, and what is private on a locked phone."""

    def claims(self, turn: Turn) -> bool:
        """Whether this is about the mark, or about something that needs the PIN first."""
        if turn.conversation.dialogue == NAME and _is_answer(turn):
            return True
        return _is_asked_for(turn) or (bool(_wanted(turn)) and pins.locks(turn.contact, turn.line))

    def handle(self, turn: Turn) -> Reply:
        """Mark the phone, take in a PIN, or ask for it."""
        if turn.conversation.dialogue == NAME and _is_answer(turn):
            return _ANSWERS[turn.conversation.step](turn)
        return begin(turn) if _is_asked_for(turn) else _ask_pin(turn, _wanted(turn))

    def waiting(self, turn: Turn) -> Reply | None:
        """The question that is open, for somebody who is led; who rings anew may be somebody else."""
        if not turn.is_led or turn.conversation.dialogue != NAME:
            return None
        if turn.begins:
            turn.close()
            return None
        return _ask(turn, turn.conversation.step)


def begin(turn: Turn) -> Reply:
    """Ask for a new PIN; on a marked phone for the one there is, to take the mark away."""
    if turn.contact.person is None:
        return register_first()
    if pins.is_shared(turn.contact):
        return _ask_pin(turn, _UNMARK) if pins.locks(turn.contact, turn.line) else _unmarked(turn)
    return _ask(turn, _CHOOSE)


def _is_asked_for(turn: Turn) -> bool:
    return turn.reading.intent in _OURS and (
        plain(turn.text) == _WORD or my_record.picked_in_menu(turn) == my_record.SHARED
    )


def _is_answer(turn: Turn) -> bool:
    """Whether this answers the open question. A text does so by digits alone: other words are elsewhere's."""
    if turn.guided:
        return turn.reading.intent is Intent.UNKNOWN
    return turn.conversation.step != _WHO and (_pin_in(turn) is not None or plain(turn.text) == _FORGOTTEN)


def _wanted(turn: Turn) -> str:
    """The private thing that is asked for; empty for none."""
    intent = turn.reading.intent
    # By text what was asked behind the PIN, and what we asked by ourselves, is answered without it.
    is_answer = not turn.guided and turn.conversation.dialogue in {registration.NAME, staying.NAME}
    if intent in _PRIVATE and (intent is Intent.MY_DATA or not is_answer):
        return intent.value
    if intent not in _OURS:
        return ""
    picked = my_record.picked_in_menu(turn)
    if picked == my_record.CONTACT or contact.is_asked_for(turn.text):
        return _CONTACT
    return _PHONE if picked == my_record.PHONE or second_phone.is_asked_for(turn.text) else ""


def _pin_in(turn: Turn) -> str | None:
    digits = plain(turn.text).replace(" ", "")
    return digits if re.fullmatch(rf"[0-9]{{{pins.DIGITS}}}", digits) else None


def _ask(turn: Turn, step: str) -> Reply:
    stored = turn.conversation.data if turn.conversation.dialogue == NAME else {}
    kept = {name: stored[name] for name in ("for", "pin") if name in stored}
    turn.ask(NAME, step, kept, aside=True)
    return _question(step)


def _question(step: str) -> Reply:
    if step == _WHO:
        # Translators: spoken; two answers follow: other people use it too, only I use it.
        return Reply(pgettext("voice", "Who uses this phone?"), (who.others(), who.only_me()))
    if step == _CHOOSE:
        # Translators: 1 SMS segment, 160 GSM-7 characters. A PIN is a secret number. 0 stays as it is.
        text = pgettext(
            "sms",
            "If others use this phone, reply with a PIN: four digits that only you know. "
            "We ask for it before we say what we hold. 0 ends this.",
        )
        # Translators: spoken. A PIN is a secret number.
        aloud = pgettext("voice", "Choose a PIN of four digits that only you know, and key it.")
        return Reply(text, aloud=aloud, expects=Expects.CODE)
    if step == _AGAIN:
        # Translators: spoken: the PIN that was just chosen.
        return Reply(pgettext("voice", "Key the same PIN once more."), expects=Expects.CODE)
    # Translators: 1 SMS segment, 160 GSM-7 characters. 0 stays as it is.
    text = pgettext(
        "sms",
        "Others use this phone too, so please reply with your PIN of four digits. "
        "Forgotten? Reply 0: an officer helps you.",
    )
    # Translators: spoken.
    aloud = pgettext("voice", "Key your PIN of four digits. If you do not know it, press 0.")
    return Reply(text, aloud=aloud, expects=Expects.CODE)


def _told_who(turn: Turn) -> Reply:
    picked = chosen(turn.text, (who.others(), who.only_me()))
    if picked is None:
        return unread(turn, _ask(turn, _WHO))
    turn.message.body = picked.label
    return _ask(turn, _CHOOSE) if picked.key == who.others().key else nothing_changed()


def _chose(turn: Turn) -> Reply:
    pin = _taken(turn)
    if pin is None:
        return _without_pin(turn)
    stored = pins.stretched(turn.contact, pin)
    if not turn.guided:
        return _marked(turn, stored)
    turn.ask(NAME, _AGAIN, {"pin": stored}, aside=True)
    return _question(_AGAIN)


def _chose_again(turn: Turn) -> Reply:
    pin, stored = _taken(turn), str(turn.conversation.data.get("pin", ""))
    if pin is None:
        return _without_pin(turn)
    if pins.is_pin(turn.contact, pin, stored):
        return _marked(turn, stored)
    return _not_right(_ask(turn, _CHOOSE))


def _marked(turn: Turn, stored: str) -> Reply:
    pins.mark(turn.contact, stored, turn.line)
    # Translators: 1 SMS segment, 160 GSM-7 characters. The last word, PIN, is what people text: keep it.
    text = pgettext(
        "sms", "Done: before we say what we hold about you, we ask for your PIN. To undo this, write PIN."
    )
    # Translators: spoken, to somebody who has chosen a PIN.
    aloud = pgettext("voice", "Thank you. From now on we ask for this PIN before we say what we hold.")
    return Reply(text, ends=True, resumes=True, aloud=aloud)


def _unmarked(turn: Turn) -> Reply:
    pins.unmark(turn.contact)
    return unmarked()


def unmarked() -> Reply:
    """The mark and the PIN are gone."""
    # Translators: 1 SMS segment, 160 GSM-7 characters; also spoken.
    text = pgettext("sms", "This phone is no longer marked as shared: we ask for no PIN.")
    return Reply(text, ends=True, resumes=True)


def _ask_pin(turn: Turn, wanted: str) -> Reply:
    if pins.is_over(turn.contact, turn.line, turn.now):
        return _to_an_officer(turn)
    turn.ask(NAME, _PIN, {"for": wanted}, aside=True)
    return _question(_PIN)


def _guessed(turn: Turn) -> Reply:
    pin = _taken(turn)
    if pin is None:
        return unread(turn, _ask(turn, _PIN)) if turn.guided else _to_an_officer(turn)
    match pins.guess(turn.contact, pin, turn.line, turn.now):
        case Guess.RIGHT:
            return _opened(turn, str(turn.conversation.data.get("for", "")))
        case Guess.WRONG:
            return _not_right(_ask(turn, _PIN))
    return _to_an_officer(turn)


def _opened(turn: Turn, wanted: str) -> Reply:
    """Go on to what the PIN was asked for."""
    turn.close()
    if wanted == _UNMARK:
        return _unmarked(turn)
    if wanted in {_CONTACT, _PHONE}:
        return contact.begin(turn) if wanted == _CONTACT else second_phone.begin(turn)
    if wanted == Intent.UPDATE and turn.conversation.dialogue == registration.NAME:
        return Reply("", resumes=True)  # the journey that was begun before
    return Reply("", means=Intent(wanted), resumes=True)


def _to_an_officer(turn: Turn) -> Reply:
    """Nobody but an officer helps: who forgot the PIN, or guessed too often."""
    if turn.conversation.dialogue == NAME:
        turn.close()
    if turn.guided:
        return line.to_an_officer(turn)
    turn.message.unclear = True
    # Translators: an officer's ready answer. 1 SMS segment, 160 GSM-7 characters.
    return Reply(pgettext("sms", "An officer of ours will call you. Please keep your phone on and charged."))


def _without_pin(turn: Turn) -> Reply:
    """No four digits where a new PIN is chosen: asked again on a call, left alone by text."""
    return unread(turn, _ask(turn, _CHOOSE)) if turn.guided else nothing_changed()


def _not_right(asked: Reply) -> Reply:
    # Translators: the question for the PIN follows. Together 2 SMS segments, 306 characters; also spoken.
    wrong = pgettext("sms", "This PIN is not right.")
    return replace(asked, text=f"{wrong} {asked.text}", aloud=f"{wrong} {asked.spoken}")


def _taken(turn: Turn) -> str | None:
    """The four digits that were said. They stay in no message, not even for an officer's eyes."""
    pin = _pin_in(turn)
    if pin is not None:
        turn.message.body = _HIDDEN
    return pin


_ANSWERS: Final[Mapping[str, Callable[[Turn], Reply]]] = {
    _WHO: _told_who,
    _CHOOSE: _chose,
    _AGAIN: _chose_again,
    _PIN: _guessed,
}
