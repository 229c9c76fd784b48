"""Does everybody get every text exactly once, and is every answer counted, while things die all around?

Question: a check-in for PEOPLE people, asked again after a minute and then put on the officers' list. At
moments drawn by the seed a worker, the scheduler, a web process, Redis (which comes back empty) or PostgreSQL
is killed. The provider refuses, breaks off, answers too late, or takes a text and drops the line. Its
callbacks come twice, late, in the wrong order or never. What people wrote is delivered again. The judge is
the provider's own log of accepted texts. One line a figure; exit code 1 when a promise was broken.

The first texts take three tenths of MINUTES, the ladder behind them four to five minutes more whatever their
number: with 8 minutes or less it may not be over in time. It ends when all is done, at the latest some
three minutes after MINUTES. 20,000 people want 12 on two cores that have nothing else to do.
"""

import argparse
import json
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final
from urllib.error import URLError

import psycopg

from bench import chaos, ending
from bench.chaos import Part
from telephony.numbers import synthetic
from tests import service
from tests.service import Service

PEOPLE: Final = 2_000
MINUTES: Final = 10.0
SEED: Final = 7

_QUIET_SHARE: Final = 0.5  # of the time: things die in the first half, the rest is for what is left to do
_EVERY: Final = 20.0  # seconds between two deaths, about
_LOOK: Final = 0.5
_LOOK_FOR_QUIET: Final = 2.0
_WEIGHTS: Final = {
    Part.WORKER: 4,
    Part.ROUTINE_WORKER: 1,
    Part.SCHEDULER: 1,
    Part.WEB: 1,
    Part.REDIS: 2,
    Part.POSTGRES: 2,
}
_ANSWER_AFTER: Final = 3.0
_LAST_TEXTS: Final = 120.0
_SENDERS: Final = 2
_SAID: Final = 200  # lines of the service, to look for the reason in


@dataclass(slots=True)
class _Run:
    """One run: what it is about and what was done so far."""

    service: Service
    campaign: int
    people: int
    seconds: float
    rng: Random
    killed: Counter[Part] = field(default_factory=Counter)
    again: int = 0

    def until_done(self) -> bool:
        """Let things die until the campaign is over, or the time; whether it is over."""
        began = time.monotonic()
        strike = self._pause()
        while (passed := time.monotonic() - began) < self.seconds:
            if self._is_done():
                return True
            if strike < passed < self.seconds * _QUIET_SHARE:
                part = self.rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
                self.killed[part] += chaos.kill(self.service, part, self.rng)
                strike = passed + self._pause()
            with suppress(URLError):  # nobody answers it for the moment: that is the test
                self.again += chaos.deliver_again(self.service, self.rng.randrange(self.people))
            time.sleep(_LOOK)
        return False

    def _pause(self) -> float:
        return self.rng.uniform(0.5, 1.5) * _EVERY

    def _is_done(self) -> bool:
        """Whether the campaign is over; a database that is down knows nothing."""
        with (
            suppress(psycopg.Error),
            psycopg.connect(chaos.database(self.service), connect_timeout=2) as line,
        ):
            row = line.execute("SELECT state FROM campaigns_campaign WHERE id = %s", [self.campaign])
            return row.fetchone() == ("done",)
        return False


def main() -> None:
    """Print one line a figure."""
    given = _given()
    ending.in_order()  # the service would go on
    rate = given.people / (given.minutes * 60 * _QUIET_SHARE * 0.6) / _SENDERS
    senders = [
        {"id": synthetic(place).e164, "segments_per_second": max(5.0, rate)} for place in range(_SENDERS)
    ]
    with service.running("--workers", "2", settings={"SENDERS": json.dumps(senders)}) as running:
        chaos.connect_phones(running, given.people, after=_ANSWER_AFTER)
        chaos.set_faults(running, chaos.TROUBLE)
        campaign = chaos.side(running, "launch", given.people)["campaign"]
        run = _Run(running, campaign, given.people, given.minutes * 60, Random(given.seed))
        began = time.monotonic()
        done = run.until_done()
        took = time.monotonic() - began
        wrong = {"unfinished": int(not done), **_aftermath(run)}
        service.stop(running)
        wrong["left_running"] = len(service.processes(running.var_dir))
    print(f"chaos people={given.people} seed={given.seed} seconds={took:.0f}")
    print("chaos " + " ".join(f"killed_{part.name.lower()}={run.killed[part]}" for part in Part))
    print("chaos " + " ".join(f"{name}={count}" for name, count in wrong.items()))
    if any(wrong.values()):
        sys.stderr.writelines(running.said[-_SAID:])
        sys.exit("chaos: a promise was broken")


def _aftermath(run: _Run) -> dict[str, int]:
    """What is wrong once all is calm, and everybody who was not heard has written again."""
    chaos.set_faults(run.service, ())
    restless = not _is_quiet_in_time(run)
    unheard = chaos.write_again(run.service, run.people)
    late = chaos.side(run.service, "settle", run.campaign)["risen"]
    print(f"chaos accepted={len(run.service.sends())} delivered_again={run.again}")
    print(f"chaos wrote_again={unheard} news_asked_for={late}")
    return {"restless": int(restless), **chaos.breaches(run.service, run.campaign)}


def _is_quiet_in_time(run: _Run) -> bool:
    """Wait for the last texts. The list of many phones is long: asking all the time would hold them up."""
    end = time.monotonic() + _LAST_TEXTS
    while time.monotonic() < end:
        if chaos.is_quiet(run.service, run.people):
            return True
        time.sleep(_LOOK_FOR_QUIET)
    return False


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench chaos")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="it must be over by then")
    return parser.parse_args()


if __name__ == "__main__":
    main()
