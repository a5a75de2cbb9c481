"""Notes which servers the bot is in, so that those it left are forgotten."""

from __future__ import annotations

import logging

import discord
from discord.ext import commands

from bot.app import MinstrelBot
from bot.domain.ids import GuildId
from bot.errors import StoreError
from bot.jobs.servers import Servers

log = logging.getLogger(__name__)


class Membership(commands.Cog):
    """Listens for servers that come and go."""

    def __init__(self, bot: MinstrelBot, servers: Servers) -> None:
        self._bot = bot
        self._servers = servers

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Note that the bot is in a server, again or for the first time."""
        await self._servers.joined(GuildId(guild.id))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Note that the bot was removed; of an outage discord.py tells by another event."""
        await self._servers.left(GuildId(guild.id))
        await self._bot.services.jobs.abandon(GuildId(guild.id))

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Find out what was missed: Discord names every server at a start, those in an outage too."""
        bot = self._bot
        if bot.application_id is None:
            return
        present = [GuildId(guild.id) for guild in bot.guilds]
        try:
            await self._servers.compare(
                present, application_id=bot.application_id, is_ours=self._is_ours
            )
        except StoreError:
            log.exception("the servers could not be compared; the next start does it")

    def _is_ours(self, guild_id: GuildId) -> bool:
        """Say whether this process would hear of a server (Discord docs, Gateway, Sharding)."""
        count, ours = self._bot.shard_count or 1, self._bot.shard_ids
        return ours is None or (guild_id >> 22) % count in ours


async def setup(bot: MinstrelBot) -> None:
    """Listen."""
    await bot.add_cog(Membership(bot, bot.services.servers))
