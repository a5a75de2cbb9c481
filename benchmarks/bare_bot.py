"""The least that a discord.py bot can be: it connects, and defers /music. To measure against."""

from __future__ import annotations

import asyncio
import logging
import os

import aiohttp
import discord
import discord.gateway
import discord.http
import yarl
from discord import app_commands
from discord.ext import commands


class Bare(commands.Bot):
    """One command, and what a bot needs to have it."""

    def __init__(self) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.5,
            connector=aiohttp.TCPConnector(limit=100),
        )

    async def setup_hook(self) -> None:
        """Register the command."""
        self.tree.add_command(music)
        await self.tree.sync()


@app_commands.command()
@app_commands.describe(prompt="What it should sound like")
async def music(interaction: discord.Interaction[Bare], prompt: str) -> None:
    """Defer, and no more."""
    del prompt
    await interaction.response.defer(ephemeral=True, thinking=True)


async def main() -> None:
    """Connect and stay."""
    logging.basicConfig(level=logging.WARNING)
    discord.http.Route.BASE = os.environ["DISCORD_API_URL"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
    async with Bare() as bot:
        await bot.start(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    asyncio.run(main())
