"""Which language we speak to a phone: by name at once, or from a list."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError
from django.utils.translation import pgettext

from core.dialogues.answers import chosen, plain
from core.intents.reading import Intent
from core.languages import languages, speaking
from core.turn import Choice, Reply, Turn

NAME: Final = "language"
_LONGEST_NAME: Final = 3  # words


class LanguageChoice:
    """Claims a wish for another language, and the answer to its list."""

    def claims(self, turn: Turn) -> bool:
        """Whether a language is asked for, or named while the list is open."""
        if turn.reading.intent is Intent.LANGUAGE:
            return True
        return turn.conversation.dialogue == NAME and _picked(turn.text) is not None

    def handle(self, turn: Turn) -> Reply:
        """Speak the language that was named, or list them all."""
        tag = _picked(turn.text) if turn.conversation.dialogue == NAME else _named(turn.text)
        if tag is None:
            return which(turn)
        turn.contact.language = tag
        turn.contact.language_chosen = True
        with speaking(tag):
            # Translators: 1 SMS segment, 160 GSM-7 characters.
            text = pgettext("sms", "From now on we write to you in English. Send ? to see what you can do.")
        return Reply(text, ends=turn.conversation.dialogue in {"", NAME}, resumes=True)


def which(turn: Turn) -> Reply:
    """The list of languages; what else was being asked waits until one is chosen."""
    turn.ask(NAME, "which", {}, aside=True)
    # Translators: followed by the list of languages, each in its own script. 2 SMS segments of 67.
    return Reply(pgettext("sms", "Your language:"), _choices())


def _choices() -> tuple[Choice, ...]:
    return tuple(Choice(str(key), language.name) for key, language in enumerate(languages(), start=1))


def _picked(text: str) -> str | None:
    choice = chosen(text, _choices())
    return languages()[int(choice.key) - 1].tag if choice else _named(text)


def _named(text: str) -> str | None:
    """The language whose name stands in the text, in whatever language it is written."""
    words = plain(text).split()
    for length in range(_LONGEST_NAME, 0, -1):
        for start in range(len(words) - length + 1):
            if tag := _names().get(" ".join(words[start : start + length])):
                return tag
    # "LANGUAGE FR": a bare code only where it ends such a text, for "it" and "es" are words.
    tags = {language.tag.lower(): language.tag for language in languages()}
    return tags.get(words[-1]) if len(words) == 2 else None


@cache
def _names() -> Mapping[str, str]:
    """Every language of ours by its name in every language of ours."""
    found: dict[str, str] = {}
    for spoken in languages():
        for reader in languages():
            try:
                name = Locale.parse(spoken.tag, sep="-").get_display_name(reader.tag.replace("-", "_"))
            except UnknownLocaleError:
                continue
            if name:
                found.setdefault(plain(name), spoken.tag)
        found[plain(spoken.name)] = spoken.tag
    return found
