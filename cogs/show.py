"""The /show command."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import MinstrelBot
from bot.domain.ids import GuildId
from bot.domain.job import Job
from bot.errors import InvalidInput
from bot.jobs.archive import Archive
from bot.jobs.reworks import Reworks
from bot.ui import sounds
from bot.ui.answers import acknowledged
from bot.ui.asking import asker
from bot.ui.permissions import check_permissions
from bot.ui.viewing import viewer


class Show(commands.Cog):
    """Bring back what was made here before."""

    def __init__(self, archive: Archive, reworks: Reworks) -> None:
        self._archive = archive
        self._reworks = reworks

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(id="A piece of this server: pick one, or paste its id or a link")
    async def show(
        self,
        interaction: discord.Interaction[MinstrelBot],
        id: str,  # noqa: A002 - the option's name
    ) -> None:
        """Post a piece of this server again, with what it came from and what became of it."""
        async with acknowledged(interaction):
            check_permissions(interaction)
            by = asker(interaction)
            origin = await self._reworks.find(id, by.guild_id, await viewer(interaction))
            if not isinstance(origin.of, Job):
                raise InvalidInput("That message is not a piece of Minstrel's.")
            await self._archive.show(origin.of, by)

    @show.autocomplete("id")
    async def _suggest(
        self, interaction: discord.Interaction[MinstrelBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        if interaction.guild_id is None:
            return []
        guild_id = GuildId(interaction.guild_id)
        found = await self._reworks.suggest(typed, guild_id, await viewer(interaction))
        return [sounds.source_choice(piece) for piece in found]


async def setup(bot: MinstrelBot) -> None:
    """Add the command to the bot."""
    await bot.add_cog(Show(bot.services.archive, bot.services.reworks))
