"""The sandbox, a bot process that joined it, and a member who uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from sandbox.app import Sandbox
from tests.e2e.rig import Bot, House, Member


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """The far ends, fast: fal starts at once and takes a tenth of a second."""
    async with Sandbox(port=0) as sandbox:
        yield sandbox


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """The bot, as its own process, joining the sandbox."""
    bot = Bot(sandbox, tmp_path, MINSTREL_USER_AT_ONCE="20")
    await bot.start()
    yield bot
    await bot.kill()


@pytest.fixture
async def member(sandbox: Sandbox, bot: Bot) -> AsyncIterator[Member]:
    """Somebody who has the channel open."""
    del bot
    async with aiohttp.ClientSession() as http:
        member = Member(http, sandbox.base_url)
        await member.send("POST", "/control/fal", {"queue_seconds": 0, "run_seconds": 0.1})
        await member.arrive()
        yield member


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A sandbox and a bot without limits, for tests that do not mind each other's pieces.

    Starting a bot costs seconds. Each such test goes into a channel of its own.
    """
    async with Sandbox(port=0) as sandbox, aiohttp.ClientSession() as http:
        data_dir = tmp_path_factory.mktemp("house")
        bot = Bot(sandbox, data_dir, MINSTREL_LIMITS="off", MINSTREL_MAX_ACTIVE="8")
        await bot.start()
        owner = Member(http, sandbox.base_url)
        quick = {"queue_seconds": 0, "run_seconds": 0.05, "concurrency": 8}
        await owner.send("POST", "/control/fal", quick)
        await owner.arrive()
        yield House(sandbox=sandbox, bot=bot, owner=owner)
        await bot.kill()
