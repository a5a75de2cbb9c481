"""A world per test, whose books are checked when the test is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import audit, migrate
from tests.jobs.world import World


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables."""
    path = tmp_path_factory.mktemp("template") / "minstrel.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
async def world(migrated: Path, tmp_path: Path) -> AsyncIterator[World]:
    """A running bot. After every test its money must add up, whatever happened in it."""
    world = World(migrated, tmp_path)
    await world.start()
    yield world
    if not world.is_up:
        await world.start()
    mistakes = await world.db.read(audit.check)
    await world.crash()
    assert mistakes == []
