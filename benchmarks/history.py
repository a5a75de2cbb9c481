"""A page of the history, and a search in it, as the database grows a hundredfold.

    python -m benchmarks.history [--rows 10000 100000 1000000]

2,500 servers of very different size (Zipf), prompts of 8 to 20 words, 3 % of them Chinese. What is
asked is what /history asks: newest first, anywhere in the history, for one member who may read half
of the channels, on the largest server every other time. Some servers of middle size never use the
commonest words, and are asked for those. "While typing" is what autocomplete asks at each letter. The
ratio compares the largest database with the smallest: it should not grow.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.figures import Spread, compare, title
from bot.domain.ids import ChannelId, GuildId, JobId, UserId
from bot.domain.viewer import Viewer
from bot.store import Database
from bot.store.browsing import Wanted, browse
from bot.store.history import suggest_sources
from bot.store.rows import new_columns
from bot.store.schema import jobs
from tests.store.builders import new_job

SERVERS = 2_500
CHANNELS = 8
BATCH = 5_000
ASKED = 300
MUTE = range(10, 20)
"""Servers whose members never use a word that begins like the commonest."""
VOCABULARY = 4_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_ID = 1_400_000_000_000_000_000
STEP = 4_194_304 * 30  # half a minute of Discord's clock per thousand ids
CHINESE = ("钢琴", "雨声", "夏天的夜晚", "古筝", "慢歌", "电子舞曲")


TYPING = "while typing"
ABSENT = "absent here, commonest elsewhere"


@dataclass(frozen=True, slots=True)
class Words:
    """The words that prompts are made of, some common and some rare."""

    all: tuple[str, ...]
    weights: tuple[float, ...]

    @classmethod
    def made(cls, dice: random.Random) -> Words:
        """Invent them."""
        syllables = [
            "ba",
            "be",
            "ki",
            "lo",
            "mu",
            "na",
            "pi",
            "ra",
            "so",
            "tu",
            "ve",
            "wi",
            "xo",
            "yu",
            "za",
        ]
        words = {
            "".join(dice.choice(syllables) for _ in range(dice.randint(2, 4)))
            for _ in range(VOCABULARY)
        }
        ordered = tuple(sorted(words))
        return cls(ordered, tuple(1 / (place + 1) for place in range(len(ordered))))

    @property
    def commonest(self) -> str:
        """The beginning that most prompts have a word with."""
        return self.all[0][:4]

    def prompt(self, dice: random.Random, *, is_mute: bool = False) -> str:
        """Make a prompt; a mute one goes without the commonest words."""
        words = dice.choices(self.all, self.weights, k=dice.randint(8, 20))
        if is_mute:
            words = [word for word in words if not word.startswith(self.commonest)]
        if dice.random() < 0.03:
            words.append(dice.choice(CHINESE))
        return " ".join(words)


def rows(count: int, words: Words, dice: random.Random) -> Iterator[dict[str, Any]]:
    """Yield finished jobs, oldest first."""
    weights = [1 / (place + 1) for place in range(SERVERS)]
    servers = dice.choices(range(SERVERS), weights, k=count)
    for number, server in enumerate(servers):
        new = new_job(
            FIRST_ID + number * STEP, guild=1_000 + server, user=dice.randint(1, 200),
            prompt=words.prompt(dice, is_mute=server in MUTE), token=None,
        )  # fmt: skip
        yield new_columns(new, now=NOW) | {
            "channel_id": dice.randrange(CHANNELS),
            "state": "delivered",
            "cost": new.estimate,
            "result": {"output": {}},
            "card_id": new.id + 1,
            "finished_at": NOW,
            "shown_at": NOW,
        }


async def fill(db: Database, count: int, words: Words) -> None:
    """Write so many jobs, many at a time."""
    source = rows(count, words, random.Random(count))
    while batch := list(islice(source, BATCH)):
        await db.write(_insert, batch)


def _insert(conn: sa.Connection, batch: list[dict[str, Any]]) -> None:
    conn.execute(sa.insert(jobs), batch)


async def ask(db: Database, count: int, words: Words) -> dict[str, Spread]:
    """Time pages and searches, each asked for by somebody else."""
    dice = random.Random(7)
    newest = FIRST_ID + count * STEP
    half = frozenset(ChannelId(number) for number in range(CHANNELS // 2))

    def whose(name: str) -> tuple[GuildId, Viewer]:
        server = 0 if dice.random() < 0.5 else dice.randrange(SERVERS)
        if name == ABSENT:
            server = dice.choice(MUTE)
        viewer = Viewer(user_id=UserId(dice.randint(1, 200)), channels=half)
        return GuildId(1_000 + server), viewer

    found: dict[str, Spread] = {}
    for name, text in _texts(words, dice).items():
        times = []
        for _ in range(ASKED):
            guild, viewer = whose(name)
            wanted = Wanted(guild_id=guild, text=text())
            top = JobId(dice.randint(FIRST_ID, newest))
            before = time.perf_counter()
            if name == TYPING:
                await db.read(suggest_sources, guild, wanted.text or "", viewer=viewer)
            else:
                await db.read(browse, wanted, viewer, top=top)
            times.append(time.perf_counter() - before)
        found[name] = Spread.of(times)
    return found


def _texts(words: Words, dice: random.Random) -> dict[str, Callable[[], str | None]]:
    """Say what is looked for."""

    def part() -> str:
        word = dice.choice(words.all)
        return word[: dice.randint(1, len(word))]

    return {
        "page": lambda: None,
        "common word": lambda: dice.choice(words.all[:20]),
        "rare word": lambda: dice.choice(words.all[-500:]),
        "two words": lambda: " ".join(dice.choices(words.all[:200], k=2)),
        "beginning": lambda: dice.choice(words.all)[:4],
        "Chinese": lambda: dice.choice(CHINESE)[:2],
        TYPING: part,
        ABSENT: lambda: words.commonest,
    }


async def measure(url: str, counts: list[int]) -> dict[int, dict[str, Spread]]:
    """Fill a database step by step, and ask at each."""
    words = Words.made(random.Random(1))
    found: dict[int, dict[str, Spread]] = {}
    for count in counts:
        async with Database.open(url) as db:
            await db.write(lambda conn: conn.execute(sa.delete(jobs)))
            before = time.perf_counter()
            await fill(db, count, words)
            await db.write(_look_over)
            print(f"{count:,} rows written in {time.perf_counter() - before:.0f} s")
        async with Database.open(url) as db:
            found[count] = await ask(db, count, words)
        for name, spread in found[count].items():
            print(f"  {name:12} {spread}")
    return found


def _look_over(conn: sa.Connection) -> None:
    """Let the engine learn what is in its tables, as it does by itself in time."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("INSERT INTO job_fts (job_fts) VALUES ('optimize')")
    conn.exec_driver_sql("ANALYZE")


def main() -> int:
    """Measure on both engines, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    counts = sorted(parser.parse_args().rows)
    engines = {"SQLite": databases.sqlite}
    if databases.has_postgresql():
        engines["PostgreSQL"] = databases.postgresql
    for name, database in engines.items():
        title(f"history on {name}")
        with database() as url:
            found = asyncio.run(measure(url, counts))
        few, many = found[counts[0]], found[counts[-1]]
        for kind, spread in many.items():
            aim = "p99 at most 10 ms" if kind == "page" else "p99 at most 50 ms"
            compare(f"{kind}, p99", spread.at(0.99), few[kind].at(0.99), unit="ms", aim=aim)
    return 0


if __name__ == "__main__":
    sys.exit(main())
