"""The way to Discord, for the checks: with a client of their own, or with the running bot's."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime

import aiohttp
import discord

from bot.app import point_discord_at
from bot.config import Settings
from bot.doctor.findings import Moot
from bot.errors import StartupError

_SLOW_SECONDS = 2.0
_UNREACHABLE = "Discord cannot be reached. Check the network and try again."


class _Clocked:
    """Whoever can read Discord's time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def time(self) -> datetime:
        """Give the time that Discord puts on its answers."""
        url = f"{self._settings.discord_api_url}/gateway"
        try:
            async with aiohttp.ClientSession() as http, http.get(url) as response:
                return parsedate_to_datetime(response.headers["Date"])
        except (aiohttp.ClientError, OSError, KeyError, ValueError) as error:
            raise StartupError(f"cannot be compared: {_UNREACHABLE}") from error


class OwnLine(_Clocked):
    """A client that only logs in; for the console."""

    def __init__(self, settings: Settings, client: discord.Client | None, why: str) -> None:
        super().__init__(settings)
        self._client = client
        self._why = why

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator[OwnLine]:
        """Log in. What is wrong with that is told when the line is looked at."""
        if settings.discord_token is None:
            yield cls(settings, None, "DISCORD_TOKEN is not set.")
            return
        point_discord_at(settings)
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        async with discord.Client(intents=discord.Intents(guilds=True)) as client:
            why = await _log_in(client, settings.discord_token.get_secret_value())
            yield cls(settings, None if why else client, why)

    async def who(self) -> str:
        """Say whose the token is."""
        if self._client is None:
            raise StartupError(self._why)
        return f"the token belongs to {self._client.user}."

    async def application(self) -> discord.AppInfo:
        """Give what the Developer Portal says."""
        if self._client is None:
            raise Moot(self._why)
        return await _ask(self._client)

    async def time(self) -> datetime:
        """Give Discord's time, where Discord could be reached at all."""
        if self._client is None:
            raise Moot(self._why)
        return await super().time()


class BotsLine(_Clocked):
    """The running bot's own connection."""

    def __init__(self, settings: Settings, client: discord.Client) -> None:
        super().__init__(settings)
        self._client = client

    async def who(self) -> str:
        """Say how the connection does."""
        latency = self._client.latency
        if not math.isfinite(latency):
            return f"connected as {self._client.user}."
        if latency > _SLOW_SECONDS:
            raise StartupError(
                f"the connection is slow ({latency:.1f} seconds), so that commands may go "
                "unanswered. Look at the machine's load and network, and at discordstatus.com."
            )
        return f"connected as {self._client.user}, {latency * 1000:.0f} ms away."

    async def application(self) -> discord.AppInfo:
        """Give what the Developer Portal says."""
        return await _ask(self._client)


async def _log_in(client: discord.Client, token: str) -> str:
    """Log in, and give what is wrong with that."""
    try:
        await client.login(token)
    except discord.LoginFailure:
        return (
            "the token is not known to Discord. Copy it anew from the Developer Portal, page Bot."
        )
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        return _UNREACHABLE
    return ""


async def _ask(client: discord.Client) -> discord.AppInfo:
    try:
        return await client.application_info()
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        raise StartupError(_UNREACHABLE) from error
