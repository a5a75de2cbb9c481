"""Where the bot is attacked: the sandbox, the bot as a real process, and channels to flow through."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy as sa

from bot.store import audit
from sandbox.app import Sandbox
from tests.e2e.rig import Bot, Member, until

CHANNELS = 12
"""Discord lets a channel have five edits in five seconds; one alone would be all waiting."""

OPEN_HANDED = {
    "MINSTREL_MAX_ACTIVE": "8",
    "MINSTREL_GUILD_PER_HOUR": "1000000",
    "MINSTREL_GUILD_AT_ONCE": "10000",
    "MINSTREL_GUILD_DAILY_USD": "1000000",
    "MINSTREL_GUILD_MONTHLY_USD": "1000000",
    "MINSTREL_USER_PER_HOUR": "1000000",
    "MINSTREL_USER_AT_ONCE": "10000",
    "MINSTREL_USER_DAILY_USD": "1000000",
    "MINSTREL_USER_MONTHLY_USD": "1000000",
}
"""Limits are on, so that counters and bookings can be judged, and wide, so that jobs flow."""

Row = dict[str, Any]


class Victim(Bot):
    """The bot process, and what only an attacker asks of it."""

    is_warm = False  # its children are known by the environment that it was begun with
    _begins = 0

    async def start(self) -> None:
        """Start it, and remember where its log begins."""
        self._begins = self.log_path.stat().st_size if self.log_path.exists() else 0
        await super().start()

    @property
    def is_at_work(self) -> bool:
        """Whether this process, and not one before it, takes jobs."""
        with self.log_path.open("rb") as log:
            log.seek(self._begins)
            return b"is at work" in log.read()

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.returncode is None

    async def wait(self) -> int | None:
        """Wait until it has ended by itself or otherwise, and give its exit code."""
        return None if self._process is None else await self._process.wait()

    @property
    def database(self) -> Path:
        """Its database file."""
        return self.data_dir / "minstrel.db"

    def survivors(self) -> list[int]:
        """Give the processes that it left behind, found by the data directory they were given."""
        mark = f"MINSTREL_DATA_DIR={self.data_dir}\0".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                if mark in (entry / "environ").read_bytes() + b"\0":
                    found.append(int(entry.name))
            except OSError:
                continue  # it ended, or is somebody else's
        return found

    @contextmanager
    def frozen_copy(self) -> Iterator[Path]:
        """Copy a dead bot's database with its log, so that looking does not repair it."""
        with tempfile.TemporaryDirectory() as folder:
            for name in ("minstrel.db", "minstrel.db-wal"):
                if (self.data_dir / name).exists():
                    shutil.copy(self.data_dir / name, folder)
            yield Path(folder, "minstrel.db")

    def rows(self, query: str, *parameters: object) -> list[Row]:
        """Read from its database while it runs."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(query, parameters)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Autopsy:
    """What a dead bot's database looked like.

    Attributes:
        states: How many open jobs stood where.
        wrong: A sentence per mistake: of the file itself, of its counters or its bookings.
    """

    states: Mapping[str, int]
    wrong: tuple[str, ...]


def examine(bot: Victim) -> Autopsy:
    """Check the database that a kill left: the file, the counters, the bookings."""
    with bot.frozen_copy() as path:
        if not path.exists():
            return Autopsy(states={}, wrong=())
        with closing(sqlite3.connect(path)) as db:
            integrity = [row[0] for row in db.execute("PRAGMA integrity_check")]
            tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
            if integrity != ["ok"] or "meta" not in tables:
                return Autopsy(states={}, wrong=tuple(one for one in integrity if one != "ok"))
            query = "SELECT state, count(*) FROM jobs WHERE finished_at IS NULL GROUP BY state"
            states = {str(state): int(count) for state, count in db.execute(query)}
        engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
        with engine.connect() as connection:
            wrong = audit.check(connection)
        engine.dispose()
        return Autopsy(states=states, wrong=tuple(wrong))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """A sandbox, a bot to be attacked, and one member in each of many channels."""

    sandbox: Sandbox
    bot: Victim
    owner: Member
    members: tuple[Member, ...]

    async def online(self, wanted: bool = True, *, seconds: float = 60) -> None:
        """Wait until the sandbox sees the bot come or go."""

        async def look() -> bool | None:
            state = await self.owner.get("/client/state")
            return True if state["bot"]["online"] is wanted else None

        await until(look, "the bot to come" if wanted else "the bot to go", seconds=seconds)

    async def pace(self, **settings: object) -> None:
        """Say how fast fal is."""
        await self.owner.send("POST", "/control/fal", settings)


async def _arrive(owner: Member, bot: Victim) -> None:
    """Wait for the bot; one that cannot start is not waited for."""
    ended, arrived = asyncio.create_task(bot.wait()), asyncio.create_task(owner.arrive())
    await asyncio.wait({ended, arrived}, return_when=asyncio.FIRST_COMPLETED)
    if ended.done():
        arrived.cancel()
        raise RuntimeError(f"The bot ended as it started:\n{bot.log[-2000:]}")
    ended.cancel()
    await arrived


@asynccontextmanager
async def arena(
    data_dir: Path,
    *,
    channels: int = CHANNELS,
    kind: type[Victim] = Victim,
    settings: Mapping[str, str] | None = None,
    log_path: Path | None = None,
) -> AsyncIterator[Arena]:
    """Open an arena with a bot that is connected; fal is quick.

    Args:
        data_dir: The bot's own, database and log included.
        channels: How many there are, with a member in each.
        kind: The process to run.
        settings: The bot's environment, besides `OPEN_HANDED`.
        log_path: Where its log goes, if not into its data directory.
    """
    async with Sandbox(port=0) as sandbox, aiohttp.ClientSession() as http:
        bot = kind(sandbox, data_dir, **(OPEN_HANDED | dict(settings or {})))
        bot.log_path = log_path or bot.log_path
        owner = Member(http, sandbox.base_url)
        await bot.start()
        try:
            quick = {"queue_seconds": 0, "run_seconds": 0.2, "concurrency": 8}
            await owner.send("POST", "/control/fal", quick)
            await _arrive(owner, bot)
            members = [await owner.join(f"member {number}") for number in range(channels)]
            for number, member in enumerate(members):
                path = f"/control/guilds/{owner.guild_id}/channels"
                channel = await owner.send("POST", path, {"name": f"channel-{number}"})
                member.channel_id = str(channel["id"])
            yield Arena(sandbox=sandbox, bot=bot, owner=owner, members=tuple(members))
        finally:
            bot.send_signal(signal.SIGCONT)
            await bot.kill()
