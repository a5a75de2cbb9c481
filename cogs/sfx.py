"""The /sfx command."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import MinstrelBot
from bot.catalogue import Ask
from bot.domain.job import Kind
from bot.jobs.service import JobService
from bot.ui import options
from bot.ui.answers import accepting
from bot.ui.asking import asker, place_of
from bot.ui.permissions import check_permissions


class Sfx(commands.Cog):
    """Make sound effects from a description."""

    def __init__(self, jobs: JobService) -> None:
        self._jobs = jobs

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(
        prompt="What should be heard, such as: heavy rain on a tin roof",
        model=options.MODEL,
        duration=options.DURATION,
        loop="Make it repeat without a seam",
        seed=options.SEED,
        format=options.FORMAT,
        variations=options.VARIATIONS,
        advanced=options.ADVANCED,
    )
    async def sfx(
        self,
        interaction: discord.Interaction[MinstrelBot],
        prompt: str,
        model: str | None = None,
        duration: float | None = None,
        loop: bool | None = None,  # noqa: FBT001 - a slash option
        seed: int | None = None,
        format: options.Format | None = None,  # noqa: A002 - the option's name
        variations: options.Variations = 1,
        advanced: str | None = None,
    ) -> None:
        """Make a sound effect from a description."""
        async with accepting(interaction):
            check_permissions(interaction)
            ask = Ask(
                kind=Kind.SFX,
                prompt=prompt,
                model=model,
                duration=duration,
                loop=loop,
                seed=seed,
                variations=variations,
                advanced=advanced,
            )
            await self._jobs.ask(
                ask, asker(interaction), audio_format=options.chosen_format(format)
            )

    @sfx.autocomplete("model")
    async def _suggest(
        self, interaction: discord.Interaction[MinstrelBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        market = await self._jobs.market_in(place_of(interaction))
        return options.model_choices(Kind.SFX, typed, market=market)


async def setup(bot: MinstrelBot) -> None:
    """Add the command to the bot."""
    await bot.add_cog(Sfx(bot.services.jobs))
