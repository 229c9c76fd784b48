"""Every job of the campaigns, by the ids it is given. Any of them may run twice, late or not at all."""

import asyncio
import time
from datetime import timedelta
from random import SystemRandom
from typing import Final

from django.utils import timezone

from campaigns import (
    batches,
    collecting,
    dispatch,
    escalation,
    expiry,
    inquiries,
    live,
    progress,
    recall,
    replies,
    rerouting,
    tally,
)
from campaigns.cap import feeds, fetching
from campaigns.models import Batch, Campaign
from campaigns.states import finish_if_sent
from channels_sms import outbound
from core import breaker, endings, queues, sender_health

_RECENT: Final = timedelta(days=1)
_COLLECTS: Final = 1.0  # seconds: other urgent work waits no longer than for this and a part


def dispatch_batch(batch_id: int) -> None:
    """Work on that batch and on whatever else waits, for a few seconds; then queue one job for the rest."""
    dispatch.work(batch_id, clock=timezone.now, rng=SystemRandom())
    rest = dispatch.following(timezone.now())
    if rest is not None and not breaker.is_open():
        queues.put(queues.CAMPAIGN, batches.JOB, rest)


def collect(campaign_id: int) -> None:
    """Write the campaign's next recipients for a moment; then queue one job for the rest."""
    ends = time.monotonic() + _COLLECTS
    more = True
    while more and time.monotonic() < ends:
        more = collecting.go_on(campaign_id, timezone.now())
    _wake_if_idle()
    if more:
        queues.put(queues.URGENT, collecting.JOB, campaign_id)


def sweep() -> None:
    """Each minute: whatever waits and is not queued, was lost with its worker, or was left unsaid."""
    now = timezone.now()
    if breaker.probe_is_due(now):
        queues.put(queues.ROUTINE, "campaigns.jobs.probe")
    expiry.expire(now)
    recall.queue_what_is_due(now)
    _wake_if_idle()
    for campaign in collecting.unfinished():
        queues.put(queues.URGENT, collecting.JOB, campaign)
    queues.put(queues.ROUTINE, "campaigns.jobs.settle")
    for campaign in Campaign.objects.filter(state=Campaign.State.RUNNING).values_list("pk", flat=True):
        live.publish_unsaid(campaign, now)
    live.say_unsaid_of_inbox(now)
    tally.fold()


def recall_messages(campaign_id: int) -> None:
    """Call back what the provider still holds of a campaign that was stopped or is too late."""
    recall.recall(campaign_id, clock=timezone.now)


def probe() -> None:
    """Ask whether the provider lets our account in again; if so, go on at once."""
    now = timezone.now()
    if breaker.probe(now):
        batches.wake(now)


def climb() -> None:
    """Each minute: move who has not answered to the next rung of their campaign's ladder."""
    now = timezone.now()
    escalation.climb(now)
    escalation.list_overdue(now)
    inquiries.ask_waiting(outbound.say, now)


def settle() -> None:
    """Pass on news that a dying process had only half written, and end campaigns that have nothing left."""
    now = timezone.now()
    sender_health.review(now)
    rerouting.reroute(now)
    progress.catch_up(now, since=now - _RECENT)
    unfinished = Batch.objects.exclude(state=Batch.State.DONE).values("campaign")
    over = Campaign.objects.filter(state=Campaign.State.RUNNING).exclude(pk__in=unfinished)
    for campaign in over.values_list("pk", flat=True):
        finish_if_sent(campaign, now)


def ask_about_endings() -> None:
    """Every quarter of an hour: ask whose stay is about to end, nobody who still has to answer a check-in."""
    endings.ask(outbound.say, replies.unanswered(timezone.now()), timezone.now())


def _wake_if_idle() -> None:
    if queues.waiting(queues.CAMPAIGN) < batches.WAKE:
        batches.wake(timezone.now())


def watch_feeds() -> None:
    """Every two minutes: keep new alerts of the watched feeds, and make drafts of the clear ones."""
    feeds.poll(_fetch, now=timezone.now())


def _fetch(url: str, largest: int, known: fetching.Version) -> fetching.Fetched:
    return asyncio.run(fetching.fetch(url, largest=largest, known=known))
