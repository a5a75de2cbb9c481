"""The /remix and /stems commands, and their entries in the menu of messages."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import MinstrelBot
from bot.catalogue import Mode
from bot.domain.clock import SystemClock
from bot.domain.ids import GuildId, JobId, MessageId, UserId
from bot.domain.job import Job, Kind
from bot.errors import InvalidInput, NotAllowed
from bot.jobs.archive import Archive
from bot.jobs.delivery import attached_file
from bot.jobs.drafts import Draft, Drafts, FormName
from bot.jobs.material import AttachedFile
from bot.jobs.remixing import RemixOptions, StemsOptions
from bot.jobs.replies import Extend, Stems, parse
from bot.jobs.reworks import Origin, Reworks
from bot.jobs.times import read_time
from bot.ui import options, sounds
from bot.ui.answers import Unanswerable, accepting, acknowledged, answering, open_form
from bot.ui.asking import asker, place_of
from bot.ui.buttons import Verb
from bot.ui.doubles import DoubleClicks
from bot.ui.modals import Subject
from bot.ui.permissions import check_permissions
from bot.ui.refusals import taken_in
from bot.ui.sheets import Sheet, draw
from bot.ui.viewing import viewer

Use = discord.Interaction[MinstrelBot]

_FORMS = {
    Verb.REMIX: FormName.REMIX,
    Verb.EXTEND: FormName.EXTEND,
    Verb.STEMS: FormName.STEMS,
}

SOURCE = "A piece of this server: pick one, or paste its id or a link to its message"
AUDIO = "A sound file to work on"
TIME = "Such as 10 or 1:30"


class Remix(commands.Cog):
    """Make something new of a sound."""

    def __init__(self, bot: MinstrelBot) -> None:
        self._bot = bot
        self._reworks: Reworks = bot.services.reworks
        self._archive: Archive = bot.services.archive
        self._drafts: Drafts = bot.services.drafts
        self._doubles = DoubleClicks(SystemClock())
        self._menus = (
            app_commands.ContextMenu(name="Remix this", callback=self._remix_message),
            app_commands.ContextMenu(name="Split into stems", callback=self._split_message),
        )

    async def cog_load(self) -> None:
        """Add the entries to the menu of messages; discord.py has no decorator for a cog's."""
        for menu in self._menus:
            menu.guild_only = True
            self._bot.tree.add_command(menu)

    async def cog_unload(self) -> None:
        """Take them away again."""
        for menu in self._menus:
            self._bot.tree.remove_command(menu.name, type=menu.type)

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.rename(start="from", end="to")
    @app_commands.describe(
        prompt="How it should sound now",
        source=SOURCE,
        audio=AUDIO,
        mode="What to do; found out from the other options if empty",
        lyrics="New words to sing",
        start=f"Where the part to replace begins. {TIME}",
        end=f"Where the part to replace ends. {TIME}",
        before=f"How much to add at the beginning. {TIME}",
        after=f"How much to add at the end. {TIME}",
        strength="How much may change, where the model has it",
        model=options.MODEL,
        seed=options.SEED,
        format=options.FORMAT,
        advanced=options.ADVANCED,
    )
    async def remix(
        self,
        interaction: Use,
        prompt: str | None = None,
        source: str | None = None,
        audio: discord.Attachment | None = None,
        mode: Literal["restyle", "lyrics", "extend", "replace"] | None = None,
        lyrics: str | None = None,
        start: str | None = None,
        end: str | None = None,
        before: str | None = None,
        after: str | None = None,
        strength: float | None = None,
        model: str | None = None,
        seed: int | None = None,
        format: options.Format | None = None,  # noqa: A002 - the option's name
        advanced: str | None = None,
    ) -> None:
        """Restyle, extend or change a piece of this server, or a sound of yours."""
        async with accepting(interaction):
            check_permissions(interaction)
            change = RemixOptions(
                prompt=prompt,
                mode=None if mode is None else Mode(mode),
                lyrics=lyrics,
                start=_time(start, "from"),
                end=_time(end, "to"),
                before=_time(before, "before"),
                after=_time(after, "after"),
                strength=strength,
                model=model,
                seed=seed,
                advanced=advanced,
            )
            origin = await self._origin(interaction, source, audio)
            await self._reworks.rework(
                origin, change, asker(interaction), audio_format=options.chosen_format(format)
            )

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(
        source=SOURCE,
        audio=AUDIO,
        stems="Which parts, such as: vocals drums; all of them if empty",
        model=options.MODEL,
    )
    async def stems(
        self,
        interaction: Use,
        source: str | None = None,
        audio: discord.Attachment | None = None,
        stems: str | None = None,
        model: str | None = None,
    ) -> None:
        """Split a piece into vocals, drums, bass and the rest, each a file."""
        async with accepting(interaction):
            check_permissions(interaction)
            names = _stems(stems)
            origin = await self._origin(interaction, source, audio)
            change = StemsOptions(names=names, model=model)
            await self._reworks.rework(origin, change, asker(interaction))

    @remix.autocomplete("source")
    @stems.autocomplete("source")
    async def _suggest_source(self, interaction: Use, typed: str) -> list[app_commands.Choice[str]]:
        if interaction.guild_id is None:
            return []
        guild_id = GuildId(interaction.guild_id)
        found = await self._reworks.suggest(typed, guild_id, await viewer(interaction))
        return [sounds.source_choice(piece) for piece in found]

    @remix.autocomplete("model")
    async def _suggest_model(self, interaction: Use, typed: str) -> list[app_commands.Choice[str]]:
        market = await self._bot.services.jobs.market_in(place_of(interaction))
        return options.model_choices(Kind.REMIX, typed, market=market)

    @stems.autocomplete("model")
    async def _suggest_splitter(
        self, interaction: Use, typed: str
    ) -> list[app_commands.Choice[str]]:
        market = await self._bot.services.jobs.market_in(place_of(interaction))
        return options.model_choices(Kind.STEMS, typed, market=market)

    @commands.Cog.listener()
    async def on_card_button(self, interaction: Use, verb: Verb, job_id: JobId) -> None:
        """Answer the buttons that work on the sound of a card."""
        form = _FORMS.get(verb)
        if form is None:
            return
        with suppress(Unanswerable):
            async with answering(interaction):
                piece = await self._archive.piece(job_id, _guild(interaction))
                if verb is Verb.STEMS and self._doubles.is_second(
                    interaction.user.id, verb, job_id
                ):
                    async with acknowledged(interaction):
                        return
                await self._begin(interaction, form, piece)

    # -- messages ----------------------------------------------------------------------------

    async def _remix_message(self, interaction: Use, message: discord.Message) -> None:
        await self._begin_on(interaction, FormName.REMIX, message)

    async def _split_message(self, interaction: Use, message: discord.Message) -> None:
        await self._begin_on(interaction, FormName.STEMS, message)

    async def _begin_on(self, interaction: Use, form: FormName, message: discord.Message) -> None:
        """Begin with what a message carries: one of our pieces, or somebody's sound file."""
        async with answering(interaction):
            piece = await self._reworks.on_message(MessageId(message.id), _guild(interaction))
            file = sounds.audio_on(message) if piece is None else None
            if piece is None and file is None:
                raise InvalidInput("This message carries no sound. Choose one with an audio file.")
            await self._begin(interaction, form, piece, file)

    # -- forms -------------------------------------------------------------------------------

    async def _begin(
        self,
        interaction: Use,
        form: FormName,
        piece: Job | None,
        file: AttachedFile | None = None,
    ) -> None:
        """Open a form about a sound; taking one apart needs none where there is but one."""
        parts = [] if piece is None else await self._archive.parts(piece)
        draft = Draft(
            form=form,
            user_id=UserId(interaction.user.id),
            job_id=None if piece is None else piece.id,
            file=file,
        )
        if form is FormName.STEMS and not parts:
            async with accepting(interaction):
                await self._do(interaction, draft)
            return
        subject = Subject(job_id=draft.job_id)
        if file is not None:
            await self._drafts.keep(interaction.id, draft)
            subject = Subject(draft_id=interaction.id)
        sheet = Sheet(form=form, subject=subject, piece=piece, parts=parts)
        await open_form(interaction, draw(sheet, opened_by=interaction.id))

    @commands.Cog.listener()
    async def on_form(self, interaction: Use, draft: Draft) -> None:
        """Do what a form about a sound says."""
        if draft.form not in _FORMS.values():
            return
        async with taken_in(interaction, self._drafts, draft):
            await self._do(interaction, draft)

    async def _do(self, interaction: Use, draft: Draft) -> None:
        check_permissions(interaction)
        by, texts = asker(interaction), draft.texts
        of: Job | AttachedFile
        if draft.job_id is not None:
            of = await self._archive.piece(draft.job_id, by.guild_id)
        elif draft.file is not None:
            of = draft.file
        else:
            raise InvalidInput("This form is about nothing any more. Please ask anew.")
        origin = Origin(of=of, letter=texts.get("letter"))
        if draft.form is FormName.REMIX:
            model = texts.get("model", "").strip() or None
            await self._reworks.wish(origin, texts["wish"], by, model=model)
        elif draft.form is FormName.EXTEND:
            change = Extend(
                after=_time(texts["after"], "after"),
                before=_time(texts["before"], "before"),
                prompt=texts["prompt"].strip() or None,
            )
            await self._reworks.rework(origin, change, by)
        else:
            await self._reworks.rework(origin, Stems(names=_stems(texts.get("stems"))), by)

    async def _origin(
        self, interaction: Use, source: str | None, audio: discord.Attachment | None
    ) -> Origin:
        if source is not None and audio is not None:
            raise InvalidInput("Give either source or audio: one sound at a time is worked on.")
        if audio is not None:
            return Origin(of=attached_file(audio))
        if source is None:
            raise InvalidInput(
                "Say what to work on: pick a piece with the option source, or attach a file with "
                "the option audio. Replying to a card works, too."
            )
        return await self._reworks.find(source, _guild(interaction), await viewer(interaction))


def _time(typed: str | None, option: str) -> float | None:
    """Read a time; nothing, or zero where something would be added, is none."""
    if typed is None or not str(typed).strip():
        return None
    seconds = read_time(str(typed), option)
    return None if seconds == 0 and option in {"before", "after"} else seconds


def _stems(typed: str | None) -> tuple[str, ...]:
    """Read the names of parts as a reply would give them."""
    if typed is None or not typed.strip():
        return ()
    wish = parse(f"stems {typed}").wish
    return wish.names if isinstance(wish, Stems) else ()


def _guild(interaction: Use) -> GuildId:
    if interaction.guild_id is None:
        raise NotAllowed("Minstrel makes music in servers only. Please ask there.")
    return GuildId(interaction.guild_id)


async def setup(bot: MinstrelBot) -> None:
    """Add the commands to the bot."""
    await bot.add_cog(Remix(bot))
