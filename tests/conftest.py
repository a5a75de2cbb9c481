"""What every test may use."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests import browser

# Enough to find what a change breaks; whoever hunts further says --hypothesis-profile=default.
settings.register_profile("suite", max_examples=40)
settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Find a browser once, before the workers start; they inherit what was found."""
    wanted = config.getoption("markexpr", "") != "not browser"
    is_worker = hasattr(config, "workerinput")
    if wanted and not is_worker and (found := browser.find()):
        os.environ[browser.VARIABLE] = found


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
