"""A PostgreSQL server of the tests' own: made when the first test asks for it, gone after the run.

Set MINSTREL_TEST_POSTGRES to the URL of a server where databases may be made and removed, and that
one is used instead.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import migrate
from bot.store.schema import TURN_LOCK, meta, metadata
from tests.environment import free_port

GIVEN = "MINSTREL_TEST_POSTGRES"
FOLDER = "MINSTREL_TEST_POSTGRES_FOLDER"
"""Where the run's own server lives; the controller of a run names it, its workers inherit it."""

_LITERALS = {"literal_binds": True}
_TEMPLATE = "minstrel_template"
_ACCOUNT = "postgres"
_ROOMY = ("max_connections=200",)
_QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
"""What is in it need not outlive the machine."""

_settings = [*_ROOMY, *_QUICK]


class NoServer(Exception):
    """There is no PostgreSQL on this machine."""


def fresh() -> str:
    """Make a database with all tables, and give its URL.

    Raises:
        NoServer: PostgreSQL is not installed, and none was given.
    """
    server = _server()
    name = f"minstrel_{uuid4().hex}"
    asyncio.run(_run(server, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}"))
    return f"{server}/{name}"


def empty() -> str:
    """Make a database without tables, and give its URL."""
    server = _server()
    name = f"minstrel_{uuid4().hex}"
    asyncio.run(_run(server, f"CREATE DATABASE {name}"))
    return f"{server}/{name}"


def clear(url: str) -> None:
    """Take out whatever tests have left in a database; quicker than making another one."""
    server, _, name = url.rpartition("/")
    tables = ", ".join(metadata.tables)
    turn = str(sa.insert(meta).values(key=TURN_LOCK, value="").compile(compile_kwargs=_LITERALS))
    asyncio.run(_run(server, f"TRUNCATE {tables}", turn, database=name))


def drop(url: str) -> None:
    """Remove a database, whoever is still connected to it."""
    server, _, name = url.rpartition("/")
    asyncio.run(_run(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def stop(folder: Path) -> None:
    """End the run's own server, if it was started, and remove its files."""
    if (folder / "data").exists():
        _as_account([find("pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop"])
    shutil.rmtree(folder, ignore_errors=True)


def _server() -> str:
    folder = Path(os.environ[FOLDER])
    with _locked(folder / "lock"):
        address = folder / "address"
        if not address.exists():
            server = os.environ.get(GIVEN) or _start(folder)
            asyncio.run(_make_template(server))
            address.write_text(server)
        return address.read_text()


def _start(folder: Path) -> str:
    data = folder / "data"
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, _ACCOUNT)
        shutil.chown(data, _ACCOUNT)
    _as_account([find("initdb"), "-D", str(data), "-A", "trust", "-U", _ACCOUNT, "-N"])
    port = free_port()
    settings = [f"-c {setting}" for setting in (f"port={port}", *_settings)]
    options = " ".join([*settings, "-h 127.0.0.1", "-c unix_socket_directories=''"])
    log = str(folder / "data" / "server.log")
    _as_account([find("pg_ctl"), "-D", str(data), "-w", "-l", log, "-o", options, "start"])
    return f"postgresql://{_ACCOUNT}@127.0.0.1:{port}"


def find(name: str) -> str:
    """Find a program of PostgreSQL's; Debian keeps them off the path.

    Raises:
        NoServer: PostgreSQL is not installed.
    """
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(debian[-1]) if debian else shutil.which(name)
    if found is None:
        raise NoServer
    return found


def _as_account(command: list[str]) -> None:
    """Run one of its programs; they refuse to work as root."""
    account = _ACCOUNT if os.geteuid() == 0 else None
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=account, cwd="/")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one of the run's processes in at a time."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def _make_template(server: str) -> None:
    await _run(server, f"DROP DATABASE IF EXISTS {_TEMPLATE}")
    await _run(server, f"CREATE DATABASE {_TEMPLATE}")
    await migrate(f"{server}/{_TEMPLATE}")


async def _run(server: str, *statements: str, database: str = "postgres") -> None:
    url = f"{server}/{database}".replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(sa.text(statement))
    finally:
        await engine.dispose()


@contextmanager
def durable() -> Iterator[None]:
    """Have a server that is started meanwhile keep what is committed, as one in earnest does."""
    _settings[:] = _ROOMY
    try:
        yield
    finally:
        _settings[:] = [*_ROOMY, *_QUICK]


def needed(make: Callable[[], str]) -> str:
    """Make a database, or skip the test where there is no server; CI must have one."""
    try:
        return make()
    except NoServer:
        reason = "PostgreSQL is not installed (Debian's package postgresql)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


on_both_engines = pytest.mark.parametrize("engine", ["sqlite", "postgres"], indirect=True)
"""Has tests of jobs, which run on SQLite for themselves, run on PostgreSQL too."""
