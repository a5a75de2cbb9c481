"""Processes on one PostgreSQL hear of each other's work without asking."""

from __future__ import annotations

import asyncio

import pytest

from bot.store import Database, notices
from bot.store.notices import Notices

PATIENCE_SECONDS = 10


class Ear:
    """Collects what is heard."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[str] = asyncio.Queue()

    async def next(self) -> str:
        """Give the next notice that says something."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.heard.get()


async def test_a_notice_reaches_the_other_process(postgres_url: str) -> None:
    """And does so without anybody looking into the database."""
    here, there = Ear(), Ear()
    sender = Notices(postgres_url)
    async with (
        sender.heard_by(here.heard.put_nowait),
        Notices(postgres_url).heard_by(there.heard.put_nowait),
    ):
        assert await here.next() == await there.next() == ""

        sender.send("work")

        assert await there.next() == "work"


async def test_after_a_broken_connection_one_is_told_to_look(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was missed meanwhile stands in the database."""
    monkeypatch.setattr(notices, "RETRY_SECONDS", 0.01)
    ear = Ear()
    sender = Notices(postgres_url)
    async with sender.heard_by(ear.heard.put_nowait):
        assert await ear.next() == ""

        async with Database.open(postgres_url) as db:
            await db.write(
                lambda conn: conn.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )

        assert await ear.next() == ""
        sender.send("work")
        assert await ear.next() == "work"


async def test_on_sqlite_there_is_nobody_to_tell(sqlite_url: str) -> None:
    """Sending is free, and nothing is heard."""
    ear = Ear()
    sender = Notices(sqlite_url)
    async with sender.heard_by(ear.heard.put_nowait):
        for _ in range(5_000):
            sender.send("work")

    assert ear.heard.empty()
