"""The mode without channels and roles in memory: all works as ever, for Discord is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from sandbox.app import Sandbox
from tests.e2e.rig import Bot, Member, Message, text_of, until

pytestmark = pytest.mark.e2e


@pytest.fixture
async def admin(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Member]:
    """The owner of a server with a lean bot in it."""
    bot = Bot(sandbox, tmp_path, MINSTREL_LEAN="on")
    await bot.start()
    async with aiohttp.ClientSession() as http:
        admin = Member(http, sandbox.base_url)
        await admin.send("POST", "/control/fal", {"queue_seconds": 0, "run_seconds": 0.1})
        await admin.arrive()
        yield admin
    await bot.kill()


async def answer(member: Member, *words: str) -> str:
    """Wait for something that only this member sees, with some words in it."""

    async def look() -> Message | None:
        seen = [one for one in await member.messages() if one["flags"] & 64]
        return next((one for one in seen if all(word in text_of(one) for word in words)), None)

    return text_of(await until(look, f"an answer with {words}"))


async def test_a_lean_bot_does_what_any_bot_does(admin: Member) -> None:
    """Replies are read, roles count, private channels stay private, and the doctor sees all."""
    used = await admin.new_channel("used")
    await admin.slash("sfx", prompt="a creaking door", duration=1)
    card = await admin.finished()
    await admin.say("now slower", reply_to=card)
    await admin.finished(after={card["id"]})
    guest = await admin.join("guest", "view_channel")
    secret = await admin.new_channel("secret")
    await admin.slash("sfx", prompt="a whispered secret", duration=1)
    await admin.finished()
    deny = {"member": guest.user_id, "deny": ["view_channel"]}
    await admin.send("PUT", f"/control/channels/{secret}/permissions", deny)
    deny = {"deny": ["attach_files"]}
    await admin.send("PUT", f"/control/channels/{used}/permissions", deny)

    guest.channel_id = await admin.new_channel("lobby")
    await guest.slash("history", whose="server")
    found = await answer(guest, "door")
    await admin.slash("doctor")
    told = await answer(admin, "Permissions")

    assert "whispered" not in found
    assert f'<#{used}> lacks "Attach Files"' in told
