"""The buttons on cards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import discord
from discord.ext import commands

from bot.app import MinstrelBot
from bot.domain.clock import SystemClock
from bot.domain.ids import GuildId, JobId, MessageId
from bot.domain.job import AudioFormat, Kind
from bot.errors import NotAllowed
from bot.jobs.archive import Archive
from bot.jobs.asks import ask_of
from bot.jobs.delivery import DEFAULT_LIMIT_BYTES
from bot.jobs.drafts import Draft, Drafts, FormName
from bot.jobs.service import JobService
from bot.jobs.singing import Singing
from bot.ui.answers import (
    Unanswerable,
    accepting,
    acknowledge,
    acknowledged,
    answering,
    open_form,
)
from bot.ui.asking import asker
from bot.ui.buttons import CardButton, Verb, undo_view
from bot.ui.doubles import DoubleClicks
from bot.ui.forms import Request, read
from bot.ui.modals import Subject
from bot.ui.permissions import check_permissions
from bot.ui.refusals import taken_in
from bot.ui.sheets import ORIGINAL, Sheet, draw

Press = discord.Interaction[MinstrelBot]


MAKING = frozenset({Verb.AGAIN, Verb.TRY})
"""Buttons that cost something at one press."""


class Card(commands.Cog):
    """Answers presses of the buttons on cards."""

    def __init__(
        self, jobs: JobService, archive: Archive, drafts: Drafts, singing: Singing
    ) -> None:
        self._jobs = jobs
        self._archive = archive
        self._drafts = drafts
        self._singing = singing
        self._doubles = DoubleClicks(SystemClock())
        self._answers: Mapping[Verb, Callable[[Press, JobId], Awaitable[None]]] = {
            Verb.CANCEL: self._cancel,
            Verb.NOTIFY: self._notify,
            Verb.AGAIN: self._again,
            Verb.EDIT: self._edit,
            Verb.TRY: self._try_other,
            Verb.FORMAT: self._choose_format,
            Verb.DELETE: self._delete,
            Verb.UNDO: self._undo,
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

    async def _notify(self, interaction: Press, job_id: JobId) -> None:
        async with acknowledged(interaction):
            await self._jobs.toggle_ping(job_id, asker(interaction))

    async def _again(self, interaction: Press, job_id: JobId) -> None:
        async with accepting(interaction):
            check_permissions(interaction)
            await self._jobs.again(job_id, asker(interaction))

    async def _try_other(self, interaction: Press, job_id: JobId) -> None:
        async with accepting(interaction):
            check_permissions(interaction)
            await self._jobs.try_other(job_id, asker(interaction))

    async def _delete(self, interaction: Press, job_id: JobId) -> None:
        """Take a piece away, and offer for a moment to bring it back."""
        await acknowledge(interaction)
        until = await self._archive.delete(
            job_id, asker(interaction), pressed_on=_seen_by_all(interaction)
        )
        if until is None:
            await interaction.delete_original_response()
            return
        words = f"Deleted for everybody. Undo brings it back, until <t:{int(until.timestamp())}:T>."
        note = discord.Embed(description=words)
        await interaction.edit_original_response(embed=note, view=undo_view(job_id))

    async def _undo(self, interaction: Press, job_id: JobId) -> None:
        async with acknowledged(interaction):
            await self._archive.restore(job_id, asker(interaction))

    async def _choose_format(self, interaction: Press, job_id: JobId) -> None:
        """Ask for the kind of file."""
        await self._open(interaction, FormName.FORMAT, job_id)

    async def _edit(self, interaction: Press, job_id: JobId) -> None:
        """Open the old request in a form; what comes back is a new job of whoever sends it."""
        await self._open(interaction, FormName.EDIT, job_id)

    async def _open(self, interaction: Press, form: FormName, job_id: JobId) -> None:
        piece = await self._archive.piece(job_id, _guild(interaction))
        sheet = Sheet(
            form=form,
            subject=Subject(job_id=job_id),
            piece=piece,
            parts=await self._archive.parts(piece),
        )
        await open_form(interaction, draw(sheet, opened_by=interaction.id))

    @commands.Cog.listener()
    async def on_form(self, interaction: Press, draft: Draft) -> None:
        """Do what a form about a card says; those about sound are answered elsewhere."""
        if draft.job_id is None:
            return
        if draft.form is FormName.EDIT:
            async with taken_in(interaction, self._drafts, draft):
                check_permissions(interaction)
                await self._ask_anew(interaction, draft, draft.job_id)
        elif draft.form is FormName.FORMAT:
            with suppress(Unanswerable):
                async with answering(interaction):
                    await self._send_copy(interaction, draft.texts, draft.job_id)

    async def _ask_anew(self, interaction: Press, draft: Draft, job_id: JobId) -> None:
        """Ask for an old request as it was changed."""
        old = await self._archive.piece(job_id, _guild(interaction))
        request = read(Request(ask=ask_of(old), format=old.format), draft.texts)
        ask = self._singing.sing if old.kind is Kind.SONG else self._jobs.ask
        await ask(
            request.ask, asker(interaction), audio_format=request.format, parent=old.parent_id
        )

    async def _send_copy(self, interaction: Press, texts: Mapping[str, str], job_id: JobId) -> None:
        """Give a piece as another kind of file to whoever asked, for nothing."""
        await acknowledge(interaction)
        piece = await self._archive.piece(job_id, _guild(interaction))
        chosen = texts["format"]
        async with self._archive.copy(
            piece,
            None if chosen == ORIGINAL else AudioFormat(chosen),
            letter=texts.get("letter"),
            limit_bytes=interaction.filesize_limit or DEFAULT_LIMIT_BYTES,
        ) as sound:
            file = discord.File(sound.path, filename=sound.file_name)
            await interaction.edit_original_response(
                content=sound.note or "Here it is.", attachments=[file]
            )


def _guild(interaction: Press) -> GuildId:
    if interaction.guild_id is None:
        raise NotAllowed("Minstrel makes music in servers only. Please ask there.")
    return GuildId(interaction.guild_id)


def _seen_by_all(interaction: Press) -> MessageId | None:
    """Give the message that was pressed on, unless one member alone sees it, who may keep it."""
    message = interaction.message
    return None if message is None or message.flags.ephemeral else MessageId(message.id)


async def setup(bot: MinstrelBot) -> None:
    """Make the buttons work, on messages of earlier processes too."""
    bot.add_dynamic_items(CardButton)
    services = bot.services
    await bot.add_cog(Card(services.jobs, services.archive, services.drafts, services.singing))
