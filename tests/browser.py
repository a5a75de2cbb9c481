"""Finding a browser: an installed one, else Playwright's own, else Debian's package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

VARIABLE = "MINSTREL_TEST_BROWSER"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def find() -> str | None:
    """Give the path of a Chromium, fetching one where there is none; None when that fails."""
    return os.environ.get(VARIABLE) or _installed() or _from_playwright() or _from_debian()


def _installed() -> str | None:
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    return _MAC if Path(_MAC).exists() else None


def _from_playwright() -> str | None:
    if not _succeeds(sys.executable, "-m", "playwright", "install", "chromium"):
        return None
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - rarely needed, slow to load

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _from_debian() -> str | None:
    may = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")
    if not may or not _succeeds("apt-get", "update", "-qq"):
        return None
    _succeeds("apt-get", "install", "-y", "-qq", "chromium")
    return _installed()


def _succeeds(*command: str) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
