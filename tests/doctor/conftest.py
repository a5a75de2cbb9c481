"""An empty database for the checks to look at."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.store import migrate


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables; the checks only read."""
    path = tmp_path_factory.mktemp("template") / "minstrel.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path
