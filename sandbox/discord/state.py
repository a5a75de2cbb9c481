"""What the small Discord knows: people, guilds, channels, messages, interactions, commands.

Plain mutable records, held in memory for as long as the process lives. Ids are decimal strings, as
they are on the wire. Nothing here knows HTTP or the shape of a payload.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

Json = dict[str, Any]

EPHEMERAL = 1 << 6
LOADING = 1 << 7
SUPPRESS_EMBEDS = 1 << 2
SUPPRESS_NOTIFICATIONS = 1 << 12
COMPONENTS_V2 = 1 << 15

MEBIBYTE = 1024 * 1024
TIER_LIMIT_BYTES = {0: 10 * MEBIBYTE, 1: 10 * MEBIBYTE, 2: 50 * MEBIBYTE, 3: 100 * MEBIBYTE}


class ChannelType(IntEnum):
    """The kinds of channel that exist here."""

    TEXT = 0
    DM = 1
    PUBLIC_THREAD = 11


class MessageType(IntEnum):
    """The kinds of message that exist here."""

    DEFAULT = 0
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    CONTEXT_MENU_COMMAND = 23


class InteractionType(IntEnum):
    """What a person did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Status(StrEnum):
    """How far an interaction has come."""

    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"


@dataclass(slots=True, kw_only=True)
class User:
    """A person or a bot."""

    id: str
    username: str
    global_name: str | None = None
    bot: bool = False
    avatar_color: str = "#5865f2"


@dataclass(slots=True, kw_only=True)
class Role:
    """Permissions under a name. The role with the guild's id is @everyone."""

    id: str
    name: str
    permissions: int
    position: int = 0


@dataclass(slots=True, kw_only=True)
class Member:
    """A user in a guild."""

    user_id: str
    roles: list[str] = field(default_factory=list)
    joined_at: datetime


@dataclass(slots=True, kw_only=True)
class Overwrite:
    """Permissions of a role or member in one channel."""

    id: str
    is_member: bool
    allow: int = 0
    deny: int = 0


@dataclass(slots=True, kw_only=True)
class Attachment:
    """A file of a message, or one handed in with a command or modal (ephemeral)."""

    id: str
    channel_id: str
    filename: str
    content_type: str
    body: bytes
    description: str | None = None
    ephemeral: bool = False


@dataclass(slots=True, kw_only=True)
class Message:
    """One message, complete; who may see how much of it is decided when it is shown.

    Attributes:
        visible_to: The only person who sees it, when it is ephemeral.
        interaction: Metadata of the interaction it answers, as it goes out; None for others.
        is_response: Whether it came through an interaction token.
    """

    id: str
    channel_id: str
    guild_id: str | None
    author_id: str
    created_at: datetime
    posted_at: datetime
    type: MessageType = MessageType.DEFAULT
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    tts: bool = False
    nonce: str | int | None = None
    mentions: list[str] = field(default_factory=list)
    mention_everyone: bool = False
    reference: Json | None = None
    edited_at: datetime | None = None
    visible_to: str | None = None
    interaction: Json | None = None
    is_response: bool = False
    reactions: dict[str, set[str]] = field(default_factory=dict)
    pinned: bool = False

    @property
    def is_ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return self.visible_to is not None


@dataclass(slots=True, kw_only=True)
class Channel:
    """A place where messages are, oldest first."""

    id: str
    type: ChannelType
    name: str
    guild_id: str | None = None
    position: int = 0
    overwrites: dict[str, Overwrite] = field(default_factory=dict)
    recipients: list[str] = field(default_factory=list)
    parent_id: str | None = None
    owner_id: str | None = None
    archived: bool = False
    locked: bool = False
    created_at: datetime
    messages: dict[str, Message] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Guild:
    """A server."""

    id: str
    name: str
    owner_id: str
    joined_at: datetime
    premium_tier: int = 0
    roles: dict[str, Role] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    unavailable: bool = False


@dataclass(slots=True, kw_only=True)
class Interaction:
    """One thing a person did that the bot must answer.

    Attributes:
        deadline: Monotonic seconds after which an acknowledgement is too late.
        token_expires_at: When the token dies.
        message_id: The message whose component was used, if one was.
        response_id: What @original means once it is answered.
        modal: The modal it was answered with.
        parent: The interaction that opened the modal this one submits.
        settled: Set when it is acknowledged or has failed.
        choices: The answer to an autocomplete.
        nonce: What the person's app called it.
    """

    id: str
    token: str
    type: InteractionType
    user_id: str
    channel_id: str
    guild_id: str | None
    data: Json
    deadline: float
    token_expires_at: datetime
    created_at: datetime
    locale: str = "en-US"
    nonce: str | None = None
    message_id: str | None = None
    parent: Interaction | None = None
    status: Status = Status.SENT
    response_type: int | None = None
    response_id: str | None = None
    is_thinking: bool = False
    modal: Json | None = None
    choices: list[Json] | None = None
    settled: asyncio.Event = field(default_factory=asyncio.Event)


class Missing(LookupError):
    """There is no such thing."""


@dataclass(slots=True, kw_only=True)
class Directory:
    """Everything that exists, found by id."""

    users: dict[str, User] = field(default_factory=dict)
    guilds: dict[str, Guild] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    tokens: dict[str, Interaction] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    commands: dict[str | None, dict[str, Json]] = field(default_factory=lambda: {None: {}})

    def guild_of(self, channel: Channel) -> Guild | None:
        """Give the guild a channel is in; None for direct messages."""
        return self.guilds.get(channel.guild_id) if channel.guild_id else None

    def messages(self) -> Iterable[Message]:
        """Go through all messages of all channels."""
        for channel in self.channels.values():
            yield from channel.messages.values()

    def limit_bytes(self, guild_id: str | None) -> int:
        """Give the largest file a guild takes."""
        guild = self.guilds.get(guild_id) if guild_id else None
        return TIER_LIMIT_BYTES[guild.premium_tier if guild else 0]
