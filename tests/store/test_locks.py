"""A lock that processes share."""

from __future__ import annotations

import asyncio

from bot.store.locks import held


class Visit:
    """Somebody who holds a lock until told to leave."""

    def __init__(self, url: str, number: int) -> None:
        self._url, self._number = url, number
        self.came, self.leave = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        """Wait for the lock, then for the end of the visit."""
        async with held(self._url, self._number):
            self.came.set()
            await self.leave.wait()


async def test_only_one_process_holds_a_lock(postgres_url: str) -> None:
    """The other one waits until it is let go; who wants another lock does not."""
    first, second = Visit(postgres_url, 7), Visit(postgres_url, 7)
    elsewhere = Visit(postgres_url, 8)
    async with asyncio.TaskGroup() as group:
        group.create_task(first.run())
        await first.came.wait()
        group.create_task(second.run())
        group.create_task(elsewhere.run())
        await elsewhere.came.wait()
        assert not second.came.is_set()

        for visit in (first, second, elsewhere):
            visit.leave.set()

    assert second.came.is_set()


async def test_one_process_alone_never_waits(sqlite_url: str) -> None:
    """There is nobody to wait for."""
    async with held(sqlite_url, 7), held(sqlite_url, 7):
        pass
