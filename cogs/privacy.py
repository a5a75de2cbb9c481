"""The /privacy commands: what is kept about a member, to take along, and to have erased."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import MinstrelBot
from bot.config import Settings
from bot.domain.ids import UserId
from bot.errors import NotYours
from bot.jobs.delivery import DEFAULT_LIMIT_BYTES
from bot.jobs.erasing import Eraser
from bot.jobs.preferences import Preferences
from bot.jobs.retention import shortest
from bot.jobs.takeout import Takeout
from bot.ui.answers import Unanswerable, answering
from bot.ui.asking import asker
from bot.ui.privacy import (
    EraseButton,
    erase_question,
    erase_view,
    erased_words,
    privacy_embed,
)

Use = discord.Interaction[MinstrelBot]


@app_commands.guild_only()
class Privacy(commands.GroupCog, group_name="privacy"):
    """Your data on this server: what is kept, a copy of it, and having it erased."""

    def __init__(
        self, settings: Settings, preferences: Preferences, takeout: Takeout, eraser: Eraser
    ) -> None:
        self._settings = settings
        self._preferences = preferences
        self._takeout = takeout
        self._eraser = eraser
        super().__init__()

    @app_commands.command()
    async def info(self, interaction: Use) -> None:
        """What Minstrel keeps about you, for how long, and who gets to see it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        chosen = await self._preferences.of(asker(interaction).guild_id)
        settings = self._settings
        embed = privacy_embed(
            retention_days=shortest(chosen.retention_days, settings.minstrel_retention_days),
            keep_days=settings.minstrel_keep_days,
            grace_days=settings.minstrel_grace_days,
        )
        await interaction.edit_original_response(embed=embed)

    @app_commands.command()
    async def export(self, interaction: Use) -> None:
        """All that Minstrel keeps about you on this server, as a file for your eyes only."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        limit = interaction.filesize_limit or DEFAULT_LIMIT_BYTES
        async with self._takeout.pack(asker(interaction), limit_bytes=limit) as packed:
            words = (
                f"Here is all that is kept about you on this server: {packed.requests} requests in "
                f"data.json, and {packed.files} audio files."
            )
            if packed.left_out:
                words += (
                    f" {packed.left_out} more audio files did not fit; /history plays each of them."
                )
            file = discord.File(packed.path, "minstrel-data.zip")
            await interaction.edit_original_response(content=words, attachments=[file])

    @app_commands.command()
    async def erase(self, interaction: Use) -> None:
        """Have everything erased that Minstrel keeps about you on this server."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        by = asker(interaction)
        pieces, favourites = await self._eraser.count(by)
        await interaction.edit_original_response(
            content=erase_question(pieces, favourites), view=erase_view(by.user_id)
        )

    @commands.Cog.listener()
    async def on_erase_button(self, interaction: Use, user_id: UserId) -> None:
        """Erase, for nobody but whom the button was made for."""
        try:
            async with answering(interaction):
                if interaction.user.id != user_id:
                    raise NotYours("This button is somebody else's. Use /privacy erase yourself.")
                await interaction.response.defer()
                await interaction.edit_original_response(content="Erasing…", view=None)
                erased = await self._eraser.erase(asker(interaction))
                await interaction.edit_original_response(content=erased_words(erased), view=None)
        except Unanswerable:
            return


async def setup(bot: MinstrelBot) -> None:
    """Add the commands, and make the button work."""
    bot.add_dynamic_items(EraseButton)
    services = bot.services
    await bot.add_cog(
        Privacy(bot.settings, services.preferences, services.takeout, services.eraser)
    )
