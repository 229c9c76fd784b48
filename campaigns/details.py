"""What an officer has to know of somebody who asked for help and is on the line: what it is, how many, where.

The case is there before the first of these questions; whatever happens to the line, none of them has to be
answered.
"""

from datetime import timedelta
from typing import Final

from django.utils.translation import npgettext, pgettext

from campaigns import cases
from campaigns.models import Case
from core.dialogues.answers import chosen, number_in
from core.intents.reading import Intent
from core.turn import Choice, Expects, Reply, Said, Turn

NAME: Final = "help"
_KIND: Final = "kind"
_PEOPLE: Final = "people"
_NOTE: Final = "note"

RECENT: Final = timedelta(minutes=30)
"""How long after the call for help somebody who calls again is asked what was not answered yet."""

_MOST_PEOPLE: Final = 999
_KINDS: Final = {"1": "injured", "2": "trapped", "3": "supplies", "4": "other"}


class HelpDetails:
    """Claims the answers to its own questions, which are put to somebody who waits to be led."""

    def claims(self, turn: Turn) -> bool:
        """Whether the open question is one of these, and this may be its answer."""
        if turn.conversation.dialogue != NAME:
            return False
        if turn.conversation.step == _NOTE and turn.said in {Said.SILENT, Said.RECORDING}:
            return True
        if turn.said not in {Said.WORDS, Said.HEARD} or turn.reading.intent is not Intent.UNKNOWN:
            return False
        # By text, hours later, there may be no case any more that an answer could be added to.
        return turn.guided or cases.waiting_for(turn.contact) is not None

    def handle(self, turn: Turn) -> Reply:
        """Add the answer to the case, and put the next question."""
        step = turn.conversation.step
        if step == _NOTE and turn.guided:
            return Reply(_goodbye(), ends=True)
        case = cases.waiting_for(turn.contact) or _anew(turn)
        if step == _KIND and (picked := chosen(turn.text, _kinds())):
            _add(turn, case, picked.label, {"kind": _KINDS[picked.key]})
            return _next(turn, case)
        if step == _PEOPLE and (count := number_in(turn.text)):
            count = min(count, _MOST_PEOPLE)
            _add(turn, case, _people(count), {"people": count})
            return _next(turn, case)
        # Words of somebody whose line dropped and who goes on by text.
        turn.close()
        _add(turn, case, turn.text, {})
        return Reply(_goodbye(), always=True)

    def waiting(self, turn: Turn) -> Reply | None:
        """The first question without an answer, for somebody who is led and asked for help just now."""
        if not turn.is_led:
            return None
        case = cases.waiting_for(turn.contact)
        if case is None or case.reason != Case.Reason.NEEDS_HELP or case.said_safe_at:
            return None
        if case.campaign is not None and case.campaign.drill:
            return None  # nobody is kept on the line for practice
        if case.opened_at < turn.now - RECENT or "people" in case.details:
            return None
        return _next(turn, case)


def _next(turn: Turn, case: Case) -> Reply:
    step = _KIND if "kind" not in case.details else _PEOPLE if "people" not in case.details else _NOTE
    turn.ask(NAME, step, {}, aside=True)
    if step == _KIND:
        # Translators: spoken, to somebody who asked for help; four answers follow.
        return Reply(pgettext("voice", "What has happened?"), _kinds(), always=True)
    if step == _PEOPLE:
        # Translators: spoken, to somebody who asked for help.
        return Reply(pgettext("voice", "How many people need help?"), expects=Expects.NUMBER, always=True)
    # Translators: spoken, to somebody who asked for help. At most 12 seconds; a tone follows.
    text = pgettext("voice", "Say after the tone where you are and what you need. You have 20 seconds.")
    return Reply(text, expects=Expects.RECORDING, always=True)


def _kinds() -> tuple[Choice, ...]:
    return (
        # Translators: spoken, one of four answers, as in "Somebody is injured: press 1".
        Choice("1", pgettext("voice", "Somebody is injured")),
        # Translators: spoken, one of four answers to "what has happened?".
        Choice("2", pgettext("voice", "We cannot get out")),
        # Translators: spoken, one of four answers to "what has happened?".
        Choice("3", pgettext("voice", "No water, food or medicine")),
        # Translators: spoken, one of four answers to "what has happened?".
        Choice("4", pgettext("voice", "Something else")),
    )


def _people(count: int) -> str:
    # Translators: how many people travel together, as in "2 people".
    return npgettext("sms", "%(count)d person", "%(count)d people", count) % {"count": count}


def _anew(turn: Turn) -> Case:
    """The case of somebody who is still on the line when an officer has closed theirs."""
    reason = Case.Reason.NEEDS_HELP
    return cases.open_case(turn.contact, reason=reason, words="", campaign=None, now=turn.now)


def _add(turn: Turn, case: Case, words: str, details: dict[str, object]) -> None:
    cases.add_details(case, words=words, details=details, now=turn.now)


def _goodbye() -> str:
    # Translators: spoken, the end of a call for help. At most 12 seconds. Promise nothing more.
    return pgettext(
        "voice",
        "An officer will call you. Keep this phone switched on. "
        "In immediate danger also call the local emergency number.",
    )
