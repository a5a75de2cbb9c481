"""What every test may use."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from tests import browser, postgres

# Enough to find what a change breaks; whoever hunts further says --hypothesis-profile=default.
settings.register_profile("suite", max_examples=40)
settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Find a browser and a place for a database server once; the workers inherit both."""
    if hasattr(config, "workerinput"):
        return
    os.environ[postgres.FOLDER] = tempfile.mkdtemp(prefix="minstrel-postgres-")
    wanted = config.getoption("markexpr", "") != "not browser"
    if wanted and (found := browser.find()):
        os.environ[browser.VARIABLE] = found


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
