"""From a slash command to its acknowledgement, against a bare discord.py bot that only defers.

    python -m benchmarks.acknowledge

The same rig drives both: members type /music fifty times a second, then a thousand at once. Times
are from Discord's sending of the interaction to the bot's answer, both seen by the sandbox. Ours
checks, prices, reserves, stores, posts a card and sends the request meanwhile; the other does not.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from benchmarks.figures import Spread, compare, title
from benchmarks.rig import BARE, OURS, UNLIMITED, Crowd, bot, far_ends, until

RATE_PER_SECOND = 50
SECONDS = 20
BURST = 1_000
TOO_LATE_SECONDS = 3.0


class Stopwatch:
    """Times each interaction from its sending to its acknowledgement."""

    def __init__(self) -> None:
        self._sent: dict[str, float] = {}
        self.times: list[float] = []
        self.late = 0

    def see(self, event: dict[str, Any]) -> None:
        """Take in an event of the page's stream."""
        if event["type"] != "interaction":
            return
        now = asyncio.get_running_loop().time()
        if event["status"] == "sent":
            self._sent[event["interaction_id"]] = now
        elif (sent := self._sent.pop(event["interaction_id"], None)) is not None:
            self.times.append(now - sent)
            self.late += event["status"] == "failed"

    def has_seen(self, count: int) -> bool:
        """Say whether so many are through."""
        return len(self.times) >= count


async def steady(crowd: Crowd) -> Stopwatch:
    """Ask evenly, at the rate."""
    watch = Stopwatch()
    loop = asyncio.get_running_loop()
    count = RATE_PER_SECOND * SECONDS
    async with crowd.watching(watch.see), asyncio.TaskGroup() as asking:
        begin = loop.time()
        for number in range(count):
            await asyncio.sleep(max(begin + number / RATE_PER_SECOND - loop.time(), 0))
            asking.create_task(crowd.music(f"steady rain {number}"))
        await until(lambda: _through(watch, count), "the acknowledgements")
    return watch


async def burst(crowd: Crowd) -> Stopwatch:
    """Ask a thousand times at once."""
    watch = Stopwatch()
    async with crowd.watching(watch.see), asyncio.TaskGroup() as asking:
        for number in range(BURST):
            asking.create_task(crowd.music(f"sudden rain {number}"))
        await until(lambda: _through(watch, BURST), "the acknowledgements")
    return watch


async def _through(watch: Stopwatch, count: int) -> bool:
    return watch.has_seen(count)


async def measure(module: tuple[str, ...]) -> tuple[Stopwatch, Stopwatch]:
    """Give the steady times and those of the burst."""
    found = []
    for load in (steady, burst):
        async with (
            far_ends() as sandbox,
            bot(sandbox, module, UNLIMITED),
            Crowd.gathered(sandbox) as crowd,
        ):
            await crowd.post("/control/fal", {"queue_seconds": 3600, "run_seconds": 3600})
            await crowd.music("the first one compiles statements")
            await asyncio.sleep(2)
            found.append(await load(crowd))
    return found[0], found[1]


def main() -> int:
    """Measure both bots, and print."""
    title(
        f"/music to its acknowledgement: {RATE_PER_SECOND}/s for {SECONDS} s, and {BURST} at once"
    )
    theirs = asyncio.run(measure(BARE))
    ours = asyncio.run(measure(OURS))
    for name, bare, mine in zip(("steady", "burst"), theirs, ours, strict=True):
        left, right = Spread.of(mine.times), Spread.of(bare.times)
        print(f"{name}: ours {left}; bare {right}")
        compare(f"{name}, p99", left.at(0.99), right.at(0.99), unit="ms", aim="at most 1.5")
        print(f"{name}: {mine.late} of ours and {bare.late} of the bare bot's came too late")
    return 0


if __name__ == "__main__":
    sys.exit(main())
