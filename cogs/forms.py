"""Forms that come back, and drafts that are opened again, on their way to whoever answers them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import discord
from discord.ext import commands

from bot.app import MinstrelBot
from bot.domain.ids import GuildId, UserId
from bot.errors import NotAllowed, NotFound, NotYours
from bot.jobs.archive import Archive
from bot.jobs.drafts import Draft, Drafts
from bot.ui.answers import Unanswerable, answering, open_form
from bot.ui.buttons import DraftButton
from bot.ui.modals import HandedIn, Subject, handed_in
from bot.ui.sheets import Sheet, draw

GONE = "This form is no longer kept; a day is the longest. Please ask anew."


class Forms(commands.Cog):
    """Announces forms as the event ``form``, with the draft that they amount to."""

    def __init__(self, bot: MinstrelBot) -> None:
        self._bot = bot
        self._drafts: Drafts = bot.services.drafts
        self._archive: Archive = bot.services.archive

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[MinstrelBot]) -> None:
        """Take in forms, those that an earlier process opened as well."""
        form = handed_in(interaction)
        if form is None:
            return
        async with answering(interaction):
            draft = await self._draft_of(interaction, form)
            self._bot.dispatch("form", interaction, draft)

    async def _draft_of(
        self, interaction: discord.Interaction[MinstrelBot], form: HandedIn
    ) -> Draft:
        """Put together what a form says and what it is about."""
        about = None
        if form.subject.draft_id is not None:
            about = await self._draft(interaction, form.subject.draft_id)
        return Draft(
            form=form.form,
            user_id=UserId(interaction.user.id),
            texts=form.texts,
            job_id=form.subject.job_id,
            file=None if about is None else about.file,
        )

    async def _draft(self, interaction: discord.Interaction[MinstrelBot], draft_id: int) -> Draft:
        draft = await self._drafts.get(draft_id)
        if draft is None:
            raise NotFound(GONE)
        if draft.user_id != interaction.user.id:
            raise NotYours("Only the member who wrote this can open it.")
        return draft

    @commands.Cog.listener()
    async def on_draft_button(
        self, interaction: discord.Interaction[MinstrelBot], draft_id: int, *, writes: bool
    ) -> None:
        """Open a form that was refused, as it was written, or have its words written."""
        with suppress(Unanswerable):
            async with answering(interaction):
                draft = await self._draft(interaction, draft_id)
                if writes:
                    self._bot.dispatch("form", interaction, _with_writer(draft))
                else:
                    await self._open(interaction, draft_id, draft)

    async def _open(
        self, interaction: discord.Interaction[MinstrelBot], draft_id: int, draft: Draft
    ) -> None:
        if interaction.guild_id is None:
            raise NotAllowed("Minstrel makes music in servers only. Please ask there.")
        piece = None
        subject = Subject() if draft.file is None else Subject(draft_id=draft_id)
        if draft.job_id is not None:
            piece = await self._archive.piece(draft.job_id, GuildId(interaction.guild_id))
            subject = Subject(job_id=piece.id)
        sheet = Sheet(
            form=draft.form,
            subject=subject,
            piece=piece,
            parts=[] if piece is None else await self._archive.parts(piece),
            texts=draft.texts,
        )
        await open_form(interaction, draw(sheet, opened_by=interaction.id))


def _with_writer(draft: Draft) -> Draft:
    """Leave the words, and the choice of who writes them, to us."""
    # Of options that are given twice the last one counts.
    more = f"{draft.texts.get('more', '')} write_lyrics=yes".strip()
    return replace(draft, texts={**draft.texts, "model": "", "more": more})


async def setup(bot: MinstrelBot) -> None:
    """Make the forms and the drafts of earlier processes work."""
    bot.add_dynamic_items(DraftButton)
    await bot.add_cog(Forms(bot))
