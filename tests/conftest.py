"""What every test may use."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.store import migrate
from tests import browser, order, postgres, statements

# Enough to find what a change breaks; whoever hunts further says --hypothesis-profile=default.
settings.register_profile("suite", max_examples=40)
settings.load_profile("suite")

statements.share()


def pytest_configure(config: pytest.Config) -> None:
    """Find a browser and a place for a database server once; the workers inherit both."""
    if hasattr(config, "workerinput"):
        return
    os.environ[postgres.FOLDER] = tempfile.mkdtemp(prefix="minstrel-postgres-")
    wanted = config.getoption("markexpr", "") != "not browser"
    if wanted and (found := browser.find()):
        os.environ[browser.VARIABLE] = found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have no worker wait while another works."""
    items[:] = order.spread(items)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no server behind."""
    if not hasattr(config, "workerinput") and (folder := os.environ.pop(postgres.FOLDER, None)):
        postgres.stop(Path(folder))


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser; without one the tests that need it are skipped, and fail in CI."""
    path = os.environ.get(browser.VARIABLE)
    if path is None:
        reason = "no browser: none installed, and neither Playwright nor apt could fetch one"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


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
