"""kill -9, again and again, at any moment, while jobs flow.

    python -m tests.chaos.kills --kills 500 --seed 1 --out /tmp/kills.jsonl

The bot is a real process on a real SQLite file; the sandbox plays Discord and fal, and judges. Each
kill comes at a uniformly random moment after the process was started, before it is ready included.
fal takes a submit and answers a random moment later, so that kills fall between "paid" and "the
request's id is known"; Discord does what it is asked with delays before and after. The data
directory goes on from kill to kill; after each `--round` of them everything is let come to rest,
is judged, and a new one begins (which only bounds the memory that the far ends need).
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sandbox.faults import Fault
from tests.chaos.arena import Arena, Autopsy, arena, examine
from tests.chaos.course import come_to_rest, keep
from tests.chaos.judge import Verdict, judge
from tests.chaos.load import Load
from tests.chaos.report import Lines, conclude, options, say

WINDOW_SECONDS = 5.0
"""How long after it is ready a bot is killed at the latest. What it needs to be ready, two seconds
on an idle machine, is measured as it goes, and comes on top: kills fall into that time too."""

GRACE_SECONDS = 45
"""How long a lost submit is looked for here: much longer than any delay of the sandbox."""

DELAYS = (
    Fault(where="fal.submit", what="latency", seconds=0.15, vary=True, chance=0.4, times=None),
    Fault(where="fal.submit", what="delay", seconds=0.5, vary=True, times=None),
    Fault(where="fal.result", what="delay", seconds=0.1, vary=True, chance=0.5, times=None),
    Fault(where="discord.callback", what="delay", seconds=0.08, vary=True, times=None),
    Fault(where="discord.message_create", what="delay", seconds=0.2, vary=True, times=None),
    Fault(where="discord.message_edit_files", what="drop_after", chance=0.1, times=None),
    Fault(where="discord.message_edit_files", what="delay", seconds=0.3, vary=True, times=None),
    Fault(where="discord.message_edit", what="delay", seconds=0.1, vary=True, times=None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a campaign goes.

    Attributes:
        rate: How many things members do in a second, at most.
    """

    kills: int
    seed: int
    round_kills: int = 50
    rate: float = 8.0
    window_seconds: float = WINDOW_SECONDS
    grace_seconds: int = GRACE_SECONDS


async def campaign(plan: Plan, lines: Lines) -> Verdict:
    """Strike as often as planned, and judge."""
    random = Random(plan.seed)
    verdict = Verdict()
    left = plan.kills
    while left > 0:
        kills = min(left, plan.round_kills)
        left -= kills
        with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
            one = await _round(plan, kills, random, lines, Path(folder))
        verdict.add(one)
        if not one.is_clean:
            lines.write(kind="broken", findings=one.findings)
        say(
            f"{plan.kills - left}/{plan.kills} kills, {verdict.counts['jobs']} jobs, "
            + _brief(verdict)
        )
    return verdict


def _brief(verdict: Verdict) -> str:
    return ", ".join(f"{name} {len(found)}" for name, found in verdict.findings.items())


async def _round(plan: Plan, kills: int, random: Random, lines: Lines, folder: Path) -> Verdict:
    settings = {"MINSTREL_UNKNOWN_GRACE": str(plan.grace_seconds)}
    async with arena(folder, settings=settings) as place:
        for fault in DELAYS:
            place.sandbox.faults.add(fault)
        load = Load(place, random, rate=plan.rate)
        load.start()
        found = Verdict()
        start_seconds = 2.0
        for _ in range(kills):
            lives = random.uniform(0, start_seconds + plan.window_seconds)
            ready = await _let_live(place, lives)
            # A machine that is busy elsewhere needs longer; then so much longer, till it gets there.
            start_seconds = ready or max(start_seconds, lives * 1.5 - plan.window_seconds)
            await _strike(place, lives, lines, found)
        await load.stop()
        place.sandbox.faults.clear()
        await come_to_rest(place)
        await place.bot.kill()
        verdict = judge(place, load.deeds)
        verdict.add(found)
        if not verdict.is_clean:
            keep(place.bot, lines)
        return verdict


async def _let_live(place: Arena, seconds: float) -> float | None:
    """Let the bot live for so long; give after how long it was at work, if it came to that."""
    begun = time.monotonic()
    ready = None
    while (left := begun + seconds - time.monotonic()) > 0:
        await asyncio.sleep(min(left, 0.1))
        if ready is None and place.bot.is_at_work:
            ready = time.monotonic() - begun
    return ready


async def _strike(place: Arena, lives: float, lines: Lines, found: Verdict) -> None:
    """Kill the bot, look at what it left, and start it again."""
    was_ready = place.bot.is_at_work
    await place.bot.kill()
    autopsy = await asyncio.to_thread(examine, place.bot)
    found.damaged += autopsy.wrong
    _count(found, autopsy, was_ready=was_ready)
    await place.bot.start()
    lines.write(
        kind="kill",
        after_seconds=round(lives, 3),
        was_ready=was_ready,
        open_jobs=autopsy.states,
        wrong=autopsy.wrong,
    )


def _count(found: Verdict, autopsy: Autopsy, *, was_ready: bool) -> None:
    found.counts["kills"] += 1
    found.counts["kills before it was ready"] += not was_ready
    found.counts["kills with a submit on its way"] += "dispatching" in autopsy.states
    for state, count in autopsy.states.items():
        found.counts[f"open at a kill: {state}"] += count


def main() -> int:
    """Run a campaign from the command line."""
    parser = options("kills", kills=500)
    parser.add_argument("--round", type=int, default=50, help="kills between judgements")
    parser.add_argument("--rate", type=float, default=8.0, help="deeds per second")
    args = parser.parse_args()
    plan = Plan(kills=args.kills, seed=args.seed, round_kills=args.round, rate=args.rate)
    started = time.monotonic()
    with Lines(args.out) as lines:
        verdict = asyncio.run(campaign(plan, lines))
        seconds = round(time.monotonic() - started)
        return conclude(verdict, lines, seconds=seconds, seed=args.seed)


if __name__ == "__main__":
    sys.exit(main())
