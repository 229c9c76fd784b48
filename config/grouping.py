"""What comes at the same time is done together: as one group, while the next one gathers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

PAUSE: Final = 0.01
"""Seconds for which a group gathers. Nobody waits for it but a machine."""

MOST: Final = 200
"""Members of one group."""

_T = TypeVar("_T")
_R = TypeVar("_R")


class Grouping(Generic[_T, _R]):
    """One group at a time goes through `do`, which answers each of its members, in their order."""

    def __init__(
        self, do: Callable[[Sequence[_T]], Awaitable[Sequence[_R]]], *, pause: float = PAUSE
    ) -> None:
        self._do = do
        self._pause = pause
        self._waiting: list[tuple[_T, asyncio.Future[_R]]] = []
        self._work: asyncio.Task[None] | None = None

    async def done(self, one: _T) -> _R:
        """What is answered to this one, once its group is done. Raises what `do` raised."""
        answer: asyncio.Future[_R] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, answer))
        if self._work is None:
            self._work = asyncio.create_task(self._all())
        return await answer

    async def _all(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(self._pause)
                group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._one_group(group)
        finally:
            self._work = None

    async def _one_group(self, group: Sequence[tuple[_T, "asyncio.Future[_R]"]]) -> None:
        try:
            answers = await self._do([one for one, _ in group])
        except Exception as error:  # noqa: BLE001 - each of those who wait hears of it
            for _, answer in group:
                if not answer.done():
                    answer.set_exception(error)
            return
        for (_, answer), said in zip(group, answers, strict=True):
            if not answer.done():  # who waited may have gone
                answer.set_result(said)
