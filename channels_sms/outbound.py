"""Texts that we start ourselves: put in the form of a text and handed to the outbox."""

from datetime import datetime

from channels_sms.render import as_text
from core import delivery
from core.models import ContactPoint, Message
from core.turn import Reply


def say(contact: ContactPoint, reply: Reply, now: datetime) -> Message:
    """Send a reply to a phone that did not just write. Raises delivery.OptedOut, delivery.NoSender."""
    text = as_text(reply)
    return delivery.send_one(contact, text, now=now)
