"""What the checks look at: the same things, reached from the console or from within the bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import discord

from bot.catalogue import Market
from bot.config import Settings
from bot.domain.clock import Clock
from bot.providers.base import Provider
from bot.store import Database


class Line(Protocol):
    """The way to Discord."""

    async def who(self) -> str:
        """Say whose the token is, and how the connection does.

        Raises:
            StartupError: The token or the connection is not in order.
        """

    async def application(self) -> discord.AppInfo:
        """Give what the Developer Portal says of the bot.

        Raises:
            Moot: The token or the connection is not in order.
            StartupError: It cannot be asked.
        """

    async def time(self) -> datetime:
        """Give Discord's own time.

        Raises:
            Moot: The token or the connection is not in order.
            StartupError: It cannot be asked.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A channel, and what the bot lacks there, as Discord names it."""

    mention: str
    missing: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The server and channel where somebody asks.

    Attributes:
        here: The channel itself.
        elsewhere: Other channels where the bot is used.
        upload_bytes: The largest file that may be posted here; None where Discord did not say.
        lost: Channels and roles in the server's settings that are no longer there.
    """

    here: Spot
    elsewhere: Sequence[Spot] = ()
    upload_bytes: int | None = None
    lost: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """All that there is to look at.

    Attributes:
        open_database: Opens the database, or gives the one that is open.
        providers: Those whose keys are set, by name.
        paused: Why nothing is sent to a provider at the moment, by its name.
        market: Asks what is known of the models.
        place: Where somebody asks; None on the console.
        is_operator: Whether the reader may be told of paths and of other servers, and may wait.
    """

    settings: Settings
    clock: Clock
    line: Line
    open_database: Callable[[], AbstractAsyncContextManager[Database]]
    providers: Mapping[str, Provider]
    paused: Mapping[str, str]
    market: Callable[[], Awaitable[Market]]
    place: Place | None = None
    is_operator: bool = False
