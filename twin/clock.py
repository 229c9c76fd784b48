"""Time as the twin sees it: the real clock for a server, one that tests move by hand."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

Action = Callable[[], None]


class Clock(Protocol):
    """Tells the time and runs actions later, always on the twin's own event loop."""

    def now(self) -> datetime:
        """The time, in UTC."""
        ...

    def after(self, seconds: float, action: Action) -> None:
        """Run the action once that many seconds have passed."""
        ...


class LoopClock:
    """The real time, on the event loop that is running."""

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    def after(self, seconds: float, action: Action) -> None:
        """Run the action once that many seconds have passed. Must be called on the loop's thread."""
        asyncio.get_running_loop().call_later(max(0.0, seconds), action)


class HandClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._due: list[tuple[datetime, int, Action]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        """The time to which the clock was last moved."""
        return self._now

    def after(self, seconds: float, action: Action) -> None:
        """Run the action when the clock is moved past that moment."""
        heapq.heappush(
            self._due, (self._now + timedelta(seconds=max(0.0, seconds)), next(self._order), action)
        )

    def next_due(self) -> datetime | None:
        """When the next action falls due; None when nothing is left to do."""
        return self._due[0][0] if self._due else None

    def advance(self, seconds: float) -> None:
        """Move on, running everything that falls due in order, each action at its own moment."""
        until = self._now + timedelta(seconds=seconds)
        while self._due and self._due[0][0] <= until:
            self._now, _, action = heapq.heappop(self._due)
            action()
        self._now = until
