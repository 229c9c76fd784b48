"""The officers' inbox: phones that wrote what nobody could read, and who answers them.

One row a phone, however much it wrote: two officers never answer the same person, and a flood is one row. A
phone whose case an officer has taken is answered there and not here.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.db.models import Case as When
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models import When as If
from django.dispatch import receiver

from campaigns import live
from campaigns.models import Campaign, Case, Recipient
from campaigns.questions import OPEN_FOR
from campaigns.states import check
from channels_sms.outbound import say
from channels_voice import bridging
from channels_voice.models import Bridge
from core import audit, delivery, pins, trips
from core.dialogues import registration, shared_phone
from core.dialogues.unread import leave_to_a_person
from core.languages import speaking
from core.models import ContactPoint, InboxClaim, Message, Officer
from core.officers import Permission
from core.signals import text_unread
from core.trips import Draft

logger = logging.getLogger(__name__)

CLAIM_HOLDS: Final = timedelta(minutes=30)
"""How long a claim keeps colleagues away: an officer who was called off must not block an answer."""


class Taken(Exception):
    """A colleague answers this phone."""


class TooMany(Exception):
    """The person has MOST_TRIPS already."""


def unread() -> QuerySet[Message]:
    """Texts nobody could read, and which no officer reads as part of a case."""
    cases = Case.objects.filter(contact=OuterRef("contact"))
    read = Q(closed_at__gte=OuterRef("created_at"), claimed_by__isnull=False)  # an officer closed it
    handled = Q(state=Case.State.CLAIMED) | read
    rows = Message.objects.filter(unclear=True, direction=Message.Direction.IN)
    return rows.filter(~Exists(cases.filter(handled)))


class Shelf(StrEnum):
    """A part of the inbox."""

    WAITING = "waiting"  # nobody has them
    ASKED = "asked"  # of these: a check-in asks them
    MINE = "mine"
    TAKEN = "taken"  # some officer has them


def on(shelf: Shelf, officer: Officer, now: datetime) -> QuerySet[ContactPoint]:
    """Phones with unread texts: those in an open check-in first, then the longest wait.

    Each with `texts` (how many), `since`, `asked` (a check-in of it is open), `case` (the id of its case, if
    it has one) and `holder` (the name of the officer who answers it; None: nobody).
    """
    open_case = Case.objects.filter(contact=OuterRef("pk")).exclude(state=Case.State.CLOSED)
    claims = InboxClaim.objects.filter(contact=OuterRef("pk"), at__gt=now - CLAIM_HOLDS)
    return (
        _shelved(shelf, officer, now)
        .annotate(
            texts=Count("messages"),
            since=Min("messages__created_at"),
            asked=Exists(_asked(now)),
            case=Subquery(open_case.values("pk")[:1]),
            holder=Subquery(claims.values("officer__username")[:1]),
        )
        .order_by(When(If(asked=True, then=Value(0)), default=Value(1)), "since", "pk")
    )


def counts(officer: Officer, now: datetime) -> Mapping[str, int]:
    """How many phones are on each shelf."""
    taken, asked = Q(inbox_claim__at__gt=now - CLAIM_HOLDS), Q(Exists(_asked(now)))
    free = Q(inbox_claim=None) | Q(inbox_claim__at__lte=now - CLAIM_HOLDS)
    on_shelf = {
        Shelf.WAITING: free,
        Shelf.ASKED: free & asked,
        Shelf.MINE: taken & Q(inbox_claim__officer=officer),
        Shelf.TAKEN: taken,
    }
    phones = ContactPoint.objects.filter(pk__in=unread().values("contact"))
    return phones.aggregate(**{shelf.value: Count("pk", filter=on_shelf[shelf]) for shelf in Shelf})


def _shelved(shelf: Shelf, officer: Officer, now: datetime) -> QuerySet[ContactPoint]:
    rows = ContactPoint.objects.filter(messages__in=unread())
    taken = Q(inbox_claim__at__gt=now - CLAIM_HOLDS)
    match shelf:
        case Shelf.MINE:
            return rows.filter(taken, inbox_claim__officer=officer)
        case Shelf.TAKEN:
            return rows.filter(taken)
        case Shelf.ASKED:
            return rows.exclude(taken).filter(Exists(_asked(now)))
        case Shelf.WAITING:
            return rows.exclude(taken)


def count(now: datetime) -> int:
    """How many phones wait that no officer has."""
    held = InboxClaim.objects.filter(contact=OuterRef("contact"), at__gt=now - CLAIM_HOLDS)
    return unread().filter(~Exists(held)).values("contact").distinct().count()


def _asked(now: datetime) -> QuerySet[Recipient]:
    """The open check-ins of a phone."""
    over = Q(ended_at__lte=now - OPEN_FOR)
    asking = Campaign.objects.filter(kind=Campaign.Kind.CHECK_IN, drill=False, launched_at__isnull=False)
    # Their keys by themselves: joined, all campaigns would be gone through for each phone.
    keys = list(asking.exclude(over).values_list("pk", flat=True))
    return Recipient.objects.filter(campaign__in=keys, contact=OuterRef("pk"), asked_at__isnull=False)


def holder(contact: ContactPoint, now: datetime) -> Officer | None:
    """Who answers that phone; None when nobody does, or not for CLAIM_HOLDS."""
    claim = (
        InboxClaim.objects.select_related("officer").filter(contact=contact, at__gt=now - CLAIM_HOLDS).first()
    )
    return claim.officer if claim else None


def case_of(contact: ContactPoint) -> Case | None:
    """The phone's case that is not closed: whoever has one is answered there."""
    return Case.objects.filter(contact=contact).exclude(state=Case.State.CLOSED).first()


