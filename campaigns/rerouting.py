"""Batches that wait for a sender which is gone, or fares badly, go to another before anybody claims them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, QuerySet

from campaigns import expiry
from campaigns.batches import to_send
from campaigns.models import Batch, Campaign, Recipient
from core import gateway, sender_health
from telephony.messages import Channel, DeliveryStatus

AT_ONCE: Final = 100
"""Batches of one sender looked at each time, the next ones first: more than it sends within a minute."""


_KEYS: Final = 4


class Why(StrEnum):
    """Why a batch should not wait where it is."""

    SPARED = "spared"  # its sender fares badly there
    REFUSED = "refused"  # it does, and has refused this very batch
    GONE = "gone"  # the settings no longer list its sender


def reroute(now: datetime) -> int:
    """Move what should not wait where it is; returns how many batches. A batch in a worker's hands stays.

    Of a sender that fares badly towards the country of most of a batch's phones, a trickle stays. What that
    sender could not take waits no longer with another.
    """
    moved = 0
    for channel in Channel:
        listed = gateway.names(channel)
        spared = {sender for sender, on, _ in sender_health.spared_routes() if on == channel}
        waiting = to_send(now).filter(channel=channel)
        for sender in sorted(spared & listed):
            moved += _move(list(waiting.filter(sender=sender)[:AT_ONCE]), channel, Why.SPARED)
            moved += _move(list(_refused(channel, now).filter(sender=sender)[:AT_ONCE]), channel, Why.REFUSED)
        moved += _move(list(waiting.exclude(sender__in=listed)[:AT_ONCE]), channel, Why.GONE)
    return moved


def relieve(batch: int, now: datetime) -> bool:
    """The same for a batch that was not taken and is ready again: else its worker has it again at once."""
    row = to_send(now).filter(pk=batch).first()
    if row is None:
        return False
    channel = Channel(row.channel)
    if row.sender not in gateway.names(channel):
        return bool(_move([row], channel, Why.GONE))
    spared = {(sender, on) for sender, on, _ in sender_health.spared_routes()}
    return (row.sender, row.channel) in spared and bool(_move([row], channel, Why.REFUSED))


def _refused(channel: Channel, now: datetime) -> QuerySet[Batch]:
    """Batches that wait because of the sender they were given to: its queue was full, say."""
    refused = Recipient.objects.filter(
        batch=OuterRef("pk"),
        attempts__message__status=DeliveryStatus.QUEUED,
        attempts__message__provider_sid=None,
        attempts__message__error_code__isnull=False,
    )
    return Batch.objects.filter(
        Exists(refused),
        expiry.lasting(now, "campaign__"),
        channel=channel,
        state=Batch.State.READY,
        waits_until__gt=now,
        campaign__state=Campaign.State.RUNNING,
    ).order_by("-urgency", "number")


def _move(rows: Sequence[Batch], channel: Channel, why: Why) -> int:
    found = {batch.pk: batch for batch in rows}
    regions = _regions(list(found))
    asking = dict(Campaign.objects.filter(batches__in=list(found)).values_list("pk", "kind").distinct())
    moved = 0
    for pk, batch in found.items():
        two_way = asking.get(batch.campaign_id) == Campaign.Kind.CHECK_IN or channel is Channel.VOICE
        to = _taker(batch, regions.get(pk, Counter()), why, two_way=two_way)
        if to != batch.sender:
            still = Batch.objects.filter(pk=pk, state=Batch.State.READY, sender=batch.sender)
            moved += still.update(sender=to, waits_until=None)
    return moved


def _taker(batch: Batch, regions: Counter[str], why: Why, *, two_way: bool) -> str:
    """The sender that should have the batch: one that reaches every phone of it, or the one that has it."""
    region = regions.most_common(1)[0][0] if regions else ""
    channel, orphan = Channel(batch.channel), why is Why.GONE
    # What its sender has refused already is no trickle to try it with: neighbouring keys lie far apart.
    for key in range(batch.pk, batch.pk + (_KEYS if why is Why.REFUSED else 1)):
        to = gateway.instead_of(batch.sender, region, channel, key=key, two_way=two_way)
        if to is None and orphan:
            to = gateway.instead_of(batch.sender, region, channel, key=key, two_way=False)
        reaches_all = to is not None and all(to.reaches(other or None) for other in regions)
        if to is not None and to.id != batch.sender and (reaches_all or orphan):
            return to.id
    return batch.sender


def _regions(batches: Sequence[int]) -> Mapping[int, Counter[str]]:
    """Of which countries the phones are that wait in each of these batches."""
    rows = Recipient.objects.filter(batch__in=batches, step__lt=F("batch__step"), contact__isnull=False)
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for batch, region, count in rows.values_list("batch", "contact__region").annotate(Count("pk")).order_by():
        found[batch][region] += count
    return found
