"""The audit channels on Discord."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import discord

from bot.domain.ids import ChannelId, GuildId
from bot.errors import ChannelGone, MissingPermissions
from bot.jobs.audit_trail import Event
from bot.jobs.delivery._errors import discord_errors
from bot.jobs.delivery._places import is_in

AuditRenderer = Callable[[Sequence[Event], int], discord.Embed]
"""Draws news, and the number of what was left out."""


class AuditMessages:
    """Implements `bot.jobs.audit_trail.AuditChannels` on a discord.py client.

    Everything stands in embeds, in which a mention is a name and pings nobody.
    """

    def __init__(self, client: discord.Client, render: AuditRenderer) -> None:
        self._client = client
        self._render = render

    async def tell(
        self, guild_id: GuildId, channel_id: ChannelId, events: Sequence[Event], *, left_out: int
    ) -> None:
        """Write one message."""
        if not await is_in(self._client, channel_id, guild_id):
            # What one server does is no business of another's, however its id got into the settings.
            raise ChannelGone("That channel is not on this server. Choose one that is.")
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        with discord_errors():
            await channel.send(
                embed=self._render(events, left_out),
                allowed_mentions=discord.AllowedMentions.none(),
                silent=True,
            )

    async def introduce(self, guild_id: GuildId, channel_id: ChannelId) -> None:
        """Say that this is the channel from now on."""
        try:
            await self.tell(guild_id, channel_id, (), left_out=0)
        except MissingPermissions as error:
            raise MissingPermissions(
                f'Minstrel may not write into <#{channel_id}>. Give it "View Channel", "Send '
                'Messages" and "Embed Links" there, and choose the channel again.',
                names=("View Channel", "Send Messages", "Embed Links"),
            ) from error
