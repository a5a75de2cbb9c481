"""The /music command."""

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


class Music(commands.Cog):
    """Make music from a description."""

    def __init__(self, jobs: JobService) -> None:
        self._jobs = jobs

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(
        prompt="What should be heard: style, mood, tempo, instruments",
        model=options.MODEL,
        duration=options.DURATION,
        negative_prompt="What should not be heard",
        genre="Such as: bossa nova",
        tempo="Beats per minute",
        key="Such as: D minor",
        seed=options.SEED,
        format=options.FORMAT,
        variations=options.VARIATIONS,
        advanced=options.ADVANCED,
    )
    async def music(
        self,
        interaction: discord.Interaction[MinstrelBot],
        prompt: str,
        model: str | None = None,
        duration: float | None = None,
        negative_prompt: str | None = None,
        genre: str | None = None,
        tempo: app_commands.Range[int, 20, 300] | None = None,
        key: str | None = None,
        seed: int | None = None,
        format: options.Format | None = None,  # noqa: A002 - the option's name
        variations: options.Variations = 1,
        advanced: str | None = None,
    ) -> None:
        """Make music from a description."""
        async with accepting(interaction):
            check_permissions(interaction)
            ask = Ask(
                kind=Kind.MUSIC,
                prompt=prompt,
                model=model,
                duration=duration,
                negative_prompt=negative_prompt,
                genre=genre,
                tempo=tempo,
                key=key,
                seed=seed,
                variations=variations,
                advanced=advanced,
            )
            await self._jobs.ask(
                ask, asker(interaction), audio_format=options.chosen_format(format)
            )

    @music.autocomplete("model")
    async def _suggest(
        self, interaction: discord.Interaction[MinstrelBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        market = await self._jobs.market_in(place_of(interaction))
        return options.model_choices(Kind.MUSIC, typed, market=market)


async def setup(bot: MinstrelBot) -> None:
    """Add the command to the bot."""
    await bot.add_cog(Music(bot.services.jobs))
