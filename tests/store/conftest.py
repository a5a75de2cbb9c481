"""A real database per test, copied from one that was migrated once; of either kind."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.store import Database


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
