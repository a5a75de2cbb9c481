"""The buttons on cards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import discord
from discord.ext import commands

from bot.app import MinstrelBot
from bot.domain.clock import SystemClock
from bot.domain.ids import GuildId, JobId
from bot.domain.job import AudioFormat
from bot.errors import NotAllowed
from bot.jobs.archive import Archive
from bot.jobs.asks import ask_of
from bot.jobs.delivery import DEFAULT_LIMIT_BYTES
from bot.jobs.service import JobService
from bot.ui.answers import Unanswerable, acknowledged, answering, open_form
from bot.ui.asking import asker
from bot.ui.buttons import CardButton, Verb
from bot.ui.doubles import DoubleClicks
from bot.ui.forms import Request
from bot.ui.modals import FormatForm, request_form
from bot.ui.permissions import check_permissions

Press = discord.Interaction[MinstrelBot]


MAKING = frozenset({Verb.AGAIN, Verb.TRY})
"""Buttons that cost something at one press."""


class Card(commands.Cog):
    """Answers presses of the buttons on cards."""

    def __init__(self, jobs: JobService, archive: Archive) -> None:
        self._jobs = jobs
        self._archive = archive
        self._doubles = DoubleClicks(SystemClock())
        self._answers: Mapping[Verb, Callable[[Press, JobId], Awaitable[None]]] = {
            Verb.CANCEL: self._cancel,
            Verb.AGAIN: self._again,
            Verb.EDIT: self._edit,
            Verb.TRY: self._try_other,
            Verb.FORMAT: self._choose_format,
            Verb.DELETE: self._delete,
        }

    @commands.Cog.listener()
    async def on_card_button(self, interaction: Press, verb: Verb, job_id: JobId) -> None:
        """Do what a button says; those on sound are answered elsewhere."""
        answer = self._answers.get(verb)
        if answer is None:
            return
        is_second = verb in MAKING and self._doubles.is_second(interaction.user.id, verb, job_id)
        try:
            async with answering(interaction):
                await (self._pass_over(interaction) if is_second else answer(interaction, job_id))
        except Unanswerable:
            return

    async def _pass_over(self, interaction: Press) -> None:
        """Take note of the second press of a double-click, and do nothing."""
        async with acknowledged(interaction):
            pass

    async def _cancel(self, interaction: Press, job_id: JobId) -> None:
        async with acknowledged(interaction):
            await self._jobs.cancel(job_id, asker(interaction))

    async def _again(self, interaction: Press, job_id: JobId) -> None:
        async with acknowledged(interaction):
            check_permissions(interaction)
            await self._jobs.again(job_id, asker(interaction))

    async def _try_other(self, interaction: Press, job_id: JobId) -> None:
        async with acknowledged(interaction):
            check_permissions(interaction)
            await self._jobs.try_other(job_id, asker(interaction))

    async def _delete(self, interaction: Press, job_id: JobId) -> None:
        async with acknowledged(interaction):
            await self._archive.delete(job_id, asker(interaction))

    async def _choose_format(self, interaction: Press, job_id: JobId) -> None:
        """Ask for the kind of file, and give it to whoever asked, for nothing."""
        if interaction.guild_id is None:
            raise NotAllowed("Minstrel makes music in servers only.")
        piece = await self._archive.piece(job_id, GuildId(interaction.guild_id))

        async def send(
            interaction: Press, audio_format: AudioFormat | None, letter: str | None
        ) -> None:
            await interaction.response.defer(ephemeral=True, thinking=True)
            async with (
                answering(interaction),
                self._archive.copy(
                    piece,
                    audio_format,
                    letter=letter,
                    limit_bytes=interaction.filesize_limit or DEFAULT_LIMIT_BYTES,
                ) as sound,
            ):
                file = discord.File(sound.path, filename=sound.file_name)
                await interaction.edit_original_response(
                    content=sound.note or "Here it is.", attachments=[file]
                )

        await open_form(interaction, FormatForm(await self._archive.letters(piece), send))

    async def _edit(self, interaction: Press, job_id: JobId) -> None:
        """Open the old request in a form; what comes back is a new job of whoever sends it."""
        if interaction.guild_id is None:
            raise NotAllowed("Minstrel makes music in servers only.")
        old = await self._archive.piece(job_id, GuildId(interaction.guild_id))

        async def ask(interaction: Press, request: Request) -> None:
            async with acknowledged(interaction):
                check_permissions(interaction)
                await self._jobs.ask(
                    request.ask,
                    asker(interaction),
                    audio_format=request.format,
                    parent=old.parent_id,
                )

        request = Request(ask=ask_of(old), format=old.format)
        await open_form(interaction, request_form(request, ask))


async def setup(bot: MinstrelBot) -> None:
    """Make the buttons work, on messages of earlier processes too."""
    bot.add_dynamic_items(CardButton)
    await bot.add_cog(Card(bot.services.jobs, bot.services.archive))
