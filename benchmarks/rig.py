"""The rig of the whole-bot benchmarks: the sandbox here, and a bot as a process beside it."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.app import Sandbox
from sandbox.child import environment

OURS = ("bot", "run")
BARE = ("benchmarks.bare_bot",)
PATIENCE_SECONDS = 120.0
STEADY_SECONDS = 5

UNLIMITED = {"MINSTREL_LIMITS": "off", "MINSTREL_LOG_LEVEL": "WARNING"}

_PAGE_BYTES = resource.getpagesize()
_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Process:
    """A bot under measurement."""

    pid: int

    @property
    def rss_bytes(self) -> int:
        """Memory that it holds now."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE_BYTES

    @property
    def cpu_seconds(self) -> float:
        """Processor time that it and all its descendants, ended ones too, have used so far."""
        parents: dict[int, int] = {}
        used: dict[int, float] = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdecimal():
                continue
            with suppress(OSError):  # it ended meanwhile
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                parents[int(folder.name)] = int(fields[1])
                used[int(folder.name)] = sum(int(field) for field in fields[11:15]) / _TICKS
        family = {self.pid}
        while grown := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= grown
        return sum(used.get(pid, 0.0) for pid in family)

    async def settled_rss_bytes(self) -> int:
        """Give what it holds once that has not changed for a while."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_SECONDS
        seen = [self.rss_bytes]
        while loop.time() < deadline:
            await asyncio.sleep(1)
            seen.append(self.rss_bytes)
            latest = seen[-STEADY_SECONDS:]
            if len(seen) > STEADY_SECONDS and max(latest) - min(latest) < _MIB:
                break
        return seen[-1]


class Events:
    """What the sandbox records, handed on to whoever listens for it in this process."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[dict[str, object]], None]] = []

    def __call__(self, entry: dict[str, object]) -> None:
        """Hand an entry on."""
        for listener in self.listeners:
            listener(entry)


@asynccontextmanager
async def far_ends(events: Events | None = None) -> AsyncIterator[Sandbox]:
    """Run the sandbox in this process."""
    raise_open_files()
    async with Sandbox(port=0, record=events) as sandbox:
        yield sandbox


class Gauges:
    """The bot's own figures, from its `/metrics`."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])

    @property
    def settings(self) -> dict[str, str]:
        """What a bot has to be started with."""
        return {"MINSTREL_HEALTH_PORT": str(self._port)}

    async def read(self) -> dict[str, float]:
        """Give every figure by its name and labels, as they stand in the exposition."""
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{self._port}/metrics") as answer,
        ):
            lines = (await answer.text()).splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    @staticmethod
    def quantile(
        before: Mapping[str, float], after: Mapping[str, float], name: str, share: float
    ) -> float:
        """Give the bound below which so large a share of a histogram's new entries fell."""
        start = f'{name}_bucket{{le="'
        grown = {
            float(key.removeprefix(start).removesuffix('"}')): value - before.get(key, 0)
            for key, value in after.items()
            if key.startswith(start)
        }
        count = max(grown.values(), default=0)
        return min((bound for bound, seen in grown.items() if seen >= share * count), default=0.0)


@asynccontextmanager
async def bot(
    sandbox: Sandbox,
    module: tuple[str, ...],
    settings: Mapping[str, str],
    *,
    data_dir: Path | None = None,
) -> AsyncIterator[Process]:
    """Run a bot against the sandbox until the block ends; it is online when the block begins."""
    with tempfile.TemporaryDirectory(prefix="minstrel-bench-") as folder:
        home = data_dir or Path(folder)
        env = environment(sandbox.base_url, home, os.environ) | dict(settings)
        env["PYTHONPATH"] = str(Path(__file__).parent.parent)
        with (home / "bot.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *module, cwd=home, env=env, stdout=log, stderr=log
            )
        try:
            async with aiohttp.ClientSession(sandbox.base_url) as http:
                await until(lambda: _is_online(http), "the bot")
            yield Process(process.pid)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await process.wait()


async def _is_online(http: aiohttp.ClientSession) -> bool:
    async with http.get("/client/state") as answer:
        state = await answer.json()
    if not state["bot"]["online"]:
        return False
    channel = state["guilds"][0]["channels"][0]["id"]
    async with http.get("/client/commands", params={"channel": channel}) as answer:
        return bool((await answer.json())["commands"])


class Crowd:
    """Members who type commands, and the stream of what they see."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self.channel_id = ""
        self.guild_id = ""
        self._commands: dict[str, str] = {}

    @classmethod
    @asynccontextmanager
    async def gathered(cls, sandbox: Sandbox) -> AsyncIterator[Crowd]:
        """Enter the first channel."""
        connector = aiohttp.TCPConnector(limit=50)
        async with aiohttp.ClientSession(sandbox.base_url, connector=connector) as http:
            crowd = cls(http)
            state = await crowd.get("/client/state")
            crowd.guild_id = state["guilds"][0]["id"]
            crowd.channel_id = state["guilds"][0]["channels"][0]["id"]
            found = await crowd.get("/client/commands", channel=crowd.channel_id)
            crowd._commands = {one["name"]: one["id"] for one in found["commands"]}
            yield crowd

    async def get(self, path: str, **params: str) -> Any:
        """Ask the sandbox something."""
        async with self._http.get(path, params=params) as answer:
            return await answer.json()

    async def post(self, path: str, body: object) -> Any:
        """Have the sandbox do something."""
        async with self._http.post(path, json=body) as answer:
            if answer.status >= 400:
                raise RuntimeError(await answer.text())
            return await answer.json()

    async def put(self, path: str, body: bytes) -> Any:
        """Hand the sandbox a file."""
        async with self._http.put(path, data=body) as answer:
            if answer.status >= 400:
                raise RuntimeError(await answer.text())
            return await answer.json()

    async def open_channel(self, name: str) -> str:
        """Make a channel; give its id."""
        made = await self.post(f"/control/guilds/{self.guild_id}/channels", {"name": name})
        return str(made["id"])

    async def music(self, prompt: str, *, channel_id: str | None = None, **more: object) -> str:
        """Type /music; give the interaction's id."""
        typed: list[dict[str, object]] = [{"name": "prompt", "type": 3, "value": prompt}]
        for name, value in more.items():
            kind = 4 if isinstance(value, int) else 3
            typed.append({"name": name, "type": kind, "value": value})
        body = {"channel_id": channel_id or self.channel_id, "options": typed}
        answer = await self.post(f"/client/commands/{self._commands['music']}", body)
        return str(answer["interaction_id"])

    @asynccontextmanager
    async def watching(self, see: Callable[[dict[str, Any]], None]) -> AsyncIterator[None]:
        """Hand over every event of the page's stream while the block runs."""
        async with self._http.ws_connect("/client/events", max_msg_size=0) as stream:

            async def read() -> None:
                async for message in stream:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        see(message.json())

            reading = asyncio.create_task(read())
            try:
                yield
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)


async def until(
    look: Callable[[], Awaitable[object]], what: str, *, seconds: float = PATIENCE_SECONDS
) -> None:
    """Look again and again until it is true.

    Raises:
        TimeoutError: It never was.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not await look():
        if loop.time() > deadline:
            raise TimeoutError(f"{what} did not come within {seconds:.0f} s")
        await asyncio.sleep(0.1)


def raise_open_files() -> None:
    """Let this process open as many sockets as it is allowed to."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
