"""The bot in an independent simulation of Discord: its rules are not ours to get wrong.

SimCord replaces discord.py's HTTP and gateway, and judges by its own reading of Discord's
documents; the models' end is the local fal, by real HTTP.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
import simcord
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.app import MinstrelBot
from bot.config import Settings
from bot.domain.clock import SystemClock
from bot.ui.answers import Unanswerable
from sandbox.fal import Fal
from sandbox.fal import Settings as FalSettings
from sandbox.faults import Faults
from tests.whole import whole_bot

PROMPT = "slow rain on a tin roof"
PATIENCE_SECONDS = 60


class Far:
    """The models' end."""

    def __init__(self, fal: Fal, base: str) -> None:
        self.fal = fal
        self.base = base

    async def control(self, **change: Any) -> dict[str, Any]:
        """Change how it behaves, or just look."""
        method = "POST" if change else "GET"
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, f"{self.base}/control/fal", json=change or None) as answer,
        ):
            body: dict[str, Any] = await answer.json()
            return body

    async def submits(self) -> list[dict[str, Any]]:
        """What it was asked to make."""
        submits: list[dict[str, Any]] = (await self.control())["submits"]
        return submits


@pytest.fixture
async def far() -> AsyncIterator[Far]:
    """A local fal without waits of its own."""
    server: TestServer

    def base() -> str:
        return str(server.make_url("")).rstrip("/")

    fal = Fal(
        clock=SystemClock(),
        faults=Faults(),
        base_url=base,
        record=lambda _: None,
        settings=FalSettings(queue_seconds=0, run_seconds=0),
    )
    app = web.Application(client_max_size=200 * 2**20)
    fal.add_routes(app)
    server = TestServer(app)
    await server.start_server()
    yield Far(fal, base())
    await fal.close()
    await server.close()


@dataclass
class Place:
    """A channel, and somebody in it."""

    far: Far
    bot: MinstrelBot
    env: simcord.Env
    guild: simcord.GuildHandle
    channel: simcord.ChannelHandle
    alice: simcord.MemberActor

    async def card(self, look: Callable[[discord.Message], object], what: str) -> discord.Message:
        """Wait for a message that looks like something."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE_SECONDS
        while True:
            for message in self.channel.history():
                if look(message):
                    return message
            assert loop.time() < end, f"{what} did not come"
            await asyncio.sleep(0.05)


@pytest.fixture
async def place(far: Far, tmp_path: Path) -> AsyncIterator[Place]:
    """The bot, logged in, in a channel with Alice."""
    settings = Settings(
        _env_file=None,
        discord_token=SecretStr("token"),
        fal_key=SecretStr("sandbox:key"),
        fal_queue_url=f"{far.base}/fal/queue",
        fal_rest_url=f"{far.base}/fal/rest",
        fal_api_url=f"{far.base}/fal/v1",
        minstrel_data_dir=tmp_path,
    )
    async with whole_bot(settings) as bot:
        # SimCord waits until the bot has nothing left to do. The runner always has: it is started
        # out here, where nobody waits for it, and goes on when the bot would start it.
        bot.services.runner.start()
        bot.services.eraser.start()
        env = simcord.Env(bot, settle_timeout=PATIENCE_SECONDS)
        await env.start()
        guild = env.create_guild()
        channel = guild.create_text_channel("music")
        alice = guild.add_member(env.create_user("alice"))
        yield Place(far, bot, env, guild, channel, alice)
        await env.shutdown()
        assert [error for error in env.errors if not _is_expected(error)] == []


async def test_music_ends_as_a_card_with_audio(place: Place) -> None:
    """One ordinary message, edited until it carries the audio; the acknowledgement is gone."""
    result = await place.alice.slash(place.channel, "music", prompt=PROMPT)

    card = await place.card(lambda one: one.attachments, "the audio")

    assert result.response is None
    assert [one.id for one in place.channel.history()] == [card.id]
    assert card.edited_at is not None
    names = [one.filename for one in card.attachments]
    assert names[0].endswith(".mp3")
    assert PROMPT in str(card.embeds[0].to_dict())
    (submit,) = await place.far.submits()
    assert submit["arguments"]["prompt"] == PROMPT


async def test_a_refusal_is_told_to_one_person_and_leaves_no_card(place: Place) -> None:
    """It is nobody else's business, and it costs nothing."""
    result = await place.alice.slash(place.channel, "music", prompt=PROMPT, model="no-such/model")

    assert result.response is not None
    assert result.response.ephemeral
    assert "no-such/model" in result.response.content
    assert list(place.channel.history()) == []
    assert await place.far.submits() == []


async def test_an_interaction_that_comes_twice_is_one_card(place: Place) -> None:
    """Discord repeats events; the second acknowledgement is refused, and nothing is told of it."""
    parsers = place.bot._connection.parsers
    once = parsers["INTERACTION_CREATE"]

    def twice(data: Any) -> None:
        once(copy.deepcopy(data))
        once(data)

    parsers["INTERACTION_CREATE"] = twice
    await place.alice.slash(place.channel, "music", prompt=PROMPT)
    parsers["INTERACTION_CREATE"] = once
    await place.card(lambda one: one.attachments, "the audio")

    assert len(list(place.channel.history())) == 1
    assert len(await place.far.submits()) == 1


async def test_cancel_takes_a_waiting_job_back(place: Place) -> None:
    """By the button on the card, at no cost."""
    await place.far.control(queue_seconds=600)
    await place.alice.slash(place.channel, "music", prompt=PROMPT)
    card = await place.card(lambda one: "queue" in _words(one), "the card in the queue")

    await place.alice.click(card, label="Cancel")

    ended = await place.card(lambda one: "Cancelled." in _words(one), "the cancelled card")
    assert "Not charged." in _words(ended)
    assert ended.id == card.id


async def test_again_is_open_to_others_and_makes_another_card(place: Place) -> None:
    """The same prompt, at the cost of whoever presses."""
    await place.alice.slash(place.channel, "music", prompt=PROMPT)
    card = await place.card(lambda one: one.attachments, "the audio")
    bob = place.guild.add_member(place.env.create_user("bob"))

    await bob.click(card, label="Again")

    again = await place.card(
        lambda one: one.id != card.id and one.attachments, "the audio of the second card"
    )
    assert str(bob.id) in again.content
    prompts = [one["arguments"]["prompt"] for one in await place.far.submits()]
    assert prompts == [PROMPT, PROMPT]


async def test_models_are_offered_by_their_titles(place: Place) -> None:
    """What is sent is the endpoint; what is read is a name."""
    choices = await place.alice.autocomplete(place.channel, "music", "model", "stable")

    assert 1 <= len(choices) <= 25
    assert all("/" in choice["value"] and "Stable" in choice["name"] for choice in choices)


def _is_expected(error: BaseException) -> bool:
    """Say whether an error is only the word of an interaction that was answered elsewhere."""
    return isinstance(getattr(error, "original", error), Unanswerable)


def _words(message: discord.Message) -> str:
    return "\n".join(embed.description or "" for embed in message.embeds)
