"""What Discord's own app does: the page's and the tests' side of the small Discord."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.discord import permissions
from sandbox.discord.gateway import Gateway
from sandbox.discord.objects import FORWARD
from sandbox.discord.posting import Origin, Posting
from sandbox.discord.refusals import Refusal
from sandbox.discord.state import Channel, ChannelType, Json, Message, User
from sandbox.discord.wire import Upload, json_response, read_parts, read_up_to
from sandbox.discord.world import World

_JSON_LIMIT_BYTES = 4 * 1024 * 1024


class ClientError(Exception):
    """Something the acting person cannot do, as a sentence for them."""

    def __init__(self, sentence: str, *, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


@dataclass(slots=True, kw_only=True)
class Act:
    """One thing a person does.

    Attributes:
        person: Who does it.
        payload: The JSON object they sent.
    """

    request: web.Request
    person: User
    payload: Json = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        """Give a part of the path."""
        return self.request.match_info[name]

    def text(self, name: str, default: str = "") -> str:
        """Give a string of the payload.

        Raises:
            ClientError: It is something else.
        """
        value = self.payload.get(name, default)
        if not isinstance(value, str):
            raise ClientError(f"The field {name} must be text.")
        return value


Action = Callable[[Act], Awaitable[web.StreamResponse]]


class Actors:
    """Finds out who acts, reads what they send, and puts refusals into sentences."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add(self, app: web.Application, route: str, action: Action) -> None:
        """Add a route such as ``GET /client/state``."""
        method, _, path = route.partition(" ")

        async def respond(request: web.Request) -> web.StreamResponse:
            try:
                act = Act(request=request, person=self.person(request))
                if method in {"POST", "PATCH", "PUT"} and request.body_exists:
                    await self._read(act)
                return await action(act)
            except ClientError as error:
                return json_response({"error": error.sentence}, error.status)
            except Refusal as refusal:
                body = {"error": _sentence(refusal), "details": refusal.body()}
                return json_response(body, refusal.status)

        app.router.add_route(method, path, respond)

    def person(self, request: web.Request) -> User:
        """Give who acts: the query's ``as``, or the first human.

        Raises:
            ClientError: There is no such person.
        """
        wanted = request.query.get("as") or self._world.me.id
        person = self._world.directory.users.get(wanted)
        if person is None or person.bot:
            raise ClientError("There is no such person here. Pick another one.", status=404)
        return person

    def channel(self, act: Act, channel_id: str, *needed: str) -> Channel:
        """Find a channel the person sees and has some permissions in.

        Raises:
            ClientError: It is not there for them, or they may not.
        """
        channel = self._world.directory.channels.get(channel_id)
        held = (
            permissions.in_channel(self._world.directory, channel, act.person.id) if channel else 0
        )
        if channel is None or not held & permissions.BITS["view_channel"]:
            raise ClientError("That channel is gone, or hidden from you.", status=404)
        wanted = permissions.bits(list(needed))
        if held & wanted != wanted:
            raise ClientError("You have no permission to do that in this channel.", status=403)
        return channel

    def message(self, act: Act, channel: Channel, message_id: str) -> Message:
        """Find a message the person sees.

        Raises:
            ClientError: It is not there for them.
        """
        message = channel.messages.get(message_id)
        if message is None or message.visible_to not in {None, act.person.id}:
            raise ClientError("That message is gone.", status=404)
        return message

    async def _read(self, act: Act) -> None:
        if act.request.content_type == "multipart/form-data":
            limit = max(self._world.directory.limit_bytes(one) for one in self._guild_ids())
            text, act.uploads, oversize = await read_parts(
                act.request, limit_bytes=limit, cap_bytes=10 * limit
            )
            if oversize:
                raise ClientError("Your files are too powerful. Pick smaller ones.", status=413)
        else:
            text = await read_up_to(act.request, _JSON_LIMIT_BYTES)
        try:
            payload: Any = json.loads(text) if text else {}
        except ValueError:
            raise ClientError("The request is not JSON.") from None
        if not isinstance(payload, dict):
            raise ClientError("The request must be a JSON object.")
        act.payload = payload

    def _guild_ids(self) -> list[str | None]:
        return [None, *self._world.directory.guilds]


def _sentence(refusal: Refusal) -> str:
    if refusal.errors is None:
        return f"{refusal.message.rstrip('.')}."
    return f"That cannot be sent: {'; '.join(_messages(refusal.errors))}"


def _messages(errors: Any) -> list[str]:
    found: list[str] = []
    for key, value in errors.items():
        if key == "_errors":
            found += [one["message"] for one in value]
        else:
            found += [f"{key}: {message}" for message in _messages(value)]
    return found


