"""Which officer answers a phone whose texts and calls nobody could read: whoever speaks with it does."""

from datetime import datetime

from django.db import transaction

from core import audit
from core.models import ContactPoint, InboxClaim, Message, Officer
from core.signals import text_unread


def speaks_with(officer: Officer, contact: ContactPoint, now: datetime) -> None:
    """The officer has that person on the line: a colleague who had claimed the phone has it no longer.

    In the caller's transaction.
    """
    InboxClaim.objects.update_or_create(contact=contact, defaults={"officer": officer, "at": now})
    audit.record("inbox.call-taken", by=officer, subject=contact, now=now)
    transaction.on_commit(lambda: text_unread.send(sender=Message, now=now))


def never_spoke(officer: Officer, contact: ContactPoint, pressed_at: datetime) -> None:
    """The line was lost before the two spoke: the phone waits in the inbox again."""
    InboxClaim.objects.filter(contact=contact, officer=officer, at=pressed_at).delete()
