"""Which language we speak to a phone: by name at once, or from a list."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.utils.translation import pgettext

from core.dialogues.answers import chosen, plain, refuses
from core.intents.reading import Intent
from core.languages import language, languages, languages_of_country, speaking
from core.turn import Choice, Reply, Turn

NAME: Final = "language"
_LONGEST_NAME: Final = 3  # words
_LONGEST_ANSWER: Final = 4  # words: "I want English please"; what says more says something else
_UNSAID: Final = frozenset({Intent.UNKNOWN, Intent.START})
_MOST: Final = 8  # languages in one list: each in its own script makes it long, and dear
_MOST_OF_A_COUNTRY: Final = 3
# By number of speakers, first and second language together, of those we may speak (Ethnologue 2025).
_WIDELY_SPOKEN: Final = ("en", "zh", "hi", "es", "ar", "fr", "bn", "pt", "ru")


class LanguageChoice:
    """Claims a wish for another language, and the answer to its list."""

    def claims(self, turn: Turn) -> bool:
        """Whether a language is asked for, or named while the list is open."""
        is_open = turn.conversation.dialogue == NAME
        if turn.reading.intent is Intent.LANGUAGE:
            return is_open or not refuses(turn.text)  # "hindi" is a language, and the Filipino for no
        # A call for help from "the Russian embassy" is not about a language, whatever was asked before.
        is_answer = turn.reading.intent in _UNSAID and len(plain(turn.text).split()) <= _LONGEST_ANSWER
        return is_open and is_answer and _picked(turn) is not None

    def handle(self, turn: Turn) -> Reply:
        """Speak the language that was named, or list them all."""
        tag = _picked(turn) if turn.conversation.dialogue == NAME else _named(turn.text)
        if tag is None:
            return which(turn)
        turn.contact.language = tag
        turn.contact.language_chosen = True
        with speaking(tag):
            # Translators: 1 SMS segment, 160 GSM-7 characters.
            text = pgettext("sms", "From now on we write to you in English. Send ? to see what you can do.")
            # Translators: spoken, in the language that was chosen.
            aloud = pgettext("voice", "From now on we speak English with you.")
        return Reply(text, ends=turn.conversation.dialogue in {"", NAME}, resumes=True, aloud=aloud)

    def waiting(self, turn: Turn) -> Reply | None:
        """The list, for somebody who is led and whose language nothing tells; or while it is open."""
        if not turn.is_led:
            return None
        told = turn.contact.language_chosen or languages_of_country(turn.contact.region)
        return which(turn) if turn.conversation.dialogue == NAME or not told else None


def which(turn: Turn) -> Reply:
    """A short list of languages; what else was being asked waits until one is chosen."""
    tags = _likely(turn)
    turn.ask(NAME, "which", {"tags": list(tags)}, aside=True)
    # Translators: followed by a numbered list of languages, each in its own script; any other can be written
    # by its name. At most 67 characters.
    text = pgettext("sms", "Your language? Its number, or write its name:")
    # Translators: spoken; followed by the languages, each by its own name and in its own voice.
    return Reply(text, _choices(tags), aloud=pgettext("voice", "Choose your language."))


def _likely(turn: Turn) -> Sequence[str]:
    """What to offer: languages of the phone's country and of ours, the one spoken now, the widely spoken."""
    home: str = settings.HOME_COUNTRY
    wanted = (
        *languages_of_country(turn.contact.region or home)[:_MOST_OF_A_COUNTRY],
        *languages_of_country(home)[:1],
        turn.contact.language,
        *_WIDELY_SPOKEN,
    )
    known = {spoken.tag for spoken in languages()}
    likely = list(dict.fromkeys(tag for tag in wanted if tag in known))
    if turn.guided:  # who hears them a few at a time cannot write the name of any other
        heard = {spoken.tag for spoken in languages() if spoken.voice}
        return [tag for tag in dict.fromkeys((*likely, *sorted(heard))) if tag in heard]
    return likely[:_MOST]


def _choices(tags: Sequence[str]) -> tuple[Choice, ...]:
    return tuple(Choice(str(key), language(tag).name, tag) for key, tag in enumerate(tags, start=1))


def _picked(turn: Turn) -> str | None:
    stored = turn.conversation.data.get("tags")
    tags = [str(tag) for tag in stored] if isinstance(stored, list) else []
    choice = chosen(turn.text, _choices(tags))
    return tags[int(choice.key) - 1] if choice else _named(turn.text)


def _named(text: str) -> str | None:
    """The language whose name stands in the text, in whatever language it is written."""
    words = plain(text).split()
    for length in range(_LONGEST_NAME, 0, -1):
        for start in range(len(words) - length + 1):
            if tag := _names().get(" ".join(words[start : start + length])):
                return tag
    # "LANGUAGE FR": a bare code only where it ends such a text, for "it" and "es" are words.
    tags = {spoken.tag.lower(): spoken.tag for spoken in languages()}
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
