"""Where somebody may read: what stands in other channels is not theirs to find."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import discord

from bot.domain.ids import ChannelId, UserId
from bot.domain.viewer import Viewer
from bot.errors import DeliveryError


async def viewer(interaction: discord.Interaction[Any]) -> Viewer:
    """Say what the person behind an interaction may see.

    They are in its channel, so that one counts in any case. Of private threads nobody tells us who
    is in them; those count for moderators alone. Where Discord does not tell what is in the server,
    they see the one channel.
    """
    member, guild = interaction.user, interaction.guild
    user_id = UserId(member.id)
    if interaction.permissions.administrator or (guild and guild.owner_id == member.id):
        return Viewer(user_id=user_id, channels=None)
    here = set() if interaction.channel_id is None else {ChannelId(interaction.channel_id)}
    if guild is None or not isinstance(member, discord.Member):
        return Viewer(user_id=user_id, channels=frozenset(here))
    with suppress(DeliveryError):
        guild = await interaction.client.wholes.of(guild)
    places = [*guild.channels, *guild.threads]
    readable = {ChannelId(place.id) for place in places if _may_read(place, member)}
    return Viewer(user_id=user_id, channels=frozenset(readable | here))


def _may_read(place: discord.abc.GuildChannel | discord.Thread, member: discord.Member) -> bool:
    try:
        allowed = place.permissions_for(member)
    except discord.ClientException:
        return False  # a thread whose channel is not known
    if isinstance(place, discord.Thread) and place.is_private() and not allowed.manage_threads:
        return False
    return allowed.view_channel and allowed.read_message_history
