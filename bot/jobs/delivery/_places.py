"""Which server a channel belongs to: an id that somebody gave proves nothing."""

from __future__ import annotations

import discord

from bot.domain.ids import ChannelId, GuildId
from bot.errors import ChannelGone
from bot.jobs.delivery._errors import discord_errors


async def is_in(client: discord.Client, channel_id: ChannelId, guild_id: GuildId) -> bool:
    """Say whether a channel is one of a server's.

    Raises:
        ChannelGone, MissingPermissions, DiscordUnavailable: It cannot be looked at.
    """
    channel = client.get_channel(channel_id)
    if channel is None:
        try:
            with discord_errors():
                channel = await client.fetch_channel(channel_id)
        except discord.InvalidData as error:
            raise ChannelGone("That channel is of a kind that Minstrel does not know.") from error
    guild = getattr(channel, "guild", None)
    return guild is not None and guild.id == guild_id
