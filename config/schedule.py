"""What is done by the clock, and the RQ scheduler that queues it. One scheduler runs per installation."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import django_rq
from rq.cron import CronJob, CronScheduler
from rq.utils import now

from core import queues


@dataclass(frozen=True, slots=True)
class Entry:
    """A job (the dotted name of a function in a jobs module) that is queued again and again.

    Two of the same may meet in the queue: each of these jobs does no harm twice.
    """

    job: str
    queue: str
    every: timedelta


SCHEDULE: Final = (
    Entry("campaigns.jobs.sweep", queues.URGENT, timedelta(minutes=1)),
    Entry("channels_sms.jobs.say_what_waits", queues.URGENT, timedelta(minutes=1)),
    Entry("campaigns.jobs.ask_about_endings", queues.ROUTINE, timedelta(minutes=15)),
    Entry("campaigns.jobs.watch_feeds", queues.ROUTINE, timedelta(minutes=2)),
    Entry("channels_voice.jobs.ring_waiting", queues.URGENT, timedelta(minutes=1)),
    Entry("campaigns.jobs.climb", queues.CAMPAIGN, timedelta(minutes=1)),
    Entry("channels_voice.jobs.ask_about_calls", queues.ROUTINE, timedelta(minutes=2)),
    Entry("channels_voice.jobs.fetch_recordings", queues.ROUTINE, timedelta(minutes=1)),
    Entry("core.jobs.reconcile", queues.ROUTINE, timedelta(minutes=5)),
    Entry("core.jobs.erase_provider_copies", queues.ROUTINE, timedelta(minutes=10)),
    Entry("core.jobs.purge", queues.ROUTINE, timedelta(hours=1)),
)


class Scheduler(CronScheduler):
    """RQ's scheduler, except that jobs are queued as JSON like all others: its own way is pickle only."""

    def enqueue_jobs(self) -> list[CronJob]:
        """Queue what is due. Returns the entries that were."""
        due = [job for job in self.get_jobs() if job.should_run()]
        for job in due:
            queues.put(job.queue_name, job.func_name)
            job.set_enqueue_time(now())
        return due


def scheduler() -> Scheduler:
    """The scheduler with every entry, all of them due at once."""
    made = Scheduler(django_rq.get_connection(queues.ROUTINE), logging_level="WARNING")
    made.get_jobs().extend(
        CronJob(entry.queue, func_name=entry.job, interval=int(entry.every.total_seconds()))
        for entry in SCHEDULE
    )
    return made
