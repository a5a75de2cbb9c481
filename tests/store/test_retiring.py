"""Letting go of what is old, of servers that are gone, and of files that nobody needs."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot.domain.ids import GuildId, JobId, snowflake_at
from bot.domain.job import AudioFormat, State
from bot.store import Database, audit, guilds, jobs, membership, people, quota, retiring
from bot.store.guilds import GuildSettings
from bot.store.schema import ledger
from tests.store.builders import GUILD, NOW, USER, accept, new_job
from tests.store.pieces import put

AWAY = GuildId(9)


async def test_old_pieces_are_found_whole(db: Database) -> None:
    """Not those with a take under way, nor those whose card does not show the end yet."""
    old = NOW - timedelta(days=40)
    done, running, unshown = (snowflake_at(old) + number for number in range(3))
    await put(db, done, now=old)
    await put(db, done | 2**62, leader=done, now=old)
    await put(db, running, now=old)
    await put(db, running | 2**62, leader=running, state=State.RUNNING, now=old)
    ended = await accept(db, new_job(unshown), now=old)
    await db.write(jobs.finish, ended, State.CANCELLED, now=old)
    await put(db, snowflake_at(NOW))
    before = NOW - timedelta(days=30)

    found = await db.read(retiring.expired, GUILD, before=before, limit=10)

    assert found == [done]
    assert await db.read(retiring.with_takes, found) == [done, done | 2**62]
    assert await db.write(retiring.drop, found) == 2
    assert await db.read(retiring.expired, GUILD, before=before, limit=10) == []
    assert await db.read(audit.check) == []


async def test_servers_are_listed_once_each(db: Database) -> None:
    """However many pieces they have."""
    for number, guild in enumerate((3, 1, 3, 2, 1), start=1):
        await put(db, number, guild=guild)

    assert await db.read(retiring.guilds_with_jobs) == [1, 2, 3]


async def test_a_server_is_forgotten_but_for_its_sums(db: Database) -> None:
    """No member is named any more; the month's sum stays, so nobody gets a new one by leaving."""
    await put(db, 1, guild=AWAY)
    await db.write(guilds.save, AWAY, GuildSettings(format=AudioFormat.WAV), now=NOW)
    await db.write(membership.leave, AWAY, now=NOW)
    before = NOW + timedelta(days=7)
    spent = await db.read(quota.standing, AWAY)

    assert not await db.write(retiring.forget_guild, AWAY, left_before=before)
    await db.write(retiring.drop, [JobId(1)])
    assert await db.write(retiring.forget_guild, AWAY, left_before=before)

    assert await db.read(guilds.get, AWAY) == GuildSettings()
    assert await db.read(people.bookings_of, AWAY, USER) == []
    assert await db.read(people.counters_of, AWAY, USER) is None
    assert await db.read(quota.standing, AWAY) == spent
    assert await db.read(_members, AWAY) == {retiring.NOBODY}
    assert await db.read(audit.check) == []
    await put(db, 2, guild=AWAY)
    assert await db.read(audit.check) == []


async def test_a_server_that_the_bot_is_in_is_not_forgotten(db: Database) -> None:
    """Nor one that it came back to while others were being forgotten."""
    before = NOW + timedelta(days=7)
    assert not await db.write(retiring.forget_guild, AWAY, left_before=before)
    await db.write(guilds.save, AWAY, GuildSettings(format=AudioFormat.WAV), now=NOW)
    assert not await db.write(retiring.forget_guild, AWAY, left_before=before)
    await db.write(membership.leave, AWAY, now=NOW)
    await db.write(membership.join, AWAY)
    assert not await db.write(retiring.forget_guild, AWAY, left_before=before)

    assert (await db.read(guilds.get, AWAY)).format is AudioFormat.WAV


async def test_leaving_keeps_its_first_date_and_coming_back_clears_it(db: Database) -> None:
    """Discord may tell of it twice; settings are untouched by either."""
    await db.write(guilds.save, AWAY, GuildSettings(format=AudioFormat.WAV), now=NOW)
    await db.write(membership.leave, AWAY, now=NOW)
    await db.write(membership.leave, AWAY, now=NOW + timedelta(days=6))
    week = NOW + timedelta(days=1)

    assert await db.read(membership.left_before, week) == [AWAY]
    assert await db.read(membership.left_before, NOW) == []
    assert await db.read(membership.has_left, AWAY, before=week)
    assert await db.write(membership.join, AWAY)
    assert not await db.write(membership.join, AWAY)
    assert await db.read(membership.left_before, week) == []
    assert (await db.read(guilds.get, AWAY)).format is AudioFormat.WAV


async def test_what_was_missed_is_found_out(db: Database) -> None:
    """Servers with pieces or settings that are not there any more; others' shards are left alone."""
    await put(db, 1, guild=1)
    await put(db, 2, guild=2)
    await put(db, 3, guild=3)
    await db.write(membership.leave, GuildId(2), now=NOW)
    await db.write(guilds.save, GuildId(4), GuildSettings(), now=NOW)
    present = [GuildId(2)]

    found = await db.write(
        membership.reconcile, present, is_ours=lambda one: one != GuildId(3), now=NOW
    )
    again = await db.write(
        membership.reconcile, present, is_ours=lambda one: one != GuildId(3), now=NOW
    )

    assert found == ([1, 4], [2])
    assert again == ([], [])


async def test_files_are_needed_while_a_piece_names_them_or_is_being_made(db: Database) -> None:
    """What was fetched a moment ago is not in the row yet."""
    await put(db, 1, files=("files/1/a.wav",))
    await put(db, 2)
    await put(db, 3, state=State.GENERATED)
    ids = [JobId(number) for number in range(1, 5)]

    assert await db.read(retiring.unneeded, ids) == [2, 4]


def _members(conn: sa.Connection, guild_id: GuildId) -> set[int]:
    query = sa.select(ledger.c.user_id).where(ledger.c.guild_id == guild_id)
    return set(conn.execute(query).scalars())
