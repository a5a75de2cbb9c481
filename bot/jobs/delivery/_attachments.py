"""Files on messages, looked up anew each time: Discord's links to them are good for a day."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.domain.ids import ChannelId, GuildId, MessageId
from bot.errors import ChannelGone, MissingPermissions
from bot.jobs.delivery._errors import discord_errors
from bot.jobs.delivery._places import is_in
from bot.jobs.material import AttachedFile


class MessageAttachments:
    """Implements `bot.jobs.sources.Attachments` on a discord.py client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def attachments_of(
        self, channel_id: ChannelId, message_id: MessageId, *, within: GuildId | None = None
    ) -> Sequence[AttachedFile]:
        """Fetch a message and list its files; see `Attachments.attachments_of`.

        Of messages that are neither the bot's own nor mention it, Discord shows no files (Discord
        docs, Message Content Intent): the list is then empty.
        """
        if within is not None:
            await self._check_guild(channel_id, within)
        channel = self._client.get_partial_messageable(channel_id)
        try:
            with discord_errors():
                message = await channel.fetch_message(message_id)
        except MissingPermissions as error:
            raise MissingPermissions(
                'Minstrel cannot read that message. Please give it "View Channel" and "Read Message '
                'History" in that channel.',
                names=("View Channel", "Read Message History"),
            ) from error
        return [attached_file(one) for one in message.attachments]

    async def _check_guild(self, channel_id: ChannelId, guild_id: GuildId) -> None:
        """Refuse a channel of another server: its id in a link proves nothing."""
        if not await is_in(self._client, channel_id, guild_id):
            raise ChannelGone("That message is not on this server. Attach the file itself instead.")


def attached_file(attachment: discord.Attachment) -> AttachedFile:
    """Say of one of discord.py's attachments what a source needs to know."""
    return AttachedFile(
        url=attachment.url,
        file_name=attachment.filename,
        size=attachment.size,
        content_type=attachment.content_type,
    )
