"""The state together with what moves it: time, ids, signatures, counts, and those who listen."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.domain.clock import Clock
from sandbox.discord import permissions
from sandbox.discord.state import (
    Attachment,
    Channel,
    ChannelType,
    Directory,
    Guild,
    Json,
    Member,
    Role,
    User,
)

DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
URL_LIFE = timedelta(hours=24)
_COLORS = ("#5865f2", "#eb459e", "#3ba55c", "#faa61a", "#9b59b6", "#1abc9c")

Listener = Callable[[Json, str | None], None]
Dispatcher = Callable[["Dispatch"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """One event for the bot.

    Attributes:
        event: Discord's name of it.
        data: What it carries; `bare` is the same without what needs the content intent.
        guild_id: Decides the shard; None goes to shard 0.
        intent: The bit a session must have asked for; 0 for always.
    """

    event: str
    data: Json
    bare: Json | None = None
    guild_id: str | None = None
    intent: int = 0


class Snowflakes:
    """Ids made from real time, ever rising."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def take(self) -> str:
        """Give the next one."""
        milliseconds = int((self._clock.now() - DISCORD_EPOCH).total_seconds() * 1000)
        self._last = max(self._last + 1, milliseconds << 22)
        return str(self._last)


@dataclass(slots=True)
class Tally:
    """Counts for the control API."""

    requests: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    interactions: Counter[str] = field(default_factory=Counter)
    rate_limited: int = 0
    messages: int = 0
    edits: int = 0


class World:
    """Everything the rooms of the small Discord share.

    Attributes:
        left: Channels of guilds that removed the bot: to it they are out of reach, not unknown.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        base_url: Callable[[], str],
        record: Callable[[dict[str, object]], None],
    ) -> None:
        self.clock = clock
        self.base_url = base_url
        self.record = record
        self.ids = Snowflakes(clock)
        self.directory = Directory()
        self.tally = Tally()
        self.tokens: set[str] = set()
        self.left: set[str] = set()
        self._shift = timedelta()
        self._key = secrets.token_bytes(32)
        self._listeners: list[Listener] = []
        self._dispatcher: Dispatcher = lambda _: None
        self.bot_online: Callable[[], bool] = lambda: False
        self.me = self.add_user("you", global_name="You")
        self.bot = self.add_user("Minstrel", bot=True)
        friend = self.add_user("lutenist", global_name="Lutenist")
        tavern = self.add_guild("Minstrel's Tavern")
        for name in ("music", "general"):
            self.add_channel(tavern, name)
        self.add_member(tavern, friend.id)
        for name in ("Bards", "Regulars"):
            self.add_role(tavern, name)

    def now(self) -> datetime:
        """Give the time that tokens and URLs expire by, which the control API can shift."""
        return self.clock.now() + self._shift

    def advance(self, seconds: float) -> None:
        """Let tokens and URLs age at once."""
        self._shift += timedelta(seconds=seconds)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell a person's page what happens from now on; gives the way to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, event: Json, *, only: str | None = None) -> None:
        """Tell the pages; `only` names the one person it is for."""
        for listener in tuple(self._listeners):
            listener(event, only)

    def on_dispatch(self, dispatcher: Dispatcher) -> None:
        """Set who carries events to the bot."""
        self._dispatcher = dispatcher

    def dispatch(self, event: Dispatch) -> None:
        """Send the bot an event."""
        self._dispatcher(event)

    def add_user(self, username: str, *, global_name: str | None = None, bot: bool = False) -> User:
        """Create a person or a bot."""
        user = User(
            id=self.ids.take(),
            username=username,
            global_name=global_name,
            bot=bot,
            avatar_color=_COLORS[len(self.directory.users) % len(_COLORS)],
        )
        self.directory.users[user.id] = user
        return user

    def add_guild(self, name: str, *, premium_tier: int = 0) -> Guild:
        """Create a guild of the first human, with the bot in it."""
        guild = Guild(
            id=self.ids.take(),
            name=name,
            owner_id=self.me.id,
            premium_tier=premium_tier,
            joined_at=self.clock.now(),
        )
        guild.roles[guild.id] = Role(
            id=guild.id, name="@everyone", permissions=permissions.EVERYONE
        )
        self.directory.guilds[guild.id] = guild
        self.directory.commands.setdefault(guild.id, {})
        for user in (self.me, self.bot):
            self.add_member(guild, user.id)
        return guild

    def add_member(self, guild: Guild, user_id: str, *, granted: int | None = None) -> Member:
        """Let somebody join; `granted` gives them a role of their own with those permissions."""
        member = Member(user_id=user_id, joined_at=self.clock.now())
        if granted is not None:
            name = self.directory.users[user_id].username
            member.roles.append(self.add_role(guild, name, granted=granted).id)
        guild.members[user_id] = member
        return member

    def add_role(self, guild: Guild, name: str, *, granted: int = 0) -> Role:
        """Create a role that nobody has yet."""
        role = Role(id=self.ids.take(), name=name, permissions=granted, position=len(guild.roles))
        guild.roles[role.id] = role
        return role

    def add_channel(self, guild: Guild, name: str) -> Channel:
        """Create a text channel."""
        channel = Channel(
            id=self.ids.take(),
            type=ChannelType.TEXT,
            name=name,
            guild_id=guild.id,
            position=len(guild.channels),
            created_at=self.clock.now(),
        )
        guild.channels[channel.id] = channel
        self.directory.channels[channel.id] = channel
        return channel

    def direct_channel(self, user_id: str) -> Channel:
        """Give the channel of the bot and one person, created when first asked for."""
        pair = sorted((self.bot.id, user_id))
        for channel in self.directory.channels.values():
            if channel.type is ChannelType.DM and sorted(channel.recipients) == pair:
                return channel
        channel = Channel(
            id=self.ids.take(),
            type=ChannelType.DM,
            name="",
            recipients=pair,
            created_at=self.clock.now(),
        )
        self.directory.channels[channel.id] = channel
        return channel

    def keep(self, attachment: Attachment) -> Attachment:
        """Put a file on the CDN."""
        self.directory.attachments[attachment.id] = attachment
        return attachment

    def path_of(self, attachment: Attachment) -> str:
        """Give the path of a file on the CDN, unsigned."""
        folder = "ephemeral-attachments" if attachment.ephemeral else "attachments"
        return f"/cdn/{folder}/{attachment.channel_id}/{attachment.id}/{attachment.filename}"

    def url_of(self, attachment: Attachment) -> str:
        """Give a URL for a file, good for a day from now."""
        issued = self.now()
        expires = f"{int((issued + URL_LIFE).timestamp()):x}"
        since = f"{int(issued.timestamp()):x}"
        path = self.path_of(attachment)
        signature = self.sign(path, expires, since)
        return f"{self.base_url()}{path}?ex={expires}&is={since}&hm={signature}"

    def sign(self, path: str, expires: str, issued: str) -> str:
        """Give the signature of a CDN path."""
        text = f"{path}?{expires}&{issued}"
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
