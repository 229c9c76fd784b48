"""Whoever floods us waits in a line of their own."""

import asyncio

from config.fair_lines import A_MINUTE, MOST_WAITING, FairLines

ONE, OTHER = b"one", b"other"


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def texts(lines: FairLines, count: int, *, phone: bytes = ONE) -> list[bool]:
    """That many texts of a phone at once; which of them come too fast, in the order of arrival."""

    all_came = asyncio.Event()

    async def one() -> bool:
        async with lines.turn(phone) as too_fast:
            await all_came.wait()
            return too_fast

    async def last() -> None:
        all_came.set()

    *said, _ = await asyncio.gather(*[one() for _ in range(count)], last())
    return [bool(too_fast) for too_fast in said]


async def test_one_text_of_a_phone_is_answered_at_a_time() -> None:
    lines, inside, most = FairLines(Clock()), 0, 0
    others_ran = asyncio.Event()

    async def one() -> None:
        nonlocal inside, most
        async with lines.turn(ONE):
            inside += 1
            most = max(most, inside)
            await others_ran.wait()
            inside -= 1

    async def another() -> None:
        others_ran.set()

    await asyncio.gather(*[one() for _ in range(5)], another())
    assert most == 1


async def test_a_phone_does_not_wait_for_another() -> None:
    lines = FairLines(Clock())
    async with lines.turn(ONE), lines.turn(OTHER) as too_fast:
        assert lines.is_busy(ONE)
        assert not too_fast
    assert not lines.is_busy(ONE)


async def test_what_comes_on_top_of_a_full_line_is_not_read() -> None:
    said = await texts(FairLines(Clock()), MOST_WAITING + 4)
    assert sum(said) == 3  # one is being answered, MOST_WAITING wait
    assert said[-3:] == [True, True, True]


async def test_nobody_types_as_fast_as_a_flood() -> None:
    clock = Clock()
    lines = FairLines(clock)
    for _ in range(A_MINUTE):
        assert await texts(lines, 1) == [False]
        lines.took(ONE)
    assert await texts(lines, 1) == [True]
    assert await texts(lines, 1, phone=OTHER) == [False]
    clock.now = 60
    assert await texts(lines, 1) == [False]


async def test_what_nobody_signed_does_not_count() -> None:
    lines = FairLines(Clock())
    for _ in range(A_MINUTE + 1):
        assert await texts(lines, 1) == [False]


async def test_lines_are_forgotten_once_they_are_empty() -> None:
    clock = Clock()
    lines = FairLines(clock)
    for number in range(10_000):
        await texts(lines, 1, phone=str(number).encode())
    clock.now = 60
    await texts(lines, 1)
    assert len(lines._lines) == 1
