"""Batches as rows: claiming one, holding it, giving it back. Every change is a compare-and-set.

A batch is claimed and all its messages are marked `sending`, with their tokens, in one transaction. What is
found `sending` without a sid in a batch whose lease has run out is of unknown outcome and nothing else is.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from campaigns import expiry, postponing
from campaigns.expiry import Validity
from campaigns.marking import Item, mark
from campaigns.models import PLANNED, Attempt, Batch, Campaign, Recipient
from campaigns.states import finish_if_sent
from campaigns.texts import Wordings
from channels_voice import outbound
from core import breaker, delivery, queues
from core.models import Message
from telephony.messages import Channel, DeliveryStatus

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=60)
"""How long a claim holds without being renewed."""

WAKE: Final = 8
"""Jobs queued at once: each works on as long as there is work, so a few are enough for any campaign."""

# A key that was taken out of the settings too early is put back; one bad row stops nobody else meanwhile.
_READ_AGAIN: Final = timedelta(minutes=10)

JOB: Final = "campaigns.jobs.dispatch_batch"
_OVER: Final = DeliveryStatus.FAILED.rank
_CAMPAIGN: Final = Campaign._meta.db_table


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch in our hands; `ident` is compared before each write: a lost claim writes nothing."""

    batch: int
    campaign: int
    sender: str
    channel: Channel
    step: int
    urgency: int
    number: int
    ident: uuid.UUID
    items: Sequence[Item] = field(repr=False)
    validity: Validity = field(default_factory=Validity)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A batch whose worker died, or lost answers: the requests of unknown outcome, to be asked about."""

    batch: int
    campaign: int
    channel: Channel
    ident: uuid.UUID
    requests: Sequence[delivery.Unsure] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left of a batch after the sending: `later` are (message, when it may be tried again).

    `codes` say of some of these messages why the provider did not take them.
    """

    unsent: Sequence[int] = ()
    later: Mapping[int, datetime] = field(default_factory=dict)
    unknown: Sequence[int] = ()
    waits_until: datetime | None = None
    codes: Mapping[int, int] = field(default_factory=dict)


def to_send(now: datetime) -> QuerySet[Batch]:
    """Batches that wait for a worker: the most urgent first, and among those all campaigns taking turns."""
    rows = Batch.objects.filter(
        Q(waits_until=None) | Q(waits_until__lte=now),
        expiry.lasting(now, "campaign__"),
        state=Batch.State.READY,
        campaign__state=Campaign.State.RUNNING,
    )
    return rows.order_by("-urgency", "number", "campaign")


def in_doubt(now: datetime) -> QuerySet[Batch]:
    """Batches whose lease has run out, whatever became of their campaign."""
    return Batch.objects.filter(state=Batch.State.CLAIMED, leased_until__lte=now).order_by("leased_until")


def wake(now: datetime) -> None:
    """Queue a few batches. Any job works on all there is, so it does not matter which ones they are.

    None while the provider refuses our account: the sweep wakes workers once it is let in again.
    """
    if breaker.is_open():
        return
    waiting = [rows.values_list("pk", flat=True)[:WAKE] for rows in (in_doubt(now), to_send(now))]
    for pk in list(chain.from_iterable(waiting))[:WAKE]:
        queues.put(queues.CAMPAIGN, JOB, pk)


def wake_after_commit(now: datetime) -> None:
    """`wake` once the running transaction is committed."""
    transaction.on_commit(lambda: wake(now))


@transaction.atomic
def claim(rows: QuerySet[Batch], now: datetime) -> Claim | None:
    """Take the first free batch of `rows` and mark its messages `sending`; None when there is none.

    When this returns, the claim is committed: requests may be made. People who said STOP since the launch,
    were deleted, cannot be reached on this channel or have answered already are skipped; who sleeps now, or
    is asked by a more urgent check-in, is put off. Calls wait while as many as their sender may have are on
    the line. While the provider refuses our account nothing is claimed.
    """
    if breaker.is_open():
        return None
    batch = rows.select_for_update(skip_locked=True, of=("self",)).first()
    if batch is None or not _fits_the_line(batch, now):
        return None
    campaign = _held_still(batch.campaign_id)
    if campaign.state != Campaign.State.RUNNING:
        return claim(rows.exclude(campaign=campaign), now)
    ident = _hold(batch, now)
    postponing.postpone(batch, campaign, now)
    marked = mark(batch, campaign, now)
    taken = Claim(
        batch=batch.pk,
        campaign=campaign.pk,
        sender=batch.sender,
        channel=Channel(batch.channel),
        step=batch.step,
        urgency=batch.urgency,
        number=batch.number,
        ident=ident,
        items=marked.items,
        validity=expiry.validity(campaign),
    )
    if marked.unreadable:
        logger.error("numbers that no key opens wait: %s", len(marked.unreadable))
        _split_off(taken, Outcome(later=dict.fromkeys(marked.unreadable, now + _READ_AGAIN)), now)
    return taken


