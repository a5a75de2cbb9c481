"""The /usage command."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import MinstrelBot
from bot.domain.ids import UserId
from bot.errors import NotAllowed
from bot.jobs.usage import Usage
from bot.ui.answers import acknowledge
from bot.ui.asking import place_of, roles_of
from bot.ui.text import shown
from bot.ui.usage import usage_page


class UsageCog(commands.Cog, name="Usage"):
    """Show what is used, and what is left."""

    def __init__(self, usage: Usage) -> None:
        self._usage = usage

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(member="Somebody else, for those who manage the server")
    async def usage(
        self,
        interaction: discord.Interaction[MinstrelBot],
        member: discord.Member | None = None,
    ) -> None:
        """What you have used here, what is left, and when it comes back."""
        guild_id = place_of(interaction)
        manages = interaction.permissions.manage_guild or interaction.permissions.administrator
        of = member or interaction.user
        is_own = of.id == interaction.user.id
        if not is_own and not manages:
            raise NotAllowed(
                'Seeing what others use needs the permission "Manage Server". Without the option '
                "member, this shows your own use."
            )
        await acknowledge(interaction)
        page = usage_page(
            "Your use here" if is_own else f"What {shown(of.display_name, limit=80)} uses here",
            await self._usage.of_member(guild_id, UserId(of.id), roles_of(of)),
            await self._usage.of_guild(guild_id) if manages else None,
            now=self._usage.now(),
        )
        await interaction.edit_original_response(embed=page)


async def setup(bot: MinstrelBot) -> None:
    """Add the command to the bot."""
    await bot.add_cog(UsageCog(bot.services.usage))
