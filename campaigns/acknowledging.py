"""The sign that an alert was read. It says nothing of how the person is, and is never taken for "safe".

The digit is 4 because 1, 2 and 3 are the answers to "are you safe?": with both out to one phone, no digit can
be meant for the other question.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils.translation import pgettext

from campaigns import cases, involvement, live
from campaigns.models import Campaign, Recipient
from campaigns.texts import as_drill
from core.dialogues.answers import agrees, number_in, plain
from core.intents.reading import Intent
from core.models import ContactPoint
from core.turn import Reply, Turn

READ: Final = 4
"""What a person answers to say that they have read an alert."""

OPEN_FOR: Final = timedelta(hours=72)
"""How long after its end an alert still takes the sign."""

_SAFE_DIGIT: Final = 1  # of a check-in; to somebody whom none asks it can only mean the alert
_WORDLESS: Final = frozenset({Intent.UNKNOWN, Intent.START, Intent.SAFE})  # as "yes" and "ok" are read


class Acknowledgement:
    """Claims the sign that an alert was read. Stands before the answers to a check-in."""

    def claims(self, turn: Turn) -> bool:
        """Whether the text is that sign, and such an alert is open to this person."""
        digit = number_in(turn.text) if plain(turn.text).isdigit() else None
        if turn.guided or turn.reading.intent not in _WORDLESS:
            return False
        if digit not in {READ, _SAFE_DIGIT} and not agrees(turn.text):
            return False
        recipient = alert_of(turn.contact, turn.now) if involvement.of(turn).was_alerted else None
        if recipient is None or _asked_since(turn, recipient):
            return False
        return digit == READ or not _is_asked(turn.contact, turn.now)

    def handle(self, turn: Turn) -> Reply:
        """Note it, once; a call for help that was answered before stays."""
        recipient = alert_of(turn.contact, turn.now)
        if recipient is None:
            raise ValueError("handles only what it claims")
        note(recipient, Recipient.Answer.ACKNOWLEDGED, turn.now)
        # Translators: 1 SMS segment, 160 GSM-7 characters. To somebody who has read a message. SOS stays.
        text = pgettext("sms", "Thank you, we have noted that you have read it. In danger, write SOS.")
        return Reply(as_drill(text) if recipient.campaign.drill else text, resumes=True, always=True)


def note(recipient: Recipient, answer: Recipient.Answer, now: datetime) -> None:
    """Write the answer to an alert; one given before stays. Nobody is silent to it any more.

    What an officer does about another campaign's silence goes on: this says nothing of how the person is.
    """
    unsaid = Recipient.objects.filter(pk=recipient.pk, answer="")
    if not unsaid.update(answer=answer, answered_at=now, due_at=None):
        return
    live.publish_after_commit(recipient.campaign_id, now)
    if recipient.contact is not None:
        case = cases.waiting_for(recipient.contact)
        if case is not None and case.campaign_id == recipient.campaign_id:
            cases.heard_from(recipient.contact, now=now)


def alert_of(contact: ContactPoint, now: datetime) -> Recipient | None:
    """The alert that this person got last and that asks to be read, a real one before a drill; or None."""
    theirs = Q(contact=contact)
    if contact.person_id is not None:
        theirs |= Q(contact__person=contact.person_id)
    open_ones = Q(campaign__ended_at=None) | Q(campaign__ended_at__gt=now - OPEN_FOR)
    return (
        Recipient.objects.filter(
            theirs,
            open_ones,
            campaign__kind=Campaign.Kind.ALERT,
            campaign__acknowledge=True,
            asked_at__isnull=False,
        )
        .select_related("campaign", "contact")
        .order_by("campaign__drill", "-asked_at", "-pk")
        .first()
    )


def _asked_since(turn: Turn, recipient: Recipient) -> bool:
    """Whether another dialogue asked something after the alert went out."""
    conversation = turn.conversation
    if conversation.asked_at is None or recipient.asked_at is None:
        return False
    expired = conversation.expires_at is not None and conversation.expires_at <= turn.now
    return not expired and conversation.asked_at > recipient.asked_at


def _is_asked(contact: ContactPoint, now: datetime) -> bool:
    """Whether a check-in is out to this person."""
    theirs = Q(contact=contact)
    if contact.person_id is not None:
        theirs |= Q(contact__person=contact.person_id)
    return Recipient.objects.filter(
        theirs,
        Q(campaign__ended_at=None) | Q(campaign__ended_at__gt=now - OPEN_FOR),
        campaign__kind=Campaign.Kind.CHECK_IN,
        asked_at__isnull=False,
    ).exists()
