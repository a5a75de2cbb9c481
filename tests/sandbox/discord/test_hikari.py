"""A second, stricter client library finds everything it needs."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.sandbox.discord.town import Json, Town

_SCRIPT = Path(__file__).with_name("minnesinger.py")


async def _until_registered(town: Town) -> None:
    news = asyncio.Event()
    stop = town.discord.world.listen(lambda *_: news.set())
    while "echo" not in town.commands:
        await asyncio.wait_for(news.wait(), 15)
        news.clear()
        await town.learn()
    stop()


def _has_file(found: list[Json]) -> bool:
    return any(one["attachments"] for one in found)


async def test_hikari_logs_in_and_answers_a_slash_command(town: Town) -> None:
    """A hikari bot registers a command, defers, edits its answer with a file, and logs no error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_SCRIPT),
        town.base,
        town.discord.world.bot.id,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        await _until_registered(town)
        await town.run("echo", text="again and again")

        [message] = await town.until(_has_file)
    finally:
        process.terminate()
        output, _ = await process.communicate()

    assert message["content"] == "again and again"
    assert message["attachments"][0]["content_type"] == "audio/mpeg"
    assert b"ERROR" not in output, output.decode()
    assert b"Traceback" not in output, output.decode()
