"""What a gateway connection is made of: the session that can be resumed, and its socket."""

from __future__ import annotations

import asyncio
import json
import sys
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, web

from bot.domain.clock import Clock
from sandbox.discord.state import Json
from sandbox.discord.world import Dispatch

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdCompressor

_REMEMBERED = 500

Pack = Callable[[bytes], bytes]


def packer(compression: str | None) -> Pack | None:
    """Give the compression that was asked for; None when it is not known here.

    Libraries that ask for an unknown one read plain text frames as well.
    """
    if compression == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda text: deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if sys.version_info >= (3, 14) and compression == "zstd-stream":
        zstd = ZstdCompressor()
        return lambda text: zstd.compress(text, mode=ZstdCompressor.FLUSH_BLOCK)
    return None


@dataclass(slots=True)
class Session:
    """What is left of a connection when it breaks: enough to resume."""

    id: str
    token: str
    intents: int
    shard: tuple[int, int]
    sequence: int = 0
    frames: deque[Json] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    connection: Connection | None = None
    left_at: float = 0.0

    def takes(self, event: Dispatch) -> bool:
        """Say whether an event is for this session."""
        if event.intent and not self.intents & event.intent:
            return False
        number, count = self.shard
        home = (int(event.guild_id) >> 22) % count if event.guild_id else 0
        return home == number

    def send(self, event: str, data: Json) -> None:
        """Number an event, remember it, and send it if somebody is there."""
        self.sequence += 1
        frame: Json = {"op": 0, "t": event, "s": self.sequence, "d": data}
        self.frames.append(frame)
        if self.connection is not None:
            self.connection.put(frame)


class Connection:
    """One WebSocket; frames leave it in the order they were put."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        *,
        clock: Clock,
        record: Callable[[str, Json], None],
        pack: Pack | None,
    ) -> None:
        self.socket = socket
        self.last_beat = clock.monotonic()
        self.session: Session | None = None
        self.verdict = int(WSCloseCode.OK)
        self.dismissed = asyncio.Event()
        self.ended = asyncio.Event()
        self._record = record
        self._queue: asyncio.Queue[Json] = asyncio.Queue()
        self._pack = pack

    def put(self, frame: Json) -> None:
        """Send a frame soon."""
        self._queue.put_nowait(frame)

    def dismiss(self, code: int) -> None:
        """Have the connection closed, with a code that says why."""
        self.verdict = code
        self.dismissed.set()

    async def write(self) -> None:
        """Send what is put, until cancelled or the socket is gone."""
        while True:
            frame = await self._queue.get()
            self._record("out", frame)
            try:
                await self._send(json.dumps(frame))
            except (ConnectionError, RuntimeError):
                return

    async def _send(self, text: str) -> None:
        if self._pack is None:
            await self.socket.send_str(text)
        else:
            await self.socket.send_bytes(self._pack(text.encode()))
