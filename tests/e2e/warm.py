"""Bot processes that need not load their modules first.

Loading Python and the bot's modules takes a processor longer than most tests take it. One process
does it once for all tests of a worker; each bot is a copy of it that goes on where `python -m bot`
begins. From then on it is a process like any other: signals, power cuts, exit codes and memory
are its own.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_LOADED = ("bot.app", "bot.services", "bot.health", "bot.store.migration")
_LARGEST_REQUEST = 1 << 18
_READY = b"ready\n"

_kept: dict[int, tuple[subprocess.Popen[bytes], str]] = {}
"""What was loaded for this process; its workers each have their own."""


class WarmProcess:
    """A process that was begun by `start`; as much of asyncio's `Process` as the rig needs."""

    def __init__(self, pid: int, answers: asyncio.StreamReader, sender: asyncio.StreamWriter):
        self.pid = pid
        self.returncode: int | None = None
        self._sender = sender
        self._end = asyncio.create_task(self._follow(answers), name=f"process-{pid}")

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal; one that has ended gets none."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    async def wait(self) -> int:
        """Wait for its end, and give its exit code; minus the signal that ended it."""
        return await asyncio.shield(self._end)

    async def _follow(self, answers: asyncio.StreamReader) -> int:
        self.returncode = int(await answers.readline())
        self._sender.close()
        return self.returncode


async def start(
    module: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: IO[bytes]
) -> WarmProcess:
    """Begin `python -m` with a module and its arguments, in a copy of what is loaded already."""
    address = await asyncio.to_thread(_address)
    wanted = json.dumps({"module": list(module), "cwd": str(cwd), "env": dict(env)}).encode()
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(address)
    socket.send_fds(connection, [wanted + b"\n"], [log.fileno()])
    answers, sender = await asyncio.open_connection(sock=connection)
    return WarmProcess(int(await answers.readline()), answers, sender)


def _address() -> str:
    """Give where copies are asked for; loads the modules the first time."""
    if (mine := os.getpid()) not in _kept:
        address = str(Path(tempfile.mkdtemp(prefix="minstrel-warm-")) / "socket")
        loaded = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.warm", address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert loaded.stdout is not None
        assert loaded.stdout.readline() == _READY
        _kept[mine] = loaded, address
        atexit.register(_let_go, loaded, address)
    return _kept[mine][1]


def _let_go(loaded: subprocess.Popen[bytes], address: str) -> None:
    loaded.communicate()  # closes what it waits for
    Path(address).unlink()
    Path(address).parent.rmdir()


class _Source:
    """The process that is copied: it answers requests, and tells of the ends of its copies."""

    def __init__(self, address: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(address)
        self._listener.listen()
        self._watch = selectors.DefaultSelector()
        self._watch.register(self._listener, selectors.EVENT_READ)
        self._watch.register(sys.stdin, selectors.EVENT_READ)
        self._copies: dict[int, tuple[int, socket.socket]] = {}

    def serve(self) -> dict[str, Any]:
        """Copy this process whenever asked to; returns, in each copy, what was asked for.

        Raises:
            SystemExit: Whoever had this process loaded is gone.
        """
        while True:
            for key, _ in self._watch.select():
                if key.fileobj is sys.stdin:
                    raise SystemExit(0)
                if key.fileobj is not self._listener:
                    self._tell_end(key.fd)
                elif wanted := self._copy():
                    return wanted

    def _copy(self) -> dict[str, Any] | None:
        connection, _ = self._listener.accept()
        request, (log,), _, _ = socket.recv_fds(connection, _LARGEST_REQUEST, 1)
        while not request.endswith(b"\n"):
            request += connection.recv(_LARGEST_REQUEST)
        pid = os.fork()
        if pid:
            os.close(log)
            connection.send(b"%d\n" % pid)
            end = os.pidfd_open(pid)
            self._copies[end] = pid, connection
            self._watch.register(end, selectors.EVENT_READ)
            return None
        connection.close()
        self._forget()
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        wanted: dict[str, Any] = json.loads(request)
        return wanted

    def _tell_end(self, end: int) -> None:
        self._watch.unregister(end)
        pid, connection = self._copies.pop(end)
        os.close(end)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with connection, contextlib.suppress(OSError):  # the test may be over
            connection.send(b"%d\n" % code)

    def _forget(self) -> None:
        """Let go of what belongs to the process that was copied."""
        self._watch.close()
        self._listener.close()
        for end, (_, connection) in self._copies.items():
            os.close(end)
            connection.close()


def _main(address: str) -> None:
    for module in (*_LOADED, *_cogs()):
        __import__(module)
    gc.collect()
    gc.freeze()
    source = _Source(address)
    sys.stdout.buffer.write(_READY)
    sys.stdout.flush()
    wanted = source.serve()
    os.chdir(wanted["cwd"])
    os.environ.clear()
    os.environ.update(wanted["env"])
    gc.unfreeze()
    sys.path[0] = wanted["cwd"]
    module, *arguments = wanted["module"]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _cogs() -> list[str]:
    import cogs  # noqa: PLC0415 - only where they are loaded

    return [f"cogs.{path.stem}" for path in Path(cogs.__path__[0]).glob("[!_]*.py")]


if __name__ == "__main__":
    _main(sys.argv[1])
