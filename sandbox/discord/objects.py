"""The shapes in which Discord shows things. Pure: from records to JSON objects.

The field set is what discord.py, discord.js, hikari and Discord's published OpenAPI description
together expect.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox.discord.state import (
    Attachment,
    Channel,
    ChannelType,
    Directory,
    Guild,
    Json,
    Member,
    Message,
    Role,
    User,
)

_API_VERSION_FLAGS_NEW = "0"

PNG_HEADER_BYTES = 24
"""Up to and with the picture's size."""

FORWARD = 1
"""The type of a reference to a message that was forwarded (Discord docs, Message Reference Types)."""


def iso(moment: datetime | None) -> str | None:
    """Give a moment as Discord writes it, with microseconds and offset."""
    return moment.isoformat(timespec="microseconds") if moment else None


def user(person: User) -> Json:
    """Describe a user to anybody."""
    shape: Json = {
        "id": person.id,
        "username": person.username,
        "discriminator": "0000" if person.bot else "0",
        "global_name": person.global_name,
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "accent_color": None,
        "collectibles": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
    }
    if person.bot:
        shape["bot"] = True
    return shape


def own_user(person: User) -> Json:
    """Describe the bot to itself."""
    return user(person) | {
        "mfa_enabled": True,
        "locale": "en-US",
        "verified": True,
        "email": None,
        "premium_type": 0,
    }


