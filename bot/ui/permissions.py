"""What the bot must be allowed to do in a channel before money is spent for it."""

from __future__ import annotations

from typing import Any

import discord

from bot.errors import MissingPermissions

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
    granted = interaction.app_permissions
    if granted.administrator:
        return
    if granted.value == 0:
        # Discord always tells a member bot's permissions; none at all means that it did not, and
        # then posting the card shows what is missing.
        return
    in_thread = isinstance(interaction.channel, discord.Thread)
    unneeded = "send_messages" if in_thread else "send_messages_in_threads"
    missing = [
        name
        for attribute, name in _NAMES.items()
        if attribute != unneeded and not getattr(granted, attribute)
    ]
    if missing:
        names = " and ".join(f'"{name}"' for name in missing)
        raise MissingPermissions(
            f"Minstrel needs the permission {names} in this channel. A moderator can allow that in "
            "the channel's settings; then ask again. Nothing was charged.",
            names=missing,
        )
