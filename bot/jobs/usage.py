"""What a member and a server have used, what is left to them, and when it comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.config import Settings
from bot.domain.clock import Clock
from bot.domain.ids import GuildId, UserId
from bot.limits import Caps, Policy, Standing
from bot.store import Database, guilds, quota
from bot.store.quota import Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What one scope has used of what it may.

    Attributes:
        caps: None where the operator has lifted all limits.
    """

    standing: Standing
    caps: Caps | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildUse:
    """What a whole server has used.

    Attributes:
        models: What most of this month's money went to.
        ceiling: The operator's own numbers, which no server goes beyond; None for none.
    """

    use: Use
    models: Sequence[Spent]
    ceiling: Policy | None


class Usage:
    """Reads the counters."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings

    def now(self) -> datetime:
        """Give the moment that all this is about."""
        return self._clock.now()

    async def of_member(self, guild_id: GuildId, user_id: UserId, roles: frozenset[int]) -> Use:
        """Tell what a member with these roles has used."""
        policy = await self._policy(guild_id, roles)
        standing = await self._db.read(quota.standing, guild_id, user_id)
        return Use(standing=standing, caps=None if policy is None else policy.user)

    async def of_guild(self, guild_id: GuildId) -> GuildUse:
        """Tell what a server has used, for those who manage it."""
        policy = await self._policy(guild_id, frozenset())
        standing = await self._db.read(quota.standing, guild_id)
        return GuildUse(
            use=Use(standing=standing, caps=None if policy is None else policy.guild),
            models=await self._db.read(quota.top_models, guild_id, now=self._clock.now()),
            ceiling=None if policy is None else Policy.of(self._settings),
        )

    async def _policy(self, guild_id: GuildId, roles: frozenset[int]) -> Policy | None:
        if not self._settings.minstrel_limits:
            return None
        return Policy.of(self._settings, await self._db.read(guilds.get, guild_id), roles=roles)
