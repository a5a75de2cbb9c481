"""A thousand live jobs against the idle bot: memory, and how late its event loop is.

    python -m benchmarks.live

All of them run at fal at once, each with its card, its lease and its status stream, in channels of
twenty. The lag is read from the bot's own `/metrics`, as the bound of the bucket that 99 of 100
timers fell below, while a thousand jobs live, and, before that, while they are asked for. What is
asked of fal is counted by the sandbox.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
from collections import Counter

from benchmarks.figures import title
from benchmarks.following import silence
from benchmarks.rig import OURS, UNLIMITED, Crowd, Events, Gauges, bot, far_ends, until
from benchmarks.straight_bot import MODEL

JOBS = 1_000
JOBS_PER_CHANNEL = 20
SECONDS = 60.0
RUN_SECONDS = 1_200.0
ASKED_PER_SECOND = 25
ALIVE_SECONDS = 300.0
LAG = "minstrel_event_loop_lag_seconds"
RUNNING = 'minstrel_jobs_open{state="running"}'
_MIB = 1024 * 1024


def settings_for(jobs: int) -> dict[str, str]:
    """Give the settings with which so many jobs run at once."""
    return UNLIMITED | {"MINSTREL_MAX_ACTIVE": str(jobs)}


async def prepare(crowd: Crowd, jobs: int) -> None:
    """Have fal run everything at once, for longer than anybody measures, and make nothing."""
    await crowd.put("/control/fal/recording", silence())
    fal = {"queue_seconds": 0, "run_seconds": RUN_SECONDS, "concurrency": max(jobs, 1)}
    await crowd.post("/control/fal", fal)


async def ask(crowd: Crowd, jobs: int, gauges: Gauges) -> None:
    """Ask for so many, twenty in a channel, and wait until all of them run."""
    rooms = [
        await crowd.open_channel(f"room-{number}")
        for number in range(math.ceil(jobs / JOBS_PER_CHANNEL))
    ]
    async with asyncio.TaskGroup() as asking:
        for number in range(jobs):
            room = rooms[number % len(rooms)]
            asking.create_task(crowd.music(f"rain {number}", channel_id=room, model=MODEL))
            await asyncio.sleep(1 / ASKED_PER_SECOND)

    async def all_run() -> bool:
        return (await gauges.read()).get(RUNNING, 0) >= jobs

    await until(all_run, "the jobs", seconds=ALIVE_SECONDS)


async def measure(jobs: int, seconds: float) -> None:
    """Measure, and print."""
    gauges, events = Gauges(), Events()
    asked: Counter[str] = Counter()

    def count(entry: dict[str, object]) -> None:
        if entry.get("kind") == "fal.asked":
            asked[str(entry["what"])] += 1

    async with (
        far_ends(events) as sandbox,
        bot(sandbox, OURS, settings_for(jobs) | gauges.settings) as process,
        Crowd.gathered(sandbox) as crowd,
    ):
        await prepare(crowd, jobs)
        idle = await process.settled_rss_bytes()
        at_start = await gauges.read()
        await ask(crowd, jobs, gauges)
        at_full = await gauges.read()
        busy = process.cpu_seconds
        events.listeners.append(count)
        await asyncio.sleep(seconds)
        events.listeners.clear()
        busy = (process.cpu_seconds - busy) / seconds
        at_end = await gauges.read()
        live = await process.settled_rss_bytes()
    print(
        f"idle: {idle / _MIB:.0f} MiB; with {jobs:,} live jobs: {live / _MIB:.0f} MiB; "
        f"{(live - idle) / _MIB:.0f} MiB more (aim: at most 100), "
        f"{(live - idle) / 1024 / jobs:.0f} KiB each, ratio {live / idle:.2f}"
    )
    for when, before, after, aim in (
        ("while they are asked for", at_start, at_full, ""),
        ("while they live", at_full, at_end, " (aim: at most 50 ms)"),
    ):
        lag = Gauges.quantile(before, after, LAG, 0.99)
        print(f"event loop lag {when}, p99: at most {lag * 1000:.0f} ms{aim}")
    print(f"processor while they live: {busy:.1%} of one core")
    print(f"requests to fal while they live: {asked.total() / seconds:.0f}/s {dict(asked)}")


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    wanted = parser.parse_args()
    title(f"{wanted.jobs:,} live jobs for {wanted.seconds:.0f} s against the idle bot")
    asyncio.run(measure(wanted.jobs, wanted.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
