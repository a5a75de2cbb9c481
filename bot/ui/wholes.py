"""Lean mode: discord.py keeps of a server its name, owner and boosts; the rest is asked for.

Channels and roles are nearly all that a server costs in memory. Few commands look at them: who may
see which pieces, what a setting names, what `/doctor` looks over. Those ask Discord, and believe
the answer for a minute. Joining, leaving and the size of files are known as ever.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import discord

from bot.domain.clock import Clock
from bot.jobs.delivery import discord_errors

BELIEVED_SECONDS = 60.0
KEPT = 50
"""Servers whose picture is kept for that minute; one is some thirty kilobytes."""

_CONTENTS = frozenset(
    {
        "channels",
        "emojis",
        "guild_scheduled_events",
        "presences",
        "roles",
        "soundboard_sounds",
        "stage_instances",
        "stickers",
        "threads",
        "voice_states",
    }
)
_COMPLETE = ("GUILD_CREATE", "GUILD_UPDATE")
_ADDING = (
    "CHANNEL_CREATE",
    "GUILD_EMOJIS_UPDATE",
    "GUILD_ROLE_CREATE",
    "GUILD_SCHEDULED_EVENT_CREATE",
    "GUILD_SOUNDBOARD_SOUND_CREATE",
    "GUILD_STICKERS_UPDATE",
    "STAGE_INSTANCE_CREATE",
    "THREAD_CREATE",
    "THREAD_LIST_SYNC",
)
"""Events that would bring the contents back, piece by piece (Discord docs, Gateway Events)."""

Parse = Callable[[Any], None]


def slim(client: discord.Client) -> None:
    """Have discord.py keep no channels, threads, roles and emojis; call it before connecting.

    discord.py has no setting for that, but one table of what to do with each event.
    """
    parsers: dict[str, Parse] = client._connection.parsers  # noqa: SLF001
    for event in _COMPLETE:
        parsers[event] = _without_contents(parsers[event])
    for event in _ADDING:
        parsers[event] = _ignore


def _without_contents(parse: Parse) -> Parse:
    def slimmed(data: dict[str, Any]) -> None:
        parse({key: value for key, value in data.items() if key not in _CONTENTS})

    return slimmed


def _ignore(_data: object) -> None:
    """Let an event pass."""


class Wholes:
    """Gives servers with everything that is in them."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._kept: OrderedDict[int, tuple[float, discord.Guild]] = OrderedDict()

    async def of(self, guild: discord.Guild) -> discord.Guild:
        """Give a server with its channels, active threads and roles.

        Raises:
            DeliveryError: Discord does not tell.
        """
        if guild.roles or self._client.user is None:  # every server has a role
            return guild
        now = self._clock.monotonic()
        kept = self._kept.get(guild.id)
        if kept is None or kept[0] < now:
            with discord_errors():
                kept = now + BELIEVED_SECONDS, await self._ask(guild.id, self._client.user.id)
            self._kept[guild.id] = kept
            self._kept.move_to_end(guild.id)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return kept[1]

    async def _ask(self, guild_id: int, own_id: int) -> discord.Guild:
        http = self._client.http
        data, channels, active, own = await asyncio.gather(
            http.get_guild(guild_id, with_counts=False),
            http.get_all_guild_channels(guild_id),
            http.get_active_threads(guild_id),
            http.get_member(guild_id, own_id),
        )
        whole: Any = {
            **data, "channels": channels, "threads": active["threads"], "members": [own],
        }  # fmt: skip
        return discord.Guild(data=whole, state=self._client._connection)  # noqa: SLF001
