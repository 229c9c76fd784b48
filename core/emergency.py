"""The one number a person names for an emergency: told once before it counts, and free to refuse."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import pgettext

from core import delivery, gateway, notices, people
from core.languages import speaking
from core.models import ContactNaming, ContactPoint, ContactRefusal, EmergencyContact, Message, OptOut, Person
from core.notices import Say
from core.privacy.index import blind_index
from core.turn import Reply
from telephony.messages import Channel, DeliveryStatus
from telephony.numbers import PhoneNumber

MOST_A_DAY: Final = 3
"""Numbers one person may name in a day; each number can be named once a day, by whomever."""

# Not every carrier reports deliveries: a text that it took and did not lose for so long has arrived.
_TAKEN_FOR: Final = timedelta(hours=24)
_AT_ONCE: Final = 100  # rows one run of the job looks at
_GIVE_UP: Final = timedelta(hours=48)  # the text itself is deleted by then


class CannotBeNamed(Exception):
    """The number is no mobile phone, our own or the person's, said no, or enough were named today.

    Which of these it is, is nobody's business but the number's.
    """


def of(person: Person) -> EmergencyContact | None:
    """The contact a person named; None when there is none or it refused."""
    return EmergencyContact.objects.filter(person=person, refused_at=None).first()


def usable(person: Person) -> EmergencyContact | None:
    """The contact that may be called: it was told and did not refuse. None in every other case."""
    named = EmergencyContact.objects.filter(person=person, refused_at=None, told_at__isnull=False).first()
    return None if named is None or people.is_opted_out(bytes(named.number_index)) else named


def check(person: Person, number: PhoneNumber, now: datetime) -> None:
    """Whether the person may name that number now. Raises CannotBeNamed."""
    index = blind_index(number)
    namings = ContactNaming.objects.filter(day=now.date())
    if (
        not number.is_mobile
        or number.e164 in {sender.id for sender in gateway.senders()}
        or person.contacts.filter(number_index=index).exists()
        or ContactRefusal.objects.filter(number_index=index).exists()
        or OptOut.objects.filter(number_index=index).exists()
        or gateway.sender_for(number.region or "", Channel.SMS, key=0) is None
        or namings.filter(number_index=index).exists()
        or namings.filter(person=person).count() >= MOST_A_DAY
    ):
        raise CannotBeNamed


@transaction.atomic
def name(person: Person, number: PhoneNumber, *, asked_as: str, language: str, now: datetime) -> None:
    """Keep the number as the person's contact, in place of an earlier one; it is told soon after the commit.

    Raises CannotBeNamed.
    """
    check(person, number, now)
    index = blind_index(number)
    # Two who name the same number at the same instant: the database says who was first.
    _, first = ContactNaming.objects.get_or_create(
        number_index=index, day=now.date(), defaults={"person": person}
    )
    if not first:
        raise CannotBeNamed
    EmergencyContact.objects.filter(person=person).delete()
    EmergencyContact.objects.create(
        person=person,
        number=number.e164,
        number_index=index,
        asked_as=asked_as,
        language=language,
        created_at=now,
    )


def remove(person: Person) -> None:
    """Delete the contact, on the person's word."""
    EmergencyContact.objects.filter(person=person).delete()


def was_asked(number_index: bytes) -> bool:
    """Whether somebody named that number and it was texted about it."""
    return EmergencyContact.objects.filter(number_index=number_index, noticed_at__isnull=False).exists()


def refuse(number_index: bytes, now: datetime) -> None:
    """The number says no: nothing of it is kept but a keyed hash, and nobody can name it again."""
    ContactRefusal.objects.get_or_create(number_index=number_index, defaults={"since": now})
    people.unname(number_index, now)


def region_of(person: Person) -> str | None:
    """The country of the usable contact's number; None without one."""
    named = usable(person)
    return PhoneNumber(named.number).region if named else None


