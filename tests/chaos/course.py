"""What every campaign ends with: coming to rest, and keeping what is needed to find out why."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.chaos.arena import Arena, Victim
from tests.chaos.report import Lines, say
from tests.e2e.rig import until

REST_SECONDS = 240.0


async def come_to_rest(place: Arena, *, seconds: float = REST_SECONDS) -> None:
    """Wait until every job is over and its card says so."""
    await place.online(seconds=120)
    query = "SELECT count(*) AS n FROM jobs WHERE shown_at IS NULL AND state != 'undelivered'"

    async def rests() -> bool | None:
        await asyncio.sleep(0.2)
        rows = await asyncio.to_thread(place.bot.rows, query)
        return rows[0]["n"] == 0 or None

    try:
        await until(rests, "the end of all jobs", seconds=seconds)
    except AssertionError:
        say("Not everything came to rest; the verdict tells what did not.")


def keep(bot: Victim, lines: Lines) -> None:
    """Keep the log and the database of a campaign that went wrong."""
    kept = Path(tempfile.mkdtemp(prefix="chaos-broken-"))
    with bot.frozen_copy() as path:
        for file in path.parent.iterdir():
            (kept / file.name).write_bytes(file.read_bytes())
    (kept / "bot.log").write_text(bot.log)
    lines.write(kind="kept", folder=str(kept))
    say(f"Something is wrong. The log and the database are in {kept}.")
