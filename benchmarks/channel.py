"""Two hundred live jobs in one channel: is Discord's rate limit kept, and does a result wait?

    python -m benchmarks.channel             # about seven minutes; --seconds 60 for a look

Discord takes about five edits in five seconds in one channel, however many cards live there. Two
hundred jobs are asked for; while the others go on, results come one every two seconds, and each
that is over is followed by a new one. All are at fal, which tells each of its place in the line. Late is the time from fal's COMPLETED to the last look of the card,
with everything between: the download, the MP3, and the wait behind other cards' edits.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from contextlib import suppress
from typing import Any

from benchmarks.figures import Spread, title
from benchmarks.following import silence
from benchmarks.rig import OURS, UNLIMITED, Crowd, Events, bot, far_ends, until
from benchmarks.straight_bot import MODEL
from sandbox.discord.world import World

JOBS = 200
SECONDS = 300.0
RUNNING = 2
RUN_SECONDS = 4.0
LATE_SECONDS = 10.0
POSTING_SECONDS = 900.0
LOOK_SECONDS = 0.1
TOO_MANY = 429


class Watch:
    """Matches the ends of requests with the last looks of their cards, by what was asked for."""

    def __init__(self, events: Events, world: World) -> None:
        self._loop = asyncio.get_running_loop()
        self._prompts: dict[object, str] = {}
        self.ended: dict[str, float] = {}
        self.shown: dict[str, float] = {}
        self.posted: set[str] = set()
        self.turned_down: Counter[str] = Counter()
        events.listeners.append(self._record)
        world.listen(self._see)

    def _record(self, entry: dict[str, object]) -> None:
        job, arguments = entry.get("request_id"), entry.get("arguments")
        if entry.get("status") == TOO_MANY:
            self.turned_down[f"{entry['route']}: {entry['response']} {entry['at']}"] += 1
        if entry.get("kind") == "fal.submit" and isinstance(arguments, dict):
            self._prompts[job] = arguments["prompt"]
        elif entry.get("kind") == "fal.ended" and job in self._prompts:
            self.ended[self._prompts[job]] = self._loop.time()

    def _see(self, event: dict[str, Any], _only: str | None) -> None:
        if event["type"] not in {"message_create", "message_update"}:
            return
        for embed in event["message"]["embeds"]:
            self.posted.add(embed["title"])
            if event["message"]["attachments"]:
                self.shown.setdefault(embed["title"], self._loop.time())

    @property
    def live(self) -> int:
        """How many cards are up whose result is not."""
        return len(self.posted - self.shown.keys())


async def measure(jobs: int, seconds: float) -> tuple[Watch, list[str], Any]:
    """Keep so many jobs alive for so long; give which ended meanwhile, and Discord's counts."""
    events = Events()
    settings = UNLIMITED | {"MINSTREL_MAX_ACTIVE": str(jobs * 2)}
    async with (
        far_ends(events) as sandbox,
        bot(sandbox, OURS, settings),
        Crowd.gathered(sandbox) as crowd,
    ):
        await crowd.put("/control/fal/recording", silence())
        fal = {"queue_seconds": 0.0, "run_seconds": 3600.0, "concurrency": RUNNING}
        await crowd.post("/control/fal", fal)
        watch = Watch(events, sandbox.discord.world)
        for number in range(jobs):
            await crowd.music(f"room {number}", model=MODEL)

        async def all_posted() -> bool:
            return watch.live >= jobs

        await until(all_posted, "the cards", seconds=POSTING_SECONDS)
        print(f"{jobs} cards are up")
        fal = {"queue_seconds": 0, "run_seconds": RUN_SECONDS, "concurrency": RUNNING + 2}
        await crowd.post("/control/fal", fal)
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        asked = jobs
        while loop.time() < end:
            for _ in range(jobs + len(watch.ended) - asked):
                await crowd.music(f"room {asked}", model=MODEL)
                asked += 1
            await asyncio.sleep(LOOK_SECONDS)
        ended = list(watch.ended)

        async def all_shown() -> bool:
            return watch.shown.keys() >= set(ended)

        with suppress(TimeoutError):
            await until(all_shown, "the results")
        return watch, ended, await crowd.get("/control/discord")


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--jobs", type=int, default=JOBS)
    wanted = parser.parse_args()
    title(f"{wanted.jobs} live jobs in one channel for {wanted.seconds:.0f} s")
    watch, ended, counts = asyncio.run(measure(wanted.jobs, wanted.seconds))
    late = [watch.shown[one] - watch.ended[one] for one in ended if one in watch.shown]
    rate = len(ended) / wanted.seconds
    print(f"{len(ended)} results, {rate:.2f} a second; {counts['edits']} edits of cards in all")
    print(f"a card is final after {Spread.of(late)}")
    tardy = len(ended) - sum(one <= LATE_SECONDS for one in late)
    print(f"{tardy} cards final later than {LATE_SECONDS:.0f} s, or never (aim: none)")
    print(f"{counts['rate_limited']} answers 429 (aim: none) {dict(watch.turned_down)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
