"""What the bot must be allowed to do in a channel before money is spent for it."""

from __future__ import annotations

from typing import Any

import discord

from bot.domain.ids import GuildId
from bot.errors import MissingPermissions, NotAllowed

_NAMES = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}
"""discord.py's attribute, and the name in Discord's own settings."""


def check_permissions(interaction: discord.Interaction[Any]) -> None:
    """Raise MissingPermissions, naming what lacks, when no card could stand in the channel."""
    in_thread = isinstance(interaction.channel, discord.Thread)
    granted = interaction.app_permissions
    # Discord always tells a member bot's permissions; none at all means that it did not, and then
    # posting the card shows what is missing.
    lacking = missing(granted, in_thread=in_thread) if granted.value else []
    if lacking:
        names = " and ".join(f'"{name}"' for name in lacking)
        raise MissingPermissions(
            f"Minstrel needs the permission {names} in this channel. A moderator can allow that in "
            "the channel's settings; then ask again. Nothing was charged.",
            names=lacking,
        )


def missing(granted: discord.Permissions, *, in_thread: bool) -> list[str]:
    """Name what lacks for a card to stand in a channel, as Discord's own settings name it."""
    if granted.administrator:
        return []
    unneeded = "send_messages" if in_thread else "send_messages_in_threads"
    return [
        name
        for attribute, name in _NAMES.items()
        if attribute != unneeded and not getattr(granted, attribute)
    ]


def managed(interaction: discord.Interaction[Any]) -> GuildId:
    """Give the server that somebody manages.

    Discord hides such commands from others, but servers may override that, and somebody may lose
    the permission while a panel is open.

    Raises:
        NotAllowed: They do not manage it.
    """
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise NotAllowed('This needs the permission "Manage Server". Ask an admin to do it.')
    return GuildId(interaction.guild_id)