@transaction.atomic
def take_over(rows: QuerySet[Batch], now: datetime) -> Doubt | None:
    """Take the first abandoned batch of `rows`, with the requests nobody is sure of; None without one."""
    batch = rows.select_for_update(skip_locked=True).first()
    if batch is None:
        return None
    ident = _hold(batch, now)
    return Doubt(batch.pk, batch.campaign_id, Channel(batch.channel), ident, _unsure(batch))


def held(idents: Sequence[uuid.UUID], now: datetime) -> set[uuid.UUID]:
    """Which of these claims still stand and may go on.

    They were not taken over, their campaign runs, and nothing more urgent waits for their sender's line.
    """
    more_urgent = to_send(now).filter(
        sender=OuterRef("sender"), channel=OuterRef("channel"), urgency__gt=OuterRef("urgency")
    )
    rows = Batch.objects.filter(
        ~Exists(more_urgent.order_by()),
        expiry.lasting(now, "campaign__"),
        claim__in=idents,
        state=Batch.State.CLAIMED,
        campaign__state=Campaign.State.RUNNING,
    )
    return {ident for ident in rows.values_list("claim", flat=True) if ident}


def renew(idents: Sequence[uuid.UUID], now: datetime) -> None:
    """Prolong these claims' leases. One that was lost stays lost."""
    Batch.objects.filter(claim__in=idents, state=Batch.State.CLAIMED).update(leased_until=now + LEASE)


@transaction.atomic
def give_back(claim: Claim, outcome: Outcome, now: datetime) -> bool:
    """Write down what is left of the batch; its last one ends the campaign. False: the claim was lost.

    Unsent messages wait in the same batch, those to be tried later in batches of their own; a batch with
    unknown outcomes stays claimed until the provider's list can be trusted.
    """
    if not _mine(claim.batch, claim.ident).select_for_update().exists():
        return False
    _plan_again(claim.batch, claim.campaign, outcome.unsent, now)
    _split_off(claim, outcome, now)
    delivery.not_taken(outcome.codes)
    if outcome.unknown:
        _mine(claim.batch, claim.ident).update(leased_until=now + delivery.SURE_AFTER)
    else:
        _release(claim.batch, claim.ident, outcome.waits_until)
        finish_if_sent(claim.campaign, now)
    return True


@transaction.atomic
def settle(doubt: Doubt, absent: Sequence[int], unproven: Sequence[int], now: datetime) -> bool:
    """Write down what the provider said of a doubtful batch. False: somebody else took it over.

    `absent` messages never reached the provider and wait again; for `unproven` ones it is asked again later,
    while everybody else of the batch goes on.
    """
    if not _mine(doubt.batch, doubt.ident).select_for_update().exists():
        return False
    _plan_again(doubt.batch, doubt.campaign, absent, now)
    if unproven and not _part(doubt, unproven, now):
        _mine(doubt.batch, doubt.ident).update(leased_until=now + LEASE)
        return True
    _release(doubt.batch, doubt.ident, None)
    finish_if_sent(doubt.campaign, now)
    return True


def _part(doubt: Doubt, unproven: Sequence[int], now: datetime) -> bool:
    """Give those in doubt a batch of their own, in doubt as this one was. False: there is nobody else."""
    in_doubt = Recipient.objects.filter(batch=doubt.batch, attempts__message__in=unproven)
    ids = list(in_doubt.values_list("pk", flat=True))
    if not Recipient.objects.filter(batch=doubt.batch).exclude(pk__in=ids).exists():
        return False
    batch = Batch.objects.get(pk=doubt.batch)
    batch.pk, batch.claim, batch.leased_until = None, uuid.uuid4(), now + LEASE
    batch.save(force_insert=True)
    Recipient.objects.filter(pk__in=ids).update(batch=batch)
    return True


def _held_still(campaign: int) -> Campaign:
    """The campaign, whose state stays until the commit: it may have been stopped just now.

    A stop or correction waits for that moment, so that a correction finds everybody who was marked, and the
    end of its time everybody who was put back.
    """
    return Campaign.objects.raw(f"SELECT * FROM {_CAMPAIGN} WHERE id = %s FOR SHARE", [campaign])[0]  # noqa: S608 - ours


def _fits_the_line(batch: Batch, now: datetime) -> bool:
    """Whether the batch's calls may all be on the line beside those that are; texts need no line."""
    if batch.channel != Channel.VOICE:
        return True
    calls = Recipient.objects.filter(batch=batch, step__lt=batch.step).count()
    return outbound.room(batch.sender, calls, now)


