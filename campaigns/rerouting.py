"""Batches that wait for a sender which is gone, or fares badly, go to another before anybody claims them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db.models import Count, F

from campaigns.batches import to_send
from campaigns.models import Batch, Campaign, Recipient
from core import gateway, sender_health
from telephony.messages import Channel

AT_ONCE: Final = 100
"""Batches of one sender looked at each time, the next ones first: more than it sends within a minute."""


def reroute(now: datetime) -> int:
    """Move what should not wait where it is; returns how many batches. A batch in a worker's hands stays.

    Of a sender that fares badly towards the country of most of a batch's phones, a trickle stays.
    """
    moved = 0
    for channel in Channel:
        listed = {one.id for one in gateway.senders() if (one.sms if channel is Channel.SMS else one.voice)}
        spared = {sender for sender, on, _ in sender_health.spared_routes() if on == channel}
        waiting = to_send(now).filter(channel=channel)
        for sender in sorted(spared & listed):
            moved += _move(list(waiting.filter(sender=sender)[:AT_ONCE]), channel, orphans=False)
        moved += _move(list(waiting.exclude(sender__in=listed)[:AT_ONCE]), channel, orphans=True)
    return moved


def _move(rows: Sequence[Batch], channel: Channel, *, orphans: bool) -> int:
    found = {batch.pk: batch for batch in rows}
    regions = _regions(list(found))
    asking = dict(Campaign.objects.filter(batches__in=list(found)).values_list("pk", "kind").distinct())
    moved = 0
    for pk, batch in found.items():
        two_way = asking.get(batch.campaign_id) == Campaign.Kind.CHECK_IN or channel is Channel.VOICE
        to = _taker(batch, regions.get(pk, Counter()), channel, two_way=two_way, orphan=orphans)
        if to != batch.sender:
            still = Batch.objects.filter(pk=pk, state=Batch.State.READY, sender=batch.sender)
            moved += still.update(sender=to)
    return moved


def _taker(batch: Batch, regions: Counter[str], channel: Channel, *, two_way: bool, orphan: bool) -> str:
    """The sender that should have the batch: one that reaches every phone of it, or the one that has it."""
    region = regions.most_common(1)[0][0] if regions else ""
    to = gateway.instead_of(batch.sender, region, channel, key=batch.pk, two_way=two_way)
    if to is None and orphan:
        to = gateway.instead_of(batch.sender, region, channel, key=batch.pk, two_way=False)
    reaches_all = to is not None and all(to.reaches(other or None) for other in regions)
    return to.id if to is not None and (reaches_all or orphan) else batch.sender


def _regions(batches: Sequence[int]) -> Mapping[int, Counter[str]]:
    """Of which countries the phones are that wait in each of these batches."""
    rows = Recipient.objects.filter(batch__in=batches, step__lt=F("batch__step"), contact__isnull=False)
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for batch, region, count in rows.values_list("batch", "contact__region").annotate(Count("pk")).order_by():
        found[batch][region] += count
    return found
