"""The entry of a child process: lock the door, do one task, send one answer, end.

A file from outside may crash a decoder, hang it, or make it ask for all memory there is. Here that
costs this process, which has one job.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bot.audio.disk import disk_full
from bot.audio.tasks import Answer, Task, Trouble
from bot.errors import AudioError

_LITTLE_ROOM_BYTES = 1024 * 1024
_MOST_DETAIL = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildLimits:
    """What a child may use.

    Attributes:
        wall_seconds: After this it is killed by its parent.
        cpu_seconds: After this it is killed by the kernel.
        memory_bytes: Address space.
        file_bytes: The largest file it may write.
        niceness: How far it stands back, so that the bot's own loop goes first.
    """

    wall_seconds: float = 120
    cpu_seconds: int = 120
    memory_bytes: int = 1024 * 1024 * 1024
    file_bytes: int = 200 * 1024 * 1024
    open_files: int = 64
    niceness: int = 5


def main(
    target: Callable[[Any], Any], task: object, folder: Path, limits: ChildLimits, pipe: Connection
) -> None:
    """Run a task under limits and send what came of it, or a `Trouble`, through the pipe.

    `folder` is where the task writes; it tells a full disk from other failures to write.
    """
    _lock_down(limits)
    with pipe:
        pipe.send(_run(target, task, folder))


def do(task: Task) -> Answer:
    """Do a task; loads the libraries only now, so that the bot's own process never does."""
    from bot.audio.bench import work  # noqa: PLC0415

    return work(task)


def _run(target: Callable[[Any], Any], task: object, folder: Path) -> object:
    """Turn every way of failing into something that can be sent."""
    try:
        return target(task)
    except AudioError as error:
        return Trouble(code=error.code, sentence=error.sentence, retryable=error.retryable)
    except MemoryError:
        return Trouble(code="memory")
    except Exception as error:  # noqa: BLE001  # the process ends here; the parent logs it
        if _is_disk_full(error, folder):
            full = disk_full()
            return Trouble(code=full.code, sentence=full.sentence, retryable=True)
        if isinstance(error, OSError) and error.errno == errno.EFBIG:
            return Trouble(code="too_big")
        return Trouble(code="internal", detail=traceback.format_exc()[-_MOST_DETAIL:])


def _is_disk_full(error: Exception, folder: Path) -> bool:
    """Tell whether the disk is to blame; the encoders only say that something failed."""
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return True
    try:
        return shutil.disk_usage(folder).free < _LITTLE_ROOM_BYTES
    except OSError:
        return False


def _lock_down(limits: ChildLimits) -> None:
    """Give up what the task does not need. Without effect on Windows, which has no such limits."""
    # Ctrl-C reaches the whole process group; the parent decides what becomes of its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  # does not exist on Windows

    os.nice(limits.niceness)
    _limit(resource.RLIMIT_CORE, 0)
    # At the soft limit the kernel says why it ends the process; at the hard one it does not.
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds, spare=5)
    _limit(resource.RLIMIT_FSIZE, limits.file_bytes)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    if sys.platform != "darwin":  # macOS refuses to limit what it already exceeds
        _limit(resource.RLIMIT_AS, limits.memory_bytes)


def _limit(kind: int, most: int, *, spare: int = 0) -> None:
    """Lower a limit of this process for good, or keep it where it is lower already."""
    import resource  # noqa: PLC0415  # does not exist on Windows

    _, hard = resource.getrlimit(kind)
    ceiling = most + spare if hard == resource.RLIM_INFINITY else min(most + spare, hard)
    resource.setrlimit(kind, (min(most, ceiling), ceiling))
