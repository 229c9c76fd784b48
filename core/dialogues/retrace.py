"""Start over, go back one question, go on with one that was left: three ways that people find by themselves.

They are words of the catalogs and no intents: what they do depends on what is open. No text of ours asks for
them. Those of every language are known at any time, since the language of "start over" tells nothing.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Final

from django.utils.translation import pgettext

from core.dialogues import registration
from core.dialogues.answers import plain
from core.dialogues.fallback import instructions
from core.languages import languages, speaking
from core.turn import Reply, Turn

COMMA: Final = re.compile("[,،、]")
_LONGEST: Final = 60  # characters


class Way(StrEnum):
    """Where somebody wants to go in a conversation."""

    OVER = "over"
    BACK = "back"
    ON = "on"


class Retrace:
    """Claims "start over" at any time, "back" and "go on" while a question of ours is open or waits."""

    def claims(self, turn: Turn) -> bool:
        """Whether the text is one of those words."""
        way = way_in(turn.text)
        return way is Way.OVER or (way is not None and turn.conversation.dialogue == registration.NAME)

    def handle(self, turn: Turn) -> Reply:
        """Ask the first question again, the one before, or the one that waits."""
        way = way_in(turn.text)
        if way is Way.OVER:
            return _over(turn)
        if way is Way.BACK:
            turn.undo()
        return Reply("", resumes=True)


def way_in(text: str) -> Way | None:
    """The way a text asks for; None when it says anything else."""
    return _words().get(plain(text)) if len(text) <= _LONGEST else None


def _over(turn: Turn) -> Reply:
    if turn.opted_out or turn.conversation.dialogue != registration.NAME:
        turn.start_over()
        told = instructions(turn)
        return Reply(told.text, resumes=True)
    # Translators: followed by the first question of a registration. Together 1 SMS segment, 160 characters.
    said = pgettext("sms", "From the beginning.")
    asked = registration.from_the_beginning(turn)
    return Reply(f"{said} {asked.text}", asked.choices)


@cache
def _words() -> Mapping[str, Way]:
    """The words of every language, as texts are compared."""
    found: dict[str, Way] = {}
    for tag in ("en", *(language.tag for language in languages())):
        with speaking(tag):
            found |= {plain(word): way for way, words in told() for word in COMMA.split(words)}
    found.pop("", None)
    return found


def told() -> tuple[tuple[Way, str], ...]:
    """The words of the active language for each way, separated by commas."""
    return (
        # Translators: never sent. What people type to go back one question, separated by commas.
        (Way.BACK, pgettext("sms", "back, go back, previous question")),
        # Translators: never sent. What people type to go on with a registration they left, with commas.
        (Way.ON, pgettext("sms", "continue, go on, back to my trip")),
        # Translators: never sent. What people type to begin a registration anew, separated by commas.
        (Way.OVER, pgettext("sms", "start over, start again, begin again, from the beginning, restart")),
    )
