"""A wall clock that jumps, forward and back, while jobs flow.

    python -m tests.chaos.clocks --kills 20 --seed 1 --out /tmp/clocks.jsonl

Each strike puts the bot's wall clock forward or back, by a minute or by a day, and right again
after a while; now and then the process is killed in between, so that it starts in the wrong time.
Leases, deadlines, waits and limits stand in the database as moments, and must stay sane.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from bot.store.leases import FARTHEST
from tests.chaos.arena import Arena, Victim, arena
from tests.chaos.course import come_to_rest, keep
from tests.chaos.judge import Verdict, judge
from tests.chaos.load import Load
from tests.chaos.report import Lines, conclude, options
from tests.chaos.shifted_bot import SHIFT_FILE

JUMPS_SECONDS = (60, 600, 7200, 86400)
STAYS_SECONDS = (2.0, 8.0)
KILLED = 0.25
"""How often the process dies while its clock is wrong."""

GRACE_SECONDS = 60
ROOT = Path(__file__).resolve().parents[2]


class ShiftedBot(Victim):
    """The bot with a clock of its own."""

    module = ("tests.chaos.shifted_bot",)

    def set_clock(self, seconds: float) -> None:
        """Put its wall clock ahead by so much; back, if negative."""
        path = self.data_dir / "shift"
        path.with_suffix(".new").write_text(str(seconds))
        path.with_suffix(".new").replace(path)


async def campaign(jumps: int, seed: int, lines: Lines) -> Verdict:
    """Jump as often as planned, and judge."""
    random = Random(seed)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        data_dir = Path(folder)
        settings = {
            SHIFT_FILE: str(data_dir / "shift"),
            "MINSTREL_UNKNOWN_GRACE": str(GRACE_SECONDS),
            # The program is found by its place: the bot's working directory is its data.
            "PYTHONPATH": str(ROOT),
        }
        async with arena(data_dir, kind=ShiftedBot, settings=settings) as place:
            load = Load(place, random, rate=4, most_open=12)
            load.start()
            for _ in range(jumps):
                await _strike(place, random, lines)
            await load.stop()
            # What a wrong clock wrote down may be waited for as long as the longest wait there is.
            await come_to_rest(place, seconds=FARTHEST.total_seconds() + 120)
            await place.bot.kill()
            verdict = judge(place, load.deeds)
            verdict.counts["jumps"] += jumps
            if not verdict.is_clean:
                keep(place.bot, lines)
            return verdict


async def _strike(place: Arena, random: Random, lines: Lines) -> None:
    assert isinstance(place.bot, ShiftedBot)
    await asyncio.sleep(random.uniform(*STAYS_SECONDS))
    seconds = random.choice(JUMPS_SECONDS) * random.choice((-1, 1))
    place.bot.set_clock(seconds)
    await asyncio.sleep(random.uniform(*STAYS_SECONDS))
    is_killed = random.random() < KILLED
    if is_killed:
        await place.bot.kill()
        await place.bot.start()
        await place.online(seconds=60)
        await asyncio.sleep(random.uniform(*STAYS_SECONDS))
    place.bot.set_clock(0)
    lines.write(kind="jump", seconds=seconds, killed=is_killed)


def main() -> int:
    """Run a campaign from the command line."""
    args = options("clocks", kills=20).parse_args()
    started = time.monotonic()
    with Lines(args.out) as lines:
        verdict = asyncio.run(campaign(args.kills, args.seed, lines))
        return conclude(verdict, lines, seconds=round(time.monotonic() - started), seed=args.seed)


if __name__ == "__main__":
    sys.exit(main())
