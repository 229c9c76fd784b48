"""Rows for tests: plain functions, valid by default, nothing random, numbers that nobody can own.

Give only what the test is about: `make.person(language="ar")`, `make.running_campaign(recipients=3)`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from campaigns.models import Batch, Campaign, CampaignText, Case, Recipient
from config.environment import demo_senders
from core.models import Consent, ContactPoint, Message, Officer, OptOut, Person, Trip
from core.officers import Role
from core.privacy.index import blind_index
from telephony.messages import Channel, DeliveryStatus
from telephony.numbers import PhoneNumber, synthetic

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""When stories happen unless they say otherwise; the fixture `now` moves the clock here."""

SENDER: Final = demo_senders()[0].id
TEXT: Final = "Are you safe? Reply 1 safe, 2 need help, 3 not there."
_FIRST_NUMBER: Final = 100  # the numbers below belong to senders


def number() -> PhoneNumber:
    """A number that no contact has yet."""
    return synthetic(_FIRST_NUMBER + ContactPoint.objects.count())


def contact(
    *,
    phone: PhoneNumber | None = None,
    language: str = "en",
    person: Person | None = None,
    now: datetime = NOW,
) -> ContactPoint:
    """A phone that has texted us; without a person it has not agreed to anything yet."""
    phone = phone or number()
    return ContactPoint.objects.create(
        person=person,
        number=phone.e164,
        number_index=blind_index(phone),
        region=phone.region or "",
        language=language,
        last_seen_at=now,
    )


def person(
    *, phone: PhoneNumber | None = None, language: str = "en", name: str = "", now: datetime = NOW
) -> Person:
    """Somebody who agreed, with one phone and no trip."""
    made = Person.objects.create(name=name, created_at=now)
    Consent.objects.create(
        person=made, text_version="1", language=language, channel=Channel.SMS, given_at=now, how="1"
    )
    contact(phone=phone, language=language, person=made, now=now)
    return made


def trip(
    *,
    of: Person | None = None,
    country: str = "LY",
    city: str = "Tripoli",
    dates: tuple[date, date] | None = None,
    now: datetime = NOW,
) -> Trip:
    """A journey that goes on today: from yesterday for ten days."""
    start, end = dates or (now.date() - timedelta(days=1), now.date() + timedelta(days=9))
    midnight = datetime.combine(end, datetime.min.time(), tzinfo=UTC)
    return Trip.objects.create(
        person=of or person(now=now),
        country=country,
        city=city,
        start=start,
        end=end,
        created_at=now,
        delete_at=midnight + timedelta(days=3),
    )


def traveller(
    *, language: str = "en", country: str = "LY", phone: PhoneNumber | None = None, now: datetime = NOW
) -> ContactPoint:
    """The phone of a registered person who is in that country today."""
    someone = person(phone=phone, language=language, now=now)
    trip(of=someone, country=country, now=now)
    return someone.contacts.get()


def opted_out(point: ContactPoint, *, now: datetime = NOW) -> ContactPoint:
    """The same phone after it said STOP."""
    OptOut.objects.create(number_index=point.number_index, since=now, source="person")
    return point


def inbound(point: ContactPoint, body: str = "hello", *, now: datetime = NOW) -> Message:
    """A text that the phone sent to us."""
    return Message.objects.create(
        contact=point,
        direction=Message.Direction.IN,
        channel=Channel.SMS,
        sender=SENDER,
        body=body,
        created_at=now,
        provider_sid=f"SM{Message.objects.count() + 1:032x}",
    )


def sent_call(point: ContactPoint, *, now: datetime = NOW) -> Message:
    """A campaign's call to that phone that is about to be placed."""
    status = DeliveryStatus.SENDING
    return Message.objects.create(
        contact=point,
        direction=Message.Direction.OUT,
        channel=Channel.VOICE,
        sender=SENDER,
        created_at=now,
        token=UUID(int=point.pk),
        status=status,
        rank=status.rank,
        status_at=now,
    )


def officer(role: Role = Role.AUTHOR, *, password: str | None = None) -> Officer:
    """A console account of that role; without a password it is entered with `client.force_login`."""
    username = f"{role.value}-{Officer.objects.count() + 1}"
    return Officer.objects.create_user(
        username, password=password, role=role.value, must_change_password=False
    )


def campaign(
    *,
    countries: Sequence[str] = ("LY",),
    texts: Mapping[str, str] | None = None,
    kind: str = Campaign.Kind.CHECK_IN,
    author: Officer | None = None,
    now: datetime = NOW,
) -> Campaign:
    """A draft check-in for everyone in Libya, with one text in English."""
    made = Campaign.objects.create(
        title="Check-in",
        kind=kind,
        audience={"countries": list(countries), "on": None, "languages": []},
        author=author or officer(Role.AUTHOR),
        created_at=now,
    )
    for language, text in (texts or {"en": TEXT}).items():
        CampaignText.objects.create(campaign=made, language=language, text=text)
    return made


def running_campaign(
    *, recipients: int = 3, urgency: int = Campaign.Urgency.NORMAL, now: datetime = NOW
) -> Campaign:
    """A launched check-in: one batch that waits for a worker, nothing sent yet."""
    made = campaign(now=now)
    made.urgency = urgency
    made.state = Campaign.State.RUNNING
    made.approver = officer(Role.APPROVER)
    made.submitted_at = made.approved_at = made.launched_at = now
    made.save()
    batch = Batch.objects.create(campaign=made, sender=SENDER, urgency=urgency)
    for _ in range(recipients):
        point = traveller(now=now)
        Recipient.objects.create(campaign=made, batch=batch, contact=point, language=point.language)
    return made


def asked(point: ContactPoint, *, now: datetime = NOW) -> Recipient:
    """The phone as the only recipient of a running check-in whose question has arrived."""
    made = running_campaign(recipients=0, now=now)
    return Recipient.objects.create(
        campaign=made,
        batch=made.batches.get(),
        contact=point,
        language=point.language,
        delivery=DeliveryStatus.DELIVERED,
        progress=10 + DeliveryStatus.DELIVERED.rank,
        step=1,
        asked_at=now,
    )


def case(point: ContactPoint | None = None, *, words: str = "help", now: datetime = NOW) -> Case:
    """Somebody who asked for help and waits for an officer."""
    point = point or traveller(now=now)
    return Case.objects.create(
        contact=point, person=point.person, reason=Case.Reason.NEEDS_HELP, words=words, opened_at=now
    )
