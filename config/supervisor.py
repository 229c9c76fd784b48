"""Keeps a group of child processes running, and ends all of them when it is told to.

A child that dies is started again after a pause that doubles up to half a minute. Children live in sessions
of their own, so a Ctrl-C reaches this process alone, which then ends the group in order.
"""

import asyncio
import signal
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
STEADY_SECONDS: Final = 30.0
"""A child that ran this long started well: its next failure counts as its first."""


@dataclass(frozen=True, slots=True)
class Child:
    """One process to keep running, ended with `stop`, or with `hurry` when that takes long.

    `log` takes its output; None leaves it with ours.

    `argv` must already be bound to its parent (config.embedded.bound_to_parent): this process may be killed.
    """

    name: str
    argv: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False, hash=False)
    stop: signal.Signals = signal.SIGTERM
    hurry: signal.Signals = signal.SIGTERM
    fds: tuple[int, ...] = ()
    log: Path | None = None


def pause(failures: int, rng: Random) -> float:
    """Seconds before the next start after so many failures in a row: doubled each time, half of it chance."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 16.0))
    return longest * (0.5 + rng.random() / 2)


class Group:
    """Children that live and end together. Belongs to one event loop."""

    def __init__(self, *, rng: Random, report: Callable[[str], None]) -> None:
        self._rng = rng
        self._report = report
        self._stopping = asyncio.Event()
        self._running: dict[Child, Process] = {}
        self._keepers: list[asyncio.Task[None]] = []

    async def start(self, children: Sequence[Child]) -> None:
        """Start each child and keep it running from now on."""
        for child in children:
            process = await _spawn(child)
            self._running[child] = process
            self._keepers.append(asyncio.create_task(self._keep(child, process)))

    def alive(self) -> Mapping[str, int]:
        """The process id of each child that is running now, by name."""
        return {child.name: process.pid for child, process in self._running.items()}

    async def stop(self, seconds: float) -> None:
        """End every child within that time: its `stop`, its `hurry` at half time, SIGKILL at the end."""
        self._stopping.set()
        self._tell_all(lambda child, process: process.send_signal(child.stop))
        if await self._gone_within(seconds / 2):
            return
        self._tell_all(lambda child, process: process.send_signal(child.hurry))
        if await self._gone_within(seconds / 2):
            return
        self._tell_all(lambda _, process: process.kill())
        await asyncio.gather(*self._keepers)

    async def _keep(self, child: Child, process: Process) -> None:
        failures = 0
        started = time.monotonic()
        while True:
            code = await process.wait()
            del self._running[child]
            if self._stopping.is_set():
                return
            failures = 1 if time.monotonic() - started > STEADY_SECONDS else failures + 1
            again = await self._again(child, f"ended with code {code}", failures)
            if again is None:
                return
            started = time.monotonic()
            process = self._running[child] = again

    async def _again(self, child: Child, why: str, failures: int) -> Process | None:
        """The child, started after a pause; None once all is to end.

        A machine that has no memory or no process left for it now may have some later.
        """
        while True:
            seconds = pause(failures, self._rng)
            self._report(f"{child.name} {why}; it starts again in {seconds:.1f} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)
                return None
            try:
                return await _spawn(child)
            except OSError as error:
                why, failures = f"could not be started ({error.strerror})", failures + 1

    def _tell_all(self, tell: Callable[[Child, Process], None]) -> None:
        for child, process in list(self._running.items()):
            with suppress(ProcessLookupError):  # it ended a moment ago
                tell(child, process)

    async def _gone_within(self, seconds: float) -> bool:
        if not self._keepers:
            return True
        _, left = await asyncio.wait(self._keepers, timeout=seconds)
        return not left


async def _spawn(child: Child) -> Process:
    output = child.log.open("ab") if child.log else None
    try:
        return await asyncio.create_subprocess_exec(
            *child.argv,
            env=dict(child.environ),
            stdin=DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=child.fds,
            start_new_session=True,
        )
    finally:
        if output:
            output.close()
