"""How a sender of ours fares on its route to one country, and how much of that country's work it is given.

A route is healthy until enough of what it sent failed or is late; then it is spared: a trickle goes on, so
that we see it come back. After a guard time in which the trickle fares well, or nothing was sent, it gets
more, step by step. Who relapses rests longer. Plain arithmetic: counts and times come in, what to do
comes out.

A whole country that cannot be reached is no sender's fault: where all routes are spared alike, none is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

WEIGHTS: Final = (0.05, 0.25, 0.5, 1.0)
"""The share of its usual work a route gets at each step; the last one is healthy."""

WELL: Final = len(WEIGHTS) - 1

WINDOW: Final = timedelta(minutes=10)
"""What was sent in this time is looked at."""

LATE_AFTER: Final = timedelta(minutes=5)
"""A text that is not delivered by then is late."""

GUARD: Final = timedelta(minutes=5)
LONGEST_GUARD: Final = timedelta(hours=1)
"""How long a step is kept at least; doubled with every relapse."""

ENOUGH: Final = 20
FEW: Final = 4
"""Messages needed to judge a healthy route, and one that gets less than its usual work."""

TOO_BAD: Final = 0.3
GOOD: Final = 0.1


class Standing(StrEnum):
    """How a route stands, for people to read."""

    WELL = "well"
    SPARED = "spared"
    RETURNING = "returning"


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages whose fate tells something about the route: of `judged`, so many failed or are late."""

    judged: int = 0
    failed: int = 0
    slow: int = 0

    @property
    def bad(self) -> float:
        """The share that failed or is late; 0 of nothing."""
        return (self.failed + self.slow) / self.judged if self.judged else 0.0


@dataclass(frozen=True, slots=True)
class Health:
    """Where a route stands: the step, since when, and how often it relapsed."""

    since: datetime
    step: int = WELL
    relapses: int = 0

    @property
    def weight(self) -> float:
        """The share of its usual work it gets."""
        return WEIGHTS[self.step]

    @property
    def standing(self) -> Standing:
        """The step in a word."""
        if self.step == WELL:
            return Standing.WELL
        return Standing.SPARED if self.step == 0 else Standing.RETURNING


def guard(relapses: int) -> timedelta:
    """How long a step is kept at least."""
    return min(GUARD * (1 << min(relapses, 10)), LONGEST_GUARD)


def judge(health: Health, counts: Counts, now: datetime) -> Health:
    """The health that follows from these counts, which are of messages sent since `health.since`."""
    if now - health.since < guard(health.relapses if health.step == 0 else 0):
        return health
    known = counts.judged >= (ENOUGH if health.step == WELL else FEW)
    if known and counts.bad >= TOO_BAD:
        again = health.relapses + 1 if health.step < WELL or health.relapses else 0
        return Health(since=now, step=0, relapses=again)
    if health.step == WELL:
        calm = now - health.since >= LONGEST_GUARD
        return replace(health, relapses=0) if calm else health
    if known and counts.bad > GOOD:
        return health
    return replace(health, since=now, step=health.step + 1)


def divided(rates: Sequence[float], weights: Sequence[float]) -> list[tuple[int, float]]:
    """How work divides between routes: (which route, up to what share of the whole), rising to 1.

    Each route has the part that its rate gives it, whatever the weights: so nobody changes senders for the
    trouble of another. Of a part whose route has less weight than the best, the excess goes to better ones.
    """
    total = sum(rates)
    best = max(weights, default=1.0)
    parts: list[tuple[int, float]] = []
    so_far = 0.0
    for mine, rate in enumerate(rates):
        kept = rate * (weights[mine] / best)
        takers = [(other, rates[other] * weights[other]) for other in _better(weights, mine)]
        lent = sum(share for _, share in takers)
        pieces = [(mine, kept), *((other, (rate - kept) * share / lent) for other, share in takers)]
        for who, piece in pieces:
            so_far += piece
            parts.append((who, so_far / total))
    return parts


def instead(rates: Sequence[float], weights: Sequence[float], mine: int, place: float) -> int:
    """The route that takes a piece of the work of `mine`; `place` in 0…1 says which: the low ones stay."""
    kept = weights[mine] / max(weights)
    if place < kept:
        return mine
    takers = [(other, rates[other] * weights[other]) for other in _better(weights, mine)]
    left = (place - kept) / (1 - kept) * sum(share for _, share in takers)
    for other, share in takers:
        if left < share:
            return other
        left -= share
    return takers[-1][0]


def _better(weights: Sequence[float], mine: int) -> list[int]:
    return [other for other, weight in enumerate(weights) if weight > weights[mine]]
