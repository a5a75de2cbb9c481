"""Spacing the IDENTIFYs of all processes, as Discord wants it of one bot."""

from __future__ import annotations

import asyncio
import logging

from bot.errors import StoreError
from bot.store.locks import held

log = logging.getLogger(__name__)

SECONDS = 5.0
"""Time between two IDENTIFYs of one bucket (Discord docs, Gateway, Sharding, Max Concurrency)."""

_FIRST_LOCK = 0x6D73_0000
"""The numbers of the buckets' locks begin here."""


class Identifies:
    """Turns for sending an IDENTIFY; shards whose numbers are congruent share a bucket."""

    def __init__(self, store_url: str, max_concurrency: int) -> None:
        self._store_url = store_url
        self._buckets = max(max_concurrency, 1)
        self._holding: set[asyncio.Task[None]] = set()

    async def wait(self, shard_id: int) -> None:
        """Wait for the turn of a shard. The turn lasts until the next one may follow.

        Without the database nobody knows of the others; then this process keeps the distance to
        itself alone.
        """
        has_turn = asyncio.Event()
        holding = asyncio.create_task(self._hold(shard_id % self._buckets, has_turn))
        self._holding.add(holding)
        holding.add_done_callback(self._holding.discard)
        await has_turn.wait()

    async def _hold(self, bucket: int, has_turn: asyncio.Event) -> None:
        try:
            async with held(self._store_url, _FIRST_LOCK + bucket):
                has_turn.set()
                await asyncio.sleep(SECONDS)
        except StoreError as error:
            log.warning("shards are not spaced across processes: %s", error.sentence)
            await asyncio.sleep(SECONDS)
        finally:
            has_turn.set()
