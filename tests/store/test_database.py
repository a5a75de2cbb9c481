"""Opening the database, owning it, and what happens when it cannot do its work."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import StartupError, StoreError
from bot.store import Database, engines, meta, migrate


async def test_a_file_is_owned_by_one_process(sqlite_url: str) -> None:
    """A second bot on the same file is turned away, and told who has it; tools that read are not."""
    async with Database.open(sqlite_url):
        with pytest.raises(StartupError, match=r"in use by another running bot \(process \d+\)"):
            await _open(sqlite_url)
        with pytest.raises(StartupError, match="in use"):
            await migrate(sqlite_url)
        async with Database.open(sqlite_url, exclusive=False) as tool:
            assert await tool.read(meta.get, "x") is None
    await _open(sqlite_url)


async def test_folders_are_made(tmp_path: Path) -> None:
    """The default location exists after the first start."""
    path = tmp_path / "my data" / "deep" / "minstrel.db"

    await migrate(f"sqlite+aiosqlite:///{path}")

    await _open(f"sqlite:///{path}")
    assert path.exists()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://localhost/x", "not supported"),
        ("nonsense", "cannot be read"),
    ],
)
async def test_an_unusable_url_is_explained(url: str, sentence: str) -> None:
    """The operator reads what to write instead."""
    with pytest.raises(StartupError, match=sentence):
        await _open(url)


async def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    """A file where a folder should be, for one."""
    (tmp_path / "data").write_text("a file")

    with pytest.raises(StartupError, match="cannot be made"):
        await migrate(f"sqlite:///{tmp_path}/data/minstrel.db")


async def test_a_file_that_is_no_database_is_explained(tmp_path: Path) -> None:
    """It is left as it was."""
    path = tmp_path / "minstrel.db"
    path.write_text("dear diary, " * 100)

    for attempt in (migrate(f"sqlite:///{path}"), _open(f"sqlite:///{path}")):
        with pytest.raises(StartupError, match="is not a database"):
            await attempt
    assert path.read_text().startswith("dear diary")


async def test_a_missing_table_asks_for_migrating(tmp_path: Path) -> None:
    """A database that was never migrated is not opened."""
    with pytest.raises(StartupError, match="minstrel migrate"):
        await _open(f"sqlite:///{tmp_path}/minstrel.db")


async def test_what_was_written_is_read(db: Database) -> None:
    """A value replaces the one before it."""
    await db.write(meta.put, "key", "one")
    await db.write(meta.put, "key", "two")

    assert await db.read(meta.get, "key") == "two"


async def test_a_reader_cannot_write(db: Database) -> None:
    """A writing function handed to `read` by mistake fails, even in production."""
    with pytest.raises(StoreError):
        await db.read(meta.put, "key", "value")

    assert await db.read(meta.get, "key") is None


async def test_a_reader_sees_one_moment(db: Database) -> None:
    """What is committed during a read does not show halfway through it, nor waits for it."""
    written, half_read = threading.Event(), threading.Event()

    def read_twice(conn: sa.Connection) -> tuple[str | None, str | None]:
        first = meta.get(conn, "key")
        half_read.set()
        # On a server every statement gives way to the loop, in a thread none needs to.
        while not written.is_set():
            meta.get(conn, "other")
        return first, meta.get(conn, "key")

    async def write() -> None:
        await asyncio.to_thread(half_read.wait)
        await db.write(meta.put, "key", "value")
        written.set()

    seen, _ = await asyncio.gather(db.read(read_twice), write())

    assert seen == (None, None)
    assert await db.read(meta.get, "key") == "value"


async def test_a_full_disk_is_reported_and_survived(sqlite_db: Database) -> None:
    """Nothing of the transaction stays, and the next one works when there is room again."""

    def limit_pages(conn: sa.Connection, spare: int) -> None:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages + spare}")

    await sqlite_db.write(meta.put, "key", "small")
    await sqlite_db.write(limit_pages, 0)
    with pytest.raises(StoreError, match="full") as failed:
        await sqlite_db.write(meta.put, "key", "large" * 10_000)

    assert isinstance(failed.value.__cause__, Exception)
    assert await sqlite_db.read(meta.get, "key") == "small"
    await sqlite_db.write(limit_pages, 1_000)
    await sqlite_db.write(meta.put, "key", "large")
    assert await sqlite_db.read(meta.get, "key") == "large"


async def test_a_foreign_lock_is_reported(sqlite_url: str) -> None:
    """A program that holds the file is named as the reason, and forgotten when it lets go."""
    async with Database.open(sqlite_url) as db:
        await db.write(lambda conn: conn.exec_driver_sql("PRAGMA busy_timeout=50"))
        foreign = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        foreign.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(StoreError, match="locked by another program"):
                await db.write(meta.put, "key", "during")
        finally:
            foreign.rollback()
            foreign.close()
        await db.write(meta.put, "key", "after")

        assert await db.read(meta.get, "key") == "after"


async def test_a_connection_that_the_server_ended_is_replaced(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart of the server, whoever comes first does not hear of it."""
    monkeypatch.setattr(engines, "SILENT_SECONDS", 0)
    async with Database.open(postgres_url) as db, Database.open(postgres_url) as other:
        await db.write(meta.put, "key", "before")
        await other.write(
            lambda conn: conn.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            ).all()
        )

        await db.write(meta.put, "key", "after")

        assert await db.read(meta.get, "key") == "after"


async def test_writes_do_not_mix(sqlite_db: Database) -> None:
    """On SQLite each sees what the one before it committed."""

    def add_one(conn: sa.Connection) -> None:
        meta.put(conn, "count", str(int(meta.get(conn, "count") or "0") + 1))

    await asyncio.gather(*(sqlite_db.write(add_one) for _ in range(20)))

    assert await sqlite_db.read(meta.get, "count") == "20"


async def test_a_cancelled_write_is_whole_or_nothing(db: Database) -> None:
    """Whoever is cancelled leaves after the transaction; the next one finds the door open."""

    def put_both(conn: sa.Connection, value: str) -> None:
        meta.put(conn, "left", value)
        meta.put(conn, "right", value)

    for turns in range(12):
        task = asyncio.create_task(db.write(put_both, str(turns)))
        for _ in range(turns):
            await asyncio.sleep(0)
        if task.cancel():  # it may be through by then
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await db.read(meta.get, "left") == await db.read(meta.get, "right")

    await db.write(put_both, "end")
    assert await db.read(meta.get, "right") == "end"


async def test_a_commit_survives_the_power(sqlite_db: Database) -> None:
    """The file is in WAL mode and every commit is flushed."""
    pragmas = ("journal_mode", "synchronous", "foreign_keys")

    def read_pragmas(conn: sa.Connection) -> list[object]:
        return [conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in pragmas]

    assert await sqlite_db.write(read_pragmas) == ["wal", 2, 1]


async def _open(url: str) -> None:
    async with Database.open(url):
        pass
