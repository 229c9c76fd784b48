"""A call of an alert says the alert: the moment it is picked up, before anything else is asked.

In the person's language where the officers wrote in it and the provider has a voice for it, else in the
fallbacks that their texts have: words of officers are never clips. Who calls back after such a call hears the
same.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.utils.translation import pgettext

from campaigns import acknowledging, correction, involvement
from campaigns.models import Campaign, Recipient
from campaigns.texts import Wordings
from channels_voice import prompts, voices
from core.dialogues.answers import plain
from core.intents.reading import Intent
from core.languages import speaking
from core.turn import ON_LINE, Choice, Reply, Said, Turn
from telephony.messages import Channel

NAME: Final = "alert"
_HEARD: Final = "heard"
_READ: Final = str(acknowledging.READ)
HELP: Final = "2"
"""The key for help, here as in a check-in."""

_WHOM: Final = "recipient"


class Announcement:
    """Claims the keys of the alert that was just said on a call."""

    def claims(self, turn: Turn) -> bool:
        """Whether this is one of them, on the line on which it was said."""
        keyed = turn.guided and turn.said is Said.WORDS and plain(turn.text) in {_READ, HELP}
        return keyed and turn.conversation.dialogue == NAME

    def handle(self, turn: Turn) -> Reply:
        """Note that it was heard, as if that had been written; a call for help is passed on as one."""
        recipient = _told(turn)
        helps = plain(turn.text) == HELP
        turn.close()
        if recipient is not None:
            answer = Recipient.Answer.NEEDS_HELP if helps else Recipient.Answer.ACKNOWLEDGED
            acknowledging.note(recipient, answer, turn.now)
        if helps:
            return Reply("", means=Intent.NEED_HELP)
        # Translators: spoken, to somebody who has pressed the key for "I have heard this message".
        text = pgettext("voice", "Thank you, we have noted that you have heard it.")
        return Reply(text, resumes=True, always=True)

    def waiting(self, turn: Turn) -> Reply | None:
        """What the call is for: a correction, or the alert that nobody said they have heard."""
        if not turn.is_led or turn.message.channel != Channel.VOICE or not involvement.of(turn).was_alerted:
            return None
        if withdrawn := correction.told(turn):
            return withdrawn
        recipient = _told(turn)
        if recipient is None or recipient.answer or _is_withdrawn(recipient.campaign):
            if turn.conversation.dialogue == NAME:
                turn.close()  # answered meanwhile, or an error: nothing is asked any more
            return None
        return _said(turn, recipient)


def _said(turn: Turn, recipient: Recipient) -> Reply | None:
    """The alert, and the keys to answer it with; None where no voice can say any of its texts."""
    campaign, own = recipient.campaign, turn.contact.language
    words = Wordings(campaign).aloud(own)
    tag, text = next(((tag, text) for tag, text in words if voices.voice_of(tag)), ("", ""))
    if not text:
        return None
    with speaking(tag):
        if not voices.voice_of(own):
            text = prompts.joined((prompts.instead(), text))
        turn.ask(NAME, _HEARD, {ON_LINE: turn.line, _WHOM: recipient.pk}, aside=True)
        # Translators: spoken, an answer to a warning, as in "I have heard this message: press 1".
        heard = Choice(_READ, pgettext("voice", "I have heard this message"))
        help_ = Choice(HELP, pgettext("sms", "I need help"))
        return Reply(text, (heard, help_), always=True, language=tag)


def _told(turn: Turn) -> Recipient | None:
    """Whom an alert called, or told, on this line; who calls back, at first, by the call they missed."""
    alerts = Recipient.objects.filter(campaign__kind=Campaign.Kind.ALERT, campaign__acknowledge=True)
    alerts = alerts.select_related("campaign", "contact")
    if turn.conversation.dialogue == NAME:
        return alerts.filter(pk=str(turn.conversation.data[_WHOM])).first()
    called = alerts.filter(attempts__message__token=UUID(turn.line)).first()
    if called is not None or not turn.begins:
        return called
    theirs = Q(contact=turn.contact)
    if turn.contact.person_id is not None:
        theirs |= Q(contact__person=turn.contact.person_id)
    missed = alerts.filter(theirs, _lasting(turn.now), answer="", attempts__channel=Channel.VOICE)
    return missed.order_by("campaign__drill", "-asked_at", "-pk").first()


def _lasting(now: datetime) -> Q:
    """Alerts that are worth being told: not beyond their time."""
    return Q(campaign__not_after=None) | Q(campaign__not_after__gt=now)


def _is_withdrawn(campaign: Campaign) -> bool:
    """Whether it was an error, or an all-clear has ended it, while the telephone rang."""
    return campaign.closed_at is not None or campaign.corrections.exists()
