"""The bot as a process of its own, pointed at the sandbox: what an operator would run."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

log = logging.getLogger(__name__)

TOKEN = "sandbox.bot.token"
KEY = "sandbox:key"
NOVAKIT_KEY = "sk_sandbox"
NUR_KEY = "nur_sandbox"
STOP_SECONDS = 12
RESTART_SECONDS = 1.0
QUICK_ENDS = 5
"""So many ends in a row, each soon after its start, and the bot is left alone."""

QUICK_SECONDS = 10

Action = Literal["start", "stop", "kill"]

_OF_THE_REAL_THING = ("DISCORD_", "FAL_", "NOVAKIT_", "NUR_", "DATABASE_URL", "MINSTREL_DATA_DIR")


def environment(base_url: str, data_dir: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """Give the environment in which a bot joins the sandbox instead of the real servers."""
    kept = {
        name: value for name, value in inherited.items() if not name.startswith(_OF_THE_REAL_THING)
    }
    gateway = base_url.replace("http", "ws", 1) + "/gateway"
    return kept | {
        "DISCORD_TOKEN": TOKEN,
        "FAL_KEY": KEY,
        "DISCORD_API_URL": f"{base_url}/api/v10",
        "DISCORD_GATEWAY_URL": gateway,
        "FAL_QUEUE_URL": f"{base_url}/fal/queue",
        "FAL_REST_URL": f"{base_url}/fal/rest",
        "FAL_API_URL": f"{base_url}/fal/v1",
        "NOVAKIT_API_KEY": NOVAKIT_KEY,
        "NOVAKIT_URL": f"{base_url}/novakit",
        "NUR_API_KEY": NUR_KEY,
        "NUR_URL": f"{base_url}/nur",
        "DATABASE_URL": f"sqlite:///{data_dir}/minstrel.db",
        "MINSTREL_DATA_DIR": str(data_dir),
    }


class BotProcess:
    """Starts the bot, starts it again when it dies, and ends it with the sandbox."""

    def __init__(self, base_url: Callable[[], str], data_dir: Path) -> None:
        self._base_url = base_url
        self._data_dir = data_dir
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._is_wanted = False

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def act(self, action: Action) -> None:
        """Start the bot, stop it as an operator would, or kill it; killed, it comes back."""
        match action:
            case "start":
                self.start()
            case "stop":
                await self.stop()
            case "kill":
                self._signal(signal.SIGKILL)

    def start(self) -> None:
        """Run the bot from now on."""
        self._is_wanted = True
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep(), name="bot-process")

    async def stop(self) -> None:
        """End the bot in order; it gets the time it promises to need."""
        self._is_wanted = False
        self._signal(signal.SIGTERM)
        if self._keeper is None:
            return
        _done, late = await asyncio.wait({self._keeper}, timeout=STOP_SECONDS)
        if late:
            log.warning("the bot did not stop in %d s and is killed", STOP_SECONDS)
            self._signal(signal.SIGKILL)
            await self._keeper

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        quick = 0
        while self._is_wanted:
            began = loop.time()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "run",
                # Away from the operator's .env, which means the real thing.
                cwd=self._data_dir,
                env=environment(self._base_url(), self._data_dir.resolve(), os.environ),
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
            code = await self._process.wait()
            if not self._is_wanted:
                return
            quick = quick + 1 if loop.time() - began < QUICK_SECONDS else 0
            if quick >= QUICK_ENDS:
                log.error("the bot keeps ending (exit code %d) and is left alone", code)
                return
            log.warning("the bot ended (exit code %d), starting it again", code)
            await asyncio.sleep(RESTART_SECONDS)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)


def _die_with_parent() -> None:
    """Have the kernel end the bot when the sandbox is killed; else it would join the next one."""
    import ctypes  # noqa: PLC0415 - after the fork, on Linux only

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
