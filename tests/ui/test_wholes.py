"""What is kept of servers in lean mode, and what is asked for."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.ui import wholes
from bot.ui.wholes import slim
from sandbox.discord import objects
from sandbox.discord.world import World
from tests.clock import ManualClock


@pytest.fixture
async def world() -> World:
    """A small Discord with one server."""
    return World(clock=ManualClock(), base_url=lambda: "http://x", record=lambda _entry: None)


@pytest.fixture
async def client() -> discord.Client:
    """A lean client that never connects."""
    made = discord.Client(intents=discord.Intents(guilds=True))
    slim(made)
    return made


def hear(client: discord.Client, event: str, data: Any) -> None:
    """Let an event come."""
    client._connection.parsers[event](data)


async def test_of_a_server_only_itself_is_kept(client: discord.Client, world: World) -> None:
    """Its name, owner and the size of its files are known, and no channel or role."""
    tavern = world.add_guild("Tavern", premium_tier=2)
    world.add_channel(tavern, "general")

    hear(client, "GUILD_CREATE", objects.guild_create(tavern, world.directory))

    (guild,) = client.guilds
    assert (guild.name, guild.owner_id) == ("Tavern", int(world.me.id))
    assert guild.filesize_limit == 50 * 2**20
    assert [*guild.channels, *guild.roles] == []


async def test_what_is_new_in_a_server_does_not_pile_up(
    client: discord.Client, world: World
) -> None:
    """A year of new channels, threads and roles costs nothing."""
    tavern = world.add_guild("Tavern")
    hear(client, "GUILD_CREATE", objects.guild_create(tavern, world.directory))
    channel = world.add_channel(tavern, "new")
    role = world.add_role(tavern, "new")

    hear(client, "CHANNEL_CREATE", objects.channel(channel, world.directory))
    shown = objects.role(role, guild_id=tavern.id)
    hear(client, "GUILD_ROLE_CREATE", {"guild_id": tavern.id, "role": shown})
    hear(client, "GUILD_UPDATE", objects.guild(tavern))

    (guild,) = client.guilds
    assert [*guild.channels, *guild.roles, *guild.threads] == []


async def test_leaving_is_noticed(client: discord.Client, world: World) -> None:
    """A server that removed the bot is one that it is not in."""
    tavern = world.add_guild("Tavern")
    hear(client, "GUILD_CREATE", objects.guild_create(tavern, world.directory))

    hear(client, "GUILD_DELETE", {"id": tavern.id})

    assert list(client.guilds) == []


def test_discord_py_still_knows_every_event_that_is_held_back() -> None:
    """The table is discord.py's own affair: a new version may call things otherwise."""
    client = discord.Client(intents=discord.Intents(guilds=True))

    held = {*wholes._COMPLETE, *wholes._ADDING}

    assert held <= client._connection.parsers.keys()
