"""The buttons on cards."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.app import MinstrelBot
from bot.domain.ids import JobId
from bot.jobs.service import JobService
from bot.ui.answers import Unanswerable, acknowledged
from bot.ui.asking import asker
from bot.ui.buttons import CardButton, Verb
from bot.ui.permissions import check_permissions


class Card(commands.Cog):
    """Answers presses of the buttons on cards."""

    def __init__(self, jobs: JobService) -> None:
        self._jobs = jobs

    @commands.Cog.listener()
    async def on_card_button(
        self, interaction: discord.Interaction[MinstrelBot], verb: Verb, job_id: JobId
    ) -> None:
        """Do what a button says, and tell whoever pressed it when that cannot be."""
        try:
            async with acknowledged(interaction):
                match verb:
                    case Verb.CANCEL:
                        await self._jobs.cancel(job_id, asker(interaction))
                    case Verb.AGAIN:
                        check_permissions(interaction)
                        await self._jobs.again(job_id, asker(interaction))
        except Unanswerable:
            return


async def setup(bot: MinstrelBot) -> None:
    """Make the buttons work, on messages of earlier processes too."""
    bot.add_dynamic_items(CardButton)
    await bot.add_cog(Card(bot.services.jobs))
