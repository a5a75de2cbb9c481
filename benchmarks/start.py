"""From the start of the process to being ready, with a thousand unfinished jobs.

    python -m benchmarks.start

The jobs run at fal when the bot is stopped. It is then started anew on its database, and timed to
the moment when its gateway session stands, against the bare bot; and to the moment when it follows
every one of the jobs again. Both as the sandbox sees them.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.figures import compare, title
from benchmarks.live import ask, prepare, settings_for
from benchmarks.rig import BARE, OURS, Crowd, Events, Gauges, bot, far_ends, until
from sandbox.app import Sandbox

JOBS = 1_000
ROUNDS = 3


class Streams:
    """Sees which jobs are followed."""

    def __init__(self, events: Events) -> None:
        self.followed: set[object] = set()
        events.listeners.append(self._record)

    def _record(self, entry: dict[str, object]) -> None:
        if entry.get("kind") == "fal.asked" and entry["what"] in {"stream", "status"}:
            self.followed.add(entry["request_id"])


async def _online(sandbox: Sandbox) -> float:
    """Wait for the gateway session, and give the moment."""
    online = asyncio.get_running_loop().create_future()

    def see(event: dict[str, Any], _only: str | None) -> None:
        if event["type"] == "bot" and event["online"] and not online.done():
            online.set_result(asyncio.get_running_loop().time())

    stop = sandbox.discord.world.listen(see)
    try:
        return float(await online)
    finally:
        stop()


async def start(sandbox: Sandbox, module: tuple[str, ...], home: Path, jobs: int) -> float:
    """Start a bot and end it; give the seconds until it was online."""
    loop = asyncio.get_running_loop()
    before = loop.time()
    online = asyncio.create_task(_online(sandbox))
    async with bot(sandbox, module, settings_for(jobs), data_dir=home):
        return await online - before


async def measure(jobs: int, rounds: int) -> None:
    """Leave jobs unfinished, start again and again, and print."""
    events, gauges, loop = Events(), Gauges(), asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(prefix="minstrel-bench-") as folder:
        home = Path(folder)
        async with far_ends(events) as sandbox:
            settings = settings_for(jobs) | gauges.settings
            async with (
                bot(sandbox, OURS, settings, data_dir=home),
                Crowd.gathered(sandbox) as crowd,
            ):
                await prepare(crowd, jobs)
                await ask(crowd, jobs, gauges)
            ready, driven, bare = [], [], []
            for _ in range(rounds):
                streams = Streams(events)
                before = loop.time()
                online = asyncio.create_task(_online(sandbox))
                async with bot(sandbox, OURS, settings, data_dir=home):

                    async def all_followed(streams: Streams = streams) -> bool:
                        return len(streams.followed) >= jobs

                    ready.append(await online - before)
                    await until(all_followed, "the jobs to be followed")
                    driven.append(loop.time() - before)
                with tempfile.TemporaryDirectory(prefix="minstrel-bench-") as empty:
                    bare.append(await start(sandbox, BARE, Path(empty), jobs))
    ours, theirs = statistics.median(ready), statistics.median(bare)
    compare("start to ready", ours, theirs, unit="s", aim="at most 2 s more")
    print(f"{ours - theirs:.2f} s more than the bare bot")
    print(f"all {jobs:,} jobs are followed again after {statistics.median(driven):.2f} s")


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    wanted = parser.parse_args()
    title(f"start with {wanted.jobs:,} unfinished jobs, {wanted.rounds} rounds")
    asyncio.run(measure(wanted.jobs, wanted.rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
