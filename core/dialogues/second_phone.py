"""A second phone of one's own: a code shown on the first phone and texted from the second joins the two."""

import re
from random import SystemRandom
from typing import Final

from django.conf import settings
from django.utils.translation import pgettext

from core import phones
from core.dialogues import contact
from core.dialogues.answers import begins_with, chosen, plain
from core.dialogues.compliance import start_first
from core.dialogues.contact import nothing_changed, register_first
from core.intents.reading import Intent
from core.turn import Choice, Reply, Turn
from telephony.messages import Channel

NAME: Final = "phone"
_REMOVE: Final = "remove"
_OURS: Final = frozenset({Intent.UNKNOWN, Intent.START})


class SecondPhone:
    """Claims the word for it, an open code, and which phone to remove."""

    def claims(self, turn: Turn) -> bool:
        """Whether this is about another phone of the person."""
        if turn.reading.intent not in _OURS:
            return False
        # "Another number" may be the label of an answer there.
        if is_asked_for(turn.text) and turn.conversation.dialogue != contact.NAME:
            return True
        if turn.conversation.dialogue == NAME and chosen(turn.text, _removals(turn)):
            return True
        code = _code_in(turn.text)
        return code is not None and phones.person_of(code, turn.now) is not None

    def handle(self, turn: Turn) -> Reply:
        """Show a code, join the phone that texts one, or remove a phone."""
        if is_asked_for(turn.text):
            return begin(turn)
        if turn.conversation.dialogue == NAME and (picked := chosen(turn.text, _removals(turn))):
            return _removed(turn, picked)
        return _joined(turn, _code_in(turn.text) or "")


def begin(turn: Turn) -> Reply:
    """Show the code for a second phone; with two, ask which one goes."""
    if turn.opted_out:
        return start_first()
    if turn.contact.person is None:
        return register_first()
    if len(phones.of(turn.contact.person)) >= phones.MOST:
        turn.ask(NAME, _REMOVE, {}, aside=True)
        # Translators: followed by a numbered list of two phone numbers and "Neither of them".
        return Reply(pgettext("sms", "Which phone do you want to remove?"), _removals(turn))
    code = phones.offer(turn.contact, SystemRandom(), turn.now)
    # Translators: 1 SMS segment, 160 GSM-7 characters. %(code)s is eight digits.
    text = pgettext(
        "sms",
        "Text this code to %(service)s from your other phone within an hour: %(code)s. "
        "Show it to nobody: it lets that phone read your data.",
    )
    shown = {"service": settings.SERVICE_NAME, "code": f"{code[:4]} {code[4:]}"}
    return Reply(text % shown, resumes=True)


def words() -> str:
    """What people text for it in the active language, separated by commas."""
    # Translators: never sent. Words for a second phone of one's own that people may text, separated by
    # commas; the first is the one our texts name.
    return pgettext("sms", "phone, second phone, my other phone, other number")


def is_asked_for(text: str) -> bool:
    """Whether the text is the word for it, alone or before a number."""
    return begins_with(text, "phone", words())


def _code_in(text: str) -> str | None:
    digits = plain(text).replace(" ", "")
    return digits if re.fullmatch(rf"\d{{{phones.CODE_DIGITS}}}", digits) else None


def _joined(turn: Turn, code: str) -> Reply:
    if turn.opted_out:
        return start_first()
    if turn.contact.person is not None:
        # Translators: 1 SMS segment, 160 GSM-7 characters. DELETE is your keyword for it.
        text = pgettext(
            "sms",
            "This phone already has a registration. To make it the second phone of another one, "
            "write DELETE first, then send the code again.",
        )
        return Reply(text)
    if not phones.join(turn.contact, code, Channel(turn.message.channel), turn.now):
        return register_first()
    return phones.joined(turn.contact)


def _removals(turn: Turn) -> tuple[Choice, ...]:
    person = turn.contact.person
    numbers = [phone.number for phone in phones.of(person)] if person else []
    listed = [Choice(str(key), number) for key, number in enumerate(numbers, start=1)]
    # Translators: the last numbered answer to "Which phone do you want to remove?".
    return (*listed, Choice("0", pgettext("sms", "Neither of them")))


def _removed(turn: Turn, picked: Choice) -> Reply:
    person = turn.contact.person
    if picked.key == "0" or person is None:
        return nothing_changed()
    held = phones.of(person)
    if len(held) < phones.MOST:
        return nothing_changed()  # one was removed meanwhile, and the last one is the registration's
    phone = held[int(picked.key) - 1]
    phones.remove(turn.contact if phone == turn.contact else phone)
    # Translators: 1 SMS segment, 160 GSM-7 characters.
    text = pgettext("sms", "%(number)s is no longer part of your registration.")
    return Reply(text % {"number": phone.number}, ends=True, resumes=True)
