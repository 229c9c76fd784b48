"""Is everybody heard who answers at once, while half the country is still being asked?

Question: BENCH_ANSWERS signed answers within BENCH_SECONDS through HTTP (signature, understanding, database,
cases, reply) while a check-in for BENCH_RECIPIENTS people is sent at the pace at which it lasts as long.
Full size: 100,000 answers within 300 s, 200,000 recipients; without the settings a part of it, at the same
rates. Each answer comes from a phone that has its text, in the words of bench.chaos. Before the storm the
campaign has the machine for itself: that is the baseline of its rate. The provider that takes the texts, the
load generator and the service with its servers share this machine's cores. Exit code 1 when a promise was
broken.
"""

import asyncio
import json
import os
import statistics
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

import aiohttp

from bench import carrier, load, running
from bench.carrier import Carrier
from bench.chaos import SILENT, habit
from bench.numbers import number

FULL: Final = (100_000, 200_000, 300.0)
ANSWERS: Final = 10_000
RECIPIENTS: Final = 20_000
SECONDS: Final = 30.0

_ALONE: Final = 0.2  # of the seconds, before the storm
_PATIENCE: Final = 120.0  # seconds, beside twice those of the storm, until texts come that must come
_NEEDED: Final = 0.7  # of the recipients answer at all: bench.chaos
_CONNECTIONS: Final = 100


@dataclass(frozen=True, slots=True)
class _Size:
    answers: int
    recipients: int
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    @property
    def pace(self) -> float:
        """Texts a second at which the campaign lasts as long as the storm and the time before it."""
        return self.recipients / (self.seconds * (1 + _ALONE))

    @property
    def alone(self) -> int:
        """Texts before the storm."""
        return int(self.recipients * _ALONE / (1 + _ALONE))

    @property
    def patience(self) -> float:
        """Seconds after which texts that did not come do not come any more."""
        return _PATIENCE + 2 * self.seconds


@dataclass(slots=True)
class _Storm:
    """What came of it. `places` of the phones; `waits` in seconds; `late`: the longest that an answer came
    behind its time; `sent`: texts when the last was answered."""

    places: Mapping[str, int]
    answered: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    late: float = 0.0
    refused: int = 0
    took: float = 0.0
    sent: int = 0


def main() -> None:
    """Print one line a figure."""
    size = _Size(
        int(os.environ.get("BENCH_ANSWERS", ANSWERS)),
        int(os.environ.get("BENCH_RECIPIENTS", RECIPIENTS)),
        float(os.environ.get("BENCH_SECONDS", SECONDS)),
    )
    if size.answers > size.recipients * _NEEDED:
        sys.exit("storm: of ten recipients seven answer: BENCH_RECIPIENTS is too small")
    asyncio.run(_run(size))


async def _run(size: _Size) -> None:
    async with carrier.accepting() as taking:
        with running.everything(taking.settings(size.pace)) as target:
            await running.side(target, "register", size.recipients)
            storm = _Storm({number(place).e164: place for place in range(size.recipients)})
            campaign = (await running.side(target, "launch", 0))["campaign"]
            await _let_loose(target, taking, size, storm)
            await _judge(target, taking, size, storm, campaign)


async def _judge(target: running.Target, taking: Carrier, size: _Size, storm: _Storm, campaign: int) -> None:
    sent, alone = storm.sent, size.alone
    complete = await taking.until_accepted(size.recipients, seconds=size.patience)
    found = await running.side(target, "breaches", campaign, given=json.dumps(storm.answered))
    texts = Counter(one.to for one in taking.accepted)
    wrong = {
        "refused": storm.refused,
        "unsent": 0 if complete else size.recipients - len(texts),
        "twice": sum(count > 1 for count in texts.values()),
        **found,
    }
    of_answers, of_recipients = size.answers / FULL[0], size.recipients / FULL[1]
    print(f"storm answers={size.answers} recipients={size.recipients} seconds={size.seconds:.0f}")
    print(f"storm share_of_full_answers={of_answers:.3f} share_of_full_recipients={of_recipients:.3f}")
    print(f"storm offered_per_second={size.rate:.0f} answered_per_second={len(storm.waits) / storm.took:.0f}")
    print(f"storm answered_share={len(storm.waits) / size.answers:.3f} late_ms={storm.late * 1000:.0f}")
    print(
        f"storm p50_ms={statistics.median(storm.waits) * 1000:.0f} p99_ms={load.p99(storm.waits) * 1000:.0f}"
    )
    before, meanwhile = taking.per_second(alone // 5, alone), taking.per_second(alone, sent)
    print(
        f"storm sent_per_second={meanwhile:.0f} pace={size.pace:.0f} share_of_calm={meanwhile / before:.2f}"
    )
    print("storm " + " ".join(f"{name}={count}" for name, count in wrong.items()))
    if any(wrong.values()):
        sys.exit("storm: a promise was broken")


async def _let_loose(target: running.Target, taking: Carrier, size: _Size, storm: _Storm) -> None:
    """Answer at the rate, whatever the answers take, from phones in the order of their texts."""
    if not await taking.until_accepted(size.alone, seconds=size.patience):
        sys.exit("storm: the campaign did not begin")
    tasks, next_one = [], 0
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
    async with aiohttp.ClientSession(target.base_url, connector=connector) as session:
        began = monotonic()
        for index in range(size.answers):
            due = began + index / size.rate
            await asyncio.sleep(max(0.0, due - monotonic()))
            place, next_one = await _next(taking, storm.places, next_one)
            storm.late = max(storm.late, monotonic() - due)
            tasks.append(asyncio.create_task(_answer(session, target, place, storm)))
        await asyncio.gather(*tasks)
        storm.took, storm.sent = monotonic() - began, len(taking.accepted)


async def _next(taking: Carrier, places: Mapping[str, int], start: int) -> tuple[int, int]:
    """The place of the next phone that answers at all, from there on in the order of the texts."""
    while True:
        if not await taking.until_accepted(start + 1, seconds=_PATIENCE):
            sys.exit("storm: the campaign stood still")
        place = places[taking.accepted[start].to]
        start += 1
        if habit(place) != SILENT:
            return place, start


async def _answer(session: aiohttp.ClientSession, target: running.Target, place: int, storm: _Storm) -> None:
    request = load.text(target, number(place), habit(place).text, index=place)
    storm.answered.append(place)
    try:
        storm.waits.append(await load.answered(session, request))
    except (load.Unanswered, aiohttp.ClientError, TimeoutError):
        storm.refused += 1


if __name__ == "__main__":
    main()
