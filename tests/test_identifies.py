"""Processes take turns at logging in, as Discord wants it of one bot."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from bot import identifies
from bot.identifies import Identifies
from tests import postgres


@pytest.fixture
def url() -> Iterator[str]:
    """A fresh PostgreSQL database."""
    url = postgres.needed(postgres.fresh)
    yield url
    postgres.drop(url)


async def test_shards_of_one_bucket_follow_each_other_at_a_distance(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever process they belong to; another bucket waits for nobody."""
    monkeypatch.setattr(identifies, "SECONDS", 0.5)
    here, there = Identifies(url, 2), Identifies(url, 2)
    came: list[tuple[int, float]] = []
    loop = asyncio.get_running_loop()

    async def log_in(process: Identifies, shard: int) -> None:
        await process.wait(shard)
        came.append((shard, loop.time()))

    await asyncio.gather(log_in(here, 0), log_in(there, 2), log_in(there, 1))

    at = dict(came)
    assert abs(at[0] - at[2]) >= 0.4
    assert abs(at[1] - min(at[0], at[2])) < 0.4


async def test_without_the_database_a_shard_logs_in_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bot that is online and a little too quick is better than none."""
    monkeypatch.setattr(identifies, "SECONDS", 0.01)

    async with asyncio.timeout(10):
        await Identifies("postgresql://nobody@127.0.0.1:1/nothing", 1).wait(0)

    assert "not spaced" in caplog.text
