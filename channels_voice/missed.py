"""Missed calls: who rings a number that is never answered is rung back, free of charge, within a minute."""

from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from channels_voice import outbound, twiml
from channels_voice.models import Call
from core import gateway
from core.models import ContactPoint
from telephony.messages import CallStatus, CallTurn, Channel
from telephony.numbers import may_be_called_back

ONCE_IN: Final = timedelta(minutes=10)
"""How long after one call back the same phone gets no other."""


def is_rung_back(sender: str) -> bool:
    """Whether that number of ours is never answered."""
    known = gateway.sender_named(sender)
    return known is not None and known.call_back


def taken(contact: ContactPoint, turn: CallTurn, now: datetime) -> str:
    """Reject the call and plan one back; a ring that is delivered again plans nothing more.

    The caller holds the phone's lock. Premium, shared-cost and unknown ranges are never rung.
    """
    ended = CallStatus.COMPLETED
    _, new = Call.objects.get_or_create(
        provider_sid=turn.sid,
        defaults={
            "contact": contact,
            "token": uuid4(),
            "sender": turn.sender,
            "purpose": Call.Purpose.MISSED,
            "status": ended,
            "rank": ended.rank,
            "created_at": now,
            "status_at": now,
        },
    )
    back = contact.calls.filter(purpose=Call.Purpose.CALL_BACK, created_at__gt=now - ONCE_IN)
    if new and may_be_called_back(turn.number) and not back.exists():
        sender = gateway.sender_for(contact.region, Channel.VOICE, key=contact.pk)
        if sender is not None:
            outbound.ring_soon(outbound.prepare(contact, sender, Call.Purpose.CALL_BACK, now))
    return twiml.rejected()
