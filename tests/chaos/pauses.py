"""SIGSTOP for longer than a lease, then SIGCONT, while jobs flow.

    python -m tests.chaos.pauses --kills 8 --seed 1 --out /tmp/pauses.jsonl

A process that slept believes that no time has passed: its leases have run out, its deadlines have
passed, what it was about to send may be too old to send. While it sleeps, a second process is
started on the same file each time, which must be turned away with a sentence.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from sandbox.faults import Fault
from tests.chaos.arena import Arena, Victim, arena
from tests.chaos.course import come_to_rest, keep
from tests.chaos.judge import Verdict, judge
from tests.chaos.load import Load
from tests.chaos.report import Lines, conclude, options

LEASE_SECONDS = 30
PAUSE_SECONDS = (LEASE_SECONDS + 2.0, LEASE_SECONDS + 8.0)
AWAKE_SECONDS = (2.0, 8.0)
GRACE_SECONDS = 120
"""Longer than any pause, as an operator's is: absence counts only after the longest sleep."""

TURNED_AWAY = 69


async def campaign(
    pauses: int, seed: int, lines: Lines, *, seconds: tuple[float, float] = PAUSE_SECONDS
) -> Verdict:
    """Pause as often as planned, and judge."""
    random = Random(seed)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        settings = {"MINSTREL_UNKNOWN_GRACE": str(GRACE_SECONDS)}
        async with arena(Path(folder), settings=settings) as place:
            submits = Fault(where="fal.submit", what="delay", seconds=0.5, vary=True, times=None)
            place.sandbox.faults.add(submits)
            load = Load(place, random, rate=6)
            found = Verdict()
            load.start()
            for _ in range(pauses):
                await asyncio.sleep(random.uniform(*AWAKE_SECONDS))
                await _strike(place, random.uniform(*seconds), lines, found)
            await load.stop()
            place.sandbox.faults.clear()
            await come_to_rest(place)
            await place.bot.kill()
            verdict = judge(place, load.deeds)
            verdict.add(found)
            if not verdict.is_clean:
                keep(place.bot, lines)
            return verdict


async def _strike(place: Arena, seconds: float, lines: Lines, found: Verdict) -> None:
    place.bot.send_signal(signal.SIGSTOP)
    states = {
        row["state"]: row["n"]
        for row in await asyncio.to_thread(
            place.bot.rows,
            "SELECT state, count(*) AS n FROM jobs WHERE finished_at IS NULL GROUP BY state",
        )
    }
    begun = asyncio.get_running_loop().time()
    said = await _second(place, found)
    await asyncio.sleep(max(0, seconds - (asyncio.get_running_loop().time() - begun)))
    place.bot.send_signal(signal.SIGCONT)
    found.counts["pauses"] += 1
    found.counts["pauses with a submit on its way"] += "dispatching" in states
    lines.write(kind="pause", seconds=round(seconds, 1), open_jobs=states, second=said)


async def _second(place: Arena, found: Verdict) -> str:
    """Start another process on the same file; it must go away and say why."""
    second = Victim(place.sandbox, place.bot.data_dir)
    second.log_path = place.bot.data_dir / "second.log"
    second.log_path.unlink(missing_ok=True)
    await second.start()
    code = await asyncio.wait_for(second.wait(), 30)
    said = second.log.strip().splitlines()[-1] if second.log.strip() else ""
    if code != TURNED_AWAY or "in use by another running bot" not in said:
        found.damaged.append(f"a second process was not turned away: {code}, {said}")
    return said


def main() -> int:
    """Run a campaign from the command line."""
    args = options("pauses", kills=8).parse_args()
    started = time.monotonic()
    with Lines(args.out) as lines:
        verdict = asyncio.run(campaign(args.kills, args.seed, lines))
        return conclude(verdict, lines, seconds=round(time.monotonic() - started), seed=args.seed)


if __name__ == "__main__":
    sys.exit(main())
