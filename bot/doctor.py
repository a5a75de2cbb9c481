"""`minstrel doctor`: what is in order, what is not, and what to do about it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import discord

from bot import __version__, catalogue
from bot.app import point_discord_at
from bot.config import Settings
from bot.domain.clock import SystemClock
from bot.domain.job import Kind
from bot.errors import BotError, StartupError
from bot.providers.fal import FalProvider
from bot.store import Database, audit

LOW_DISK_BYTES = 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    subject: str
    is_fine: bool
    words: str


async def examine(settings: Settings) -> int:
    """Print one line for each thing that Minstrel needs; give 1 if any is not in order."""
    checks: tuple[tuple[str, Callable[[Settings], Awaitable[str]]], ...] = (
        ("Data directory", _check_disk),
        ("Database", _check_database),
        ("Discord", _check_discord),
        ("fal", _check_fal),
    )
    print(f"Minstrel {__version__}, SQLite {sqlite3.sqlite_version}")  # noqa: T201
    found = [finding async for finding in _run(settings, checks)]
    for one in found:
        print(f"{'ok ' if one.is_fine else 'BAD'} {one.subject}: {one.words}")  # noqa: T201
    return 0 if all(one.is_fine for one in found) else 1


async def _run(
    settings: Settings, checks: tuple[tuple[str, Callable[[Settings], Awaitable[str]]], ...]
) -> AsyncIterator[Finding]:
    for subject, check in checks:
        try:
            yield Finding(subject, is_fine=True, words=await check(settings))
        except BotError as error:
            yield Finding(subject, is_fine=False, words=error.sentence)


async def _check_disk(settings: Settings) -> str:
    folder = settings.minstrel_data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(
            f"{folder} cannot be made: {error.strerror}. Set MINSTREL_DATA_DIR to another place."
        ) from error
    if not os.access(folder, os.W_OK):
        raise StartupError(
            f"{folder} cannot be written to. Change its owner, or MINSTREL_DATA_DIR."
        )
    free = shutil.disk_usage(folder).free
    if free < LOW_DISK_BYTES:
        raise StartupError(f"Only {free // 2**20} MiB are free in {folder}. Make room there.")
    return f"{folder}, {free / 2**30:.1f} GiB free."


async def _check_database(settings: Settings) -> str:
    async with Database.open(settings.store_url, exclusive=False) as db:
        if wrong := await db.read(audit.check):
            raise StartupError(" ".join(wrong))
    return "up to date, and every booking adds up."


async def _check_discord(settings: Settings) -> str:
    if settings.discord_token is None:
        raise StartupError("DISCORD_TOKEN is not set.")
    point_discord_at(settings)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    client = discord.Client(intents=discord.Intents(guilds=True))
    try:
        async with client:
            await client.login(settings.discord_token.get_secret_value())
            return f"the token belongs to {client.user}."
    except discord.LoginFailure as error:
        raise StartupError(
            "the token is not known to Discord. Copy it anew from the Developer Portal, page Bot."
        ) from error
    except (discord.HTTPException, OSError) as error:
        raise StartupError("Discord cannot be reached. Check the network and try again.") from error


async def _check_fal(settings: Settings) -> str:
    if settings.fal_key is None:
        raise StartupError("FAL_KEY is not set.")
    clock = SystemClock()
    async with FalProvider(
        key=settings.fal_key,
        clock=clock,
        queue_url=settings.fal_queue_url,
        rest_url=settings.fal_rest_url,
        api_url=settings.fal_api_url,
    ) as fal:
        await fal.look_up(catalogue.default(Kind.MUSIC).about.endpoint, since=clock.now())
    return "the key is accepted."
