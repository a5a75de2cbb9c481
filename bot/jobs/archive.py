"""What can be done with a piece that is finished: look it up, take it away."""

from __future__ import annotations

import asyncio
import logging

from bot.domain.ids import GuildId, JobId
from bot.domain.job import Job
from bot.errors import InvalidInput, NotFound, NotYours
from bot.jobs.runtime import Runtime
from bot.jobs.service import Asker
from bot.store import jobs

log = logging.getLogger(__name__)


class Archive:
    """The finished pieces of all servers; each server sees its own."""

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime

    async def piece(self, job_id: JobId, guild_id: GuildId) -> Job:
        """Find a piece of a server.

        Raises:
            NotFound: There is none of this id here.
        """
        job = await self._rt.db.read(jobs.get, job_id)
        if job is None or job.guild_id != guild_id:
            raise NotFound("Minstrel does not know this piece, or it belongs to another server.")
        return job

    async def delete(self, job_id: JobId, by: Asker) -> None:
        """Take a piece away for everybody: its card and the files kept of it.

        What was paid stays on record.

        Raises:
            NotFound, NotYours: It is not there, or not theirs to delete.
            InvalidInput: It is still being made.
        """
        job = await self.piece(job_id, by.guild_id)
        if job.user_id != by.user_id and not by.moderates:
            raise NotYours(
                "Only the member who asked for this, or someone who may manage messages, can "
                "delete it."
            )
        if not job.state.is_final:
            raise InvalidInput("This is still being made. Press Cancel first.")
        await self._rt.board.remove(job)
        await asyncio.to_thread(self._rt.shelf.remove, job.id)
        await self._rt.db.write(jobs.amend, job, now=self._rt.clock.now(), files=())
        log.info("job %s: deleted by %s", job.id, by.user_id)
