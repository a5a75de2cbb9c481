"""A client API with a script: it serves the page, remembers what was asked, and says what it is told."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import wave
from datetime import UTC, datetime
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.web import Page

Json = dict[str, Any]

YOU: Json = {
    "id": "100",
    "username": "you",
    "global_name": "You",
    "bot": False,
    "avatar_color": "#5b7fd6",
}
MIRA: Json = {
    "id": "101",
    "username": "mira",
    "global_name": "Mira Vale",
    "bot": False,
    "avatar_color": "#3f9d78",
}
BOT: Json = {
    "id": "102",
    "username": "minstrel",
    "global_name": "Minstrel",
    "bot": True,
    "avatar_color": "#b8682f",
}

COMMANDS: list[Json] = [
    {
        "id": "900",
        "type": 1,
        "name": "music",
        "description": "Make music from a description",
        "options": [
            {
                "type": 3,
                "name": "prompt",
                "description": "What should be heard",
                "required": True,
                "min_length": 3,
                "max_length": 1000,
            },
            {
                "type": 4,
                "name": "duration",
                "description": "How long, in seconds",
                "min_value": 5,
                "max_value": 190,
            },
            {
                "type": 3,
                "name": "model",
                "description": "Which model plays",
                "autocomplete": True,
            },
            {
                "type": 3,
                "name": "format",
                "description": "The kind of file",
                "choices": [{"name": "MP3", "value": "mp3"}, {"name": "WAV", "value": "wav"}],
            },
            {"type": 5, "name": "private", "description": "Only you see it"},
        ],
    },
    {
        "id": "901",
        "type": 1,
        "name": "sfx",
        "description": "Make a sound effect",
        "options": [
            {"type": 3, "name": "prompt", "description": "What should be heard", "required": True}
        ],
    },
    {
        "id": "902",
        "type": 1,
        "name": "remix",
        "description": "Change a piece",
        "options": [
            {"type": 11, "name": "file", "description": "An audio file", "required": True},
            {"type": 6, "name": "for", "description": "For whom"},
        ],
    },
    {
        "id": "903",
        "type": 1,
        "name": "settings",
        "description": "Change how the bot behaves here",
        "options": [
            {"type": 1, "name": "view", "description": "Show the settings"},
            {
                "type": 1,
                "name": "limit",
                "description": "How many pieces an hour",
                "options": [
                    {"type": 4, "name": "count", "description": "How many", "required": True}
                ],
            },
        ],
    },
    {"id": "904", "type": 3, "name": "Remix this", "description": ""},
]


def tone(seconds: float = 4.0) -> bytes:
    """Give a WAV file, mono, that is silent and takes no time to make."""
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * int(8000 * seconds))
    return target.getvalue()


class FarEnd:
    """A tiny Discord that does nothing by itself.

    Attributes:
        asked: What the page sent, in order: ``("run", {...})``, ``("press", {...})`` and so on;
            uploaded files are under ``"files"`` as name and size.
        messages: What the channel holds.
        files: What ``/files/{name}`` gives.
        choices: What autocomplete proposes.
        slow: While set, lists of messages are written down at once and given when it is set free.
        status: What becomes of every interaction; None for nothing at all.
    """

    def __init__(self) -> None:
        self.base_url = ""
        self.asked: list[tuple[str, Json]] = []
        self.messages: list[Json] = []
        self.commands = list(COMMANDS)
        self.files: dict[str, tuple[bytes, str]] = {"tone.wav": (tone(), "audio/wav")}
        self.choices: list[Json] = [{"name": "Stable Audio", "value": "fal-ai/stable-audio-25"}]
        self.status: str | None = "acknowledged"
        self.roles: list[Json] = [{"id": "200", "name": "@everyone"}]
        self.is_online = True
        self.slow: asyncio.Event | None = None
        self.modal: Json | None = None
        self.control: dict[str, Any] = {"faults": [], "fal": {"counts": {}, "settings": {}}}
        self._ids = itertools.count(5000)
        self._sockets: set[web.WebSocketResponse] = set()
        self._news = asyncio.Event()

    def app(self) -> web.Application:
        """Give the application: the page and the client API beside it."""
        app = web.Application()
        Page().add_routes(app)
        channel = "/client/channels/{channel}/messages"
        routes = web.RouteTableDef()
        routes.get("/client/state")(self._state)
        routes.get("/client/commands")(self._commands)
        routes.post("/client/commands/{command}")(self._run)
        routes.post("/client/commands/{command}/autocomplete")(self._autocomplete)
        routes.post("/client/components")(self._press)
        routes.post("/client/modals/{interaction}")(self._submit)
        routes.get(channel)(self._list)
        routes.post(channel)(self._send)
        routes.delete(channel + "/{message}")(self._delete)
        routes.get("/client/events")(self._events)
        routes.get("/files/{name}")(self._file)
        routes.route("*", "/control/{what}")(self._control)
        app.add_routes(routes)
        return app

    def message(self, content: str = "", **fields: Any) -> Json:
        """Make a message of the bot's; it is not in the channel yet."""
        fields.setdefault("id", str(next(self._ids)))
        return {
            "channel_id": "300",
            "type": 0,
            "author": BOT,
            "content": content,
            "timestamp": datetime.now(UTC).isoformat(),
            "edited_timestamp": None,
            "flags": 0,
            "embeds": [],
            "attachments": [],
            "components": [],
            "mentions": [],
            **fields,
        }

    def attachment(self, name: str, identifier: str = "700", **fields: Any) -> Json:
        """Describe a file that this server gives."""
        content, kind = self.files[name]
        return {
            "id": identifier,
            "filename": name,
            "size": len(content),
            "url": f"{self.base_url}/files/{name}?hm={next(self._ids)}",
            "content_type": kind,
            **fields,
        }

    async def post(self, message: Json) -> Json:
        """Put a message into the channel, or change the one with its id, and tell the page."""
        known = next((m for m in self.messages if m["id"] == message["id"]), None)
        if known is None:
            self.messages.append(message)
        else:
            known.update(message)
        kind = "message_create" if known is None else "message_update"
        await self.tell({"type": kind, "message": message})
        return message

    async def tell(self, event: Json) -> None:
        """Send an event to every open page."""
        for socket in tuple(self._sockets):
            await socket.send_json(event)

    async def cut(self) -> None:
        """Close every stream of events, as a restarted sandbox does."""
        for socket in tuple(self._sockets):
            await socket.close()

    async def heard(self) -> None:
        """Wait until a page listens."""
        async with asyncio.timeout(15):
            while not self._sockets:
                self._news.clear()
                await self._news.wait()

    async def asked_for(self, kind: str, *, count: int = 1) -> Json:
        """Wait until the page has asked for something, and give what it sent the last time."""
        async with asyncio.timeout(15):
            while True:
                found = [what for name, what in self.asked if name == kind]
                if len(found) >= count:
                    return found[count - 1]
                self._news.clear()
                await self._news.wait()

    def _note(self, kind: str, what: Json) -> None:
        self.asked.append((kind, what))
        self._news.set()

    async def _read(self, request: web.Request) -> Json:
        if request.content_type == "application/json":
            return dict(await request.json())
        form = await request.post()
        payload = dict(json.loads(str(form["payload_json"])))
        payload["files"] = {
            name: (part.filename, len(part.file.read()))
            for name, part in form.items()
            if isinstance(part, web.FileField)
        }
        return payload

    async def _interaction(self, kind: str, what: Json) -> web.Response:
        identifier = str(next(self._ids))
        self._note(kind, what)
        asyncio.get_running_loop().call_soon(self._follow, identifier, kind)
        return web.json_response({"interaction_id": identifier}, status=202)

    def _follow(self, identifier: str, kind: str) -> None:
        modal = self.modal if kind != "submit" else None
        event: Json = {"type": "modal", "interaction_id": identifier, "modal": modal}
        if modal is None:
            if self.status is None:
                return
            event = {"type": "interaction", "interaction_id": identifier, "status": self.status}
            if self.status == "failed":
                event["error"] = "The application did not respond"
        self._telling = asyncio.ensure_future(self.tell(event))

    async def _state(self, request: web.Request) -> web.Response:
        people = {None: YOU, YOU["id"]: YOU, MIRA["id"]: MIRA}
        me = people.get(request.query.get("as"))
        if me is None:
            return web.json_response({"error": "There is no such person here."}, status=404)
        channels = [
            {"id": "300", "name": "music", "type": 0},
            {"id": "301", "name": "workshop", "type": 0},
        ]
        state = {
            "me": me,
            "users": [YOU, MIRA, BOT],
            "guilds": [
                {"id": "200", "name": "The Tavern", "channels": channels, "roles": self.roles}
            ],
            "bot": {"online": self.is_online, "user": BOT},
            "now": datetime.now(UTC).isoformat(),
        }
        return web.json_response(state)

    async def _commands(self, _: web.Request) -> web.Response:
        return web.json_response({"commands": self.commands})

    async def _run(self, request: web.Request) -> web.Response:
        payload = await self._read(request)
        return await self._interaction("run", {"id": request.match_info["command"], **payload})

    async def _autocomplete(self, request: web.Request) -> web.Response:
        self._note("autocomplete", await request.json())
        return web.json_response({"choices": self.choices})

    async def _press(self, request: web.Request) -> web.Response:
        return await self._interaction("press", await self._read(request))

    async def _submit(self, request: web.Request) -> web.Response:
        payload = await self._read(request)
        return await self._interaction(
            "submit", {"interaction": request.match_info["interaction"], **payload}
        )

    async def _list(self, request: web.Request) -> web.Response:
        here = [m for m in self.messages if m["channel_id"] == request.match_info["channel"]]
        before = request.query.get("before")
        older = [m for m in here if before is None or int(m["id"]) < int(before)]
        written = json.dumps({"messages": older[-50:]})
        if self.slow is not None:
            self._note("list", {})
            await self.slow.wait()
        return web.Response(text=written, content_type="application/json")

    async def _send(self, request: web.Request) -> web.Response:
        payload = await self._read(request)
        self._note("send", payload)
        message = self.message(payload["content"], author=YOU)
        if reply_to := payload.get("reply_to"):
            message["type"] = 19
            quoted = next(m for m in self.messages if m["id"] == reply_to)
            message["referenced_message"] = dict(quoted)
        return web.json_response(await self.post(message))

    async def _delete(self, request: web.Request) -> web.Response:
        identifier = request.match_info["message"]
        self._note("delete", {"id": identifier})
        self.messages = [m for m in self.messages if m["id"] != identifier]
        event = {"type": "message_delete", "channel_id": "300", "message_id": identifier}
        await self.tell(event)
        return web.Response(status=204)

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        self._news.set()
        try:
            async for frame in socket:
                if frame.type is WSMsgType.ERROR:
                    break
        finally:
            self._sockets.discard(socket)
        return socket

    async def _file(self, request: web.Request) -> web.Response:
        content, kind = self.files[request.match_info["name"]]
        return web.Response(body=content, content_type=kind)

    async def _control(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        if request.method == "POST":
            payload = await request.json()
            self._note(f"control/{what}", payload)
            if what == "faults":
                self.control["faults"].append({"times": 1, "seconds": 0, "status": 500, **payload})
            elif what in self.control:
                self.control[what]["settings"].update(payload)
        elif request.method == "DELETE":
            self.control["faults"] = []
        if what == "faults":
            return web.json_response({"pending": self.control["faults"], "struck": 0})
        if what == "discord":
            return web.json_response({"requests": {"POST /x": 3}, "violations": []})
        return web.json_response(self.control.get(what, {}))