class ClientRoutes:
    """Channels and messages, as a person sees and writes them, and the stream of events."""

    def __init__(self, world: World, gateway: Gateway, posting: Posting, actors: Actors) -> None:
        self._world = world
        self._gateway = gateway
        self._posting = posting
        self._actors = actors
        self._sockets: set[web.WebSocketResponse] = set()

    def add_routes(self, app: web.Application) -> None:
        """Add them to the application."""
        messages = "/client/channels/{channel}/messages"
        self._actors.add(app, "GET /client/state", self.state)
        self._actors.add(app, f"GET {messages}", self.history)
        self._actors.add(app, f"POST {messages}", self.write)
        self._actors.add(app, f"GET {messages}/{{message}}", self.read)
        self._actors.add(app, f"DELETE {messages}/{{message}}", self.delete)
        self._actors.add(app, "GET /client/events", self.events)

    async def state(self, act: Act) -> web.StreamResponse:
        """Describe what the person's app shows before any message."""
        directory = self._world.directory
        online = self._gateway.is_online()
        guilds = [
            {
                "id": guild.id,
                "name": guild.name,
                "premium_tier": guild.premium_tier,
                "channels": [
                    {"id": channel.id, "name": channel.name, "type": int(channel.type)}
                    for channel in guild.channels.values()
                    if permissions.in_channel(directory, channel, act.person.id)
                    & permissions.BITS["view_channel"]
                ],
                "roles": [
                    {"id": role.id, "name": role.name, "position": role.position}
                    for role in guild.roles.values()
                ],
            }
            for guild in directory.guilds.values()
            if act.person.id in guild.members
        ]
        directs = [
            {"id": channel.id, "name": self._world.bot.username, "type": int(channel.type)}
            for channel in directory.channels.values()
            if channel.type is ChannelType.DM and act.person.id in channel.recipients
        ]
        body = {
            "me": _person(act.person),
            "users": [_person(one) for one in directory.users.values()],
            "guilds": guilds,
            "directs": directs,
            "bot": {"online": online, "user": _person(self._world.bot)},
            "now": self._world.clock.now().isoformat(),
        }
        return json_response(body)

    async def history(self, act: Act) -> web.StreamResponse:
        """Give a channel's newest messages, oldest first."""
        channel = self._actors.channel(act, act["channel"])
        query = act.request.query
        try:
            limit = min(max(int(query.get("limit") or 50), 1), 200)
            before = int(query.get("before") or 1 << 63)
        except ValueError:
            raise ClientError("The range of messages must be given in numbers.") from None
        seen = [
            one
            for one in channel.messages.values()
            if one.visible_to in {None, act.person.id} and int(one.id) < before
        ]
        shown = [self._posting.shapes.full(one) for one in seen[-limit:]]
        return json_response({"messages": shown})

    async def read(self, act: Act) -> web.StreamResponse:
        """Give one message, with fresh URLs."""
        channel = self._actors.channel(act, act["channel"])
        message = self._actors.message(act, channel, act["message"])
        return json_response(self._posting.shapes.full(message))

    async def write(self, act: Act) -> web.StreamResponse:
        """Send a message as the person, perhaps as a reply, with the ping on or off."""
        channel = self._actors.channel(act, act["channel"], "send_messages")
        payload: Json = {"content": act.text("content")}
        if not act.payload.get("ping", True):
            payload["allowed_mentions"] = {"parse": ["users", "everyone"], "replied_user": False}
        if reply_to := act.text("reply_to"):
            target = self._actors.message(act, channel, reply_to)
            if target.is_ephemeral:
                raise ClientError("Only you can see that message, so it cannot be replied to.")
            payload["message_reference"] = {"message_id": reply_to}
        if forward_of := act.text("forward_of"):
            self._actors.message(act, channel, forward_of)
            payload["message_reference"] = {"type": FORWARD, "message_id": forward_of}
        origin = Origin(author_id=act.person.id)
        message = self._posting.compose(channel, payload, act.uploads, origin)
        self._posting.publish(message)
        return json_response(self._posting.shapes.full(message))

    async def delete(self, act: Act) -> web.StreamResponse:
        """Delete a message: one's own, or as somebody who manages messages."""
        channel = self._actors.channel(act, act["channel"])
        message = self._actors.message(act, channel, act["message"])
        if message.author_id != act.person.id and not message.is_ephemeral:
            self._actors.channel(act, channel.id, "manage_messages")
        self._posting.delete(message)
        return web.Response(status=204)

    async def events(self, act: Act) -> web.StreamResponse:
        """Stream what happens, as far as this person sees it."""
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(act.request)
        queue: asyncio.Queue[Json] = asyncio.Queue()

        def hear(event: Json, only: str | None) -> None:
            if only in {None, act.person.id} and self._is_visible(event, act.person):
                queue.put_nowait(event)

        stop = self._world.listen(hear)
        self._sockets.add(socket)
        writer = asyncio.create_task(_write(socket, queue))
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            stop()
            self._sockets.discard(socket)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        return socket

    def _is_visible(self, event: Json, person: User) -> bool:
        shape = event.get("message") or event
        channel = self._world.directory.channels.get(shape.get("channel_id", ""))
        if channel is None:
            return True
        held = permissions.in_channel(self._world.directory, channel, person.id)
        return bool(held & permissions.BITS["view_channel"])

    async def close(self) -> None:
        """Close all streams."""
        for socket in tuple(self._sockets):
            await socket.close()


async def _write(socket: web.WebSocketResponse, queue: asyncio.Queue[Json]) -> None:
    while True:
        event = await queue.get()
        try:
            await socket.send_str(json.dumps(event))
        except ConnectionError:
            return


def _person(user: User) -> Json:
    return {
        "id": user.id,
        "username": user.username,
        "global_name": user.global_name,
        "bot": user.bot,
        "avatar_color": user.avatar_color,
    }
