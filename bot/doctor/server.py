"""`/doctor`: the checks from within a server, for those who manage it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import discord

from bot.app import MinstrelBot
from bot.catalogue import Market
from bot.doctor.checks import CHECKS
from bot.doctor.findings import Finding, run
from bot.doctor.line import BotsLine
from bot.doctor.patient import Patient, Place, Spot
from bot.domain.ids import GuildId
from bot.store import Database, history
from bot.store.guilds import GuildSettings
from bot.ui.permissions import missing

NEWEST_JOBS = 500
"""So many are looked through for the channels that are in use."""

MOST_CHANNELS = 10

Posting = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


async def look_over(
    interaction: discord.Interaction[MinstrelBot], guild_id: GuildId
) -> list[Finding]:
    """Look at everything that matters to a server."""
    services = interaction.client.services
    condition = services.condition

    @asynccontextmanager
    async def database() -> AsyncIterator[Database]:
        yield services.db

    async def market() -> Market:
        return condition.market

    settings = await services.preferences.of(guild_id)
    used = await services.db.read(
        history.channels, guild_id, among=NEWEST_JOBS, limit=MOST_CHANNELS
    )
    patient = Patient(
        settings=condition.settings,
        clock=condition.clock,
        line=BotsLine(condition.settings, interaction.client),
        open_database=database,
        providers=condition.providers,
        paused=condition.paused,
        market=market,
        place=await _place(interaction, settings, {*used, *settings.channels}),
    )
    return await run(CHECKS, patient)


async def _place(
    interaction: discord.Interaction[MinstrelBot], settings: GuildSettings, used: set[int]
) -> Place:
    here = interaction.channel_id or 0
    in_thread = isinstance(interaction.channel, discord.Thread)
    guild = interaction.guild
    if guild is not None:
        guild = await interaction.client.wholes.of(guild)
    granted = interaction.app_permissions
    lacking = missing(granted, in_thread=in_thread) if granted.value else []
    spots = [] if guild is None else list(_spots(guild, used - {here}))
    return Place(
        here=Spot(mention=f"<#{here}>", missing=lacking),
        elsewhere=spots,
        upload_bytes=interaction.filesize_limit or None,
        lost=[] if guild is None else list(_lost(guild, settings)),
    )


def _spots(guild: discord.Guild, channels: set[int]) -> Iterator[Spot]:
    """Give the channels that are still there; a thread that is not at hand is passed over."""
    for channel_id in sorted(channels)[: 2 * MOST_CHANNELS]:
        channel = guild.get_channel_or_thread(channel_id)
        if isinstance(channel, Posting):
            held = channel.permissions_for(guild.me)
            in_thread = isinstance(channel, discord.Thread)
            yield Spot(mention=channel.mention, missing=missing(held, in_thread=in_thread))


def _lost(guild: discord.Guild, settings: GuildSettings) -> Iterator[str]:
    gone = [one for one in settings.channels if guild.get_channel(one) is None]
    if gone and len(gone) == len(settings.channels):
        yield "none of the channels for requests is there any more, so that nobody can ask"
    elif gone:
        yield f"{len(gone)} of the channels for requests are gone"
    audit = settings.audit_channel
    if audit is not None and guild.get_channel(audit) is None:
        yield "the audit channel is gone"
    roles = [one for one in {*settings.tiers, *settings.exempt_roles} if not guild.get_role(one)]
    if roles:
        yield f"{len(roles)} of the roles with exceptions are gone"
