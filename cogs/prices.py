"""Answers to the question whether something is worth its price."""

from __future__ import annotations

from contextlib import suppress

import discord
from discord.ext import commands

from bot.app import MinstrelBot
from bot.errors import NotFound
from bot.jobs.questions import NeedsConfirming
from bot.jobs.service import JobService
from bot.ui.answers import Unanswerable, answering, hold
from bot.ui.asking import asker
from bot.ui.permissions import check_permissions
from bot.ui.questions import Answer, PriceButton, question_text, question_view

Press = discord.Interaction[MinstrelBot]


class Prices(commands.Cog):
    """Has made what its member confirmed, and forgets what they declined."""

    def __init__(self, jobs: JobService) -> None:
        self._jobs = jobs

    @commands.Cog.listener()
    async def on_price_button(self, interaction: Press, answer: Answer, question_id: int) -> None:
        """Take an answer. The question goes away once it is answered; a refusal leaves it there."""
        with suppress(Unanswerable):
            async with answering(interaction):
                await hold(interaction)
                try:
                    await self._take(interaction, answer, question_id)
                except NeedsConfirming as again:
                    await interaction.edit_original_response(
                        content=question_text(again), view=question_view(again)
                    )
                    return
                except NotFound as gone:
                    await interaction.edit_original_response(content=gone.sentence, view=None)
                    return
                with suppress(discord.HTTPException):
                    # Another press may have taken it away already.
                    await interaction.delete_original_response()

    async def _take(self, interaction: Press, answer: Answer, question_id: int) -> None:
        if answer is Answer.NO:
            await self._jobs.decline(question_id, asker(interaction))
            return
        check_permissions(interaction)
        await self._jobs.confirm(question_id, asker(interaction))


async def setup(bot: MinstrelBot) -> None:
    """Make the buttons work, on messages of earlier processes too."""
    bot.add_dynamic_items(PriceButton)
    await bot.add_cog(Prices(bot.services.jobs))
