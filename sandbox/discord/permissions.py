"""Who may do what where: Discord's permission bits and how roles and overwrites add up.

Discord docs, Permissions.
"""

from __future__ import annotations

from sandbox.discord.state import Channel, ChannelType, Directory, Guild

# In discord.py's spelling, in the order of their bits; None where Discord assigned no bit.
_NAMES: tuple[str | None, ...] = (
    "create_instant_invite", "kick_members", "ban_members", "administrator", "manage_channels",
    "manage_guild", "add_reactions", "view_audit_log", "priority_speaker", "stream",
    "view_channel", "send_messages", "send_tts_messages", "manage_messages", "embed_links",
    "attach_files", "read_message_history", "mention_everyone", "use_external_emojis",
    "view_guild_insights", "connect", "speak", "mute_members", "deafen_members", "move_members",
    "use_voice_activation", "change_nickname", "manage_nicknames", "manage_roles",
    "manage_webhooks", "manage_expressions", "use_application_commands", "request_to_speak",
    "manage_events", "manage_threads", "create_public_threads", "create_private_threads",
    "use_external_stickers", "send_messages_in_threads", "use_embedded_activities",
    "moderate_members", "view_creator_monetization_analytics", "use_soundboard",
    "create_expressions", "create_events", "use_external_sounds", "send_voice_messages", None,
    None, "send_polls", "use_external_apps", "pin_messages", "bypass_slowmode",
)  # fmt: skip
_ALIASES = {
    "read_messages": "view_channel",
    "external_emojis": "use_external_emojis",
    "external_stickers": "use_external_stickers",
    "manage_permissions": "manage_roles",
    "manage_emojis": "manage_expressions",
    "manage_emojis_and_stickers": "manage_expressions",
}

BITS: dict[str, int] = {name: 1 << bit for bit, name in enumerate(_NAMES) if name}
BITS |= {alias: BITS[name] for alias, name in _ALIASES.items()}

ALL = 0
for _bit in BITS.values():
    ALL |= _bit

EVERYONE = (
    BITS["create_instant_invite"] | BITS["add_reactions"] | BITS["stream"] | BITS["view_channel"]
    | BITS["send_messages"] | BITS["embed_links"] | BITS["attach_files"]
    | BITS["read_message_history"] | BITS["mention_everyone"] | BITS["use_external_emojis"]
    | BITS["connect"] | BITS["speak"] | BITS["use_voice_activation"] | BITS["change_nickname"]
    | BITS["use_application_commands"] | BITS["request_to_speak"]
    | BITS["create_public_threads"] | BITS["send_messages_in_threads"]
    | BITS["use_external_stickers"] | BITS["send_voice_messages"] | BITS["send_polls"]
)  # fmt: skip

# Reading and writing one's own direct messages.
DIRECT = (
    BITS["view_channel"] | BITS["send_messages"] | BITS["embed_links"] | BITS["attach_files"]
    | BITS["read_message_history"] | BITS["mention_everyone"] | BITS["add_reactions"]
    | BITS["use_external_emojis"] | BITS["use_application_commands"] | BITS["use_external_stickers"]
    | BITS["send_voice_messages"] | BITS["send_polls"]
)  # fmt: skip


def bits(names: list[str]) -> int:
    """Add up permissions given by name.

    Raises:
        KeyError: A name is no permission.
    """
    total = 0
    for name in names:
        total |= BITS[name]
    return total


def in_guild(guild: Guild, user_id: str) -> int:
    """Give a member's permissions before any channel changes them; 0 for strangers."""
    member = guild.members.get(user_id)
    if member is None:
        return 0
    if guild.owner_id == user_id:
        return ALL
    total = guild.roles[guild.id].permissions
    for role_id in member.roles:
        if role := guild.roles.get(role_id):
            total |= role.permissions
    return ALL if total & BITS["administrator"] else total


def in_channel(directory: Directory, channel: Channel, user_id: str) -> int:
    """Give a person's effective permissions in a channel, implied denials included."""
    guild = directory.guild_of(channel)
    if guild is None:
        return DIRECT if user_id in channel.recipients else 0
    total = in_guild(guild, user_id)
    if total == ALL or not total:
        return total
    place = directory.channels.get(channel.parent_id or "", channel)
    total = _overwritten(total, place, guild, user_id)
    if not total & BITS["view_channel"]:
        return 0
    return _without_implied(total, is_thread=channel.type is ChannelType.PUBLIC_THREAD)


def _overwritten(total: int, place: Channel, guild: Guild, user_id: str) -> int:
    everyone = place.overwrites.get(guild.id)
    if everyone:
        total = (total & ~everyone.deny) | everyone.allow
    allow = deny = 0
    for role_id in guild.members[user_id].roles:
        if overwrite := place.overwrites.get(role_id):
            allow |= overwrite.allow
            deny |= overwrite.deny
    total = (total & ~deny) | allow
    own = place.overwrites.get(user_id)
    return (total & ~own.deny) | own.allow if own else total


def _without_implied(total: int, *, is_thread: bool) -> int:
    send = BITS["send_messages_in_threads"] if is_thread else BITS["send_messages"]
    if total & send:
        return total
    lost = ("send_tts_messages", "mention_everyone", "embed_links", "attach_files")
    return total & ~bits(list(lost)) & ~send
