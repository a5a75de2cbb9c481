"""A real database per test, copied from one that was migrated once; of either kind."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.store import Database, migrate
from tests import postgres


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables."""
    path = tmp_path_factory.mktemp("template") / "minstrel.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(migrated: Path, tmp_path: Path) -> str:
    """The URL of a fresh SQLite database with all tables."""
    path = tmp_path / "minstrel.db"
    shutil.copy(migrated, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[str]:
    """The URL of one PostgreSQL database for all tests of a process."""
    url = postgres.needed(postgres.fresh)
    yield url
    postgres.drop(url)


@pytest.fixture
def postgres_url(postgres_database: str) -> str:
    """The URL of a PostgreSQL database whose tables are empty."""
    postgres.clear(postgres_database)
    return postgres_database


@pytest.fixture
def own_postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL database that a test may change the tables of."""
    url = postgres.needed(postgres.fresh)
    yield url
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database with all tables, once of each kind."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    """A fresh database, open."""
    async with Database.open(url) as database:
        yield database


@pytest.fixture
async def sqlite_db(sqlite_url: str) -> AsyncIterator[Database]:
    """A fresh SQLite database, open."""
    async with Database.open(sqlite_url) as database:
        yield database
