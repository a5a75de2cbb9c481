"""The /settings command, for those who manage the server."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import MinstrelBot
from bot.domain.ids import GuildId
from bot.domain.job import AudioFormat, Kind
from bot.errors import InvalidInput, NotAllowed
from bot.jobs.preferences import Preferences
from bot.ui import options, pages

OUR_CHOICE = "minstrel"


class Settings(commands.Cog):
    """Let a server choose its defaults."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(
        command="The command to choose a model for",
        model="Its model when a member names none",
        format="The kind of file when a member names none",
    )
    async def settings(
        self,
        interaction: discord.Interaction[MinstrelBot],
        command: options.Command | None = None,
        model: str | None = None,
        format: options.Format | None = None,  # noqa: A002 - the option's name
    ) -> None:
        """Show this server's settings, and change what is given."""
        # The permission above only hides the command; servers may override it.
        if not interaction.permissions.manage_guild or interaction.guild_id is None:
            raise NotAllowed('This needs the permission "Manage Server". Ask an admin to do it.')
        if (command is None) != (model is None):
            raise InvalidInput("Give both: command says for which, model says what it uses.")
        guild_id = GuildId(interaction.guild_id)
        await interaction.response.defer(ephemeral=True, thinking=True)
        if command is not None and model is not None:
            chosen = None if model == OUR_CHOICE else model
            await self._preferences.choose_model(guild_id, Kind(command), chosen)
        if format is not None:
            await self._preferences.choose_format(guild_id, AudioFormat(format))
        page = pages.settings_page(await self._preferences.of(guild_id))
        await interaction.edit_original_response(embed=page)

    @settings.autocomplete("model")
    async def _suggest(
        self, interaction: discord.Interaction[MinstrelBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        kind = Kind(getattr(interaction.namespace, "command", None) or Kind.MUSIC.value)
        ours = app_commands.Choice(name="Minstrel's own choice", value=OUR_CHOICE)
        return [
            ours,
            *options.model_choices(kind, typed, market=interaction.client.services.jobs.market),
        ][:25]


async def setup(bot: MinstrelBot) -> None:
    """Add the command to the bot."""
    await bot.add_cog(Settings(bot.services.preferences))
