"""Where audio is worked on: one child process per file, so that a bad file costs one job.

A pool of lasting workers would be a little faster, but one crash in it loses every job in flight.
Children come from a fork server that has the libraries loaded; where there is none, as on Windows,
each child starts afresh.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import connection, forkserver
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from bot.audio import child
from bot.audio.child import ChildLimits
from bot.audio.fit import LONGEST_SECONDS, Fit, Fitted, Probe
from bot.audio.tasks import FitTask, ProbeTask, Task, Trouble
from bot.errors import AudioError

logger = logging.getLogger(__name__)

_AnswerT = TypeVar("_AnswerT", Fitted, Probe)

_LAST_SECONDS = 5.0
"""How long a killed child may take to go."""

_SENTENCES = {
    "timeout": "Working on this audio took too long. Try again, or ask for something shorter.",
    "memory": "Working on this audio needed too much memory. Ask for something shorter.",
    "crash": "This audio file could not be worked on; it may be damaged. "
    "Use Again to make a new one.",
    "too_big": "This audio became too large to work on. Ask for something shorter.",
    "stopped": "I am being restarted. Try again in a minute.",
    "internal": "Something went wrong while I worked on this audio. Try again in a minute.",
}
_RETRYABLE = frozenset({"timeout", "stopped", "internal"})


class Workshop:
    """Fits and probes files. Use as a context manager; leaving it ends all children.

    Args:
        at_once: Children at a time; the number of cores when None. The rest waits its turn.
        limits: What each child may use.
        target: What a child does with its task: a module-level function. Tests hand in one that
            hangs or crashes.
    """

    def __init__(
        self,
        *,
        at_once: int | None = None,
        limits: ChildLimits | None = None,
        target: Callable[[Any], Any] | None = None,
    ) -> None:
        self._at_once = at_once or os.cpu_count() or 1
        self._limits = limits or ChildLimits()
        self._target = target or child.do
        self._turns = asyncio.Semaphore(self._at_once)
        self._threads = ThreadPoolExecutor(self._at_once, thread_name_prefix="workshop")
        self._context = _context()
        self._stops: set[connection.Connection] = set()
        self._is_closing = False
        # Starting and reaping share state inside multiprocessing that is not safe across threads.
        self._starting = threading.Lock()

    async def __aenter__(self) -> Self:
        # Loading the libraries takes a second that the first job need not wait for.
        if self._context.get_start_method() == "forkserver":
            await asyncio.to_thread(forkserver.ensure_running)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_closing = True
        for stop in self._stops:
            stop.close()
        await asyncio.to_thread(self._threads.shutdown)

    @property
    def has_room(self) -> bool:
        """Say whether a child could start this moment."""
        return not (self._is_closing or self._turns.locked())

    async def fit(
        self, source: Path, into: Path, fit: Fit, *, arriving_bytes: int | None = None
    ) -> Fitted:
        """Make a file fit, and draw its picture, into a folder of its own.

        Cancelling kills the child. The source is left alone. After a failure the folder may hold
        half a file: remove it.

        Args:
            source: The file.
            into: Where the new one goes.
            fit: What it should become.
            arriving_bytes: How large the source will be, where its beginning alone is there yet;
                it is read as it grows, and ``truncated`` raised where it does not for long.

        Raises:
            AudioError: ``empty``, ``not_audio``, ``unsupported``, ``corrupt``, ``channels``,
                ``rate``, ``too_long``, ``too_big``, ``timeout``, ``memory``, ``crash``,
                ``disk_full``, ``stopped`` or ``internal``, with a sentence for the member.
        """
        task = FitTask(source=source, into=into, fit=fit, arriving_bytes=arriving_bytes)
        answer = await self._do(task, into)
        return _expect(Fitted, answer)

    async def probe(self, path: Path, *, max_seconds: float = LONGEST_SECONDS) -> Probe:
        """Find out what a file is by reading it to its end.

        Raises:
            AudioError: As `fit` does.
        """
        answer = await self._do(ProbeTask(source=path, max_seconds=max_seconds), path.parent)
        return _expect(Probe, answer)

    async def _do(self, task: Task, folder: Path) -> object:
        """Wait for a turn, then for the child; a cancelled wait ends the child first."""
        async with self._turns:
            if self._is_closing:
                return Trouble(code="stopped")
            stopped, stop = self._context.Pipe(duplex=False)
            self._stops.add(stop)
            loop = asyncio.get_running_loop()
            job = loop.run_in_executor(self._threads, self._serve, task, folder, stopped)
            try:
                return await asyncio.shield(job)
            except asyncio.CancelledError:
                stop.close()
                await asyncio.wait([job])
                raise
            finally:
                self._stops.discard(stop)
                stop.close()

    def _serve(self, task: Task, folder: Path, stopped: connection.Connection) -> object:
        """See one child through, in a thread, until it is gone. Never raises for what it does."""
        answers, pipe = self._context.Pipe(duplex=False)
        arguments = (self._target, task, folder, self._limits, pipe)
        with stopped, answers:
            process = self._context.Process(target=child.main, args=arguments, daemon=True)
            try:
                with self._starting, pipe:
                    process.start()
            except (OSError, EOFError) as error:
                return Trouble(code="internal", detail=f"no child could be started: {error!r}")
            try:
                return self._wait(process, answers, stopped)
            finally:
                self._end(process)

    def _end(self, process: BaseProcess) -> None:
        """Make sure that a child is gone, and forget it."""
        process.kill()
        if not connection.wait([process.sentinel], _LAST_SECONDS):
            logger.error("child %s cannot be killed; it hangs in the kernel", process.pid)
            return
        with self._starting:
            process.join()
            process.close()

    def _wait(
        self,
        process: BaseProcess,
        answers: connection.Connection,
        stopped: connection.Connection,
    ) -> object:
        """Wait until the child has ended, was called off, or has had its time."""
        ready = connection.wait([process.sentinel, stopped], self._limits.wall_seconds)
        if not ready:
            return Trouble(code="timeout")
        if process.sentinel not in ready:
            return Trouble(code="stopped")
        with self._starting:
            process.join()
        try:
            if answers.poll():
                return answers.recv()
        except Exception:  # a child that broke may have sent anything
            logger.warning("a child's answer cannot be read", exc_info=True)
        return _autopsy(process.exitcode)


def _context() -> ForkServerContext | SpawnContext:
    """Choose how children are made, without touching what the rest of the process uses."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["bot.audio.preload"])
    return context


def _autopsy(exit_code: int | None) -> Trouble:
    """Tell from how a child ended why it gave no answer."""
    if exit_code == -getattr(signal, "SIGXCPU", 0):
        return Trouble(code="timeout")
    if exit_code == -getattr(signal, "SIGKILL", 0):
        # Nobody but the kernel, short of memory, kills children that we did not.
        return Trouble(code="memory")
    return Trouble(code="crash", detail=f"a child ended with {exit_code}")


def _expect(kind: type[_AnswerT], answer: object) -> _AnswerT:
    """Give the answer, or raise what went wrong as something to tell a person."""
    if isinstance(answer, kind):
        return answer
    trouble = answer if isinstance(answer, Trouble) else Trouble(code="internal")
    if trouble.detail or trouble.code == "internal":
        logger.warning("audio work failed: %s: %s", trouble.code, trouble.detail or repr(answer))
    raise AudioError(
        trouble.sentence or _SENTENCES[trouble.code],
        code=trouble.code,
        retryable=trouble.retryable or trouble.code in _RETRYABLE,
    )
