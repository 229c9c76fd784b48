"""A key for help that arrives when its question is answered already, by a text or on another line.

The text may be hours old, or of somebody else who holds the phone: help is what was asked for last. "Safe"
that comes too late is nothing, as any other answer to a question that is open no longer.
"""

from typing import Final

from campaigns import announcing
from campaigns.questions import CHECK_IN
from core.dialogues.answers import plain
from core.intents.reading import Intent
from core.turn import Reply, Turn

_QUESTIONS: Final = (f"{CHECK_IN}/", f"{announcing.NAME}/")


class LateCry:
    """Claims the key for help that was pressed at a check-in or a warning on the line."""

    def claims(self, turn: Turn) -> bool:
        """Whether it was, and the question is open no longer."""
        return turn.is_led and plain(turn.late) == announcing.HELP and turn.late_to.startswith(_QUESTIONS)

    def handle(self, turn: Turn) -> Reply:  # noqa: ARG002 - whatever else is the case
        """Hear it as if it had been said in words."""
        return Reply("", means=Intent.NEED_HELP)
