"""Everything goes over to another database, and a copy that was broken off goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.job import Kind, State
from bot.errors import StartupError
from bot.store import Database, copying, guilds, jobs, meta
from bot.store.copying import copy_all
from bot.store.guilds import GuildSettings
from bot.store.schema import jobs as table
from bot.store.schema import ledger
from tests.store.builders import GUILD, ME, NOW, generate, new_job, queue, reread
from tests.store.pieces import named


@pytest.fixture
def elsewhere(migrated: Path, tmp_path: Path) -> str:
    """Another fresh SQLite database."""
    path = tmp_path / "elsewhere.db"
    shutil.copy(migrated, path)
    return f"sqlite:///{path}"


async def _fill(db: Database, count: int = 5) -> None:
    for number in range(count):
        made = await generate(db, new_job(prompt=f"夏の rain {number}", kind=Kind.SONG))
        await db.write(jobs.finish, made, State.DELIVERED, now=NOW, cost=made.estimate)
    await queue(db, new_job(prompt="still waiting"))
    await db.write(guilds.save, GUILD, GuildSettings(longest_seconds=60), now=NOW)
    await db.write(meta.put, "secret", "of this house")


async def _copy(source: Database, target: Database) -> dict[str, int]:
    return {step.table: step.rows async for step in copy_all(source, target)}


async def test_everything_goes_over_to_either_kind(db: Database, elsewhere: str) -> None:
    """Jobs, bookings, settings, notes and the search index; both ways."""
    async with Database.open(elsewhere) as source:
        await _fill(source)

        rows = await _copy(source, db)

        assert rows["jobs"] == 6
        for table in ("ledger", "job_events", "cards", "quota", "guilds", "meta"):
            assert rows[table] > 0, table
        for there in await source.read(jobs.open_jobs):
            assert await reread(db, there) == there
        assert await db.read(_booked) == await source.read(_booked)
    assert len(await named(db, "夏の")) == 5
    assert (await db.read(guilds.get, GUILD)).longest_seconds == 60
    assert await db.read(meta.get, "secret") == "of this house"


async def test_a_copy_that_was_broken_off_goes_on(
    db: Database, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there already is not copied once more."""
    monkeypatch.setattr(copying, "BATCH", 2)
    async with Database.open(elsewhere) as source:
        await _fill(source)
        steps = copy_all(source, db)
        async for step in steps:
            if step.table == "jobs" and step.rows == 4:
                break
        await steps.aclose()

        rows = await _copy(source, db)

        assert rows["jobs"] == 2
        assert await db.read(_count) == 6


async def test_a_target_with_jobs_of_its_own_is_left_alone(db: Database, elsewhere: str) -> None:
    """Two histories are never mixed."""
    await queue(db)
    async with Database.open(elsewhere) as source:
        await _fill(source, 1)

        with pytest.raises(StartupError, match="Name an empty one"):
            await _copy(source, db)

    assert await db.read(_count) == 1


async def test_a_finished_copy_is_not_added_to(db: Database, elsewhere: str) -> None:
    """Its notes are gone, and so it counts as a database in use."""
    async with Database.open(elsewhere) as source:
        await _fill(source, 1)
        await _copy(source, db)

        with pytest.raises(StartupError, match="holds jobs already"):
            await _copy(source, db)


async def test_nobody_holds_a_job_afterwards(db: Database, elsewhere: str) -> None:
    """The process that did is not the one that goes on."""
    async with Database.open(elsewhere) as source:
        made = await generate(source)
        assert made.lease_owner == ME

        await _copy(source, db)

        assert (await reread(db, made)).lease_owner is None


def _count(conn: sa.Connection) -> int:
    return conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def _booked(conn: sa.Connection) -> list[tuple[object, ...]]:
    rows = conn.execute(sa.select(ledger).order_by(ledger.c.job_id, ledger.c.kind))
    return [tuple(row) for row in rows]
