"""The /music command."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot import catalogue
from bot.app import MinstrelBot
from bot.catalogue import Ask
from bot.domain.job import AudioFormat, Kind
from bot.jobs.service import JobService
from bot.ui.answers import acknowledged
from bot.ui.asking import asker
from bot.ui.permissions import check_permissions


class Music(commands.Cog):
    """Make music from a description."""

    def __init__(self, jobs: JobService) -> None:
        self._jobs = jobs

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(
        prompt="What should be heard: style, mood, tempo, instruments",
        model="Which model makes it; the best value if empty",
        duration="Length in seconds; the model's default if empty",
        negative_prompt="What should not be heard",
        seed="The same number gives the same music again",
        format="The kind of file; mp3 plays everywhere",
    )
    async def music(
        self,
        interaction: discord.Interaction[MinstrelBot],
        prompt: str,
        model: str | None = None,
        duration: float | None = None,
        negative_prompt: str | None = None,
        seed: int | None = None,
        format: AudioFormat = AudioFormat.MP3,  # noqa: A002 - the option's name
    ) -> None:
        """Make music from a description."""
        async with acknowledged(interaction):
            check_permissions(interaction)
            ask = Ask(
                kind=Kind.MUSIC,
                prompt=prompt,
                model=model,
                duration=duration,
                negative_prompt=negative_prompt,
                seed=seed,
            )
            await self._jobs.ask(ask, asker(interaction), audio_format=format)

    @music.autocomplete("model")
    async def _suggest(
        self, _interaction: discord.Interaction[MinstrelBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        return [
            app_commands.Choice(name=label, value=endpoint)
            for label, endpoint in catalogue.suggest(Kind.MUSIC, typed)
        ]


async def setup(bot: MinstrelBot) -> None:
    """Add the command to the bot."""
    await bot.add_cog(Music(bot.services.jobs))
