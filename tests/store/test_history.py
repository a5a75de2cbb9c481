"""Where the newest pieces of a server stand."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.ids import ChannelId
from bot.store import Database, history
from tests.store.builders import GUILD, accept, new_job


async def test_channels_are_listed_by_their_latest_use(db: Database) -> None:
    """Once each, of one server, and among its newest jobs only."""
    for number, channel in enumerate((5, 6, 5, 7), start=1):
        await accept(db, replace(new_job(number), channel_id=ChannelId(channel)))
    await accept(db, replace(new_job(9, guild=77), channel_id=ChannelId(8)))

    assert await db.read(history.channels, GUILD, among=10, limit=10) == [7, 5, 6]
    assert await db.read(history.channels, GUILD, among=2, limit=10) == [7, 5]
    assert await db.read(history.channels, GUILD, among=10, limit=1) == [7]
