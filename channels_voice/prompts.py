"""What the channel itself says, in the active language: how to key an answer, what went wrong, the end."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import pgettext

from channels_voice import keypad
from channels_voice.asked import Asked, Awaits


def how_to(asked: Asked) -> str:
    """How the answer is given; empty where the choices say it themselves."""
    if asked.recorded:
        # Translators: spoken, after a question whose answer could not be keyed. At most 12 seconds.
        return pgettext(
            "voice", "Say your answer after the tone, then press hash. One of our staff will listen to it."
        )
    match asked.awaits:
        case Awaits.PLACE:
            return _how_to_key_a_country(asked.language)
        case Awaits.DAY:
            # Translators: spoken. The example is 25 November: keep its four digits apart as here.
            return pgettext(
                "voice",
                "Key two digits for the day and two for the month, as in 2 5 1 1. "
                "If it is today: press 1, then hash.",
            )
        case Awaits.NUMBER:
            # Translators: spoken, after "How many people ...?"
            return pgettext("voice", "Key the number, then press hash.")
    return ""


def _how_to_key_a_country(tag: str) -> str:
    if keypad.spells(tag):
        # Translators: spoken. Letters are those printed on the keys of a telephone. At most 12 seconds.
        return pgettext(
            "voice",
            "Key the first letters of its name, or its telephone code. Then press hash.",
        )
    # Translators: spoken, in languages whose letters are not on the keys, as in 2 1 8 for Libya.
    return pgettext("voice", "Key its telephone code, as in 2 1 8 for Libya. Then press hash.")


def choice(label: str, key: int) -> str:
    """One choice with its key, the choice first."""
    # Translators: spoken, one line of a menu, as in "I need help: press 2." Keep the choice before its key.
    return pgettext("voice", "%(choice)s: press %(key)s.") % {"choice": label, "key": key}


def more() -> str:
    """The choice that leads to the next page."""
    # Translators: spoken, as in "More: press 5.": the next choices of a long list.
    return pgettext("voice", "More")


def greeting() -> str:
    """The first words of a call to us."""
    # Translators: spoken, the first words of a call. At most 3 seconds.
    return pgettext("voice", "This is %(service)s.") % {"service": settings.SERVICE_NAME}


def anywhere() -> str:
    """Keys that mean the same at every question: said once a call, after the first one."""
    # Translators: spoken once in a call, after its first question. At most 8 seconds.
    return pgettext("voice", "At any time press 0 for an officer, star to hear it again, 9 to go back.")


def calling() -> str:
    """The first words of a call from us."""
    # Translators: spoken, the first words of a call from us. At most 6 seconds.
    return pgettext("voice", "This is an automatic call from %(service)s.") % {
        "service": settings.SERVICE_NAME
    }


def going_on() -> str:
    """To somebody whose line dropped and who calls again."""
    # Translators: spoken, to somebody whose call was cut off and who calls again; the question follows.
    return pgettext("voice", "We go on where we were.")


def not_understood() -> str:
    """Keys that mean nothing here."""
    # Translators: spoken; an answer could not be understood, and the question follows once more.
    return pgettext("voice", "Sorry, that was not understood.")


def nothing_heard() -> str:
    """Silence."""
    # Translators: spoken; no key was pressed, and the question follows once more.
    return pgettext("voice", "No key was pressed.")


def goodbye() -> str:
    """The last word of a call."""
    # Translators: spoken, the last word of a call.
    return pgettext("voice", "Goodbye.")


def too_quiet() -> str:
    """The end of a call in which nobody pressed a key."""
    # Translators: spoken, before we hang up on somebody who presses no key. At most 8 seconds.
    return pgettext("voice", "We hear nothing, so this call ends. We send you a text.")


def hold_the_line() -> str:
    """To a caller who asked for an officer, while one is rung."""
    # Translators: spoken, to a caller who asked for an officer; ringing is heard next. At most 5 seconds.
    return pgettext("voice", "Please stay on the line. We are ringing an officer.")


def to_officer_on_duty() -> str:
    """To an officer on duty who picks up: somebody asks for one. A machine presses no key."""
    # Translators: spoken to an officer on duty who picks up the telephone. At most 6 seconds.
    text = pgettext("console", "This is %(service)s. A caller is waiting. Press 1 to take the call.")
    return text % {"service": settings.SERVICE_NAME}


def to_officer(*, confirms: bool) -> str:
    """To an officer who picks up: how to be connected, or to confirm that the telephone is theirs."""
    if confirms:
        # Translators: spoken to an officer, to confirm a telephone; the digits stand on their computer.
        text = pgettext("console", "This is %(service)s. Key the four digits that your screen shows.")
    else:
        # Translators: spoken to an officer who wants to call a person. At most 5 seconds.
        text = pgettext("console", "This is %(service)s. Press 1 to be connected.")
    return text % {"service": settings.SERVICE_NAME}


def number_hidden() -> str:
    """To a caller without a number."""
    # Translators: spoken, to somebody who calls with their number hidden. At most 12 seconds.
    return pgettext(
        "voice", "We cannot see your number, so we could not call you back. Please call again and show it."
    )


def machine(sender: str) -> str:
    """Left on an answering machine: nothing about the person."""
    # Translators: spoken, left on an answering machine. %(number)s is a telephone number, digit by digit.
    text = pgettext("voice", "This is %(service)s. Please call us back: %(number)s.")
    return text % {"service": settings.SERVICE_NAME, "number": " ".join(sender.lstrip("+"))}


def instead() -> str:
    """That another language is spoken than the person's, in that language."""
    # Translators: spoken in your language to somebody whose own one we cannot speak. Name yours: "English".
    return pgettext("voice", "We cannot speak your language on the telephone yet, so this is English.")


def dropped() -> str:
    """The text that follows a call which ended before it was finished."""
    # Translators: 1 SMS segment, 160 GSM-7 characters. SOS and ? stay as they are.
    text = pgettext(
        "sms",
        "%(service)s: your call ended before we were done. Call again within 30 minutes to go on, "
        "or write ? for what you can do by text. In danger: SOS.",
    )
    return text % {"service": settings.SERVICE_NAME}


def joined(parts: Sequence[str]) -> str:
    """Sentences one after the other."""
    return " ".join(filter(None, parts))
