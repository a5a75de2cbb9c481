"""A bot without a library: every frame and answer by hand."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.sandbox.discord.town import Json, Town

INTENTS = 4609
COMMAND: Json = {
    "name": "hum",
    "description": "Hum",
    "options": [
        {"type": 3, "name": "what", "description": "What", "required": True, "max_length": 5},
        {"type": 4, "name": "times", "description": "How often", "min_value": 1, "max_value": 9},
        {
            "type": 3,
            "name": "key",
            "description": "Key",
            "choices": [{"name": "C", "value": "c"}, {"name": "D", "value": "d"}],
        },
    ],
}


class Puppet:
    """One gateway connection and what is needed to answer interactions."""

    def __init__(self, town: Town, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.town = town
        self.socket = socket
        self.session = ""
        self.sequence = 0
        self._inflate = zlib.decompressobj()

    async def frame(self) -> Json:
        """Give the next frame."""
        message = await asyncio.wait_for(self.socket.receive(), 15)
        if message.type is aiohttp.WSMsgType.BINARY:
            frame = json.loads(self._inflate.decompress(message.data))
        else:
            assert message.type is aiohttp.WSMsgType.TEXT, message
            frame = json.loads(message.data)
        self.sequence = frame.get("s") or self.sequence
        return dict(frame)

    async def expect(self, event: str) -> Json:
        """Give the data of the next event of a name, passing over others."""
        while True:
            frame = await self.frame()
            if frame.get("t") == event:
                return dict(frame["d"])

    async def closed(self) -> int | None:
        """Wait until the server closes; gives its code."""
        while not self.socket.closed:
            await asyncio.wait_for(self.socket.receive(), 15)
        return self.socket.close_code

    async def identify(self, **more: Any) -> Json:
        """Log in; gives READY."""
        assert (await self.frame())["op"] == 10
        await self.send(2, {"token": "a-token", "intents": INTENTS, "properties": {}, **more})
        ready = await self.expect("READY")
        self.session = ready["session_id"]
        return ready

    async def resume(self, session: str, sequence: int) -> None:
        """Take a session up again."""
        assert (await self.frame())["op"] == 10
        await self.send(6, {"token": "a-token", "session_id": session, "seq": sequence})

    async def send(self, op: int, data: Any) -> None:
        """Send a frame."""
        await self.socket.send_json({"op": op, "d": data})

    async def learn(self, *commands: Json) -> None:
        """Register commands, for the whole bot."""
        application = self.town.discord.world.bot.id
        status, answer = await self.town.api(
            f"PUT /applications/{application}/commands", list(commands or (COMMAND,))
        )
        assert status == 200, answer
        await self.town.learn()

    async def asked(self) -> Json:
        """Let the person use the command; gives the interaction as it arrives."""
        await self.town.run("hum", what="low")
        return await self.expect("INTERACTION_CREATE")

    async def respond(
        self, interaction: Json, kind: int, data: Json | None = None
    ) -> tuple[int, Any]:
        """Give the first response; gives status and answer."""
        body: Json = {"type": kind} | ({"data": data} if data is not None else {})
        path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
        return await self.town.api(f"POST {path}?with_response=1", body)

    def hook(self, interaction: Json, tail: str = "") -> str:
        """Give the path that the interaction's token opens."""
        return f"/webhooks/{interaction['application_id']}/{interaction['token']}{tail}"


@asynccontextmanager
async def connected(town: Town, query: str = "") -> AsyncIterator[Puppet]:
    """Open a gateway connection, not yet logged in."""
    async with town.http.ws_connect(f"/gateway{query}") as socket:
        yield Puppet(town, socket)


@asynccontextmanager
async def puppet(town: Town) -> AsyncIterator[Puppet]:
    """Give a puppet that is logged in and has one command."""
    async with connected(town) as made:
        await made.identify()
        await made.expect("GUILD_CREATE")
        await made.learn()
        yield made