@transaction.atomic
def claim(contact: ContactPoint, *, by: Officer, now: datetime) -> None:
    """Take the phone's texts to answer them. Raises Taken when a colleague has them, NotAllowed."""
    check(by, Permission.WORK_CASES)
    InboxClaim.objects.bulk_create([InboxClaim(contact=contact, officer=by, at=now)], ignore_conflicts=True)
    free = Q(officer=by) | Q(at__lte=now - CLAIM_HOLDS)
    if not InboxClaim.objects.filter(free, contact=contact).update(officer=by, at=now):
        raise Taken
    audit.record("inbox.claimed", by=by, subject=contact, now=now)
    live.inbox_changed_after_commit(now)


@transaction.atomic
def release(contact: ContactPoint, *, by: Officer, now: datetime) -> None:
    """Hand the phone's texts back to the inbox. Raises Taken when they are not the officer's, NotAllowed."""
    check(by, Permission.WORK_CASES)
    if not InboxClaim.objects.filter(contact=contact, officer=by).delete()[0]:
        raise Taken
    audit.record("inbox.released", by=by, subject=contact, now=now)
    live.inbox_changed_after_commit(now)


@transaction.atomic
def put_away(contact: ContactPoint, upto: int, *, by: Officer, now: datetime) -> Sequence[int]:
    """Mark the phone's texts as read, up to the text `upto` that the officer saw; returns which.

    Raises Taken when a colleague answers them, NotAllowed.
    """
    check(by, Permission.WORK_CASES)
    other = InboxClaim.objects.exclude(officer=by).filter(contact=contact, at__gt=now - CLAIM_HOLDS)
    if other.exists():
        raise Taken
    rows = Message.objects.filter(contact=contact, unclear=True, pk__lte=upto, direction=Message.Direction.IN)
    away = list(rows.select_for_update().values_list("pk", flat=True))
    Message.objects.filter(pk__in=away).update(unclear=False)
    InboxClaim.objects.filter(contact=contact, officer=by).delete()
    audit.record("inbox.read", by=by, subject=contact, now=now, figures={"texts": len(away)})
    live.inbox_changed_after_commit(now)
    return away


@transaction.atomic
def type_in(contact: ContactPoint, draft: Draft, upto: int, *, by: Officer, now: datetime) -> None:
    """Store the journey that the person said, or ask them by text to agree to it; put their texts away.

    The draft is whole and `trips.problem` finds nothing in it. Nothing is kept of somebody who has not agreed
    but the draft itself, for as long as any question of ours is open. Raises Taken unless the officer has the
    texts, TooMany, NotAllowed, delivery.OptedOut, delivery.NoSender; then nothing has changed.
    """
    check(by, Permission.WORK_CASES)
    contact = ContactPoint.objects.select_for_update(no_key=True).get(pk=contact.pk)
    if holder(contact, now) != by:
        raise Taken
    if contact.person is not None and contact.person.trips.count() >= trips.MOST_TRIPS:
        raise TooMany
    with speaking(contact.language):
        say(contact, registration.typed_in(contact, draft, now), now)
    audit.record("inbox.typed-in", by=by, subject=contact, now=now)
    put_away(contact, upto, by=by, now=now)


@transaction.atomic
def take_pin_away(contact: ContactPoint, *, by: Officer, now: datetime) -> None:
    """Take the mark of a shared phone and its forgotten PIN away, and text the phone so.

    Raises Taken unless the officer has the phone's texts, NotAllowed. Who said STOP is not texted.
    """
    check(by, Permission.WORK_CASES)
    contact = ContactPoint.objects.select_for_update(no_key=True).get(pk=contact.pk)
    if holder(contact, now) != by:
        raise Taken
    if not pins.unmark(contact):
        return
    audit.record("inbox.pin-removed", by=by, subject=contact, now=now)
    try:
        with speaking(contact.language), transaction.atomic():
            say(contact, shared_phone.unmarked(), now)
    except (delivery.OptedOut, delivery.NoSender) as why:
        logger.info("a PIN was removed and nobody told: %s", type(why).__name__)


@transaction.atomic
def call(contact: ContactPoint, *, by: Officer, now: datetime) -> Bridge:
    """Ring the officer who has the phone's texts, to be connected with it; asked twice, the same call.

    Raises Taken unless they have them, NotAllowed, and what bridging.call does.
    """
    check(by, Permission.WORK_CASES)
    if holder(contact, now) != by:
        raise Taken
    bridge = bridging.call(by, contact, now)
    if bridge.created_at == now:
        audit.record("inbox.called", by=by, subject=contact, now=now)
    return bridge


@transaction.atomic
def bring_back(contact: ContactPoint, texts: Sequence[int], *, by: Officer, now: datetime) -> None:
    """Undo `put_away`. Raises NotAllowed."""
    check(by, Permission.WORK_CASES)
    rows = Message.objects.filter(contact=contact, pk__in=texts, direction=Message.Direction.IN)
    back = rows.update(unclear=True)
    audit.record("inbox.unread", by=by, subject=contact, now=now, figures={"texts": back})
    live.inbox_changed_after_commit(now)


def answered(contact: ContactPoint, *, by: Officer, now: datetime) -> None:
    """An officer has written to that phone: what it answers is the officer's, and the machine keeps quiet."""
    leave_to_a_person(contact)
    audit.record("inbox.replied", by=by, subject=contact, now=now)


@receiver(text_unread)
def _told(now: datetime, **_signal: object) -> None:
    live.inbox_changed(now)
