"""The /history command, what is done under its lists, and marking a message's piece."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot import catalogue
from bot.app import MinstrelBot
from bot.domain.clock import Clock, SystemClock
from bot.domain.ids import GuildId, JobId, MessageId, UserId
from bot.domain.job import Kind
from bot.errors import InvalidInput, NotAllowed
from bot.jobs.archive import Archive
from bot.jobs.dates import read_range
from bot.jobs.delivery import DEFAULT_LIMIT_BYTES
from bot.jobs.library import ExportFormat, Library
from bot.jobs.reworks import Reworks
from bot.store.browsing import Page, Wanted
from bot.ui import options
from bot.ui.answers import Unanswerable, acknowledged, answering
from bot.ui.asking import asker
from bot.ui.history import (
    HistoryButton,
    HistoryMenu,
    Move,
    Place,
    history_embed,
    history_view,
)
from bot.ui.permissions import check_permissions
from bot.ui.viewing import viewer

Use = discord.Interaction[MinstrelBot]

_DATE = "Such as 2026-11-03, Nov 2026, yesterday or 2 weeks ago"


class History(commands.Cog):
    """Find again what was made here."""

    def __init__(self, bot: MinstrelBot, *, clock: Clock) -> None:
        self._bot = bot
        self._clock = clock
        self._library: Library = bot.services.library
        self._archive: Archive = bot.services.archive
        self._reworks: Reworks = bot.services.reworks
        self._menu = app_commands.ContextMenu(name="Favourite", callback=self._mark_message)

    async def cog_load(self) -> None:
        """Add the entry to the menu of messages; discord.py has no decorator for a cog's."""
        self._menu.guild_only = True
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Take it away again."""
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(
        whose="Your own pieces if empty, or all that you may see on this server",
        member="What one member asked for",
        kind="Made by which command",
        model="Made by which model",
        search="Words in the prompt, the style or the lyrics, in any language",
        since=f"From this day on. {_DATE}",
        until=f"Up to this day. {_DATE}",
        favourites="Only what you have marked",
        export="All that is found, as a file for you",
    )
    async def history(
        self,
        interaction: Use,
        whose: Literal["mine", "server"] | None = None,
        member: discord.User | None = None,
        kind: options.Command | None = None,
        model: str | None = None,
        search: app_commands.Range[str, 1, 200] | None = None,
        since: str | None = None,
        until: str | None = None,
        favourites: bool | None = None,  # noqa: FBT001 - a slash option
        export: Literal["csv", "json"] | None = None,
    ) -> None:
        """Find pieces of this server again: to hear, show, remix, mark or export them."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        begins_at, ends_at = read_range(since, until, now=self._clock.now())
        wanted = Wanted(
            guild_id=_guild(interaction),
            user_id=_whose(interaction, whose, member, favourites=bool(favourites)),
            kind=None if kind is None else Kind(kind),
            model=None if model is None else _endpoint(model),
            since=begins_at,
            until=ends_at,
            text=None if search is None or not search.strip() else search,
            favourites=bool(favourites),
        )
        if export is not None:
            await self._export(interaction, wanted, ExportFormat(export))
            return
        page = await self._library.ask(interaction.id, wanted, await viewer(interaction))
        await _show_page(interaction, page, wanted, Place(query_id=interaction.id))

    @history.autocomplete("model")
    async def _suggest_model(self, interaction: Use, typed: str) -> list[app_commands.Choice[str]]:
        kind = getattr(interaction.namespace, "kind", None)
        kinds: Sequence[Kind] = [Kind(kind)] if kind else list(Kind)
        market = self._bot.services.jobs.market
        found = {
            choice.value: choice
            for one in kinds
            for choice in options.model_choices(one, typed, market=market)
        }
        return list(found.values())[:25]

    async def _export(self, interaction: Use, wanted: Wanted, form: ExportFormat) -> None:
        limit = interaction.filesize_limit or DEFAULT_LIMIT_BYTES
        made = await self._library.export(
            wanted, await viewer(interaction), form, limit_bytes=limit
        )
        words = f"Here are {made.count} pieces." if made.count != 1 else "Here is one piece."
        if not made.is_whole:
            words += " There are more than fit into one file: narrow it down with since and until."
        file = discord.File(io.BytesIO(made.content), f"minstrel-history.{form.value}")
        await interaction.edit_original_response(content=words, attachments=[file])

    # -- under a list ------------------------------------------------------------------------

    @commands.Cog.listener()
    async def on_history_move(self, interaction: Use, move: Move, place: Place) -> None:
        """Answer the menu and the buttons under a list."""
        try:
            async with answering(interaction):
                if move is Move.PLAY:
                    await self._play(interaction, place)
                elif move is Move.SHOW:
                    await self._show(interaction, place)
                else:
                    await self._turn(interaction, move, place)
        except Unanswerable:
            return

    async def _turn(self, interaction: Use, move: Move, place: Place) -> None:
        """Change what the list shows."""
        await interaction.response.defer()
        seer = await viewer(interaction)
        wanted = await self._library.wanted(place.query_id, _guild(interaction))
        if move is Move.STAR and place.chosen is not None:
            entry = await self._library.piece(place.chosen, wanted.guild_id, seer)
            await self._library.mark(entry.job, seer.user_id, is_favourite=not entry.is_favourite)
        if move is Move.NEWER and place.top is not None:
            page = await self._library.page_above(wanted, seer, above=place.top)
            top = page.entries[0].job.id if page.entries and page.has_newer else None
            place = Place(query_id=place.query_id, top=top)
        else:
            page = await self._library.page(wanted, seer, top=place.top)
        await _show_page(interaction, page, wanted, place)

    async def _play(self, interaction: Use, place: Place) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        job = (
            await self._library.piece(
                _chosen(place), _guild(interaction), await viewer(interaction)
            )
        ).job
        limit = interaction.filesize_limit or DEFAULT_LIMIT_BYTES
        async with self._library.sounds(job, limit_bytes=limit) as sounds:
            files = [discord.File(one.path, filename=one.file_name) for one in sounds]
            notes = dict.fromkeys(one.note for one in sounds if one.note)
            words = "\n".join(notes) or "Only you can see and hear this."
            await interaction.edit_original_response(content=words, attachments=files)

    async def _show(self, interaction: Use, place: Place) -> None:
        async with acknowledged(interaction):
            check_permissions(interaction)
            by = asker(interaction)
            entry = await self._library.piece(
                _chosen(place), by.guild_id, await viewer(interaction)
            )
            await self._archive.show(entry.job, by)

    # -- messages ----------------------------------------------------------------------------

    async def _mark_message(self, interaction: Use, message: discord.Message) -> None:
        async with answering(interaction):
            await interaction.response.defer(ephemeral=True, thinking=True)
            piece = await self._reworks.on_message(MessageId(message.id), _guild(interaction))
            if piece is None:
                raise InvalidInput("This message is not a piece of Minstrel's. Choose a card.")
            is_marked = await self._library.toggle(piece, UserId(interaction.user.id))
            words = (
                "⭐ Marked. /history favourites: True lists all that you marked."
                if is_marked
                else "It is no longer among your favourites."
            )
            await interaction.edit_original_response(content=words)


