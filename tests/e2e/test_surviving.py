"""What happens to jobs while places vanish, answers get lost, and the process is told to stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from sandbox.app import Sandbox
from tests.e2e.rig import Bot, House, Member, Message, audio_of, text_of, until
from tests.environment import free_port

pytestmark = pytest.mark.e2e


@pytest.fixture
async def reached(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Member]:
    """Somebody whose bot can be called."""
    port = free_port()
    bot = Bot(
        sandbox,
        tmp_path,
        MINSTREL_PUBLIC_URL=f"http://127.0.0.1:{port}/minstrel",
        MINSTREL_WEBHOOK_PORT=str(port),
    )
    await bot.start()
    async with aiohttp.ClientSession() as http:
        member = Member(http, sandbox.base_url)
        await member.send("POST", "/control/fal", {"queue_seconds": 0, "run_seconds": 0.5})
        await member.arrive()
        yield member
    await bot.kill()


async def test_a_call_finds_what_the_list_does_not_show(reached: Member) -> None:
    """The answer is lost and the list is down: fal's call alone brings the piece."""
    await reached.fault("fal.submit", "drop_after")
    await reached.fault("fal.requests", "status", status=503, times=None)
    # A forged call and one that is lost come first.
    await reached.fault("fal.webhook", "lie")
    await reached.fault("fal.webhook", "drop_before")

    await reached.slash("music", prompt="called for", duration=10)
    await reached.finished(seconds=30)

    state = await reached.get("/control/fal")
    assert len(state["submits"]) == 1
    assert [call["status"] for call in state["webhooks"]] == [401, None, 204]


