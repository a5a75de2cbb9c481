"""Databases to measure on: fresh, of either kind, with real flushes to the disk."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.store import migrate
from tests import postgres


@contextmanager
def sqlite() -> Iterator[str]:
    """Give the URL of a fresh SQLite database."""
    with tempfile.TemporaryDirectory(prefix="minstrel-bench-") as folder:
        url = f"sqlite:///{folder}/minstrel.db"
        asyncio.run(migrate(url))
        yield url


@contextmanager
def postgresql() -> Iterator[str]:
    """Give the URL of a fresh PostgreSQL database, on a server that runs for this alone.

    Unlike the tests' server it flushes what is committed.
    """
    folder = Path(tempfile.mkdtemp(prefix="minstrel-bench-pg-"))
    os.environ[postgres.FOLDER] = str(folder)
    try:
        with postgres.durable():
            url = postgres.fresh()
        yield url
    finally:
        postgres.stop(folder)


def has_postgresql() -> bool:
    """Say whether PostgreSQL is installed."""
    try:
        postgres.find("initdb")
    except postgres.NoServer:
        return False
    return True
