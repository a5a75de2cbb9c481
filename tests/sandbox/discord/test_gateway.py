"""Logging in, staying, breaking and resuming, frame by frame and with a real bot."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.sandbox.discord.conftest import open_town
from tests.sandbox.discord.puppet import connected, puppet
from tests.sandbox.discord.town import Town
from tests.sandbox.discord.troubadour import Troubadour
from tests.sandbox.discord.winding import WoundClock


@pytest.mark.parametrize("query", ["", "?v=10&encoding=json&compress=zlib-stream"])
async def test_logging_in_gives_ready_and_the_guilds(town: Town, query: str) -> None:
    """READY names the guilds, GUILD_CREATE fills them; compressed where asked."""
    async with connected(town, query) as bot:
        ready = await bot.identify()
        guild = await bot.expect("GUILD_CREATE")
        await bot.send(1, None)
        beat = await bot.frame()

    assert ready["guilds"] == [{"id": town.guild, "unavailable": True}]
    assert ready["resume_gateway_url"].startswith("ws://")
    assert guild["name"] == "Minstrel's Tavern"
    assert {one["name"] for one in guild["channels"]} == {"music", "general"}
    assert town.discord.world.bot.id in {one["user"]["id"] for one in guild["members"]}
    assert beat["op"] == 11


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"token": "invalid"}, 4004),
        ({"token": ""}, 4004),
        ({"intents": 1 << 15}, 4014),
        ({"intents": "all"}, 4013),
        ({"shard": [2, 2]}, 4010),
    ],
)
async def test_a_bad_identify_is_closed_with_its_code(
    town: Town, change: dict[str, Any], code: int
) -> None:
    """Bad token 4004, privileged intent 4014, nonsense 4013 and 4010."""
    async with connected(town) as bot:
        await bot.frame()
        await bot.send(2, {"token": "a", "intents": 1, "properties": {}} | change)

        assert await bot.closed() == code


async def test_garbage_and_haste_are_closed(town: Town) -> None:
    """No JSON is 4002; speaking before logging in is 4003."""
    async with connected(town) as first, connected(town) as second:
        await first.socket.send_str("hello")
        await second.send(8, {"guild_id": town.guild})

        assert (await first.closed(), await second.closed()) == (4002, 4003)


async def test_a_shard_hears_of_its_own_guilds_only(town: Town) -> None:
    """The guild's id decides."""
    home = (int(town.guild) >> 22) % 2
    async with connected(town) as mine, connected(town) as other:
        ready = await mine.identify(shard=[home, 2])
        unready = await other.identify(shard=[1 - home, 2])

    assert [one["id"] for one in ready["guilds"]] == [town.guild]
    assert unready["guilds"] == []


async def test_without_the_intent_no_messages_come(town: Town) -> None:
    """Interactions come regardless."""
    async with connected(town) as bot:
        await bot.identify(intents=1)
        await bot.expect("GUILD_CREATE")
        await bot.learn()
        await town.post(f"/client/channels/{town.channel}/messages", {"content": "x"})
        await town.run("hum", what="x")

        assert (await bot.frame())["t"] == "INTERACTION_CREATE"


async def test_the_content_intent_shows_all_text_when_the_portal_grants_it() -> None:
    """A session that asked for it reads everything."""
    async with (
        open_town(privileged_intents=1 << 15) as town,
        connected(town) as reading,
        connected(town) as plain,
    ):
        await reading.identify(intents=1 << 15 | 4609)
        await plain.identify()
        await town.post(f"/client/channels/{town.channel}/messages", {"content": "x"})

        assert (await reading.expect("MESSAGE_CREATE"))["content"] == "x"
        assert (await plain.expect("MESSAGE_CREATE"))["content"] == ""


async def test_resuming_replays_what_was_missed(town: Town) -> None:
    """Events of the gap come in order with their numbers, then RESUMED."""
    async with puppet(town) as bot:
        session, sequence = bot.session, bot.sequence
        await town.post("/control/gateway", {"action": "drop"})
        path = f"/client/channels/{town.channel}/messages"
        written = [await town.post(path, {"content": str(one)}) for one in range(2)]

        async with connected(town) as again:
            await again.resume(session, sequence)
            frames = [await again.frame() for _ in range(3)]

    assert [one["t"] for one in frames] == ["MESSAGE_CREATE", "MESSAGE_CREATE", "RESUMED"]
    assert [one["d"]["id"] for one in frames[:2]] == [one["id"] for one in written]
    assert [one["s"] for one in frames] == [sequence + 1, sequence + 2, sequence + 3]


@pytest.mark.parametrize(("session", "ahead"), [("unknown", 0), ("", 99)])
async def test_a_session_that_cannot_be_resumed_is_invalid(
    town: Town, session: str, ahead: int
) -> None:
    """Unknown sessions and numbers never sent get op 9, false."""
    async with puppet(town) as bot, connected(town) as again:
        await again.resume(session or bot.session, bot.sequence + ahead)

        assert await again.frame() == {"op": 9, "d": False}


async def test_a_bot_that_stops_beating_is_dropped(town: Town) -> None:
    """After one and a half intervals without a heartbeat the connection is closed."""
    clock = WoundClock()
    async with open_town(clock=clock, heartbeat_seconds=10) as slow, connected(slow) as bot:
        await bot.identify()
        for _ in range(4):
            await clock.wind(5)
            await slow.get("/client/state")

        assert await bot.closed() == 4009


async def test_the_last_events_can_come_twice(town: Town) -> None:
    """A replay sends the same data again under a new number."""
    async with puppet(town) as bot:
        interaction = await bot.asked()
        answer = await town.post("/control/gateway", {"action": "replay", "count": 1})
        again = await bot.expect("INTERACTION_CREATE")

    assert answer == {"sent": 1}
    assert again == interaction


@pytest.mark.parametrize("action", ["reconnect", "drop"])
async def test_a_real_bot_resumes(town: Town, bot: Troubadour, action: str) -> None:
    """Told to reconnect, or cut off, discord.py resumes its session and hears of all."""
    await town.post("/control/gateway", {"action": action})
    await asyncio.wait_for(bot.resumed.wait(), 15)

    mention = f"<@{town.discord.world.bot.id}> hi"
    await town.post(f"/client/channels/{town.channel}/messages", {"content": mention})
    seen = await asyncio.wait_for(bot.seen.get(), 15)

    assert seen.content == mention


async def test_a_real_bot_hears_of_a_new_guild_and_its_end(town: Town, bot: Troubadour) -> None:
    """GUILD_CREATE and GUILD_DELETE keep its cache right, tier and permissions included."""
    guild = await town.post("/control/guilds", {"name": "Fair", "premium_tier": 3})
    joined = await asyncio.wait_for(bot.guilds_joined.get(), 15)

    assert joined.name == "Fair"
    assert joined.filesize_limit == 100 * 1024 * 1024
    assert joined.me.guild_permissions.send_messages
    async with town.http.delete(f"/control/guilds/{guild['id']}") as response:
        assert response.status == 204
    await town.run("card", prompt="x")
    await town.until(lambda found: any(one["attachments"] for one in found))
    assert [one.name for one in bot.guilds] == ["Minstrel's Tavern"]
