"""A second phone of the same person: joined by a code that it texts itself, removed on a word."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

from django.db import transaction
from django.utils.translation import pgettext

from core import delivery, pins
from core.languages import speaking
from core.models import Consent, ContactPoint, Conversation, Person, PhoneCode
from core.notices import Say, lock
from core.privacy.index import keyed_hash
from core.trips import CONSENT_VERSION
from core.turn import Reply
from telephony.messages import Channel

MOST: Final = 2
"""Phones one person may have with us."""

VALID_FOR: Final = timedelta(hours=1)
"""How long a code can be used."""

CODE_DIGITS: Final = 8
# No eight digits from here up can be a date, in whatever order it is written.
_LOWEST: Final = 40_000_000
_AT_ONCE: Final = 100


def of(person: Person) -> Sequence[ContactPoint]:
    """The person's phones, the first one first."""
    return list(person.contacts.order_by("pk"))


def offer(contact: ContactPoint, rng: Random, now: datetime) -> str:
    """A new code for one more phone of the person of that phone; an earlier code is void. Shown once."""
    person = contact.person
    if person is None:
        raise ValueError("asked of registered people only")
    PhoneCode.objects.filter(person=person).delete()
    code = str(rng.randrange(_LOWEST, 10**CODE_DIGITS))
    PhoneCode.objects.create(
        person=person, asked_from=contact, code_index=_index(code), expires_at=now + VALID_FOR
    )
    return code


def person_of(code: str, now: datetime) -> Person | None:
    """Whose open code that is; None for any other eight digits."""
    row = PhoneCode.objects.filter(code_index=_index(code), expires_at__gt=now, joined=None)
    found = row.select_related("person").first()
    return found.person if found else None


@transaction.atomic
def join(contact: ContactPoint, code: str, channel: Channel, now: datetime) -> bool:
    """Make the phone, which has no registration of its own, one of the code's person. False when too late."""
    rows = PhoneCode.objects.select_for_update()
    row = rows.filter(code_index=_index(code), expires_at__gt=now, joined=None).first()
    if row is None or row.person.contacts.count() >= MOST:
        return False
    contact.person = row.person
    contact.save(update_fields=["person"])
    Consent.objects.create(
        person=row.person,
        text_version=CONSENT_VERSION,
        language=contact.language,
        channel=channel,
        given_at=now,
        how="code",
    )
    row.joined = contact
    row.save(update_fields=["joined"])
    return True


def remove(contact: ContactPoint) -> None:
    """Part the phone from its person: what is left of it is kept as of anybody unregistered, 48 hours."""
    Conversation.objects.filter(contact=contact).update(dialogue="", step="", data={})
    pins.unmark(contact)
    contact.person = None
    contact.save(update_fields=["person"])


def say_what_waits(say: Say, now: datetime) -> int:
    """Tell the first phone of each person whose second one has joined; returns how many texts."""
    waiting = PhoneCode.objects.filter(joined__isnull=False).values_list("pk", flat=True)[:_AT_ONCE]
    return sum(_tell(pk, say, now) for pk in list(waiting))


@transaction.atomic
def _tell(pk: int, say: Say, now: datetime) -> int:
    rows = PhoneCode.objects.select_for_update(skip_locked=True, of=("self",))
    row = rows.filter(pk=pk).select_related("asked_from", "joined").first()
    if row is None or row.joined is None or not lock(row.asked_from):
        return 0
    first, second = row.asked_from, row.joined
    row.delete()
    try:
        with speaking(first.language):
            say(first, joined(second), now)
    except (delivery.OptedOut, delivery.NoSender):
        return 0
    return 1


def joined(second: ContactPoint) -> Reply:
    """What both phones read when a second one has joined."""
    # Translators: 1 SMS segment, 160 GSM-7 characters. PHONE is your first keyword for a second phone.
    text = pgettext(
        "sms",
        "%(number)s is now part of your registration: we reach you on either phone. "
        "Not your number? Write PHONE to remove it.",
    )
    return Reply(text % {"number": second.number}, ends=True, resumes=True)


def _index(code: str) -> bytes:
    return keyed_hash(f"phone code {code}")