def tell(person: Person, words: Callable[[str, str], Reply], say: Say, now: datetime) -> Message | None:
    """Text the person's usable contact; None when nobody may be texted.

    `words` makes the text in the contact's language from the name that the person is introduced by and the
    country of the contact's number. Called in a transaction.
    """
    named = usable(person)
    if named is None:
        return None
    phone = people.contact_for(PhoneNumber(named.number), now, named.language)
    # What is held of a stranger goes after 48 hours: not before there was time to answer.
    ContactPoint.objects.filter(pk=phone.pk, person=None).update(last_seen_at=now)
    try:
        with speaking(phone.language):
            return say(phone, words(named.asked_as, phone.region), now)
    except (delivery.OptedOut, delivery.NoSender):
        return None


def say_what_waits(say: Say, now: datetime) -> int:
    """Tell the numbers that were named, and the people whose contact refused; returns how many texts.

    Each is written down in the transaction that makes its text: a run that dies has said it or has not.
    """
    said = 0
    for pk in _ids(Q(noticed_at=None, refused_at=None)):
        said += _tell(pk, say, now)
    for pk in _ids(Q(refused_at__isnull=False)):
        said += _tell_refusal(pk, say, now)
    return said


def settle(now: datetime) -> int:
    """Note which of the numbers that were texted have been reached; returns how many.

    A number whose text did not arrive is not used; what the person reads about it says "not told yet".
    """
    waiting = EmergencyContact.objects.filter(told_at=None, noticed_at__gt=now - _GIVE_UP)
    delivered = Q(notice__status=DeliveryStatus.DELIVERED)
    taken = Q(notice__status=DeliveryStatus.SENT, noticed_at__lte=now - _TAKEN_FOR)
    # Updated by their ids: the conditions look at another table.
    arrived = list(waiting.filter(delivered | taken).values_list("pk", flat=True))
    return EmergencyContact.objects.filter(pk__in=arrived, refused_at=None).update(told_at=now)


def _ids(rows: Q) -> list[int]:
    return list(EmergencyContact.objects.filter(rows).order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])


@transaction.atomic
def _tell(pk: int, say: Say, now: datetime) -> int:
    free = EmergencyContact.objects.select_for_update(skip_locked=True, of=("self",))
    named = free.filter(pk=pk, noticed_at=None, refused_at=None).first()
    if named is None:
        return 0
    phone = people.contact_for(PhoneNumber(named.number), now, named.language)
    # What is held of a stranger goes after 48 hours: not before the text has left.
    ContactPoint.objects.filter(pk=phone.pk, person=None).update(last_seen_at=now)
    named.noticed_at = now
    try:
        with speaking(phone.language):
            named.notice = say(phone, _introduction(named), now)
    except (delivery.OptedOut, delivery.NoSender):
        refuse(bytes(named.number_index), now)
        return 0
    named.save(update_fields=["noticed_at", "notice"])
    return 1


@transaction.atomic
def _tell_refusal(pk: int, say: Say, now: datetime) -> int:
    free = EmergencyContact.objects.select_for_update(skip_locked=True, of=("self",))
    refused = free.filter(pk=pk, refused_at__isnull=False).select_related("person").first()
    if refused is None:
        return 0
    phone = notices.phone_of(refused.person)
    refused.delete()
    if phone is None:
        return 0
    try:
        with speaking(phone.language):
            say(phone, _it_refused(), now)
    except delivery.NoSender:
        return 0
    return 1


def _introduction(named: EmergencyContact) -> Reply:
    # Translators: 2 SMS segments, 306 GSM-7 characters. To somebody who never heard of us; %(name)s is the
    # name of the traveller. STOP and 0 stay as they are.
    text = pgettext(
        "sms",
        "%(service)s, the crisis unit: %(name)s gave us your number, so that we can contact you if something "
        "happens to them abroad. You need do nothing. If you do not want this, reply 0 and we delete your "
        "number. STOP: no texts at all.",
    )
    return Reply(text % {"service": settings.SERVICE_NAME, "name": named.asked_as})


def _it_refused() -> Reply:
    # Translators: 1 SMS segment, 160 GSM-7 characters. CONTACT is the first of your words for such a contact.
    text = pgettext(
        "sms",
        "%(service)s: the emergency contact you named cannot be told or does not want it; the number is "
        "deleted. To name another write CONTACT.",
    )
    return Reply(text % {"service": settings.SERVICE_NAME})
