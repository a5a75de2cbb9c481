"""The /doctor command, for those who manage the server."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import MinstrelBot
from bot.doctor import look_over, page
from bot.ui.answers import acknowledge
from bot.ui.permissions import managed


class Doctor(commands.Cog):
    """Say what is in order, and what to do where something is not."""

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def doctor(self, interaction: discord.Interaction[MinstrelBot]) -> None:
        """Check the bot, its permissions here, its provider and its models."""
        guild_id = managed(interaction)
        await acknowledge(interaction)
        await interaction.edit_original_response(embed=page(await look_over(interaction, guild_id)))


async def setup(bot: MinstrelBot) -> None:
    """Add the command to the bot."""
    await bot.add_cog(Doctor())
