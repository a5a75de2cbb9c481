"""The /settings command, for those who manage the server, and its panel."""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import MinstrelBot
from bot.domain.ids import ChannelId, GuildId, UserId
from bot.domain.job import AudioFormat, Kind
from bot.errors import DeliveryError, InvalidInput, UserError
from bot.jobs.audit_trail import AuditTrail
from bot.jobs.preferences import Change, Preferences
from bot.jobs.service import JobService
from bot.ui import options
from bot.ui.answers import Unanswerable, acknowledge, answering, hold, open_form
from bot.ui.permissions import managed
from bot.ui.settings import (
    OURS,
    Control,
    HandedIn,
    Place,
    Section,
    Standing,
    Use,
    change_of,
    controls,
    embed,
    form,
    handed_in,
)

Press = discord.Interaction[MinstrelBot]

NOTE_LENGTH = 1900
"""Characters; a message has room for 2,000 (Discord docs, Message)."""


class Settings(commands.Cog):
    """Let a server choose what holds in it."""

    def __init__(self, preferences: Preferences, jobs: JobService, audit: AuditTrail) -> None:
        self._preferences = preferences
        self._jobs = jobs
        self._audit = audit

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(
        command="The command to choose a model for",
        model="Its model when a member names none",
        format="The kind of file when a member names none",
    )
    async def settings(
        self,
        interaction: Press,
        command: options.Command | None = None,
        model: str | None = None,
        format: options.Format | None = None,  # noqa: A002 - the option's name
    ) -> None:
        """Show this server's settings, and change them."""
        guild_id = managed(interaction)
        if (command is None) != (model is None):
            raise InvalidInput("Give both: command says for which, model says what it uses.")
        await acknowledge(interaction)
        place, said = Place(section=Section.OVERVIEW), []
        if format is not None:
            changed = await self._preferences.choose_format(
                guild_id, UserId(interaction.user.id), AudioFormat(format)
            )
            place, said = Place(section=Section.FILES), [*changed.sentences]
        if command is not None and model is not None:
            changed = await self._preferences.choose_model(
                guild_id,
                UserId(interaction.user.id),
                Kind(command),
                None if model == OURS else model,
            )
            place = Place(section=Section.MODELS, kind=Kind(command))
            said = [*said, *changed.sentences]
        is_change = format is not None or command is not None
        await self._show(interaction, guild_id, place, note=_note(said) if is_change else None)

    @settings.autocomplete("model")
    async def _suggest(self, interaction: Press, typed: str) -> list[app_commands.Choice[str]]:
        kind = Kind(getattr(interaction.namespace, "command", None) or Kind.MUSIC.value)
        ours = app_commands.Choice(name="Minstrel's own choice", value=OURS)
        found = options.model_choices(kind, typed, market=self._jobs.market)
        return [ours, *found][:25]

    @commands.Cog.listener()
    async def on_settings_control(self, interaction: Press, control: Control) -> None:
        """Do what a button or menu of the panel says."""
        try:
            async with answering(interaction):
                guild_id = managed(interaction)
                if control.use is Use.FORM:
                    await self._open(interaction, guild_id, control.argument)
                    return
                await hold(interaction)
                await self._use(interaction, guild_id, control)
        except Unanswerable:
            return

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Press) -> None:
        """Take a form of the settings, whichever process opened it."""
        sent = handed_in(interaction)
        if sent is None:
            return
        try:
            async with answering(interaction):
                guild_id = managed(interaction)
                await hold(interaction)
                await self._take(interaction, guild_id, sent)
        except Unanswerable:
            return

    async def _open(self, interaction: Press, guild_id: GuildId, argument: str) -> None:
        name, _, role = argument.partition(".")
        standing = await self._standing(interaction, guild_id)
        opened = form(name, standing, role=int(role) if role else None, opened_by=interaction.id)
        await open_form(interaction, opened)

    async def _use(self, interaction: Press, guild_id: GuildId, control: Control) -> None:
        note = None
        try:
            change = change_of(control)
            if change is not None:
                note = await self._change(interaction, guild_id, change)
            if control.use is Use.AUDIT and control.values:
                await self._audit.introduce(guild_id, ChannelId(int(control.values[0])))
        except DeliveryError as error:
            # The choice stands: what is missing can be granted, and then it works.
            note = f"{note}\n{error.sentence}"
        except UserError as error:
            note = _refusal(error)
        await self._show(interaction, guild_id, control.place, note=note)

    async def _take(self, interaction: Press, guild_id: GuildId, sent: HandedIn) -> None:
        try:
            note = await self._change(interaction, guild_id, sent.change())
        except UserError as error:
            note = _refusal(error)
        place = Place(section=sent.section, role=sent.role)
        await self._show(interaction, guild_id, place, note=note)

    async def _change(self, interaction: Press, guild_id: GuildId, change: Change) -> str:
        user_id = UserId(interaction.user.id)
        changed = await self._preferences.change(guild_id, user_id, change)
        return _note(changed.sentences)

    async def _show(
        self, interaction: Press, guild_id: GuildId, place: Place, *, note: str | None
    ) -> None:
        standing = await self._standing(interaction, guild_id)
        await interaction.edit_original_response(
            content=note, embed=embed(place, standing), view=controls(place, standing)
        )

    async def _standing(self, interaction: Press, guild_id: GuildId) -> Standing:
        guild = interaction.guild
        if guild is not None:
            guild = await interaction.client.wholes.of(guild)
        roles = guild.roles if guild else ()
        return Standing(
            settings=await self._preferences.of(guild_id),
            above=self._preferences.above,
            market=self._jobs.market,
            role_names={role.id: role.name for role in roles},
            channel_ids=frozenset(one.id for one in guild.channels) if guild else frozenset(),
        )


def _note(sentences: Sequence[str]) -> str:
    if not sentences:
        return "That is how it was already; nothing was changed."
    note = "\n".join(["**Saved.**", *sentences])
    return note if len(note) <= NOTE_LENGTH else note[:NOTE_LENGTH].rpartition("\n")[0] + "\n…"


def _refusal(error: UserError) -> str:
    return f"**Nothing was changed.** {error.sentence}"[:NOTE_LENGTH]


async def setup(bot: MinstrelBot) -> None:
    """Add the command, and make panels of earlier processes work."""
    bot.add_dynamic_items(Control)
    await bot.add_cog(Settings(bot.services.preferences, bot.services.jobs, bot.services.audit))
