"""How large a file a guild takes; boosts raise it."""

from __future__ import annotations

from contextlib import suppress

import aiohttp
import discord

from bot.domain.clock import Clock
from bot.domain.ids import GuildId

DEFAULT_LIMIT_BYTES = 10 * 1024 * 1024
"""What a server without boosts takes per file (Discord docs, Reference, Uploading Files)."""

BELIEVED_SECONDS = 3600.0
"""How long an answer counts, where nothing tells of a change."""

REMEMBERED = 1_000


class Sizes:
    """Knows the limits of guilds, or asks for them."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._asked: dict[GuildId, tuple[int, float]] = {}

    async def limit_bytes(self, guild_id: GuildId) -> int:
        """Give a guild's limit.

        A process that does not listen to Discord knows no guilds, and asks now and then.
        """
        if (guild := self._client.get_guild(guild_id)) is not None:
            return guild.filesize_limit
        now = self._clock.monotonic()
        known = self._asked.get(guild_id)
        if known is not None and known[1] >= now:
            return known[0]
        limit = DEFAULT_LIMIT_BYTES
        with suppress(discord.HTTPException, aiohttp.ClientError, OSError):
            limit = (await self._client.fetch_guild(guild_id, with_counts=False)).filesize_limit
        while len(self._asked) >= REMEMBERED:
            del self._asked[next(iter(self._asked))]
        self._asked[guild_id] = (limit, now + BELIEVED_SECONDS)
        return limit
