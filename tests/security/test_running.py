"""A bot at its most talkative says nothing that opens a door."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from sandbox import child
from sandbox.app import Sandbox
from tests.audio.sounds import music, write_file
from tests.e2e.rig import Bot, Member

pytestmark = pytest.mark.e2e

SIGNED = re.compile(r"[?&](?:hm|sig|signature|token)=(?!\[hidden\])", re.IGNORECASE)


@pytest.fixture
async def member(tmp_path: Path) -> AsyncIterator[tuple[Member, Bot, Sandbox]]:
    """Somebody in front of a bot that logs at DEBUG."""
    async with Sandbox(port=0) as sandbox, aiohttp.ClientSession() as http:
        bot = Bot(sandbox, tmp_path, MINSTREL_LOG_LEVEL="DEBUG", PYTHONASYNCIODEBUG="1")
        await bot.start()
        member = Member(http, sandbox.base_url)
        await member.send("POST", "/control/fal", {"queue_seconds": 0, "run_seconds": 0.05})
        await member.arrive()
        yield member, bot, sandbox
        await bot.kill()


async def test_no_secret_is_in_the_log_of_a_day(
    member: tuple[Member, Bot, Sandbox], tmp_path: Path
) -> None:
    """Commands, a source that is uploaded, refusals, trouble on both ends, and a stop."""
    somebody, bot, sandbox = member
    wav = write_file(tmp_path / "a.wav", music(seconds=6)).read_bytes()
    await somebody.slash("music", prompt="rain on a tin roof")
    first = await somebody.finished()
    await somebody.slash("remix", prompt="darker", audio=("a.wav", wav))
    await somebody.finished(after={first["id"]})
    await somebody.slash("music", prompt="jazz", duration=9_999.0)
    await somebody.told()
    await somebody.fault("discord.message_edit", "status", status=500)
    await somebody.fault("fal.submit", "drop_after")
    await somebody.slash("music", prompt="wind in the reeds")
    await somebody.all_submits(3)
    await bot.stop()

    log = bot.log
    tokens = {
        one.token
        for one in sandbox.discord.world.directory.interactions.values()
        if getattr(one, "token", None)
    }
    assert "DEBUG" in log
    assert tokens
    leaked = [one for one in (*tokens, child.TOKEN, child.KEY, child.NOVAKIT_KEY) if one in log]
    assert leaked == []
    assert not SIGNED.search(log)
    assert "Authorization: " not in log
