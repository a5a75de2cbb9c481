"""A real SQLite file per test, copied from one that was migrated once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import Database, migrate


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables."""
    path = tmp_path_factory.mktemp("template") / "minstrel.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def url(migrated: Path, tmp_path: Path) -> str:
    """The URL of a fresh database with all tables."""
    path = tmp_path / "minstrel.db"
    shutil.copy(migrated, path)
    return f"sqlite:///{path}"


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    """A fresh database, open."""
    async with Database.open(url) as database:
        yield database
