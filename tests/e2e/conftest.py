"""The sandbox, a bot process that joined it, and a member who uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from sandbox.app import Sandbox
from tests.e2e.rig import Bot, Member


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
