"""One line for each phone at the provider's door: one of its texts is answered at a time.

Texts of one phone wait for each other anyway, at its row; waiting here they take no thread and no connection
from anybody else. A process keeps its own lines: the bounds hold for each.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

MOST_WAITING: Final = 10
"""Texts of one phone that wait to be read; what comes on top is kept unread. A phone that was without a
network for a while sends this many at once."""

A_MINUTE: Final = 30
"""Texts of one phone that are read within a minute: nobody types as fast."""

_MINUTE: Final = 60.0  # seconds
_MOST_LINES: Final = 10_000


@dataclass(slots=True)
class _Line:
    began: float
    texts: int = 0
    waiting: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class FairLines:
    """The lines of one process. `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lines: dict[bytes, _Line] = {}

    def is_busy(self, phone: bytes) -> bool:
        """Whether a text of that phone is being answered."""
        line = self._lines.get(phone)
        return line is not None and line.lock.locked()

    @asynccontextmanager
    async def turn(self, phone: bytes) -> AsyncIterator[bool]:
        """Wait for the phone's turn; True when its texts come too fast for this one to be read."""
        line = self._line(phone)
        too_fast = line.waiting >= MOST_WAITING or line.texts >= A_MINUTE
        line.waiting += 1
        try:
            await line.lock.acquire()
        finally:
            line.waiting -= 1
        try:
            yield too_fast
        finally:
            line.lock.release()

    def took(self, phone: bytes) -> None:
        """A text of that phone was proven to be the provider's: it counts towards A_MINUTE."""
        self._line(phone).texts += 1

    def _line(self, phone: bytes) -> _Line:
        now = self._clock()
        line = self._lines.get(phone)
        if line is None:
            if len(self._lines) >= _MOST_LINES:
                self._forget(now)
            line = self._lines[phone] = _Line(began=now)
        elif not line.waiting and not line.lock.locked():
            line.lock = asyncio.Lock()  # an old one stays with the event loop in which texts first met at it
        if now - line.began >= _MINUTE:
            line.began, line.texts = now, 0
        return line

    def _forget(self, now: float) -> None:
        """Drop the lines that nobody stands in and whose minute is over."""
        over = [
            phone
            for phone, line in self._lines.items()
            if now - line.began >= _MINUTE and not line.waiting and not line.lock.locked()
        ]
        for phone in over:
            del self._lines[phone]
