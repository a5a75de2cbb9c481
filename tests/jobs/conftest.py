"""A world per test, whose books are checked when the test is over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import audit
from tests.jobs.world import World


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """Which database the bot runs on; see `tests.postgres.on_both_engines`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def url(engine: str, request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database with all tables."""
    found: str = request.getfixturevalue(f"{engine}_url")
    return found


@pytest.fixture
async def world(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A running bot. After every test its money must add up, whatever happened in it."""
    world = World(url, tmp_path)
    await world.start()
    yield world
    if not world.is_up:
        await world.start()
    mistakes = await world.db.read(audit.check)
    await world.crash()
    assert mistakes == []
