"""What DATABASE_URL names, and the promise that one process owns a SQLite file."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import StartupError

_SQLITE = frozenset({"sqlite", "sqlite+aiosqlite", "sqlite+pysqlite"})
_POSTGRES = frozenset({"postgresql", "postgres", "postgresql+asyncpg"})


def parse(url: str) -> URL:
    """Read a database URL and name the driver that we use for it.

    Raises:
        StartupError: It cannot be read, is no file, or its driver is not installed.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StartupError(
            "DATABASE_URL cannot be read. Write it like sqlite:///data/minstrel.db or"
            " postgresql://user:password@host/minstrel."
        ) from error
    if parsed.drivername in _SQLITE:
        if not parsed.database or parsed.database == ":memory:":
            raise StartupError(
                "DATABASE_URL names no file. Write it like sqlite:///data/minstrel.db."
            )
        return parsed.set(drivername="sqlite+pysqlite")
    if parsed.drivername in _POSTGRES:
        if importlib.util.find_spec("asyncpg") is None:
            raise StartupError(
                "DATABASE_URL names a PostgreSQL server, but the driver for it is not installed."
                " Run pip install asyncpg, then start again."
            )
        return parsed.set(drivername="postgresql+asyncpg")
    raise StartupError(
        f"DATABASE_URL names a kind of database that is not supported ({parsed.drivername})."
        " Use sqlite:///… or postgresql://…."
    )


def is_sqlite(url: URL) -> bool:
    """Say whether the database is a file of ours."""
    return url.get_backend_name() == "sqlite"


def path_of(url: URL) -> Path:
    """Give the file of a SQLite URL, in a folder that exists.

    Raises:
        StartupError: The folder cannot be made.
    """
    path = Path(url.database or "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(
            f"The folder of the database, {path.parent}, cannot be made: {error.strerror}."
            " Change DATABASE_URL or the folder's permissions."
        ) from error
    return path


@contextmanager
def sole_owner(path: Path) -> Iterator[None]:
    """Own a database file as long as the block runs; the system lets go if the process dies.

    The lock is a file beside the database, so that tools which only read are not in its way. It
    stays behind when the block ends: removing it would race with whoever opens it next.

    Raises:
        StartupError: Another process, or another part of this one, owns it.
    """
    lock_path = path.with_name(path.name + ".lock")
    try:
        file = lock_path.open("a+", encoding="utf-8")
    except OSError as error:
        raise StartupError(
            f"The file {lock_path} cannot be written: {error.strerror}."
            " Give the bot's user the right to write the folder."
        ) from error
    with file:
        if not _lock(file):
            raise StartupError(
                f"The database {path} is in use by another running bot{_owner(file)}."
                " Stop that one first: only one process at a time may own the file."
            )
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def _owner(file: IO[str]) -> str:
    try:
        file.seek(0)
        owner = file.read(20).strip()
    except OSError:
        # Windows does not let a locked file be read; the number is a courtesy.
        return ""
    return f" (process {owner})" if owner.isdigit() else ""


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
