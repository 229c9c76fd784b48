"""One side of the dispatch benchmark, alone in its process: prints notes, then messages a second."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import django
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from bench import kannel, spent, textbook

django.setup()

import django_rq  # noqa: E402 - the models need settings first
from rq import SimpleWorker, Worker  # noqa: E402
from rq.worker import BaseWorker  # noqa: E402

from bench import crowd  # noqa: E402
from campaigns import collecting, launch, tally  # noqa: E402
from campaigns.models import Batch  # noqa: E402
from config import workers  # noqa: E402
from core.models import Message  # noqa: E402

_ROOT = Path(__file__).resolve().parent.parent
_LOOK = 0.1  # rarely enough not to be felt


def ours(recipients: int, *, count: int) -> float:
    """From the commit of the recipients to the last message being written, by so many worker processes."""
    call_command("migrate", verbosity=0)
    now = timezone.now()
    crowd.register(recipients, now)
    campaign, approver = crowd.approved_check_in(textbook.TEXT, now)
    command = [sys.executable, "-m", "bench.sides", "worker", "0"]
    processes = [subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.DEVNULL) for _ in range(count)]
    try:
        while SimpleWorker.count(connection=django_rq.get_connection("campaign")) < count:
            time.sleep(_LOOK)
        began = time.perf_counter()
        with transaction.atomic():  # the workers hear of it when all recipients are written
            launch.launch(campaign, by=approver, now=timezone.now())
            while collecting.go_on(campaign.pk, timezone.now()):
                pass
        frozen = time.perf_counter()
        meter = _meter(processes)
        while Batch.objects.exclude(state=Batch.State.DONE).exists():
            if any(process.poll() is not None for process in processes):
                sys.exit("dispatch: a worker died")
            time.sleep(_LOOK)
        counted = tally.of(campaign)
        took = time.perf_counter() - frozen
        peak = max(spent.peak_mb(each.pid) for each in processes)
        print(f"dispatch workers={count} cpu_ms_a_message {meter.a_message(recipients)}")
        print(f"dispatch workers={count} recipients={recipients} peak_mb={peak:.0f}", flush=True)
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait()
    unsent = Message.objects.filter(direction=Message.Direction.OUT, provider_sid=None).count()
    if counted.sending != recipients or unsent:
        sys.exit(f"dispatch: {counted.sending} of {recipients} sent, {unsent} without the provider's id")
    print(f"dispatch frozen_per_second={recipients / (frozen - began):.0f}")
    return recipients / took


def _meter(workers: Sequence["subprocess.Popen[bytes]"]) -> spent.Meter:
    """What each part of the sending takes; the workers together are one of them, this process another."""
    redis: int = django_rq.get_connection("campaign").info("server")["process_id"]
    return spent.meter(
        workers=[each.pid for each in workers],
        postgres=[spent.postgres_of(Path(os.environ["VAR_DIR"]))],
        redis=[redis],
        sink=[int(os.environ["BENCH_SINK"])],
    )


def run_worker(_nothing: int) -> float:
    """One worker of the service for the campaign queue."""
    workers.run(["campaign"])
    return 0.0


def simple(messages: int) -> float:
    """One job for each message in RQ's worker that does not fork."""
    return _jobs(messages, SimpleWorker)


def forked(messages: int) -> float:
    """One job for each message in RQ's default worker."""
    return _jobs(messages, Worker)


def _jobs(messages: int, kind: type[BaseWorker]) -> float:
    queue = django_rq.get_queue("routine")
    for number in range(messages):
        queue.enqueue(textbook.send_one, number)
    began = time.perf_counter()
    kind([queue], connection=queue.connection, serializer=queue.serializer).work(
        burst=True, logging_level="ERROR"
    )
    return messages / (time.perf_counter() - began)


def main() -> None:
    """Run the side named first with the numbers that follow."""
    side, *numbers = sys.argv[1], *map(int, sys.argv[2:])
    sides: dict[str, Callable[[int], float]] = {
        "bare": partial(textbook.bare, in_flight=numbers[-1]),
        "ours": partial(ours, count=numbers[-1]),
        "worker": run_worker,
        "simple": simple,
        "forked": forked,
        "kannel": kannel.kannel,
    }
    figure = sides[str(side)](numbers[0])
    print(figure)


if __name__ == "__main__":
    main()
