"""The whole bot within the test's process: everything of it is real, but for who is at the ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.app import MinstrelBot
from bot.config import Settings
from bot.domain.clock import Clock, SystemClock
from bot.jobs.delivery import Cards, MessageAttachments
from bot.services import open_services
from bot.ui.card import render


@asynccontextmanager
async def whole_bot(
    settings: Settings, *, clock: Clock | None = None
) -> AsyncIterator[MinstrelBot]:
    """Give a bot with its services, put together as `bot.app.run` does, and not logged in."""
    clock = clock or SystemClock()
    bot = MinstrelBot(settings, ready_seconds=0)
    bot.shard_count = 1  # nobody is asked for a recommendation here
    board, attachments = Cards(bot, render, clock), MessageAttachments(bot)
    async with open_services(
        settings, board=board, attachments=attachments, clock=clock
    ) as services:
        bot.services = services
        yield bot
        services.jobs.close()
        await services.runner.stop()
        await board.flush()
