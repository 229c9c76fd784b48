"""Officers' own telephones: given by the officer or an administrator, of use once the officer confirmed it.

Nobody sees the number again, its owner neither: pages show its last two digits.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from core import audit, delivery, gateway
from core.models import Officer, OfficerPhone
from core.officers import Permission
from core.privacy.index import blind_index
from telephony.messages import Channel
from telephony.numbers import NotAPhoneNumber, PhoneNumber, may_be_called_back


class NotRingable(Exception):
    """No number, or one that must not be rung: premium or unknown ranges, a number of ours."""


class NoCaseOfficer(Exception):
    """Only officers who work cases are rung."""


def of(officer: Officer) -> OfficerPhone | None:
    """The officer's telephone, confirmed or not."""
    return OfficerPhone.objects.filter(officer=officer).first()


def read(text: str) -> PhoneNumber:
    """A number as an officer types it, in international or local form.

    Raises NotRingable, or delivery.NoSender where no number of ours can call it.
    """
    try:
        number = PhoneNumber.parse(text, region=settings.HOME_COUNTRY)
    except NotAPhoneNumber:
        raise NotRingable from None
    if gateway.sender_named(number.e164) or not may_be_called_back(number):
        raise NotRingable
    if gateway.sender_for(number.region, Channel.VOICE, key=0, two_way=False) is None:
        raise delivery.NoSender
    return number


@transaction.atomic
def keep(officer: Officer, number: PhoneNumber, *, by: Officer, now: datetime) -> OfficerPhone:
    """Remember the number. Unless it is the one we know, it has to be confirmed. Raises NoCaseOfficer."""
    if not officer.may(Permission.WORK_CASES):
        raise NoCaseOfficer
    known = OfficerPhone.objects.select_for_update().filter(officer=officer).first()
    if known is not None and known.phone == number:
        return known
    unconfirmed = {"number": number.e164, "confirmed_at": None, "on_duty_until": None}
    phone, _ = OfficerPhone.objects.update_or_create(officer=officer, defaults=unconfirmed)
    audit.record("officer.phone-set", by=by, subject=officer, now=now)
    return phone


@transaction.atomic
def forget(officer: Officer, *, by: Officer, now: datetime) -> None:
    """Take the number away."""
    if OfficerPhone.objects.filter(officer=officer).delete()[0]:
        audit.record("officer.phone-removed", by=by, subject=officer, now=now)


def confirm(officer: Officer, number_index: bytes, now: datetime) -> bool:
    """Whoever answered that number keyed what the officer's page shows; False when another is set by now."""
    phone = OfficerPhone.objects.select_for_update().filter(officer=officer).first()
    if phone is None or blind_index(phone.phone) != number_index:
        return False
    phone.confirmed_at = now
    phone.save(update_fields=["confirmed_at"])
    audit.record("officer.phone-confirmed", by=officer, subject=officer, now=now)
    return True
