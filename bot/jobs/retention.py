"""How long things stay: as long as a server keeps them, and some days after the bot has left it.

Steps of the upkeep. Each removes files before the rows that name them, so that a crash leaves
nothing that nobody would find again; what slips through all the same is swept up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from bot.domain.ids import GuildId, JobId, snowflake_at
from bot.jobs.runtime import Runtime
from bot.store import guilds, membership, queries, retiring

AT_ONCE = 100
"""Cards that go in one transaction, so that nobody who asks for music waits for long."""

KEEP_QUERIES = timedelta(days=7)

log = logging.getLogger(__name__)


def shortest(*days: int | None) -> int | None:
    """Give the shortest of several times to keep things; None keeps them for good."""
    return min((one for one in days if one is not None), default=None)


async def retire(rt: Runtime) -> None:
    """Forget pieces that are older than their server, or the operator, keeps them."""
    for guild_id in await rt.db.read(retiring.guilds_with_jobs):
        chosen = await rt.db.read(guilds.get, guild_id)
        days = shortest(chosen.retention_days, rt.keeping.retention_days)
        if days is None:
            continue
        before = rt.clock.now() - timedelta(days=days)
        gone = 0
        while cards := await rt.db.read(retiring.expired, guild_id, before=before, limit=AT_ONCE):
            await _let_go(rt, cards)
            gone += len(cards)
        if gone:
            log.info("guild %s: forgot %d pieces of more than %d days", guild_id, gone, days)


async def forget_left(rt: Runtime) -> None:
    """Forget the servers that the bot left some days ago and has not come back to."""
    before = rt.clock.now() - timedelta(days=rt.keeping.grace_days)
    for guild_id in await rt.db.read(membership.left_before, before):
        await _forget_guild(rt, guild_id, before)


async def _forget_guild(rt: Runtime, guild_id: GuildId, before: datetime) -> None:
    gone = 0
    while await rt.db.read(membership.has_left, guild_id, before=before):
        cards = await rt.db.read(retiring.over_in, guild_id, limit=AT_ONCE)
        if not cards:
            break
        await _let_go(rt, cards)
        gone += len(cards)
    if await rt.db.write(retiring.forget_guild, guild_id, left_before=before):
        log.info("guild %s: forgot it with %d pieces, for the bot has left it", guild_id, gone)


async def sweep_orphans(rt: Runtime) -> None:
    """Remove kept files that no piece names any more."""
    kept = await asyncio.to_thread(rt.shelf.jobs)
    for start in range(0, len(kept), AT_ONCE):
        orphans = await rt.db.read(retiring.unneeded, kept[start : start + AT_ONCE])
        await remove_files(rt, orphans)
        if orphans:
            log.info("removed the files of %d pieces that are gone", len(orphans))


async def forget_queries(rt: Runtime) -> None:
    """Forget what members looked for, once nobody goes on from there."""
    oldest = snowflake_at(rt.clock.now() - KEEP_QUERIES)
    await rt.db.write(queries.forget_before, oldest)


async def _let_go(rt: Runtime, cards: Collection[JobId]) -> None:
    every = await rt.db.read(retiring.with_takes, list(cards))
    await remove_files(rt, every)
    await rt.db.write(retiring.drop, cards)
    for job_id in every:
        rt.parents.pop(job_id, None)


async def remove_files(rt: Runtime, job_ids: Collection[JobId]) -> None:
    """Remove the kept files of jobs, before their rows forget them."""
    for job_id in job_ids:
        await asyncio.to_thread(rt.shelf.remove, job_id)
