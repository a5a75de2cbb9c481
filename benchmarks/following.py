"""Requests to fal for one job, and how late its end is noticed, against fal's own client.

    python -m benchmarks.following

Ours follows fal's status stream; the other side is `fal_client.AsyncClient.subscribe`, which asks
again and again. Late is the time from fal's COMPLETED to the request for the result, both as the
sandbox sees them.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import sys
import wave
from collections import Counter

from benchmarks.figures import Spread, compare, title
from benchmarks.rig import OURS, UNLIMITED, Crowd, Events, bot, far_ends, until
from benchmarks.straight_bot import MODEL

RUN_SECONDS = 60.0
JOBS = 10
STRAIGHT = ("benchmarks.straight_bot",)


class Watch:
    """Counts what is asked of fal, and times the last question of each job."""

    def __init__(self, events: Events) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended: dict[object, float] = {}
        self.late: dict[object, float] = {}
        self.asked: Counter[str] = Counter()
        events.listeners.append(self._record)

    def _record(self, entry: dict[str, object]) -> None:
        job = entry.get("request_id")
        if entry.get("kind") == "fal.ended":
            self._ended[job] = self._loop.time()
        elif entry.get("kind") == "fal.asked":
            self.asked[str(entry["what"])] += 1
            if entry["what"] == "result" and job in self._ended:
                self.late.setdefault(job, self._loop.time() - self._ended[job])


async def measure(module: tuple[str, ...], seconds: float, jobs: int) -> Watch:
    """Let some jobs run at once."""
    events = Events()
    settings = UNLIMITED | {"MINSTREL_MAX_ACTIVE": str(jobs)}
    async with (
        far_ends(events) as sandbox,
        bot(sandbox, module, settings),
        Crowd.gathered(sandbox) as crowd,
    ):
        await crowd.put("/control/fal/recording", silence())
        fal = {"queue_seconds": 0, "run_seconds": seconds, "concurrency": jobs}
        await crowd.post("/control/fal", fal)
        watch = Watch(events)
        options = {"model": MODEL} if module is OURS else {}
        for number in range(jobs):
            await crowd.music(f"rain {number}", **options)

        async def all_noticed() -> bool:
            return len(watch.late) >= jobs

        await until(all_noticed, "the results", seconds=seconds + 120)
    return watch


def silence() -> bytes:
    """Give a second of nothing, as a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((2, 2, 44_100, 44_100, "NONE", ""))
        file.writeframes(bytes(4 * 44_100))
    return out.getvalue()


def main() -> int:
    """Measure both, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=RUN_SECONDS)
    parser.add_argument("--jobs", type=int, default=JOBS)
    wanted = parser.parse_args()
    title(f"{wanted.jobs} jobs of {wanted.seconds:.0f} s, followed")
    ours = asyncio.run(measure(OURS, wanted.seconds, wanted.jobs))
    theirs = asyncio.run(measure(STRAIGHT, wanted.seconds, wanted.jobs))
    print(f"ours asked {dict(ours.asked)}; fal's client asked {dict(theirs.asked)}")
    compare(
        "requests of one job",
        ours.asked.total() / wanted.jobs,
        theirs.asked.total() / wanted.jobs,
        unit="requests",
        aim="at most 0.05",
    )
    left, right = Spread.of(ours.late.values()), Spread.of(theirs.late.values())
    print(f"the end is noticed: ours after {left}; fal's client after {right}")
    compare("noticed, p50", left.at(0.5), right.at(0.5), unit="ms", aim="at most 1")
    return 0


if __name__ == "__main__":
    sys.exit(main())
