"""Who is behind a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.domain.ids import ChannelId, GuildId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asked, where, and by which interaction or message.

    Attributes:
        moderates: Whether they may handle other members' jobs (Manage Messages).
        role_ids: Their roles in the server; tiers and exemptions go by these.
        parent_channel_id: The channel that a thread belongs to; None outside of threads.
        is_heard: Waits until the member was shown that they were heard. False when Discord has
            told them meanwhile that the bot did not answer. None where there is nothing to wait
            for.
    """

    interaction_id: int
    token: str | None
    guild_id: GuildId
    channel_id: ChannelId
    user_id: UserId
    moderates: bool = False
    role_ids: frozenset[int] = frozenset()
    parent_channel_id: ChannelId | None = None
    is_heard: Callable[[], Awaitable[bool]] | None = field(default=None, compare=False)