async def _show_page(interaction: Use, page: Page, wanted: Wanted, place: Place) -> None:
    await interaction.edit_original_response(
        embed=history_embed(page, wanted, place), view=history_view(page, place)
    )


def _chosen(place: Place) -> JobId:
    if place.chosen is None:
        raise InvalidInput("Choose a piece in the menu first.")
    return place.chosen


def _whose(
    interaction: Use, whose: str | None, member: discord.User | None, *, favourites: bool
) -> UserId | None:
    """Say whose pieces are meant; None for everybody's."""
    if member is not None:
        if whose == "mine" and member.id != interaction.user.id:
            raise InvalidInput("Give either whose or member: the two say different things.")
        return UserId(member.id)
    # What one marks is mostly other people's.
    if whose == "server" or (whose is None and favourites):
        return None
    return UserId(interaction.user.id)


def _endpoint(model: str) -> str:
    """Give a model's id; one that left the catalogue still has its pieces."""
    try:
        return catalogue.find(model).about.endpoint
    except InvalidInput:
        return model.strip()


def _guild(interaction: Use) -> GuildId:
    if interaction.guild_id is None:
        raise NotAllowed("Minstrel makes music in servers only. Please ask there.")
    return GuildId(interaction.guild_id)


async def setup(bot: MinstrelBot) -> None:
    """Add the command, and make the buttons under its lists work."""
    bot.add_dynamic_items(HistoryButton, HistoryMenu)
    await bot.add_cog(History(bot, clock=SystemClock()))
