"""A gateway and two workers on one PostgreSQL, of which one at random is killed, again and again.

    python -m tests.chaos.processes --kills 200 --seed 1 --out /tmp/processes.jsonl

The others go on meanwhile, and take over what the dead one worked on once its lease has run out.
Most kills come when all of them serve, so that there is something to lose; some come before the last
one is back. Everything else is as in `tests.chaos.kills`: the same load, the same delays, the same judge.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from bot.store import Database, migrate
from bot.store.copying import copy_all
from sandbox.app import Sandbox
from tests import postgres
from tests.chaos.arena import Arena, Row, Victim, arena
from tests.chaos.course import come_to_rest, keep
from tests.chaos.judge import Verdict, judge
from tests.chaos.kills import DELAYS
from tests.chaos.load import Load
from tests.chaos.report import Lines, conclude, options, say
from tests.e2e.rig import until

ROLES: Mapping[str, str] = {"gateway": "gateway", "one": "worker", "two": "worker"}
LEASE_SECONDS = 4
GRACE_SECONDS = 45
LULL_SECONDS = 3.0
"""The longest time between two kills of processes that all serve."""

HASTY = 0.25
"""How often a kill does not wait for the process before it to be back."""

BACK_SECONDS = 60


class Fleet(Victim):
    """Several processes, to be used where one is expected."""

    def __init__(self, sandbox: Sandbox, data_dir: Path, **settings: str) -> None:
        super().__init__(sandbox, data_dir, **settings)
        self.url = settings["DATABASE_URL"]
        self.processes: dict[str, Victim] = {}
        for name, role in ROLES.items():
            folder = data_dir / name
            folder.mkdir()
            one = Victim(sandbox, folder, **settings, MINSTREL_ROLE=role)
            self.processes[name] = one

    async def start(self) -> None:
        """Start all of them."""
        for one in self.processes.values():
            await one.start()

    async def kill(self) -> None:
        """End all of them at once."""
        await asyncio.gather(*(one.kill() for one in self.processes.values()))

    async def wait(self) -> int | None:
        """Wait until the one that listens has ended."""
        return await self.processes["gateway"].wait()

    def send_signal(self, number: signal.Signals) -> None:
        """Send all of them a signal."""
        for one in self.processes.values():
            one.send_signal(number)

    @property
    def log(self) -> str:
        """All that they have written, one after the other."""
        return "\n".join(f"== {name}\n{one.log}" for name, one in self.processes.items())

    def rows(self, query: str, *parameters: object) -> list[Row]:
        """Read from their database."""
        if parameters:
            raise ValueError("Questions to the fleet take no parameters.")
        with ThreadPoolExecutor(1) as thread:  # the caller's own loop is running
            return thread.submit(asyncio.run, self._ask(query)).result()

    async def _ask(self, query: str) -> list[Row]:
        def run(conn: sa.Connection) -> list[Row]:
            return [_as_text(row) for row in conn.execute(sa.text(query)).mappings()]

        async with Database.open(self.url, connections=1) as db:
            return await db.read(run)

    @contextmanager
    def frozen_copy(self) -> Iterator[Path]:
        """Copy everything into a SQLite file, as an operator who goes back would."""
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
            path = Path(folder, "minstrel.db")
            thread.submit(asyncio.run, self._copy(path)).result()
            yield path

    async def _copy(self, path: Path) -> None:
        url = f"sqlite:///{path}"
        await migrate(url)
        async with Database.open(self.url) as source, Database.open(url) as target:
            async for _ in copy_all(source, target):
                pass


def _as_text(row: Mapping[Any, Any]) -> Row:
    """Give a row as SQLite gives it: its JSON as text."""
    return {
        name: json.dumps(value) if isinstance(value, dict | list) else value
        for name, value in row.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a campaign goes.

    Attributes:
        rate: How many things members do in a second, at most.
    """

    kills: int
    seed: int
    round_kills: int = 40
    rate: float = 6.0


async def campaign(plan: Plan, lines: Lines) -> Verdict:
    """Strike as often as planned, and judge."""
    random = Random(plan.seed)
    verdict = Verdict()
    left = plan.kills
    while left > 0:
        kills = min(left, plan.round_kills)
        left -= kills
        with (
            tempfile.TemporaryDirectory(prefix="chaos-") as folder,
            ThreadPoolExecutor(1) as thread,
        ):
            url = await asyncio.get_running_loop().run_in_executor(thread, postgres.fresh)
            one = await _round(plan, kills, random, lines, Path(folder), url)
            await asyncio.get_running_loop().run_in_executor(thread, postgres.drop, url)
        verdict.add(one)
        say(f"{plan.kills - left}/{plan.kills} kills: {_brief(one.findings)}")
    return verdict


def _brief(findings: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(f"{name} {len(found)}" for name, found in findings.items())


async def _round(
    plan: Plan, kills: int, random: Random, lines: Lines, folder: Path, url: str
) -> Verdict:
    settings = {
        "DATABASE_URL": url,
        "MINSTREL_LEASE_SECONDS": str(LEASE_SECONDS),
        "MINSTREL_UNKNOWN_GRACE": str(GRACE_SECONDS),
    }
    async with arena(folder, kind=Fleet, settings=settings) as place:
        for fault in DELAYS:
            place.sandbox.faults.add(fault)
        load = Load(place, random, rate=plan.rate)
        load.start()
        found = Verdict()
        for _ in range(kills):
            if random.random() > HASTY:
                await _all_serve(place)
            await asyncio.sleep(random.uniform(0, LULL_SECONDS))
            await _strike(place, random, lines, found)
        await load.stop()
        place.sandbox.faults.clear()
        await come_to_rest(place)
        await place.bot.kill()
        verdict = judge(place, load.deeds)
        verdict.add(found)
        if not verdict.is_clean:
            lines.write(kind="broken", findings=verdict.findings)
            keep(place.bot, lines)
        return verdict


async def _all_serve(place: Arena) -> None:
    """Wait until the gateway is online and the workers are at work, as long as that is sensible."""
    fleet = place.bot
    assert isinstance(fleet, Fleet)

    async def look() -> bool | None:
        workers = [one for name, one in fleet.processes.items() if ROLES[name] == "worker"]
        return True if all(one.is_at_work for one in workers) else None

    with suppress(AssertionError):
        await until(look, "the workers", seconds=BACK_SECONDS)
        await place.online(seconds=BACK_SECONDS)


async def _strike(place: Arena, random: Random, lines: Lines, found: Verdict) -> None:
    """Kill one of the processes, and start it again."""
    fleet = place.bot
    assert isinstance(fleet, Fleet)
    name = random.choice(list(fleet.processes))
    victim = fleet.processes[name]
    was_ready = victim.is_at_work or name == "gateway"
    await victim.kill()
    found.counts["kills"] += 1
    found.counts[f"kills of {name}"] += 1
    await victim.start()
    lines.write(kind="kill", who=name, was_ready=was_ready)


def main() -> int:
    """Run a campaign from the command line."""
    args: Any = options("processes", kills=200).parse_args()
    folder = Path(tempfile.mkdtemp(prefix="chaos-postgres-"))
    os.environ[postgres.FOLDER] = str(folder)
    started = time.monotonic()
    try:
        with Lines(args.out) as lines:
            verdict = asyncio.run(campaign(Plan(kills=args.kills, seed=args.seed), lines))
            seconds = round(time.monotonic() - started)
            return conclude(verdict, lines, seconds=seconds, seed=args.seed)
    finally:
        postgres.stop(folder)


if __name__ == "__main__":
    sys.exit(main())
