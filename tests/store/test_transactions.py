"""One thread writes a SQLite file: what waits is committed together, and each has its own fate."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar

import pytest
import sqlalchemy as sa

from bot.errors import StoreError
from bot.store import Database, meta
from bot.store.transactions import TOGETHER

WAIT_SECONDS = 10

topic: ContextVar[str] = ContextVar("topic", default="none")


@asynccontextmanager
async def held_up(db: Database) -> AsyncIterator[None]:
    """Keep the thread at a first transaction, so that what the block asks for is committed with it."""
    begun, go_on = threading.Event(), threading.Event()

    def first(conn: sa.Connection) -> None:
        meta.put(conn, "first", "written")
        begun.set()
        go_on.wait(WAIT_SECONDS)

    writing = asyncio.create_task(db.write(first))
    await asyncio.to_thread(begun.wait, WAIT_SECONDS)
    try:
        yield
        await asyncio.sleep(0)  # the block's tasks put themselves in line
    finally:
        go_on.set()
    await writing


def asked(db: Database, *works: Callable[[sa.Connection], object]) -> list[asyncio.Task[object]]:
    """Ask for several transactions at once."""
    return [asyncio.create_task(db.write(work)) for work in works]


def put(key: str, value: str = "written") -> Callable[[sa.Connection], None]:
    """Make a function that writes a note."""
    return lambda conn: meta.put(conn, key, value)


def spoil_the_commit(conn: sa.Connection) -> None:
    """Write what contradicts the rest, in a way that shows when it is committed only."""
    conn.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    conn.exec_driver_sql("INSERT INTO cards (message_id, job_id, channel_id) VALUES (1, 2, 3)")


@pytest.fixture
async def commits(sqlite_db: Database) -> list[object]:
    """Every commit from now on."""
    seen: list[object] = []
    await sqlite_db.write(lambda conn: sa.event.listen(conn.engine, "commit", seen.append))
    seen.clear()
    return seen


@pytest.mark.parametrize(("waiting", "expected"), [(TOGETHER - 1, 1), (3 * TOGETHER, 4)])
async def test_what_waits_shares_commits(
    sqlite_db: Database, commits: list[object], waiting: int, expected: int
) -> None:
    """The file is not flushed for each of them, nor does the first wait for the last of a hundred."""
    async with held_up(sqlite_db):
        tasks = asked(sqlite_db, *(put(str(number)) for number in range(waiting)))
    await asyncio.gather(*tasks)

    assert len(commits) == expected
    for number in range(waiting):
        assert await sqlite_db.read(meta.get, str(number)) == "written"


async def test_one_that_raises_takes_nothing_of_the_others_along(sqlite_db: Database) -> None:
    """What it wrote is undone, what came before and after it stays."""

    def stumble(conn: sa.Connection) -> None:
        meta.put(conn, "halfway", "written")
        raise LookupError

    async with held_up(sqlite_db):
        before, stumbling, after = asked(sqlite_db, put("before"), stumble, put("after"))
    with pytest.raises(LookupError):
        await stumbling
    await asyncio.gather(before, after)

    assert await sqlite_db.read(meta.get, "halfway") is None
    for key in ("first", "before", "after"):
        assert await sqlite_db.read(meta.get, key) == "written"


async def test_a_full_disk_fails_only_what_does_not_fit(sqlite_db: Database) -> None:
    """SQLite takes back all that was to be committed with it; the others are written once more."""

    def limit_pages(conn: sa.Connection) -> None:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages + 3}")

    await sqlite_db.write(limit_pages)

    async with held_up(sqlite_db):
        before, large, after = asked(
            sqlite_db, put("before"), put("large", "large" * 100_000), put("after")
        )
    with pytest.raises(StoreError, match="full"):
        await large
    await asyncio.gather(before, after)

    assert await sqlite_db.read(meta.get, "large") is None
    for key in ("first", "before", "after"):
        assert await sqlite_db.read(meta.get, key) == "written"


async def test_a_commit_that_fails_is_found_out_by_whose_fault_it_was(sqlite_db: Database) -> None:
    """Everybody else's is written all the same."""
    async with held_up(sqlite_db):
        before, spoiling, after = asked(sqlite_db, put("before"), spoil_the_commit, put("after"))
    with pytest.raises(StoreError, match="contradicts"):
        await spoiling
    await asyncio.gather(before, after)

    for key in ("first", "before", "after"):
        assert await sqlite_db.read(meta.get, key) == "written"


async def test_whoever_leaves_the_line_writes_nothing(sqlite_db: Database) -> None:
    """Cancelled before its turn, a transaction does not come; the others do."""
    async with held_up(sqlite_db):
        leaving, staying = asked(sqlite_db, put("leaving"), put("staying"))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
    await staying

    assert await sqlite_db.read(meta.get, "leaving") is None
    assert await sqlite_db.read(meta.get, "staying") == "written"


async def test_closing_writes_what_waits(sqlite_url: str) -> None:
    """A stop loses nothing that was asked for before it."""
    async with Database.open(sqlite_url) as db:
        tasks = asked(db, *(put(str(number)) for number in range(10)))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)

    async with Database.open(sqlite_url) as db:
        assert await db.read(meta.get, "9") == "written"


async def test_the_callers_context_goes_along(sqlite_db: Database) -> None:
    """So a line of the log that is written in a transaction names its job."""
    topic.set("job 7")

    assert await sqlite_db.write(lambda _: topic.get()) == "job 7"
