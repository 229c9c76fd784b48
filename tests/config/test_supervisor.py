import asyncio
import errno
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from config import supervisor
from config.supervisor import LONGEST_PAUSE, Child, Group, pause

Reports = asyncio.Queue[str]

_SLEEP = "import os, time; os.write({fd}, b'.'); time.sleep(60)"
_DEAF = "import os, signal, time; signal.signal(15, signal.SIG_IGN); os.write({fd}, b'.'); time.sleep(60)"


@pytest.fixture
def started() -> Iterator[tuple[int, int]]:
    """A pipe: a child that runs writes one byte to its second end."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.fixture
def reports() -> Reports:
    return asyncio.Queue()


@pytest.fixture
async def group(reports: Reports) -> AsyncIterator[Group]:
    made = Group(rng=Random(1), report=reports.put_nowait)
    yield made
    await made.stop(2)


def _python(name: str, code: str, fd: int) -> Child:
    return Child(name, (sys.executable, "-c", code.format(fd=fd)), os.environ, fds=(fd,))


async def _starts(ends: tuple[int, int]) -> None:
    async with asyncio.timeout(10):
        await asyncio.to_thread(os.read, ends[0], 1)


async def test_a_child_that_is_killed_is_started_again(
    group: Group, reports: Reports, started: tuple[int, int]
) -> None:
    await group.start([_python("web", _SLEEP, started[1])])
    await _starts(started)
    first = group.alive()["web"]
    os.kill(first, signal.SIGKILL)
    await _starts(started)
    assert group.alive()["web"] != first
    assert await reports.get() == "web ended with code -9; it starts again in 0.3 s"


async def test_a_child_for_which_there_is_no_memory_now_is_tried_again(
    group: Group, reports: Reports, started: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    await group.start([_python("work", _SLEEP, started[1])])
    await _starts(started)
    spawn, tried = supervisor._spawn, []

    async def poor(child: Child) -> Process:
        tried.append(child.name)
        if len(tried) == 1:
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        return await spawn(child)

    monkeypatch.setattr(supervisor, "_spawn", poor)
    os.kill(group.alive()["work"], signal.SIGKILL)
    await _starts(started)
    assert "ended with code -9" in await reports.get()
    assert "could not be started (Cannot allocate memory)" in await reports.get()


async def test_stopping_ends_even_a_child_that_ignores_its_signal(
    group: Group, started: tuple[int, int]
) -> None:
    await group.start([_python("polite", _SLEEP, started[1]), _python("deaf", _DEAF, started[1])])
    await _starts(started)
    await _starts(started)
    pids = list(group.alive().values())
    async with asyncio.timeout(5):
        await group.stop(0.4)
    assert group.alive() == {}
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_child_that_takes_long_to_stop_is_told_to_hurry(
    group: Group, started: tuple[int, int], tmp_path: Path
) -> None:
    hurried = tmp_path / "hurried"
    quits = f"lambda *_: pathlib.Path({str(hurried)!r}).touch() or exit()"
    child = _python("slow", f"import pathlib, signal; signal.signal(3, {quits}); {_DEAF}", started[1])
    await group.start([replace(child, hurry=signal.SIGQUIT)])
    await _starts(started)
    async with asyncio.timeout(30):
        await group.stop(4)
    assert hurried.exists()


async def test_a_child_that_waits_for_its_next_start_stays_down_after_the_stop(
    group: Group, reports: Reports, started: tuple[int, int]
) -> None:
    await group.start([_python("broken", "raise SystemExit(3)", started[1])])
    assert "broken ended with code 3" in await reports.get()
    await group.stop(1)
    assert group.alive() == {}


@pytest.mark.parametrize(("failures", "least", "most"), [(1, 0.25, 0.5), (2, 0.5, 1.0), (4, 2.0, 4.0)])
def test_the_pause_doubles_with_each_failure(failures: int, least: float, most: float) -> None:
    assert all(least <= pause(failures, Random(seed)) <= most for seed in range(50))


def test_the_pause_has_an_end_however_often_a_child_fails() -> None:
    assert pause(10_000, Random(0)) <= LONGEST_PAUSE