async def test_what_never_arrived_is_refunded_and_can_be_asked_for_again(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """After the grace the card says so, and its button makes the piece, paid for once."""
    bot = Bot(sandbox, tmp_path, MINSTREL_UNKNOWN_GRACE="2")
    await bot.start()
    async with aiohttp.ClientSession() as http:
        member = Member(http, sandbox.base_url)
        await member.send("POST", "/control/fal", {"queue_seconds": 0, "run_seconds": 0.1})
        await member.arrive()
        await member.fault("fal.submit", "drop_before")
        await member.slash("music", prompt="never arrived", duration=10)
        card = await member.card(lambda one: "refunded" in text_of(one), "a refund")
        assert "never turned up" in text_of(card)

        await member.press(card, "Again")
        await member.finished(after={card["id"]})

        assert len(await member.submits()) == 1
        assert bot.job(card)["cost"] == 0
    await bot.kill()


# -- places that vanish ----------------------------------------------------------------------------


async def _direct(house: House, after: int) -> Message:
    """Wait for the newest direct message to the owner."""
    world = house.sandbox.discord.world
    channel = world.direct_channel(world.me.id).id

    async def look() -> Message | None:
        messages = await house.owner.messages(channel)
        return messages[-1] if len(messages) > after else None

    return await until(look, "a direct message")


async def _directs(house: House) -> int:
    world = house.sandbox.discord.world
    return len(await house.owner.messages(world.direct_channel(world.me.id).id))


async def _running(member: Member, prompt: str) -> Message:
    await member.slash("music", prompt=prompt, duration=10)
    return await member.card(lambda one: "Making music" in text_of(one), "a running card")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_piece_whose_channel_was_deleted_comes_to_whoever_asked(house: House) -> None:
    """By direct message, with its audio; and /show brings it to another channel, once."""
    owner = house.owner
    await owner.send("POST", "/control/fal", {"run_seconds": 2})
    await owner.new_channel("doomed")
    card = await _running(owner, "homeless")
    before = await _directs(house)

    await owner.send("DELETE", f"/control/channels/{card['channel_id']}")
    direct = await _direct(house, before)
    await owner.send("POST", "/control/fal", {"run_seconds": 0.05})

    assert audio_of(direct)
    assert f"/show id:{card['nonce']}" in direct["content"]
    await owner.new_channel("refuge")
    await owner.slash("show", id=str(card["nonce"]))
    await owner.finished()

    async def is_written_down() -> bool | None:
        # Members see the piece a moment before that.
        return house.bot.job(card)["state"] == "delivered" or None

    await until(is_written_down, "the delivery to be written down")
    prompts = [one["arguments"].get("prompt") for one in await owner.submits()]
    assert prompts.count("homeless") == 1


@pytest.mark.asyncio(loop_scope="module")
async def test_a_permission_lost_midway_is_named_on_the_card(house: House) -> None:
    """The piece is kept, and its card says so; with the permission back, /show posts it."""
    owner = house.owner
    await owner.send("POST", "/control/fal", {"run_seconds": 2})
    channel = await owner.new_channel("silenced")
    card = await _running(owner, "gagged")
    path = f"/control/channels/{channel}/permissions"
    await owner.send("PUT", path, {"deny": ["attach_files"]})

    ended = await owner.card(lambda one: "Attach Files" in text_of(one), "the reason")
    await owner.send("POST", "/control/fal", {"run_seconds": 0.05})
    assert "Charged" in text_of(ended)
    assert f"/show id:{card['nonce']}" in text_of(ended)

    await owner.send("PUT", path, {"deny": []})
    await owner.slash("show", id=str(card["nonce"]))
    await owner.finished()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_server_that_removes_the_bot_leaves_it_at_peace(house: House) -> None:
    """What ran is handed over, what waited is not paid for, and others are served as before."""
    owner = house.owner
    there = await owner.found_server("Passing through")
    await owner.send("POST", "/control/fal", {"run_seconds": 2, "concurrency": 8})
    card = await _running(there, "evicted")
    before = await _directs(house)

    await owner.send("DELETE", f"/control/guilds/{there.guild_id}")
    direct = await _direct(house, before)
    await owner.send("POST", "/control/fal", {"run_seconds": 0.05})

    async def is_over() -> bool | None:
        return house.bot.job(card)["state"] == "undelivered" or None

    assert audio_of(direct)
    await until(is_over, "its end to be written down")
    await owner.new_channel("next door")
    await owner.slash("music", prompt="as before", duration=10)
    await owner.finished()
    assert "incident" not in house.bot.log


# -- stopping --------------------------------------------------------------------------------------


async def test_a_stopping_bot_says_so_and_ends_in_time(member: Member, bot: Bot) -> None:
    """Commands, buttons and lists are answered to the last; nothing crashes, nothing is repeated."""
    await member.slash("music", prompt="done before", duration=10)
    done = await member.finished()
    await member.fault("fal.submit", "latency", seconds=20)
    await member.slash("music", prompt="on its way", duration=10)
    await member.card(lambda one: "on its way" in text_of(one), "its card")
    await member.struck()

    async def has_begun() -> bool | None:
        return "stopping" in bot.log or None

    began = time.monotonic()
    stopping = asyncio.create_task(bot.stop())
    await until(has_begun, "the stop")
    before = {one["id"] for one in await member.messages()}
    await member.slash("music", prompt="too late", duration=10)
    assert "restarting" in await member.told(after=before)
    before |= {one["id"] for one in await member.messages()}
    await member.press(done, "Again")
    assert "restarting" in await member.told(after=before)
    assert await member.suggestions("music", "model", "stable")

    assert await stopping == 0
    assert time.monotonic() - began < 10
    assert "Traceback" not in bot.log
    assert "incident" not in bot.log


async def test_a_restart_goes_on_within_two_seconds_of_being_ready(
    member: Member, bot: Bot
) -> None:
    """What fal has finished meanwhile is on its card at once."""
    await member.send("POST", "/control/fal", {"run_seconds": 1})
    await member.slash("music", prompt="meanwhile", duration=10)
    await member.card(lambda one: "Making music" in text_of(one), "a running card")
    await bot.kill()
    await asyncio.sleep(1.5)
    seen = bot.log.count("ready as")
    await bot.start()

    async def ready() -> bool | None:
        return bot.log.count("ready as") > seen or None

    await until(ready, "the bot")
    began = time.monotonic()
    await member.card(
        lambda one: "preparing the file" in text_of(one) or bool(audio_of(one)), "progress"
    )
    resumed = time.monotonic() - began
    await member.finished()

    assert resumed < 2
