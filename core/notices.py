"""Texts that we start ourselves, to one person, without an officer: who may be texted, and on which phone."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef

from core.models import ContactPoint, Message, OptOut, Person
from core.turn import Reply

Say = Callable[[ContactPoint, Reply, datetime], Message]
"""Puts a reply in the channel's own form and hands it to the outbox, within the caller's transaction.

Raises delivery.OptedOut and delivery.NoSender.
"""


def phone_of(person: Person) -> ContactPoint | None:
    """The phone a person is texted on: the last heard of that takes texts and did not say STOP."""
    silent = OptOut.objects.filter(number_index=OuterRef("number_index"))
    rows = person.contacts.filter(~Exists(silent), sms_refused=None)
    return rows.order_by("-last_seen_at", "pk").first()


def lock(contact: ContactPoint) -> bool:
    """Take the phone's row as an incoming text does; False while one of its texts is being answered."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM core_contactpoint WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", [contact.pk]
        )
        return cursor.fetchone() is not None
