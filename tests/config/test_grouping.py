"""What comes at the same time is done together, and who comes later waits for the next group."""

import asyncio
from collections.abc import Sequence

import pytest

from config import grouping
from config.grouping import Grouping


async def test_who_comes_during_a_group_is_in_the_next() -> None:
    groups: list[Sequence[int]] = []
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def do(group: Sequence[int]) -> Sequence[int]:
        groups.append(group)
        begun.set()
        await may_end.wait()
        return [10 * one for one in group]

    together = Grouping(do, pause=0)
    first = [asyncio.create_task(together.done(one)) for one in (1, 2)]
    await begun.wait()
    later = [asyncio.create_task(together.done(one)) for one in (3, 4)]
    await asyncio.sleep(0)
    may_end.set()
    assert await asyncio.gather(*first, *later) == [10, 20, 30, 40]
    assert groups == [[1, 2], [3, 4]]


async def test_a_group_has_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    async def do(group: Sequence[int]) -> Sequence[int]:
        sizes.append(len(group))
        return group

    monkeypatch.setattr(grouping, "MOST", 2)
    together = Grouping(do, pause=0)
    assert await asyncio.gather(*map(together.done, range(5))) == [0, 1, 2, 3, 4]
    assert sizes == [2, 2, 1]


async def test_all_of_a_group_that_fails_hear_of_it_and_the_next_is_done() -> None:
    async def do(group: Sequence[int]) -> Sequence[int]:
        if 0 in group:
            raise LookupError
        return group

    together = Grouping(do, pause=0)
    failed = await asyncio.gather(together.done(0), together.done(1), return_exceptions=True)
    assert [type(error) for error in failed] == [LookupError, LookupError]
    assert await together.done(2) == 2


async def test_who_went_away_keeps_nobody_from_an_answer() -> None:
    async def do(group: Sequence[int]) -> Sequence[int]:
        return group

    together = Grouping(do, pause=0)
    gone, stays = asyncio.create_task(together.done(1)), asyncio.create_task(together.done(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 2
    assert gone.cancelled()
