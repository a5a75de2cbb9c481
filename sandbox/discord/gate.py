"""What the bot may reach: finds channels, messages and guilds for it, or refuses as Discord does."""

from __future__ import annotations

from sandbox.discord import permissions, refusals
from sandbox.discord.state import Channel, ChannelType, Guild, Message
from sandbox.discord.world import World


class Gate:
    """Looks things up with the bot's eyes."""

    def __init__(self, world: World) -> None:
        self._world = world

    def channel(self, channel_id: str, *needed: str) -> Channel:
        """Find a channel the bot sees and has some permissions in.

        Raises:
            Refusal: Unknown (10003), not visible (50001), or not permitted (50013).
        """
        channel = self._world.directory.channels.get(channel_id)
        if channel_id in self._world.left:
            raise refusals.missing_access()
        if channel is None:
            raise refusals.unknown_channel()
        held = self.permissions(channel)
        if not held & permissions.BITS["view_channel"]:
            raise refusals.missing_access()
        wanted = permissions.bits(list(needed))
        if held & wanted != wanted:
            raise refusals.missing_permissions()
        return channel

    def for_sending(self, channel_id: str) -> Channel:
        """Find a channel the bot may write in.

        Raises:
            Refusal: As for `channel`. An archived thread is opened again by writing, unless it
                is locked (50083).
        """
        channel = self.channel(channel_id)
        is_thread = channel.type is ChannelType.PUBLIC_THREAD
        self.channel(channel_id, "send_messages_in_threads" if is_thread else "send_messages")
        if channel.archived and channel.locked and not self.has(channel, "manage_threads"):
            raise refusals.archived_thread()
        return channel

    def permissions(self, channel: Channel) -> int:
        """Give the bot's effective permissions in a channel."""
        return permissions.in_channel(self._world.directory, channel, self._world.bot.id)

    def has(self, channel: Channel, name: str) -> bool:
        """Say whether the bot has a permission in a channel."""
        return bool(self.permissions(channel) & permissions.BITS[name])

    def message(self, channel: Channel, message_id: str) -> Message:
        """Find a message; ephemeral ones do not exist here.

        Raises:
            Refusal: 10008.
        """
        message = channel.messages.get(message_id)
        if message is None or message.is_ephemeral:
            raise refusals.unknown_message()
        return message

    def guild(self, guild_id: str) -> Guild:
        """Find a guild the bot is in.

        Raises:
            Refusal: 10004.
        """
        guild = self._world.directory.guilds.get(guild_id)
        if guild is None or self._world.bot.id not in guild.members:
            raise refusals.unknown_guild()
        return guild
