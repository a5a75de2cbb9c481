"""The /song command, and the form in which its lyrics are written."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot import catalogue
from bot.app import MinstrelBot
from bot.catalogue import Ask
from bot.domain.job import Kind
from bot.errors import InvalidInput
from bot.jobs.delivery import attached_file
from bot.jobs.drafts import Drafts
from bot.jobs.preferences import Preferences
from bot.jobs.reworks import Reworks
from bot.jobs.service import JobService
from bot.ui import options
from bot.ui.answers import Offer, Unanswerable, acknowledged, open_form, sentence_for, tell
from bot.ui.asking import asker
from bot.ui.buttons import DraftButton
from bot.ui.forms import Request
from bot.ui.modals import request_form
from bot.ui.permissions import check_permissions

LYRICS_FILE_BYTES = 64 * 1024
FORM_CHARACTERS = 4000
"""What Discord takes in one input of a modal (Discord docs, Component Reference, Text Input)."""


class Song(commands.Cog):
    """Make songs with words."""

    def __init__(
        self, jobs: JobService, drafts: Drafts, reworks: Reworks, preferences: Preferences
    ) -> None:
        self._jobs = jobs
        self._reworks = reworks
        self._drafts = drafts
        self._preferences = preferences

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
        if lyrics is None and not write_lyrics and not instrumental:
            await self._open_form(interaction, request, reference)
            return
        async with acknowledged(interaction):
            words = None if lyrics is None else await _read_lyrics(lyrics)
            await self._sing(
                interaction, replace(request, ask=replace(ask, lyrics=words)), reference
            )

    @song.autocomplete("model")
    async def _suggest(
        self, _interaction: discord.Interaction[MinstrelBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        return options.model_choices(Kind.SONG, typed, market=self._jobs.market)

    @commands.Cog.listener()
    async def on_draft_button(
        self, interaction: discord.Interaction[MinstrelBot], draft_id: int
    ) -> None:
        """Open a song that could not be sung as it was written."""
        try:
            kept = await self._drafts.get(draft_id)
        except Exception as error:  # noqa: BLE001 - a listener's errors would only be logged
            await tell(interaction, sentence_for(error))
            return
        if kept is None:
            await tell(interaction, "This draft is no longer kept. Please use /song again.")
            return
        ask, audio_format = kept
        with suppress(Unanswerable):
            await self._open_form(interaction, Request(ask=ask, format=audio_format), None)

    async def _open_form(
        self,
        interaction: discord.Interaction[MinstrelBot],
        request: Request,
        reference: discord.Attachment | None,
    ) -> None:
        """Open the form as the first response; the song is asked for when it is handed in."""

        async def sing(interaction: discord.Interaction[MinstrelBot], written: Request) -> None:
            try:
                async with acknowledged(interaction):
                    await self._sing(interaction, written, reference)
            except Unanswerable:
                return

        await open_form(interaction, request_form(request, sing))

    async def _sing(
        self,
        interaction: discord.Interaction[MinstrelBot],
        request: Request,
        reference: discord.Attachment | None,
    ) -> None:
        check_permissions(interaction)
        ask, by = request.ask, asker(interaction)
        preferred = (await self._preferences.of(by.guild_id)).models.get(Kind.SONG)
        if reference is not None:
            file = attached_file(reference)
            ask = await self._reworks.with_reference(ask, file, preferred=preferred)
        if ask.lyrics and ask.lyrics.strip():
            singer = ask.model or preferred
            await self._check_words(interaction, replace(request, ask=ask), singer=singer)
        await self._jobs.ask(ask, by, audio_format=request.format)

    async def _check_words(
        self,
        interaction: discord.Interaction[MinstrelBot],
        request: Request,
        *,
        singer: str | None,
    ) -> None:
        """Refuse lyrics that the model would stumble over, and offer them put right."""
        ask = request.ask
        model = (
            catalogue.find(singer)
            if singer
            else catalogue.default(Kind.SONG, market=self._jobs.market)
        )
        mended = ask.lyrics or ""
        sentences: list[str] = []
        while flaws := catalogue.check_lyrics(model, mended, ask.duration):
            sentences += [one.sentence for one in flaws if one.sentence not in sentences]
            better = next((one.fixed for one in flaws if one.fixed is not None), None)
            if better is None or better == mended:
                raise InvalidInput(" ".join(sentences))
            mended = better
        if not sentences:
            return
        if len(mended) > FORM_CHARACTERS:
            raise InvalidInput(" ".join(sentences))
        view = discord.ui.View(timeout=None)
        await self._drafts.keep(interaction.id, replace(ask, lyrics=mended), request.format)
        view.add_item(DraftButton(interaction.id))
        raise Offer(" ".join(sentences) + " Nothing was charged.", view)


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
    bot.add_dynamic_items(DraftButton)
    services = bot.services
    cog = Song(services.jobs, services.drafts, services.reworks, services.preferences)
    await bot.add_cog(cog)
