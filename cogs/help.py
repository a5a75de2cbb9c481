"""The /help and /models commands."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot import catalogue
from bot.app import MinstrelBot
from bot.domain.job import Kind
from bot.jobs.service import JobService
from bot.ui import options, pages
from bot.ui.asking import place_of


class Help(commands.Cog):
    """Explain what there is."""

    def __init__(self, jobs: JobService) -> None:
        self._jobs = jobs

    @app_commands.command()
    @app_commands.guild_only()
    async def help(self, interaction: discord.Interaction[MinstrelBot]) -> None:
        """What Minstrel can do, and how to ask for it."""
        commands_here = [
            command
            for command in interaction.client.tree.get_commands()
            if isinstance(command, app_commands.Command | app_commands.Group)
        ]
        ids = interaction.client.command_ids(interaction.guild_id)
        page = pages.help_page(commands_here, ids)
        await interaction.response.send_message(embed=page, ephemeral=True)

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(
        kind="What the models are for", model="One model, with everything it takes"
    )
    async def models(
        self,
        interaction: discord.Interaction[MinstrelBot],
        kind: options.Command = "music",
        model: str | None = None,
    ) -> None:
        """The models there are, with what they cost and what they can do."""
        guild_id = place_of(interaction)
        market = await self._jobs.market_in(guild_id)
        if model is None:
            usual = await self._jobs.usual_in(guild_id, Kind(kind))
            page = pages.models_page(Kind(kind), usual, market=market)
        else:
            found = catalogue.with_key(catalogue.find(model, market=market), market)
            page = pages.model_page(found, market=market)
        await interaction.response.send_message(embed=page, ephemeral=True)

    @models.autocomplete("model")
    async def _suggest(
        self, interaction: discord.Interaction[MinstrelBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        kind = getattr(interaction.namespace, "kind", None) or Kind.MUSIC.value
        market = await self._jobs.market_in(place_of(interaction))
        return options.model_choices(Kind(kind), typed, market=market)


async def setup(bot: MinstrelBot) -> None:
    """Add the commands to the bot."""
    await bot.add_cog(Help(bot.services.jobs))