def _mine(batch: int, ident: uuid.UUID) -> QuerySet[Batch]:
    return Batch.objects.filter(pk=batch, claim=ident, state=Batch.State.CLAIMED)


def _hold(batch: Batch, now: datetime) -> uuid.UUID:
    ident = uuid.uuid4()
    Batch.objects.filter(pk=batch.pk).update(
        state=Batch.State.CLAIMED, claim=ident, leased_until=now + LEASE, waits_until=None
    )
    return ident


def _release(batch: int, ident: uuid.UUID, waits_until: datetime | None) -> None:
    """Ready again while somebody in it still waits, else done."""
    left = Recipient.objects.filter(batch=OuterRef("pk"), step__lt=OuterRef("step"))
    state = Case(When(Exists(left), then=Value(Batch.State.READY)), default=Value(Batch.State.DONE))
    _mine(batch, ident).update(state=state, claim=None, leased_until=None, waits_until=waits_until)


def _plan_again(batch: int, campaign: int, messages: Sequence[int], now: datetime) -> None:
    """Put back what was certainly not sent: the rows stand as if the batch had never been claimed.

    Where the campaign's time is over meanwhile, whoever was asked before waits for the officers' list.
    """
    if not messages:
        return
    held = _held_still(campaign)
    delivery.put_back(messages)
    outbound.put_back(messages)
    step = Batch.objects.values_list("step", flat=True).get(pk=batch)
    waiting = Attempt.objects.filter(
        message__in=messages, message__status=DeliveryStatus.QUEUED, message__provider_sid=None
    ).values_list("recipient", flat=True)
    # Who is on the list already, as its time was over, stays there; who called meanwhile is in no batch.
    rows = Recipient.objects.filter(pk__in=list(waiting), batch=batch, step=step)
    found = list(rows.values_list("pk", flat=True))
    _forget_the_try(found, messages, step)
    rows.update(step=step - 1, due_at=None)
    if held.expired:
        expiry.leave_for_the_list(held, Recipient.objects.filter(pk__in=found), now)


def _forget_the_try(recipients: Sequence[int], messages: Sequence[int], step: int) -> None:
    """Whose delivery shows this very try: nothing has reached them, as before it.

    Whom nothing else was ever sent has not been asked: at night they are asked first, not reminded.
    """
    others = Attempt.objects.filter(recipient__in=recipients).exclude(message__in=messages)
    asked = set(others.values_list("recipient", flat=True))
    again = Recipient.objects.filter(pk__in=asked)
    first = Recipient.objects.filter(pk__in=set(recipients) - asked)
    shown = Q(delivery=DeliveryStatus.SENDING, progress=step * 10 + DeliveryStatus.SENDING.rank)
    again.filter(shown).update(delivery=DeliveryStatus.FAILED, progress=step * 10 - 10 + _OVER)
    first.filter(shown).update(delivery=PLANNED, progress=0)
    first.update(asked_at=None)


def _split_off(claim: Claim, outcome: Outcome, now: datetime) -> None:
    """Give the refused, by the time they may be tried again, batches of their own.

    Who was refused with a code has one of its tries less; "too many requests" costs nobody a try.
    """
    later = outcome.later
    _plan_again(claim.batch, claim.campaign, list(later), now)
    for when in sorted(set(later.values())):
        mine = [message for message, at in later.items() if at == when]
        batch = Batch.objects.create(
            campaign_id=claim.campaign,
            sender=claim.sender,
            urgency=claim.urgency,
            number=claim.number,
            step=claim.step,
            channel=claim.channel,
            waits_until=when,
        )
        refused = [message for message in mine if message in outcome.codes]
        Attempt.objects.filter(message__in=refused).update(refusals=F("refusals") + 1)
        waiting = Recipient.objects.filter(attempts__message__in=mine, step__lt=claim.step)
        Recipient.objects.filter(pk__in=list(waiting.values_list("pk", flat=True))).update(batch=batch)


def _unsure(batch: Batch) -> Sequence[delivery.Unsure]:
    wordings = Wordings(batch.campaign)
    rows = Message.objects.filter(
        attempt__recipient__batch=batch,
        attempt__step=batch.step,
        attempt__channel=batch.channel,
        status=DeliveryStatus.SENDING,
        provider_sid=None,
    ).select_related("contact", "attempt__recipient")
    return [
        delivery.Unsure(
            message=message.pk,
            to=message.contact.phone,
            sender=message.sender,
            body=wordings.of(message.attempt.recipient.language).body,
            since=(message.status_at or message.created_at) - delivery.CLOCK_SKEW,
        )
        for message in rows
    ]
