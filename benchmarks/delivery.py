"""From fal's COMPLETED to the file on the card, against the straight way with ffmpeg.

    python -m benchmarks.delivery            # needs ffmpeg on the PATH, for the other side alone

fal serves one three-minute WAV of 32 MB at 20 MB/s. Ours stores the result, downloads, keeps the
original, measures, draws, encodes an MP3 and edits the card, with every step durable. The other side
is `benchmarks/straight_bot.py`: fal's client, httpx, ffmpeg (the same bitrate, loudness, a picture)
and discord.py, with nothing stored. Its second row has ffmpeg use the LAME quality that ours uses.
Jobs that run at once stand in channels of their own, and end at one moment; the time of each is from
its own COMPLETED. Processor time is that of the bot with all its children, until the last is there.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.figures import compare, title
from benchmarks.rig import OURS, UNLIMITED, Crowd, Events, Process, bot, far_ends, until
from benchmarks.straight_bot import MODEL, QUALITY
from sandbox.app import Sandbox
from sandbox.fal import synth

SECONDS = 180
BYTES_PER_SECOND = 20e6
RUN_SECONDS = 8.0
"""Long enough that nothing of the beginning is still going on at the end."""

AT_ONCE = (1, 20)
SETTLING_SECONDS = 0.5
STRAIGHT = ("benchmarks.straight_bot",)
OUR_LAME_QUALITY = "5"

SIDES: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = {
    "ours": (OURS, UNLIMITED | {"MINSTREL_MAX_ACTIVE": "100"}),
    "ffmpeg": (STRAIGHT, {}),
    "ffmpeg, quality as ours": (STRAIGHT, {QUALITY: OUR_LAME_QUALITY}),
}


@dataclass(frozen=True, slots=True)
class Round:
    """What some deliveries at once took.

    Attributes:
        times: Of each, in seconds.
        whole: From the first COMPLETED to the last file.
        cpu: Processor seconds, of one delivery.
    """

    times: tuple[float, ...]
    whole: float
    cpu: float


class Finish:
    """Sees when requests are over at fal, and when files come onto cards."""

    def __init__(self, sandbox: Sandbox, events: Events, process: Process) -> None:
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._stop = sandbox.discord.world.listen(self._see)
        events.listeners.append(self._record)
        self.restart()

    def restart(self) -> None:
        """Begin anew."""
        self.ended: list[float] = []
        self.cards: dict[str, float] = {}
        self._cpu_before = 0.0

    def _record(self, entry: dict[str, object]) -> None:
        if entry.get("kind") == "fal.ended":
            if not self.ended:
                self._cpu_before = self._process.cpu_seconds
            self.ended.append(self._loop.time())

    def _see(self, event: dict[str, Any], _only: str | None) -> None:
        if event["type"] == "message_update" and event["message"]["attachments"]:
            self.cards.setdefault(event["message"]["id"], self._loop.time())

    async def round(self, count: int) -> Round:
        """Wait for so many deliveries."""

        async def all_there() -> bool:
            return len(self.cards) >= count

        await until(all_there, "the files", seconds=600)
        await asyncio.sleep(SETTLING_SECONDS)
        cpu = self._process.cpu_seconds - self._cpu_before
        there = sorted(self.cards.values())
        times = tuple(late - early for early, late in zip(sorted(self.ended), there, strict=True))
        return Round(times, there[-1] - min(self.ended), cpu / count)


async def measure(side: str, song: bytes, at_once: int, rounds: int) -> list[Round]:
    """Let so many pieces be delivered at once, so many times."""
    module, settings = SIDES[side]
    events = Events()
    async with (
        far_ends(events) as sandbox,
        bot(sandbox, module, settings) as process,
        Crowd.gathered(sandbox) as crowd,
    ):
        await crowd.put("/control/fal/recording", song)
        fal = {
            "queue_seconds": 0,
            "run_seconds": RUN_SECONDS,
            "concurrency": 100,
            "file_bytes_per_second": BYTES_PER_SECOND,
        }
        await crowd.post("/control/fal", fal)
        channels = [await crowd.open_channel(f"room-{number}") for number in range(at_once)]
        finish = Finish(sandbox, events, process)
        found = []
        for number in range(rounds + 1):
            finish.restart()
            for channel in channels:
                options = {"model": MODEL} if side == "ours" else {}
                await crowd.music(f"rain {number}", channel_id=channel, **options)
            found.append(await finish.round(at_once))
    return found[1:]  # the first one loads what the others find loaded


def main() -> int:
    """Measure all sides, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-once", type=int, nargs="*", default=AT_ONCE)
    wanted = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        print("ffmpeg is not installed (Debian's package ffmpeg)")
        return 1
    wave = synth.compose("bright synth pop with drums and bass", seconds=SECONDS, seed=3)
    song = synth.encode(wave, "wav", 44_100)
    for at_once in wanted.at_once:
        title(
            f"COMPLETED to the file on the card, {at_once} at once, {len(song) / 1e6:.1f} MB at "
            f"{BYTES_PER_SECOND / 1e6:.0f} MB/s, {wanted.rounds} rounds"
        )
        found = {side: asyncio.run(measure(side, song, at_once, wanted.rounds)) for side in SIDES}
        ours = found.pop("ours")
        for side, theirs in found.items():
            for what, pick, unit, aim in (
                ("each", lambda one: statistics.median(one.times), "s", "at most 0.7"),
                ("all of them", lambda one: one.whole, "s", "at most 0.7"),
                ("processor time of one", lambda one: one.cpu, "s", "at most 0.8"),
            ):
                compare(
                    f"{what}, against {side}",
                    statistics.median(map(pick, ours)),
                    statistics.median(map(pick, theirs)),
                    unit=unit,
                    aim=aim,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
