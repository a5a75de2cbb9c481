"""Whether what a card is about to show still holds, where other processes move its job, too.

An edit waits for its turn in the channel. Meanwhile another process may have written the card for
the last time, and nobody would write it again.
"""

from __future__ import annotations

import logging

from bot.domain.clock import Clock
from bot.domain.job import Job, State
from bot.errors import LostRace, StoreError
from bot.store import Database, jobs

log = logging.getLogger(__name__)


class Freshness:
    """Asks the database, before an edit and after it."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def holds(self, job: Job) -> bool:
        """Say whether a card that shows this job on its way is still on its way."""
        try:
            takes = await self._db.read(jobs.takes, job.card_owner)
        except StoreError:
            return True  # what was known last is better than nothing
        return any(take.shown_at is None for take in takes)

    async def mend(self, job: Job) -> None:
        """Have the end of a job shown once more, over which an older state was just written.

        A card that carries audio keeps it through such an edit, and its words are left as they
        are: writing them anew would need the files.
        """
        try:
            takes = await self._db.read(jobs.takes, job.card_owner)
            if any(take.state in {State.DELIVERED, State.UNDELIVERED} for take in takes):
                log.warning("job %s: its card shows an older state than it had", job.id)
                return
            now = self._clock.now()
            await self._db.write(jobs.amend, takes[0], now=now, shown_at=None, next_run_at=now)
        except (LostRace, StoreError) as error:
            log.info("job %s: its card may be behind: %s", job.id, error.sentence)
