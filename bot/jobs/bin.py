"""Deleted pieces, for the moment in which that can be taken back.

Everybody else sees them gone at once: only the sound is still there, and what has to be known to
bring it back. That is kept in memory. After a crash the daily sweep removes what was left.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.ids import JobId, UserId
from bot.domain.job import Job
from bot.jobs.runtime import Runtime

log = logging.getLogger(__name__)

GRACE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Thrown:
    takes: Sequence[Job]
    by: UserId
    emptying: asyncio.Task[None]


class Bin:
    """Holds pieces for as long as somebody may have pressed the wrong button."""

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime
        self._thrown: dict[JobId, _Thrown] = {}

    def put(self, takes: Sequence[Job], by: UserId) -> datetime:
        """Take the jobs of one card in, as they were, and say until when they can be had back."""
        owner = takes[0].card_owner
        emptying = asyncio.create_task(self._empty_later(owner), name=f"bin-{owner}")
        self._thrown[owner] = _Thrown(takes, by, emptying)
        return self._rt.clock.now() + GRACE

    def has(self, owner: JobId) -> bool:
        """Say whether a card's jobs are here."""
        return owner in self._thrown

    def take_back(self, owner: JobId, by: UserId) -> Sequence[Job] | None:
        """Give a card's jobs back to whoever threw them away; None when it is too late for that."""
        thrown = self._thrown.get(owner)
        if thrown is None or thrown.by != by:
            return None
        del self._thrown[owner]
        thrown.emptying.cancel()
        return thrown.takes

    async def empty(self) -> None:
        """Throw everything away for good: the process is about to end."""
        for thrown in self._thrown.values():
            thrown.emptying.cancel()
        for owner in list(self._thrown):
            await self._empty(owner)

    async def _empty_later(self, owner: JobId) -> None:
        await self._rt.clock.sleep(GRACE.total_seconds())
        await self._empty(owner)

    async def _empty(self, owner: JobId) -> None:
        thrown = self._thrown.pop(owner, None)
        for take in thrown.takes if thrown is not None else ():
            try:
                await asyncio.to_thread(self._rt.shelf.remove, take.id)
            except OSError:
                log.exception("job %s: its files could not be removed", take.id)
