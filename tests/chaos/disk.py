"""A disk that fills up, at random moments, while jobs flow; and has room again a while later.

    python -m tests.chaos.disk --kills 10 --seed 1 --out /tmp/disk.jsonl

The data directory is a small file system in memory, in a mount namespace of our own: nothing has to
be taken away afterwards, and no rights are needed where the kernel lets users have namespaces.
Database and audio run out of room together, down to the last byte.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import IO

from tests.chaos.arena import Arena, arena
from tests.chaos.course import come_to_rest, keep
from tests.chaos.judge import Verdict, judge
from tests.chaos.load import Load
from tests.chaos.report import Lines, conclude, options

SIZE_MB = 192
FULL_SECONDS = (2.0, 15.0)
ROOMY_SECONDS = (3.0, 9.0)
LONG_SECONDS = 150.0
"""Once in a campaign the disk stays full for longer than an answer is offered to the database."""

GRACE_SECONDS = 300
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_INSIDE = "MINSTREL_CHAOS_NAMESPACE"


def can_mount() -> bool:
    """Say whether this machine lets us have a file system of our own."""
    if shutil.which("unshare") is None:
        return False
    probe = [*_namespace(), "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _namespace() -> list[str]:
    return (
        ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    )


async def campaign(
    fills: int, seed: int, lines: Lines, folder: Path, *, long_seconds: float | None = LONG_SECONDS
) -> Verdict:
    """Fill the disk as often as planned, and judge; `folder` is a disk of its own."""
    random = Random(seed)
    # The sandbox's own files must not be on that disk, nor the bot's log: they would run dry too.
    with tempfile.TemporaryDirectory(prefix="chaos-log-") as logs:
        settings = {"MINSTREL_UNKNOWN_GRACE": str(GRACE_SECONDS)}
        async with arena(folder, settings=settings, log_path=Path(logs, "bot.log")) as place:
            load = Load(place, random, rate=5, most_open=16)
            load.start()
            for number in range(fills):
                await asyncio.sleep(random.uniform(*ROOMY_SECONDS))
                is_long = long_seconds is not None and number == fills // 2
                seconds = (
                    long_seconds if is_long and long_seconds else random.uniform(*FULL_SECONDS)
                )
                await _strike(place, folder, seconds, lines)
            await load.stop()
            await come_to_rest(place)
            await place.bot.kill()
            verdict = judge(place, load.deeds)
            verdict.counts["fills"] += fills
            verdict.counts["refusals that name the disk"] = _told(place)
            if not verdict.is_clean:
                keep(place.bot, lines)
            return verdict


async def _strike(place: Arena, folder: Path, seconds: float, lines: Lines) -> None:
    ballast = folder / "ballast"
    filled = await asyncio.to_thread(_fill, ballast)
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        # What the bot gives back, such as a file it could not finish, is taken at once.
        await asyncio.sleep(0.2)
        await asyncio.to_thread(_fill, ballast)
    is_alive = place.bot.is_running
    ballast.unlink(missing_ok=True)
    lines.write(kind="full", seconds=round(seconds, 1), ballast=filled, alive=is_alive)
    if not is_alive:
        await place.bot.start()


def _fill(path: Path) -> int:
    """Write until there is no room left; give the size of what was written."""
    try:
        with path.open("ab", buffering=0) as file:
            for block in (2**20, 4096, 1):
                _pour(file, bytes(block))
    except OSError as error:
        if error.errno not in _FULL:
            raise
    return path.stat().st_size if path.exists() else 0


def _pour(file: IO[bytes], block: bytes) -> None:
    try:
        while file.write(block):
            pass
    except OSError as error:
        if error.errno not in _FULL:
            raise


def _told(place: Arena) -> int:
    """Count the refusals that members were told for want of room."""
    world = place.sandbox.discord.world
    return sum("disk" in one.content for one in world.directory.messages() if one.is_ephemeral)


def main() -> int:
    """Run a campaign from the command line, in a mount namespace of its own."""
    args = options("disk", kills=10).parse_args()
    if _INSIDE not in os.environ:
        if not can_mount():
            print("This machine lets nobody mount a file system here.", file=sys.stderr)  # noqa: T201
            return 2
        command = [*_namespace(), sys.executable, "-m", "tests.chaos.disk", *sys.argv[1:]]
        return subprocess.run(command, env=os.environ | {_INSIDE: "1"}, check=False).returncode
    started = time.monotonic()
    with Lines(args.out) as lines, tempfile.TemporaryDirectory(prefix="chaos-disk-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", folder]
        subprocess.run(mount, check=True)
        try:
            verdict = asyncio.run(campaign(args.kills, args.seed, lines, Path(folder)))
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
        return conclude(verdict, lines, seconds=round(time.monotonic() - started), seed=args.seed)


if __name__ == "__main__":
    sys.exit(main())
