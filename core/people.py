"""People and their phones: found by a keyed hash, silent on request, forgotten at once."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction

from core import audit, languages
from core.models import ContactPoint, EmergencyContact, OptOut, Person
from core.privacy import retention
from core.privacy.index import blind_index
from telephony.numbers import PhoneNumber

PERSON: Final = "person"
PROVIDER: Final = "provider"


def find(number: PhoneNumber) -> ContactPoint | None:
    """The phone of that number; None when we have never heard of it."""
    return ContactPoint.objects.filter(number_index=blind_index(number)).first()


def contact_for(number: PhoneNumber, now: datetime, language: str | None = None) -> ContactPoint:
    """The phone of that number, made when it is new; `language` None starts it with the number's own."""
    introduce(number, now, language)
    return ContactPoint.objects.get(number_index=blind_index(number))


def introduce(number: PhoneNumber, now: datetime, language: str | None = None) -> None:
    """Make the row of a phone, unless there is one. Two at the same instant make one: the second waits."""
    contact = stranger(number, now, language)
    ContactPoint.objects.bulk_create([contact], ignore_conflicts=True, unique_fields=["number_index"])


def stranger(number: PhoneNumber, now: datetime, language: str | None = None) -> ContactPoint:
    """The row of a phone never heard of, not stored yet."""
    region = number.region
    return ContactPoint(
        number_index=blind_index(number),
        number=number.e164,
        region=region or "",
        language=language or _language_of(region),
        last_seen_at=now,
    )


def _language_of(region: str | None) -> str:
    spoken = languages.languages_of_country(region) if region else ()
    default: str = settings.DEFAULT_LANGUAGE
    return spoken[0] if spoken else default


def opt_out(contact: ContactPoint | bytes, now: datetime, source: str) -> bool:
    """Remember a STOP: nothing is sent to that phone any more, on any channel. False when it was known.

    `contact` may be the number's blind index. `source` is PERSON or PROVIDER. Whoever named that number as
    their emergency contact has none any more.
    """
    unname(_index_of(contact), now)
    _, new = OptOut.objects.get_or_create(
        number_index=_index_of(contact), defaults={"since": now, "source": source}
    )
    return new


def unname(number_index: bytes, now: datetime) -> None:
    """Empty the number wherever it was named as an emergency contact; those who named it are told soon."""
    EmergencyContact.objects.filter(number_index=number_index).update(
        number="", number_index=b"", asked_as="", notice=None, refused_at=now
    )


def opt_in(contact: ContactPoint | bytes) -> bool:
    """Undo a STOP, which only the person's own explicit word may do. False when there was none."""
    gone, _ = OptOut.objects.filter(number_index=_index_of(contact)).delete()
    return gone > 0


def is_opted_out(contact: ContactPoint | bytes) -> bool:
    """Whether that phone said STOP."""
    return OptOut.objects.filter(number_index=_index_of(contact)).exists()


def _index_of(contact: ContactPoint | bytes) -> bytes:
    return bytes(contact.number_index) if isinstance(contact, ContactPoint) else contact


def forget(person: Person, now: datetime) -> None:
    """Delete a person with every phone, trip and word of theirs, at once. A STOP stays, as a keyed hash."""
    with transaction.atomic():
        gone = retention.delete(Person, [person.pk], now)
        audit.record("forget", by=None, subject=None, now=now, figures=gone)


def forget_phone(contact: ContactPoint, now: datetime) -> None:
    """Delete everything held about whoever uses that phone, registered or not. A STOP stays."""
    if contact.person is not None:
        for phone in contact.person.contacts.all():
            unname(_index_of(phone), now)
        forget(contact.person, now)
        return
    unname(_index_of(contact), now)
    with transaction.atomic():
        gone = retention.delete(ContactPoint, [contact.pk], now)
        audit.record("forget", by=None, subject=None, now=now, figures=gone)
