"""A person who waits on the line: led to the next question, back to the one before, or to one of us."""

from datetime import datetime
from typing import Final

from django.utils.translation import pgettext

from core.models import ContactPoint, Conversation
from core.trips import Draft
from core.turn import Expects, Reply, Said, Turn

NAME: Final = "line"
_NOTE: Final = "note"
_TOLD: Final = "told"


class Line:
    """Claims everything that is not words: waiting, going back, asking for an officer, a recording."""

    def claims(self, turn: Turn) -> bool:
        """Whether anything but words came in."""
        return turn.said not in {Said.WORDS, Said.HEARD}

    def handle(self, turn: Turn) -> Reply:
        """Lead on, or leave it to an officer."""
        if turn.said is Said.OFFICER:
            return to_an_officer(turn)
        if turn.said is Said.RECORDING:
            return _recorded(turn)
        if turn.said is Said.SILENT:  # who wanted an officer says nothing more
            return Reply(_will_call(), ends=True)
        if turn.conversation.dialogue == NAME:
            turn.close()  # the line was lost at the tone, or no officer is wanted any more
        elif turn.said is Said.BACK and not turn.undo():
            turn.start_over()
        return Reply("", resumes=True)


def to_an_officer(turn: Turn) -> Reply:
    """Leave it to an officer, who calls back; what it is about may be recorded."""
    turn.message.unclear = True
    turn.ask(NAME, _NOTE, {}, aside=True)
    # Translators: spoken. To somebody who wants to speak to an officer. At most 12 seconds.
    text = pgettext(
        "voice", "An officer will call you back. Say after the tone what it is about, then press hash."
    )
    return Reply(text, expects=Expects.RECORDING)


def _recorded(turn: Turn) -> Reply:
    turn.message.unclear = True
    if turn.conversation.dialogue == NAME:
        return Reply(_will_call(), ends=True)
    told = turn.conversation.data.get("draft")
    turn.start_over()  # an officer types in what was said, and starts from what was keyed before it
    if isinstance(told, dict):
        turn.leave(NAME, _TOLD, {"draft": told})
    # Translators: spoken. To somebody whose spoken answer was recorded. At most 12 seconds.
    text = pgettext("voice", "Thank you. One of our staff will listen to it and send you a text.")
    return Reply(text, ends=True)


def told_before(contact: ContactPoint, now: datetime) -> Draft:
    """What a caller had keyed of a journey before an answer of theirs was recorded; empty when nothing."""
    open_ = Conversation.objects.filter(
        contact=contact, dialogue=NAME, step=_TOLD, expires_at__gt=now
    ).first()
    draft = open_.data.get("draft") if open_ is not None else None
    return Draft.from_json(draft) if isinstance(draft, dict) else Draft()


def _will_call() -> str:
    # Translators: spoken, to somebody who wants to speak to an officer.
    return pgettext("voice", "Thank you. An officer will call you on this number.")
