"""The /song command, and the form in which its lyrics are written."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import MinstrelBot
from bot.catalogue import Ask
from bot.domain.ids import UserId
from bot.domain.job import Kind
from bot.errors import InvalidInput
from bot.jobs.delivery import attached_file
from bot.jobs.drafts import Draft, Drafts, FormName
from bot.jobs.service import JobService
from bot.jobs.singing import Singing
from bot.ui import options
from bot.ui.answers import accepting, open_form
from bot.ui.asking import asker, place_of
from bot.ui.forms import FORMS, LYRICS_MOST, Request, filled, read
from bot.ui.modals import Subject
from bot.ui.permissions import check_permissions
from bot.ui.refusals import offered_again, taken_in
from bot.ui.sheets import Sheet, draw

LYRICS_FILE_BYTES = 64 * 1024


class Song(commands.Cog):
    """Make songs with words."""

    def __init__(self, jobs: JobService, drafts: Drafts, singing: Singing) -> None:
        self._jobs = jobs
        self._drafts = drafts
        self._singing = singing

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(
        style="How it should sound, such as: dream pop, female voice, 96 bpm",
        model=options.MODEL,
        lyrics="A .txt file with the words; without it a form opens",
        write_lyrics="Have the model write the words",
        instrumental="No voice",
        duration=options.DURATION,
        seed=options.SEED,
        format=options.FORMAT,
        reference="A recording to sound like, for models that take one",
        variations=options.VARIATIONS,
        advanced=options.ADVANCED,
    )
    async def song(
        self,
        interaction: discord.Interaction[MinstrelBot],
        style: str | None = None,
        model: str | None = None,
        lyrics: discord.Attachment | None = None,
        write_lyrics: bool | None = None,  # noqa: FBT001 - a slash option
        instrumental: bool | None = None,  # noqa: FBT001 - a slash option
        duration: float | None = None,
        seed: int | None = None,
        format: options.Format | None = None,  # noqa: A002 - the option's name
        reference: discord.Attachment | None = None,
        variations: options.Variations = 1,
        advanced: str | None = None,
    ) -> None:
        """Make a song with words: yours, or the model's."""
        ask = Ask(
            kind=Kind.SONG,
            style=style,
            model=model,
            write_lyrics=write_lyrics,
            instrumental=instrumental,
            duration=duration,
            seed=seed,
            variations=variations,
            advanced=advanced,
        )
        request = Request(ask=ask, format=options.chosen_format(format))
        draft = Draft(
            form=FormName.SONG,
            user_id=UserId(interaction.user.id),
            texts=filled(request, FORMS[Kind.SONG]),
            file=None if reference is None else attached_file(reference),
        )
        if lyrics is None and not write_lyrics and not instrumental:
            await self._open_form(interaction, draft)
            return
        async with accepting(interaction):
            words = None if lyrics is None else await _read_lyrics(lyrics)
            await self._sing(interaction, replace(request, ask=replace(ask, lyrics=words)), draft)

    async def _sing(
        self, interaction: discord.Interaction[MinstrelBot], request: Request, draft: Draft
    ) -> None:
        """Ask for a song without a form; refused, it is offered in one, if its words fit there."""
        words = request.ask.lyrics or ""
        draft = replace(draft, texts={**draft.texts, "lyrics": words})
        fits = len(words) <= LYRICS_MOST
        async with offered_again(interaction, self._drafts, draft) if fits else nullcontext():
            check_permissions(interaction)
            await self._singing.sing(
                request.ask,
                asker(interaction),
                audio_format=request.format,
                reference=draft.file,
            )

    @song.autocomplete("model")
    async def _suggest(
        self, interaction: discord.Interaction[MinstrelBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        market = await self._jobs.market_in(place_of(interaction))
        return options.model_choices(Kind.SONG, typed, market=market)

    @commands.Cog.listener()
    async def on_form(self, interaction: discord.Interaction[MinstrelBot], draft: Draft) -> None:
        """Ask for the song that a form describes."""
        if draft.form is not FormName.SONG:
            return
        async with taken_in(interaction, self._drafts, draft):
            check_permissions(interaction)
            request = read(Request(ask=Ask(kind=Kind.SONG)), draft.texts)
            await self._singing.sing(
                request.ask,
                asker(interaction),
                audio_format=request.format,
                reference=draft.file,
            )

    async def _open_form(self, interaction: discord.Interaction[MinstrelBot], draft: Draft) -> None:
        """Open the form as the first response; a file that came along waits in a draft."""
        subject = Subject()
        if draft.file is not None:
            await self._drafts.keep(interaction.id, draft)
            subject = Subject(draft_id=interaction.id)
        sheet = Sheet(form=FormName.SONG, subject=subject, texts=draft.texts)
        await open_form(interaction, draw(sheet, opened_by=interaction.id))


async def _read_lyrics(file: discord.Attachment) -> str:
    """Read a member's text file.

    Raises:
        InvalidInput: It is too large, or not text.
    """
    if file.size > LYRICS_FILE_BYTES:
        raise InvalidInput("The lyrics file is larger than 64 KB. Attach only the words, as .txt.")
    try:
        words = (await file.read()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "The lyrics file is not plain text. Save it as .txt in UTF-8 and attach it again."
        ) from error
    except discord.HTTPException as error:
        raise InvalidInput(
            "Discord no longer has the lyrics file. Please attach it again."
        ) from error
    if not words.strip() or "\0" in words:
        raise InvalidInput("The lyrics file has no words in it. Write them as plain text.")
    return words.replace("\r\n", "\n")


async def setup(bot: MinstrelBot) -> None:
    """Add the command to the bot."""
    services = bot.services
    await bot.add_cog(Song(services.jobs, services.drafts, services.singing))
