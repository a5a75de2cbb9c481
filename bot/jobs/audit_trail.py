"""What a server's moderators are told of, if they have set a channel for it.

Telling them never holds up a request and never fails one: what happens is noted in memory, and a
task of its own writes it down together, a message every few seconds at most. What is noted while
a process dies is not told; the history has it all the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self, TypeAlias

from bot.domain.clock import Clock
from bot.domain.ids import ChannelId, GuildId, UserId
from bot.domain.job import Job
from bot.errors import BotError, DeliveryError, DiscordUnavailable, StoreError
from bot.store import Database, guilds

log = logging.getLogger(__name__)

BATCH_SECONDS = 5.0
"""How long news is gathered, and so how often a server's channel is written to at most."""

TELL_SECONDS = 15.0
MOST_WAITING = 200
"""So much news of one server is kept; of more, only the number is told."""

FAREWELL_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A request was taken in."""

    job: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedDown:
    """A request was refused here, before anything was spent.

    Attributes:
        why: What the member was told.
        place, word: Where a blocked word was, and which; None for other reasons.
    """

    guild_id: GuildId
    channel_id: ChannelId
    user_id: UserId
    why: str
    place: str | None = None
    word: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedByModel:
    """A model's content rules refused a request."""

    job: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderated:
    """Somebody cancelled or deleted what another member had asked for.

    Attributes:
        was_deleted: Whether it was deleted, rather than cancelled.
    """

    job: Job
    by: UserId
    was_deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged:
    """An admin changed the server's settings; the sentences say what is different."""

    guild_id: GuildId
    by: UserId
    sentences: tuple[str, ...]


Event: TypeAlias = Accepted | TurnedDown | RefusedByModel | Moderated | SettingsChanged


class Audit(Protocol):
    """Whoever wants to hear of events."""

    def note(self, event: Event) -> None:
        """Take note, at once and without fail."""


class Nobody:
    """An audience of nobody."""

    def note(self, event: Event) -> None:
        """Pass over it."""


class AuditChannels(Protocol):
    """Where moderators read."""

    async def tell(
        self, guild_id: GuildId, channel_id: ChannelId, events: Sequence[Event], *, left_out: int
    ) -> None:
        """Write one message, which mentions nobody.

        Args:
            guild_id: The server.
            channel_id: Its channel for this.
            events: What happened, oldest first.
            left_out: How much more there was than was kept.

        Raises:
            MissingPermissions, ChannelGone, DiscordUnavailable: It could not be written.
        """

    async def introduce(self, guild_id: GuildId, channel_id: ChannelId) -> None:
        """Say that this is the channel from now on.

        Raises:
            MissingPermissions, ChannelGone, DiscordUnavailable: It could not be written.
        """


class NoChannels:
    """Nowhere to read."""

    async def tell(
        self, guild_id: GuildId, channel_id: ChannelId, events: Sequence[Event], *, left_out: int
    ) -> None:
        """Write nothing."""

    async def introduce(self, guild_id: GuildId, channel_id: ChannelId) -> None:
        """Write nothing."""


@dataclass(slots=True)
class _News:
    events: list[Event] = field(default_factory=list)
    left_out: int = 0


class AuditTrail:
    """Implements `Audit` for servers that have set a channel. Use as a context manager."""

    def __init__(self, db: Database, channels: AuditChannels, clock: Clock) -> None:
        self._db = db
        self._channels = channels
        self._clock = clock
        self._news: dict[GuildId, _News] = {}
        self._is_news = asyncio.Event()
        self._silent: dict[GuildId, ChannelId] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._work(), name="audit")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def flush(self) -> None:
        """Tell what is waiting before the process ends, as far as time allows."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._tell_all()

    def note(self, event: Event) -> None:
        """Keep an event until it is told."""
        news = self._news.setdefault(_guild_of(event), _News())
        if event in news.events[-1:]:
            return
        if len(news.events) < MOST_WAITING:
            news.events.append(event)
        else:
            news.left_out += 1
        self._is_news.set()

    async def settings_changed(
        self, guild_id: GuildId, user_id: UserId, sentences: Sequence[str]
    ) -> None:
        """Note a change of settings, in the form in which `Preferences` tells of one."""
        if sentences:
            self.note(SettingsChanged(guild_id=guild_id, by=user_id, sentences=tuple(sentences)))

    async def introduce(self, guild_id: GuildId, channel_id: ChannelId) -> None:
        """Try a channel that an admin has just chosen.

        Raises:
            DeliveryError: With a sentence for the admin; they are not told again.
        """
        self._silent.pop(guild_id, None)
        await self._channels.introduce(guild_id, channel_id)

    async def _work(self) -> None:
        while True:
            await self._is_news.wait()
            await self._clock.sleep(BATCH_SECONDS)
            self._is_news.clear()
            await self._tell_all()

    async def _tell_all(self) -> None:
        """Tell what there is. One server's trouble is nobody else's."""
        waiting, self._news = self._news, {}
        tellings = [self._tell(guild_id, news) for guild_id, news in waiting.items()]
        for result in await asyncio.gather(*tellings, return_exceptions=True):
            if isinstance(result, Exception):
                log.error("an audit channel could not be written to", exc_info=result)

    async def _tell(self, guild_id: GuildId, news: _News) -> None:
        try:
            channel_id = (await self._db.read(guilds.get, guild_id)).audit_channel
        except StoreError:
            log.exception("guild %s: the channel for audits cannot be looked up", guild_id)
            self._put_back(guild_id, news)
            return
        if channel_id is None:
            return
        try:
            async with asyncio.timeout(TELL_SECONDS):
                await self._channels.tell(guild_id, channel_id, news.events, left_out=news.left_out)
        except (DiscordUnavailable, TimeoutError):
            log.info("guild %s: its audit channel is held up", guild_id)
            self._put_back(guild_id, news)
        except DeliveryError as error:
            self._give_up(guild_id, channel_id, error)
        else:
            self._silent.pop(guild_id, None)

    def _put_back(self, guild_id: GuildId, news: _News) -> None:
        """Keep news for the next time, before what has come since."""
        since = self._news.pop(guild_id, _News())
        events = news.events + since.events
        left_out = news.left_out + since.left_out + max(0, len(events) - MOST_WAITING)
        self._news[guild_id] = _News(events[:MOST_WAITING], left_out)
        self._is_news.set()

    def _give_up(self, guild_id: GuildId, channel_id: ChannelId, error: BotError) -> None:
        """Say once in the log that a channel cannot be written to; the next news tries it again."""
        if self._silent.get(guild_id) != channel_id:
            self._silent[guild_id] = channel_id
            log.warning(
                "guild %s: its audit channel %s cannot be written to (%s)",
                *(guild_id, channel_id, error.code),
            )


def _guild_of(event: Event) -> GuildId:
    match event:
        case TurnedDown() | SettingsChanged():
            return event.guild_id
        case _:
            return event.job.guild_id
