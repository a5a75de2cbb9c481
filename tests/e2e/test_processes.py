"""A gateway and two workers on one PostgreSQL: each may die at any time, and nothing is lost."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from bot.store import Database
from bot.store.schema import jobs
from sandbox.app import Sandbox
from tests.e2e.rig import Bot, Member, Message, audio_of, text_of, until

pytestmark = pytest.mark.e2e


@dataclass(frozen=True, slots=True)
class Fleet:
    """Processes that share their work."""

    url: str
    gateway: Bot
    workers: dict[str, Bot]

    async def driver(self, card: Message) -> str | None:
        """Say which worker holds a card's job, by the name of its log."""
        async with Database.open(self.url) as db:
            owner = await db.read(_owner, int(card["nonce"]))
        for name, worker in self.workers.items():
            if owner and f"worker {owner} is at work" in worker.log:
                return name
        return None


def _owner(conn: sa.Connection, job_id: int) -> str | None:
    owner: str | None = conn.execute(
        sa.select(jobs.c.lease_owner).where(jobs.c.id == job_id)
    ).scalar_one()
    return owner


@pytest.fixture
async def fleet(sandbox: Sandbox, tmp_path: Path, own_postgres_url: str) -> AsyncIterator[Fleet]:
    """One process that listens, and two that work."""
    made: dict[str, Bot] = {}
    settings = {"DATABASE_URL": own_postgres_url, "MINSTREL_LEASE_SECONDS": "4"}
    for name, role in (("gateway", "gateway"), ("one", "worker"), ("two", "worker")):
        folder = tmp_path / name
        folder.mkdir()
        bot = Bot(sandbox, folder, **settings, MINSTREL_ROLE=role)
        await bot.start()
        made[name] = bot
    gateway = made.pop("gateway")
    yield Fleet(own_postgres_url, gateway, made)
    for bot in (gateway, *made.values()):
        await bot.kill()


@pytest.fixture
async def member(sandbox: Sandbox, fleet: Fleet) -> AsyncIterator[Member]:
    """Somebody who has the channel open."""
    del fleet
    async with aiohttp.ClientSession() as http:
        member = Member(http, sandbox.base_url)
        await member.arrive()
        yield member


async def test_a_worker_that_dies_is_stood_in_for(member: Member, fleet: Fleet) -> None:
    """The other one takes the job over once the lease has run out: one submit, one card."""
    await member.send("POST", "/control/fal", {"queue_seconds": 0, "run_seconds": 3})
    await member.slash("music", prompt="orphan", duration=10)
    card = await member.card(lambda one: "Making music" in text_of(one), "a running card")
    name = await fleet.driver(card)
    assert name is not None

    await fleet.workers[name].kill()

    done = await member.finished()
    assert len(audio_of(done)) == 1
    assert len(await member.submits()) == 1
    assert len(await member.cards()) == 1


async def test_a_cancel_reaches_whoever_works_on_the_job(member: Member, fleet: Fleet) -> None:
    """The press arrives at the gateway's process, the job is driven by another."""
    del fleet
    await member.send("POST", "/control/fal", {"queue_seconds": 30, "run_seconds": 30})
    await member.slash("music", prompt="never mind", duration=10)
    card = await member.card(lambda one: "queue" in text_of(one), "a queued card")

    await member.press(card, "Cancel")

    await member.card(lambda one: "ancelled" in text_of(one), "a cancelled card", seconds=8)

    async def is_told() -> bool | None:
        return (await member.get("/control/fal"))["counts"]["cancelled"] == 1 or None

    await until(is_told, "fal to be told")


async def test_clusters_share_the_servers_out(
    sandbox: Sandbox, tmp_path: Path, own_postgres_url: str
) -> None:
    """Each server is heard by one process: of two commands in two servers, each makes one card."""
    bots = []
    for number in ("1", "2"):
        folder = tmp_path / number
        folder.mkdir()
        settings = {"DATABASE_URL": own_postgres_url, "MINSTREL_CLUSTER": f"{number}/2"}
        bots.append(Bot(sandbox, folder, **settings))
    async with aiohttp.ClientSession() as http:
        member = Member(http, sandbox.base_url)
        await member.send("POST", "/control/fal", {"queue_seconds": 0, "run_seconds": 0.1})
        try:
            for bot in bots:
                await bot.start()
            await member.arrive()
            places = [member, *[await member.found_server(f"server {n}") for n in range(4)]]
            for bot in bots:
                await until(partial(_is_ready, bot), "each process")

            for place in places:
                await place.slash("music", prompt="one each", duration=10)
            for place in places:
                await place.finished()

            assert [len(await place.cards()) for place in places] == [1] * len(places)
            assert len(await member.submits()) == len(places)
            assert all("shards [" in bot.log for bot in bots)
        finally:
            for bot in bots:
                await bot.kill()


async def _is_ready(bot: Bot) -> bool | None:
    return "ready as" in bot.log or None


@pytest.mark.timeout(300)
async def test_a_bot_grows_from_one_process_to_three(
    sandbox: Sandbox, tmp_path: Path, own_postgres_url: str
) -> None:
    """As docs/operating.md says: stopped, copied, started as three; what fal makes is not lost."""
    data = tmp_path / "data"
    data.mkdir()
    alone = Bot(sandbox, data)
    await alone.start()
    async with aiohttp.ClientSession() as http:
        member = Member(http, sandbox.base_url)
        await member.arrive()
        await member.slash("music", prompt="from before", duration=10)
        before = await member.finished()
        await member.send("POST", "/control/fal", {"queue_seconds": 0, "run_seconds": 6})
        await member.slash("music", prompt="in between", duration=10)
        await member.card(
            lambda one: "in between" in text_of(one) and "Making music" in text_of(one), "the card"
        )
        assert await alone.stop() == 0

        copying = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "copy-database"),
            *(f"sqlite:///{data / 'minstrel.db'}", own_postgres_url),
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await copying.communicate()
        assert copying.returncode == 0, said.decode()

        fleet = [
            Bot(sandbox, data, DATABASE_URL=own_postgres_url, MINSTREL_ROLE=role)
            for role in ("gateway", "worker", "worker")
        ]
        for bot in fleet:
            await bot.start()
        await member.arrive()
        between = await member.finished(after={before["id"]})
        await member.slash("show", id=before["nonce"])
        shown = await member.finished(after={before["id"], between["id"]})
        assert len(await member.submits()) == 2
        for bot in fleet:
            assert await bot.stop() == 0

    assert "in between" in text_of(between)
    assert len(audio_of(between)) == len(audio_of(shown)) == 1
