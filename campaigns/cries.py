"""The one word "help": instructions at any other time, a cry wherever somebody asks whether one is safe.

It is known in every language at any time. Who is in danger does not mind which one we speak with them.
"""

import re
from functools import cache
from typing import Final

from django.utils.translation import pgettext

from core.dialogues.answers import plain
from core.intents.reading import Intent
from core.languages import languages, speaking
from core.turn import Turn

_LONGEST: Final = 60  # characters
_COMMA: Final = re.compile("[,،、]")
# Beside "help" in a text that is read as a wish for instructions: "help now".
_MORE_WORDS: Final = 1


def heard(turn: Turn) -> bool:
    """Whether somebody cries for help in words, or would if they were asked how they are."""
    return turn.reading.intent is Intent.NEED_HELP or turn.once(_is_bare)


def _is_bare(turn: Turn) -> bool:
    """Whether the text is "help", however often, and digits: "HELP HELP", "2 help"."""
    intent, words = turn.reading.intent, plain(turn.text[:_LONGEST])
    if intent not in {Intent.HELP, Intent.UNKNOWN} or words.isdigit() or len(turn.text) > _LONGEST:
        return False
    besides = _words().sub(" ", words)
    more = [word for word in besides.split() if not word.isdigit()]
    return besides != words and len(more) <= (_MORE_WORDS if intent is Intent.HELP else 0)


@cache
def _words() -> re.Pattern[str]:
    """The one-word texts of every language, the longer ones first."""
    found = {"help"}
    for tag in ("en", *(language.tag for language in languages())):
        with speaking(tag):
            # Translators: never sent. The one-word texts that mean "help", separated by commas.
            found |= {plain(word) for word in _COMMA.split(pgettext("sms", "help, help me"))}
    longest = sorted(map(re.escape, found - {""}), key=len, reverse=True)
    return re.compile(rf"(?<!\S)(?:{'|'.join(longest)})(?!\S)")
