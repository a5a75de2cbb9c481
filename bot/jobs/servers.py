"""Where the bot is: coming to a server, leaving it, and finding out what was missed meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from bot.domain.clock import Clock
from bot.domain.ids import GuildId
from bot.store import Database, membership, meta

_APPLICATION = "servers:application"

log = logging.getLogger(__name__)


class Servers:
    """Notes which servers the bot is in; `bot.jobs.retention` forgets those it left."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def joined(self, guild_id: GuildId) -> None:
        """Note that the bot is in a server; within the days of grace it finds all as it was."""
        if await self._db.write(membership.join, guild_id):
            log.info("guild %s: the bot is back, and nothing is forgotten", guild_id)

    async def left(self, guild_id: GuildId) -> None:
        """Note that the bot was removed from a server. An outage is nothing of the kind."""
        await self._db.write(membership.leave, guild_id, now=self._clock.now())
        log.info("guild %s: the bot was removed; it is forgotten after the days of grace", guild_id)

    async def compare(
        self,
        present: Collection[GuildId],
        *,
        application_id: int,
        is_ours: Callable[[GuildId], bool] = lambda _guild_id: True,
    ) -> None:
        """Compare the servers that Discord names after a start with those that are known.

        Of several processes each hears of its own servers only, which `is_ours` tells.

        Nothing is concluded from the list of another application, whose servers are others: a
        test bot on the database of the real one must not have it forgotten. Nor from an empty one.
        """
        known = await self._db.read(meta.get, _APPLICATION)
        if known is None:
            await self._db.write(meta.put, _APPLICATION, str(application_id))
        elif known != str(application_id):
            log.warning(
                "This database belongs to the bot with the application id %s, and this is %s: "
                "servers that it is not in are not taken for left.",
                *(known, application_id),
            )
            return
        if not present:
            return
        gone, back = await self._db.write(
            membership.reconcile, present, is_ours=is_ours, now=self._clock.now()
        )
        if gone or back:
            log.info("the bot is gone from %d servers and back in %d", len(gone), len(back))
