"""The gateway: sessions, events with sequence numbers, heartbeats, and resuming.

Discord docs, Gateway. Frames go out uncompressed unless a known compression was asked for.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from sandbox.discord import objects
from sandbox.discord.sessions import Connection, Session, packer
from sandbox.discord.state import Json
from sandbox.discord.world import Dispatch, World

GUILDS = 1 << 0
GUILD_MEMBERS = 1 << 1
PRESENCES = 1 << 8
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12
MESSAGE_CONTENT = 1 << 15
PRIVILEGED = GUILD_MEMBERS | PRESENCES | MESSAGE_CONTENT

_RESUMABLE_SECONDS = 60.0
# Frames sent while the socket is gone wait this long for a RESUME before the bot counts as away.
_GAP_SECONDS = 2.0
_GOODBYE_SECONDS = 1.0

ACK_SECONDS = 0.05


class Gateway:
    """Accepts the bot's connections and carries events to them."""

    def __init__(self, world: World, *, heartbeat_seconds: float, privileged_intents: int) -> None:
        self._world = world
        self._heartbeat = heartbeat_seconds
        self._privileged = privileged_intents
        self._sessions: dict[str, Session] = {}
        self._connections: dict[Connection, web.Request] = {}
        world.on_dispatch(self.dispatch)
        world.bot_online = self.is_online

    def is_online(self) -> bool:
        """Say whether an identified connection is open."""
        return self.count_online() > 0

    def count_online(self) -> int:
        """Count the identified connections that are open."""
        return sum(one.connection is not None for one in self._sessions.values())

    def is_reachable(self, guild_id: str | None) -> bool:
        """Say whether an event for a guild would arrive, perhaps after a quick resume."""
        now = self._world.clock.monotonic()
        probe = Dispatch(event="", data={}, guild_id=guild_id)
        return any(
            one.takes(probe) and (one.connection is not None or now - one.left_at < _GAP_SECONDS)
            for one in self._sessions.values()
        )

    def dispatch(self, event: Dispatch) -> None:
        """Send an event to every session it is for."""
        for session in self._sessions.values():
            if session.takes(event):
                session.send(event.event, self._data_for(session, event))

    def _data_for(self, session: Session, event: Dispatch) -> Json:
        if event.bare is None or session.intents & self._privileged & MESSAGE_CONTENT:
            return event.data
        return event.bare

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection from HELLO to its end."""
        socket = web.WebSocketResponse(max_msg_size=1 << 20)
        await socket.prepare(request)
        connection = Connection(
            socket,
            clock=self._world.clock,
            record=self._record,
            pack=packer(request.query.get("compress")),
        )
        self._connections[connection] = request
        milliseconds = int(self._heartbeat * 1000)
        connection.put({"op": 10, "d": {"heartbeat_interval": milliseconds, "_trace": []}})
        writer = asyncio.create_task(connection.write())
        watcher = asyncio.create_task(self._drop_zombie(connection))
        try:
            await self._listen(connection)
        finally:
            for task in (writer, watcher):
                task.cancel()
            await asyncio.gather(writer, watcher, return_exceptions=True)
            del self._connections[connection]
            self._leave(connection)
            connection.ended.set()
        return socket

    async def _listen(self, connection: Connection) -> None:
        """Take frames in until the connection is closed, by either side."""
        socket = connection.socket
        dismissed = asyncio.create_task(connection.dismissed.wait())
        try:
            while not socket.closed:
                # Closing from another task would cut the goodbye short.
                incoming = asyncio.create_task(socket.receive())
                await asyncio.wait({incoming, dismissed}, return_when=asyncio.FIRST_COMPLETED)
                if not incoming.done():
                    incoming.cancel()
                    await asyncio.gather(incoming, return_exceptions=True)
                    await socket.close(code=connection.verdict, message=b"")
                    return
                message = incoming.result()
                # hikari sends its JSON in binary frames.
                if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    return
                await self._receive(connection, message.data)
        finally:
            dismissed.cancel()

    async def _drop_zombie(self, connection: Connection) -> None:
        """Close a connection that stopped beating its heart."""
        while not connection.socket.closed:
            await self._world.clock.sleep(self._heartbeat / 2)
            silence = self._world.clock.monotonic() - connection.last_beat
            if silence > self._heartbeat * 1.5:
                self._world.tally.violations["zombie"] += 1
                connection.dismiss(4009)
                return

    async def _receive(self, connection: Connection, text: str | bytes) -> None:
        try:
            frame: Any = json.loads(text)
            op, data = frame["op"], frame.get("d")
        except (ValueError, TypeError, KeyError):
            await connection.socket.close(code=4002, message=b"Error while decoding payload.")
            return
        self._record("in", _without_token(frame))
        if op == 1:
            connection.last_beat = self._world.clock.monotonic()
            # At once would be faster than discord.py's thread notes that it has asked.
            asyncio.get_running_loop().call_later(ACK_SECONDS, connection.put, {"op": 11})
        elif op == 2:
            await self._identify(connection, data if isinstance(data, dict) else {})
        elif op == 6:
            await self._resume(connection, data if isinstance(data, dict) else {})
        elif connection.session is None:
            await connection.socket.close(code=4003, message=b"Not authenticated.")
        elif op == 8:
            self._chunk_members(connection.session, data if isinstance(data, dict) else {})
        elif op not in {3, 4, 31}:
            await connection.socket.close(code=4001, message=b"Unknown opcode.")

    async def _identify(self, connection: Connection, data: Json) -> None:
        refusal = self._refuse_identify(connection, data)
        if refusal is not None:
            code, reason = refusal
            await connection.socket.close(code=code, message=reason)
            return
        number, count = data.get("shard") or (0, 1)
        session = Session(
            id=secrets.token_hex(16),
            token=data["token"],
            intents=int(data.get("intents") or 0),
            shard=(number, count),
        )
        self._world.tokens.add(session.token)
        self._forget_old()
        self._sessions[session.id] = session
        self._join(connection, session)
        session.send("READY", self._ready(session))
        for guild in self._world.directory.guilds.values():
            event = Dispatch(
                event="GUILD_CREATE",
                data=objects.guild_create(guild, self._world.directory),
                guild_id=guild.id,
                intent=GUILDS,
            )
            if session.takes(event) and not guild.unavailable:
                session.send(event.event, event.data)
        self._world.tell({"type": "bot", "online": True})

    def _refuse_identify(self, connection: Connection, data: Json) -> tuple[int, bytes] | None:
        token = data.get("token")
        shard = data.get("shard")
        if connection.session is not None:
            return 4005, b"Already authenticated."
        if not isinstance(token, str) or token in {"", "invalid"}:
            return 4004, b"Authentication failed."
        if shard is not None and not _is_shard(shard):
            return 4010, b"Invalid shard."
        if not isinstance(data.get("intents"), int):
            return 4013, b"Invalid intent(s)."
        if data["intents"] & PRIVILEGED & ~self._privileged:
            return 4014, b"Disallowed intent(s)."
        return None

    def _ready(self, session: Session) -> Json:
        mine = [
            one.id
            for one in self._world.directory.guilds.values()
            if session.takes(Dispatch(event="", data={}, guild_id=one.id))
        ]
        return {
            "v": 10,
            "user": objects.own_user(self._world.bot),
            "guilds": [{"id": guild_id, "unavailable": True} for guild_id in mine],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {"id": self._world.bot.id, "flags": 0, "flags_new": "0"},
            "private_channels": [],
            "relationships": [],
            "presences": [],
            "_trace": [],
        }

    @property
    def url(self) -> str:
        """The WebSocket's own address."""
        return self._world.base_url().replace("http", "ws", 1) + "/gateway"

    async def _resume(self, connection: Connection, data: Json) -> None:
        session = self._sessions.get(str(data.get("session_id")))
        seen = data["seq"] if isinstance(data.get("seq"), int) else 0
        gone = self._world.clock.monotonic() - session.left_at if session else 0.0
        is_too_late = session and session.connection is None and gone > _RESUMABLE_SECONDS
        if session is None or is_too_late or session.token != data.get("token"):
            connection.put({"op": 9, "d": False})
            return
        first = session.frames[0]["s"] if session.frames else session.sequence + 1
        if seen + 1 < first or seen > session.sequence:
            del self._sessions[session.id]
            connection.put({"op": 9, "d": False})
            return
        self._join(connection, session)
        for frame in [one for one in session.frames if one["s"] > seen]:
            connection.put(frame)
        session.send("RESUMED", {"_trace": []})
        self._world.tell({"type": "bot", "online": True})

    def _join(self, connection: Connection, session: Session) -> None:
        previous = session.connection
        session.connection = connection
        connection.session = session
        if previous is not None and previous is not connection:
            previous.session = None
            self._cut(previous)

    def _leave(self, connection: Connection) -> None:
        session = connection.session
        if session is None:
            return
        session.connection = None
        session.left_at = self._world.clock.monotonic()
        if connection.socket.close_code in {WSCloseCode.OK, WSCloseCode.GOING_AWAY}:
            self._sessions.pop(session.id, None)
        if not self.is_online():
            self._world.tell({"type": "bot", "online": False})

    def _forget_old(self) -> None:
        now = self._world.clock.monotonic()
        for session in list(self._sessions.values()):
            if session.connection is None and now - session.left_at > _RESUMABLE_SECONDS:
                del self._sessions[session.id]

    def _chunk_members(self, session: Session, data: Json) -> None:
        guild = self._world.directory.guilds.get(str(data.get("guild_id")))
        if guild is None:
            return
        users = self._world.directory.users
        wanted = data.get("user_ids")
        ids = [str(one) for one in wanted] if isinstance(wanted, list) else list(guild.members)
        chunk: Json = {
            "guild_id": guild.id,
            "members": [
                objects.member(guild.members[one], users[one])
                for one in ids
                if one in guild.members
            ],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [one for one in ids if one not in guild.members],
        }
        if data.get("nonce"):
            chunk["nonce"] = data["nonce"]
        session.send("GUILD_MEMBERS_CHUNK", chunk)

    def reconnect(self) -> None:
        """Ask all connections to reconnect and resume (op 7)."""
        for connection in self._connections:
            connection.put({"op": 7, "d": None})

    def invalidate(self) -> None:
        """End all sessions so that the bot has to identify again (op 9)."""
        for connection in self._connections:
            if connection.session is not None:
                self._sessions.pop(connection.session.id, None)
                connection.session.connection = None
                connection.session = None
            connection.put({"op": 9, "d": False})
        self._world.tell({"type": "bot", "online": False})

    def drop(self) -> None:
        """Cut all TCP connections."""
        for connection in tuple(self._connections):
            self._cut(connection)

    def _cut(self, connection: Connection) -> None:
        request = self._connections.get(connection)
        if request is not None and request.transport is not None:
            request.transport.abort()

    def replay(self, count: int) -> int:
        """Send the last events once more, under new numbers; gives how many were sent."""
        sent = 0
        for session in self._sessions.values():
            if session.connection is None:
                continue
            events = [one for one in session.frames if one["t"] not in {"READY", "RESUMED"}]
            for frame in events[-count:] if count else []:
                session.send(frame["t"], frame["d"])
                sent += 1
        return sent

    async def close(self) -> None:
        """Close all connections."""
        connections = tuple(self._connections)
        for connection in connections:
            connection.dismiss(WSCloseCode.GOING_AWAY)
        for connection in connections:
            with suppress(TimeoutError):
                await asyncio.wait_for(connection.ended.wait(), _GOODBYE_SECONDS)

    def _record(self, direction: str, frame: Json) -> None:
        self._world.record(
            {
                "kind": "gateway",
                "at": self._world.clock.now().isoformat(),
                "direction": direction,
                "frame": frame,
            }
        )


def _is_shard(shard: Any) -> bool:
    """Say whether this is a shard's number and the number of shards."""
    if not isinstance(shard, list) or not all(isinstance(one, int) for one in shard):
        return False
    return len(shard) == 2 and 0 <= shard[0] < shard[1]


def _without_token(frame: Json) -> Json:
    data = frame.get("d")
    if isinstance(data, dict) and "token" in data:
        return {**frame, "d": {**data, "token": "…"}}
    return frame
