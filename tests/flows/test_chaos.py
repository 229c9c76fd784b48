"""Everything dies once in the middle of a campaign, as real processes: nobody twice, nobody missing."""

import json
from random import Random

import psycopg
import pytest
from django.utils import timezone

from bench import chaos
from bench.chaos import Fault, Part
from telephony.numbers import synthetic
from tests import service

pytestmark = pytest.mark.processes

PEOPLE = 500  # as the project promises of a killed worker
# Fast enough for a test, slow enough that everything dies in the middle.
SENDER = {"id": synthetic(0).e164, "segments_per_second": 40}
TROUBLE = (
    Fault("answer", 0.05, 429),
    Fault("lose-answer", 1, count=2),
    Fault("repeat-callback", 0.2),
    Fault("reorder-callbacks", 0.2),
)


def test_whatever_dies_every_phone_has_one_text_a_step_and_every_answer_is_counted() -> None:
    with service.running(settings={"SENDERS": json.dumps([SENDER])}) as running:
        chaos.connect_phones(running, PEOPLE, after=1.0)
        chaos.set_faults(running, TROUBLE)
        campaign = chaos.side(running, "launch", PEOPLE)["campaign"]
        service.until(lambda: len(running.sends()) > PEOPLE // 10, what="the sending to begin")
        # The scheduler comes last: it sweeps as soon as it is there again.
        for part in (Part.WORKER, Part.REDIS, Part.POSTGRES, Part.SCHEDULER):
            assert chaos.kill(running, part, Random(1)), part
        assert len(running.sends()) < PEOPLE, "it was all sent before anything died"

        service.until(lambda: _forget_leases(running), what="the database")
        service.until(lambda: len(running.sends()) >= PEOPLE, what="the last text", seconds=120)
        service.until(lambda: chaos.is_quiet(running, PEOPLE), what="the last answer")
        assert chaos.deliver_again(running, 0)
        service.until(lambda: not chaos.write_again(running, PEOPLE), what="everybody to be heard")
        chaos.side(running, "settle", campaign)
        silent = sum(chaos.habit(place) == chaos.SILENT for place in range(PEOPLE))
        found = chaos.breaches(running, campaign)
        assert found == {**dict.fromkeys(found, 0), "behind": silent}
        service.stop(running)
        assert service.processes(running.var_dir) == set()


def _forget_leases(running: service.Service) -> bool:
    """Let the minute pass for which a dead worker's claim holds; False while the database is not back."""
    try:
        with psycopg.connect(chaos.database(running), connect_timeout=2) as line:
            line.execute(
                "UPDATE campaigns_batch SET leased_until = %s WHERE state = 'claimed'",
                [timezone.now()],
            )
    except psycopg.OperationalError:
        return False
    return True