def application(bot: User, owner: User, *, guilds: int) -> Json:
    """Describe the bot's application to itself."""
    return {
        "id": bot.id,
        "name": bot.username,
        "icon": None,
        "description": "Makes music from a description.",
        "type": None,
        "bot": user(bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "integration_types_config": {"0": {}},
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": _API_VERSION_FLAGS_NEW,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(owner),
        "approximate_guild_count": guilds,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "event_webhooks_url": None,
        "event_webhooks_status": 1,
        "event_webhooks_types": [],
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": ["applications.commands", "bot"],
    }


def role(one: Role, *, guild_id: str) -> Json:
    """Describe a role."""
    return {
        "id": one.id,
        "name": one.name,
        "permissions": str(one.permissions),
        "position": one.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": one.id != guild_id,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def member(one: Member, person: User | None) -> Json:
    """Describe a member; `person` is left out where the user stands beside."""
    shape: Json = {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": iso(one.joined_at),
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": list(one.roles),
        "mute": False,
        "deaf": False,
    }
    if person is not None:
        shape["user"] = user(person)
    return shape


def channel(one: Channel, directory: Directory) -> Json:
    """Describe a channel of any kind."""
    last = next(reversed(one.messages), None)
    shape: Json = {"id": one.id, "type": int(one.type), "flags": 0, "last_message_id": last}
    if one.type is ChannelType.DM:
        people = [directory.users[person] for person in one.recipients]
        return shape | {"recipients": [user(person) for person in people if not person.bot]}
    shape |= {
        "guild_id": one.guild_id,
        "name": one.name,
        "parent_id": one.parent_id,
        "rate_limit_per_user": 0,
    }
    if one.type is ChannelType.PUBLIC_THREAD:
        return shape | {
            "owner_id": one.owner_id,
            "message_count": len(one.messages),
            "total_message_sent": len(one.messages),
            "member_count": 1,
            "thread_metadata": {
                "archived": one.archived,
                "auto_archive_duration": 1440,
                "archive_timestamp": iso(one.created_at),
                "create_timestamp": iso(one.created_at),
                "locked": one.locked,
            },
        }
    overwrites = [
        {
            "id": overwrite.id,
            "type": int(overwrite.is_member),
            "allow": str(overwrite.allow),
            "deny": str(overwrite.deny),
        }
        for overwrite in one.overwrites.values()
    ]
    return shape | {
        "position": one.position,
        "permission_overwrites": overwrites,
        "nsfw": False,
        "topic": None,
    }


def guild(one: Guild) -> Json:
    """Describe a guild as GET /guilds does."""
    return {
        "id": one.id,
        "name": one.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": one.owner_id,
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role(each, guild_id=one.id) for each in one.roles.values()],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": one.premium_tier,
        "premium_subscription_count": (0, 2, 7, 14)[one.premium_tier],
        "preferred_locale": "en-US",
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "hub_type": None,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
        "approximate_member_count": len(one.members),
        "approximate_presence_count": len(one.members),
    }


def guild_create(one: Guild, directory: Directory) -> Json:
    """Describe a guild as GUILD_CREATE does."""
    threads = ChannelType.PUBLIC_THREAD
    channels = [each for each in one.channels.values() if each.type is not threads]
    return guild(one) | {
        "joined_at": iso(one.joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(one.members),
        "members": [member(each, directory.users[each.user_id]) for each in one.members.values()],
        "channels": [channel(each, directory) for each in channels],
        "threads": [
            channel(each, directory) for each in one.channels.values() if each.type is threads
        ],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "version": 1,
    }


def _picture_size(body: bytes) -> tuple[int, int] | None:
    """Read width and height in pixels off a PNG; apps keep room for the picture by them."""
    if not body.startswith(b"\x89PNG\r\n\x1a\n") or len(body) < PNG_HEADER_BYTES:
        return None
    return int.from_bytes(body[16:20]), int.from_bytes(body[20:24])


def attachment(one: Attachment, url_of: Callable[[Attachment], str]) -> Json:
    """Describe a file, with a URL that is good for a day."""
    url = url_of(one)
    shape: Json = {
        "id": one.id,
        "filename": one.filename,
        "size": len(one.body),
        "url": url,
        "proxy_url": url,
        "content_type": one.content_type,
    }
    if size := _picture_size(one.body):
        shape["width"], shape["height"] = size
    if one.description:
        shape["description"] = one.description
    if one.ephemeral:
        shape["ephemeral"] = True
    return shape


class MessageShapes:
    """Describes messages, to people as they are and to the bot as far as it may read them."""

    def __init__(
        self, directory: Directory, *, bot_id: str, url_of: Callable[[Attachment], str]
    ) -> None:
        self._directory = directory
        self._bot_id = bot_id
        self._url_of = url_of

    def full(self, one: Message) -> Json:
        """Describe a message with all it holds."""
        return self._shape(one, readable=lambda _: True)

    def bare(self, one: Message) -> Json:
        """Describe it as to an app without the message content intent.

        Readable stay the app's own messages, direct messages, and those that mention it (Discord
        docs, You Might Not Need a Privileged Intent).
        """
        return self._shape(one, readable=self.is_readable)

    def is_readable(self, one: Message) -> bool:
        """Say whether an app without the intent may read it."""
        return one.author_id == self._bot_id or one.guild_id is None or self._bot_id in one.mentions

    def _shape(self, one: Message, *, readable: Callable[[Message], bool]) -> Json:
        shape = self._outside(one)
        if readable(one):
            shape |= self._inside(one)
        else:
            shape |= {"content": "", "embeds": [], "attachments": [], "components": []}
        if one.reference is not None and one.reference["type"] == FORWARD:
            shape["message_reference"] = dict(one.reference)
            shape["message_snapshots"] = self._snapshots(one, readable)
        elif one.reference is not None:
            shape["message_reference"] = dict(one.reference)
            shape["referenced_message"] = self._referenced(one, readable)
        return shape

    def _snapshots(self, one: Message, readable: Callable[[Message], bool]) -> list[Json]:
        """Give what a forward shows: the message as it was, without who wrote it.

        An app that may not read the forward does not read what is in it either.
        """
        whole = self._referenced(one, lambda _target: readable(one))
        if whole is None:
            return []
        kept = ("type", "content", "embeds", "attachments", "components", "flags")
        snapshot = {name: whole[name] for name in kept}
        times = {name: whole.get(name) for name in ("timestamp", "edited_timestamp")}
        return [{"message": snapshot | times}]

    def _referenced(self, one: Message, readable: Callable[[Message], bool]) -> Json | None:
        reference: dict[str, Any] = one.reference or {}
        place = self._directory.channels.get(reference.get("channel_id", ""))
        target = place.messages.get(reference.get("message_id", "")) if place else None
        if target is None:
            return None
        shape = self._outside(target)
        inside = self._inside(target) if readable(target) else None
        return shape | (
            inside or {"content": "", "embeds": [], "attachments": [], "components": []}
        )

    def _inside(self, one: Message) -> Json:
        return {
            "content": one.content,
            "embeds": [dict(embed) for embed in one.embeds],
            "attachments": [attachment(each, self._url_of) for each in one.attachments],
            "components": list(one.components),
        }

    def _outside(self, one: Message) -> Json:
        users = self._directory.users
        shape: Json = {
            "id": one.id,
            "type": int(one.type),
            "channel_id": one.channel_id,
            "author": user(users[one.author_id]),
            "timestamp": iso(one.created_at),
            "edited_timestamp": iso(one.edited_at),
            "flags": one.flags,
            "tts": one.tts,
            "pinned": one.pinned,
            "mentions": [user(users[each]) for each in one.mentions],
            "mention_roles": [],
            "mention_everyone": one.mention_everyone,
        }
        if one.nonce is not None:
            shape["nonce"] = one.nonce
        if one.is_response:
            shape |= {"application_id": self._bot_id, "webhook_id": self._bot_id}
        if one.interaction is not None:
            shape["interaction_metadata"] = one.interaction
        if one.reactions:
            shape["reactions"] = [
                self._reaction(emoji, people) for emoji, people in one.reactions.items()
            ]
        return shape

    def _reaction(self, emoji: str, people: set[str]) -> Json:
        name, _, emoji_id = emoji.partition(":")
        return {
            "emoji": {"id": emoji_id or None, "name": name},
            "count": len(people),
            "count_details": {"burst": 0, "normal": len(people)},
            "burst_colors": [],
            "me_burst": False,
            "burst_me": False,
            "burst_count": 0,
            "me": self._bot_id in people,
        }
