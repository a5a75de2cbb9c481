"""Who is behind an interaction, in the jobs' terms."""

from __future__ import annotations

from typing import Any

import discord

from bot.domain.ids import ChannelId, GuildId, UserId
from bot.errors import NotAllowed
from bot.jobs.service import Asker


def asker(interaction: discord.Interaction[Any]) -> Asker:
    """Read the asker from an interaction.

    Raises:
        NotAllowed: Outside a server; limits and money belong to one.
    """
    if interaction.guild_id is None or interaction.channel_id is None:
        raise NotAllowed("Minstrel makes music in servers only. Please ask there.")
    return Asker(
        interaction_id=interaction.id,
        token=interaction.token,
        guild_id=GuildId(interaction.guild_id),
        channel_id=ChannelId(interaction.channel_id),
        user_id=UserId(interaction.user.id),
        moderates=interaction.permissions.manage_messages or interaction.permissions.administrator,
    )
