"""Who is behind an interaction or a message, in the jobs' terms."""

from __future__ import annotations

from typing import Any

import discord

from bot.domain.ids import ChannelId, GuildId, UserId
from bot.errors import NotAllowed
from bot.jobs.service import Asker
from bot.ui.answers import heard_by


def asker(interaction: discord.Interaction[Any]) -> Asker:
    """Read the asker from an interaction.

    Raises:
        NotAllowed: Outside a server; limits and money belong to one.
    """
    if interaction.guild_id is None or interaction.channel_id is None:
        raise NotAllowed("Minstrel makes music in servers only. Please ask there.")
    granted = interaction.permissions
    return Asker(
        interaction_id=interaction.id,
        token=interaction.token,
        guild_id=GuildId(interaction.guild_id),
        channel_id=ChannelId(interaction.channel_id),
        user_id=UserId(interaction.user.id),
        moderates=granted.manage_messages or granted.administrator,
        role_ids=roles_of(interaction.user),
        parent_channel_id=_parent_of(interaction.channel),
        is_heard=heard_by(interaction),
    )


def author(message: discord.Message, channel: object = None) -> Asker:
    """Read the asker from a message, such as a reply to a card.

    `channel` is where it stands, if more is known of that than the message says. Its id is as unique as an interaction's, and as good against the same event coming twice.

    Raises:
        NotAllowed: Outside a server; limits and money belong to one.
    """
    if message.guild is None:
        raise NotAllowed("Minstrel makes music in servers only. Please ask there.")
    return Asker(
        interaction_id=message.id,
        token=None,
        guild_id=GuildId(message.guild.id),
        channel_id=ChannelId(message.channel.id),
        user_id=UserId(message.author.id),
        role_ids=roles_of(message.author),
        parent_channel_id=_parent_of(channel or message.channel),
    )


def place_of(interaction: discord.Interaction[Any]) -> GuildId:
    """Give the server in which something was done.

    Raises:
        NotAllowed: Outside a server.
    """
    if interaction.guild_id is None:
        raise NotAllowed("Minstrel makes music in servers only. Please ask there.")
    return GuildId(interaction.guild_id)


def roles_of(person: discord.abc.User) -> frozenset[int]:
    """Give the ids of somebody's roles in the server; the one that everybody has is among them."""
    if not isinstance(person, discord.Member):
        return frozenset()
    # The roles themselves may not be known here; discord.py gives their ids by no other name.
    return frozenset({*person._roles, person.guild.id})  # noqa: SLF001


def _parent_of(channel: object) -> ChannelId | None:
    return ChannelId(channel.parent_id) if isinstance(channel, discord.Thread) else None
