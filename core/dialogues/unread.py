"""What somebody hears whose text nobody could read: the question again, twice; then that a person reads it.

After that the machine is silent on what it cannot read, until it understands something or a day has passed:
each further text goes to the officers' inbox, and whoever answers with a machine of their own ends there.
"""

from typing import Final

from django.utils.translation import pgettext

from core.models import ContactPoint, Conversation
from core.turn import Reply, Turn

_ASKED_AGAIN: Final = 2


def unread(turn: Turn, asked: Reply) -> Reply:
    """Count a text that nobody could read, and put the question `asked` again or leave it to a person."""
    officer = turn.miss()
    if turn.conversation.misses > _ASKED_AGAIN:
        return _left_to_a_person(turn, _ASKED_AGAIN + 1)
    if officer:
        # Translators: followed by the question that is asked again. Together 2 SMS segments, 306 characters.
        sorry = pgettext("sms", "Sorry, we still cannot read that; one of our staff will.")
    else:
        # Translators: followed by the question that is asked again. Together 2 SMS segments, 306 characters.
        sorry = pgettext("sms", "Sorry, we could not read that.")
    hint = _number_only() if asked.choices else ""
    # Translators: spoken; an answer could not be understood, and the question follows once more.
    aloud = " ".join((pgettext("voice", "Sorry, that was not understood."), asked.spoken))
    text = " ".join(filter(None, (sorry, hint, asked.text)))
    return Reply(text, asked.choices, aloud=aloud, expects=asked.expects)


def unread_without_question(turn: Turn, advice: Reply) -> Reply:
    """The same where nothing was asked: the advice once, a person from the second text on."""
    turn.miss()
    return advice if turn.conversation.misses == 1 else _left_to_a_person(turn, 2)


def leave_to_a_person(contact: ContactPoint) -> None:
    """An officer writes with that phone: what the machine cannot read goes to the officer, without a word."""
    Conversation.objects.update_or_create(contact=contact, defaults={"misses": _ASKED_AGAIN + 1})


def _left_to_a_person(turn: Turn, told_at: int) -> Reply:
    if turn.conversation.misses > told_at:
        return Reply("")
    # Translators: 1 SMS segment, 160 GSM-7 characters.
    text = pgettext(
        "sms",
        "Sorry, we still cannot read that. One of our staff will read your message. "
        "? tells what you can write. In danger: SOS.",
    )
    return Reply(text)


def _number_only() -> str:
    # Translators: between "Sorry, we could not read that." and a question with numbered answers.
    return pgettext("sms", "Please reply with one number only.")
