"""Children that misbehave. They import this: whatever else it imported would be on their time."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

from bot.audio.fit import Probe
from bot.audio.tasks import ProbeTask, Task

MIB = 1024 * 1024


def _spin() -> None:
    while True:
        pass


_BAD_WAYS: dict[str, Callable[[], object]] = {
    "sleep": lambda: time.sleep(60),
    "nap": lambda: time.sleep(1.5),
    "spin": _spin,
    "crash": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "hoard": lambda: bytearray(2048 * MIB),
    "exit": lambda: sys.exit(3),
    "bug": lambda: 1 // 0,
}


def misbehave(task: Task) -> object:
    """Do in the child what the probed file's name says."""
    assert isinstance(task, ProbeTask)
    path = task.source
    way = path.stem.split("-")[0]
    path.with_suffix(".pid").write_text(str(os.getpid()))
    if way in _BAD_WAYS:
        _BAD_WAYS[way]()
    if way == "flood":
        (path.parent / "flood").write_bytes(bytes(3 * MIB))
    if way == "lie":
        return "neither a probe nor trouble"
    return Probe(format=f"nice {os.nice(0)}", seconds=1, channels=1, sample_rate=1, size=1)
