"""What whoever watches the process is told: is it alive, is it ready, what does it count."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import aiohttp
import pytest

from bot.domain.clock import SystemClock
from bot.errors import StartupError, StoreError
from bot.health import Health
from bot.store import Database, accepting
from tests.environment import free_port
from tests.store.builders import NOW, new_job


class Failing:
    """A database that answers until it is down."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.is_down = False

    async def read(self, *asked: Any) -> Any:
        """Read, or fail."""
        if self.is_down:
            raise StoreError("The database cannot be reached.")
        return await self._db.read(*asked)


@pytest.fixture
def port() -> int:
    """A port that is free."""
    return free_port()


@pytest.fixture
async def db(sqlite_url: str) -> AsyncIterator[Database]:
    """A database with one job that is not over."""
    async with Database.open(sqlite_url) as db:
        await db.write(accepting.accept_all, [new_job(1)], policy=None, now=NOW, hold_seconds=10)
        yield db


@asynccontextmanager
async def watched(
    port: int, db: Database, *, is_ready: Callable[[], bool] = lambda: True
) -> AsyncIterator[aiohttp.ClientSession]:
    """Watch a process."""
    async with (
        Health(port, is_ready, db, SystemClock()),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
    ):
        yield http


async def told(http: aiohttp.ClientSession, path: str) -> tuple[int, str]:
    """Ask."""
    async with http.get(path) as response:
        return response.status, await response.text()


async def test_a_process_at_work_is_alive_and_ready(port: int, db: Database) -> None:
    """Under the old name, too."""
    async with watched(port, db) as http:
        assert await told(http, "/livez") == (200, "alive\n")
        assert await told(http, "/healthz") == (200, "alive\n")
        assert await told(http, "/readyz") == (200, "ready\n")


async def test_away_from_discord_it_is_alive_and_not_ready(port: int, db: Database) -> None:
    """A restart would not help."""
    async with watched(port, db, is_ready=lambda: False) as http:
        assert (await told(http, "/livez"))[0] == 200
        assert await told(http, "/readyz") == (503, "not connected to Discord\n")


async def test_without_its_database_it_is_alive_and_not_ready(port: int, db: Database) -> None:
    """The reason is told, and the metrics say so instead of failing."""
    failing = Failing(db)
    async with watched(port, cast("Database", failing)) as http:
        assert "\nminstrel_database_up 1.0\n" in (await told(http, "/metrics"))[1]
        failing.is_down = True
        assert (await told(http, "/livez"))[0] == 200
        assert await told(http, "/readyz") == (503, "The database cannot be reached.\n")
        status, metrics = await told(http, "/metrics")

    assert status == 200
    assert "\nminstrel_database_up 0.0\n" in metrics


async def test_the_jobs_of_this_moment_are_counted(port: int, db: Database) -> None:
    """They are read when somebody asks, and so are never old."""
    async with watched(port, db) as http:
        status, metrics = await told(http, "/metrics")

    assert status == 200
    assert '\nminstrel_jobs_open{state="accepted"} 1.0\n' in metrics


async def test_a_port_in_use_is_told_by_its_setting(port: int, db: Database) -> None:
    """In one sentence, at the start."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(StartupError, match=f"MINSTREL_HEALTH_PORT {port} is in use"):
            async with watched(port, db):
                raise AssertionError("it listens")
