"""A person in the small Discord: what the page does, in Python."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from sandbox.discord import Discord
from sandbox.faults import Faults

Json = dict[str, Any]


@dataclass(kw_only=True)
class Town:
    """One running small Discord, and the first person in it."""

    discord: Discord
    base: str
    http: aiohttp.ClientSession
    faults: Faults
    records: list[dict[str, object]]
    commands: dict[str, Json] = field(default_factory=dict)
    channel: str = ""
    guild: str = ""

    def __post_init__(self) -> None:
        guild = next(iter(self.discord.world.directory.guilds.values()))
        self.guild = guild.id
        self.channel = next(one.id for one in guild.channels.values() if one.name == "music")

    async def learn(self) -> None:
        """Fetch the commands."""
        body = await self.get(f"/client/commands?channel={self.channel}")
        self.commands = {one["name"]: one for one in body["commands"]}

    async def get(self, path: str, *, status: int = 200) -> Any:
        """GET JSON."""
        async with self.http.get(path) as response:
            assert response.status == status, await response.text()
            return await response.json(content_type=None)

    async def post(self, path: str, body: Json, *, status: int = 200, method: str = "POST") -> Any:
        """Send JSON, get JSON."""
        async with self.http.request(method, path, json=body) as response:
            text = await response.text()
            assert response.status == status, text
            return json.loads(text) if text else None

    async def api(self, route: str, body: Any = None, **files: bytes) -> tuple[int, Any]:
        """Call Discord's REST API with a bot token; gives status and JSON."""
        response, answer = await self.call(route, body, files=files)
        return response.status, answer

    async def call(
        self, route: str, body: Any = None, *, files: Mapping[str, bytes] | None = None
    ) -> tuple[aiohttp.ClientResponse, Any]:
        """Call Discord's REST API with a bot token; gives the response and its JSON."""
        method, _, path = route.partition(" ")
        form: aiohttp.FormData | None = None
        if files:
            form = aiohttp.FormData()
            form.add_field("payload_json", json.dumps(body or {}))
            for index, (name, content) in enumerate(files.items()):
                form.add_field(
                    f"files[{index}]", io.BytesIO(content), filename=name.replace("__", ".")
                )
        async with self.http.request(
            method,
            f"/api/v10{path}",
            json=None if form or body is None else body,
            data=form,
            headers={"Authorization": "Bot a-token"},
        ) as response:
            text = await response.text()
            return response, json.loads(text) if text else None

    async def run(self, name: str, *, channel: str | None = None, **values: Any) -> str:
        """Use a slash command; bytes are files. Gives the interaction's id."""
        command = self.commands[name]
        types = {one["name"]: one["type"] for one in command.get("options", [])}
        options = [
            {"name": key, "type": types[key], "value": value}
            for key, value in values.items()
            if not isinstance(value, bytes)
        ]
        body: Json = {"channel_id": channel or self.channel, "options": options}
        files = {key: value for key, value in values.items() if isinstance(value, bytes)}
        return await self.submit(f"/client/commands/{command['id']}", body, files)

    async def submit(self, path: str, body: Json, files: Mapping[str, bytes] | None = None) -> str:
        """Post to the client API, with files when there are any; gives the interaction's id."""
        form = aiohttp.FormData()
        form.add_field("payload_json", json.dumps(body))
        for key, content in (files or {}).items():
            form.add_field(f"files[{key}]", io.BytesIO(content), filename=f"{key}.wav")
        how: dict[str, Any] = {"data": form} if files else {"json": body}
        async with self.http.post(path, **how) as response:
            answer = await response.json(content_type=None)
            assert response.status == 202, answer
            return str(answer["interaction_id"])

    async def outcome(self, interaction_id: str) -> Json:
        """Wait until an interaction is answered or has failed; gives its state."""
        interaction = self.discord.world.directory.interactions[interaction_id]
        await asyncio.wait_for(interaction.settled.wait(), 15)
        body: Json = await self.get(f"/client/interactions/{interaction_id}")
        return body

    async def messages(self, channel: str | None = None, *, person: str = "") -> list[Json]:
        """Give what a person sees in a channel, oldest first."""
        path = f"/client/channels/{channel or self.channel}/messages?as={person}"
        body = await self.get(path)
        found: list[Json] = body["messages"]
        return found

    async def until(
        self, wanted: Callable[[list[Json]], bool], *, channel: str | None = None
    ) -> list[Json]:
        """Wait until the messages a person sees are as wanted."""
        news = asyncio.Event()
        stop = self.discord.world.listen(lambda *_: news.set())
        try:
            async with asyncio.timeout(15):
                while not wanted(found := await self.messages(channel)):
                    await news.wait()
                    news.clear()
        finally:
            stop()
        return found

    async def press(self, message: Json, label: str) -> str:
        """Press the button with a label; gives the interaction's id."""
        button = next(
            one
            for row in message["components"]
            for one in row["components"]
            if one.get("label") == label
        )
        return await self.use(message, button)

    async def use(self, message: Json, component: Json, *values: str) -> str:
        """Use a button or menu; gives the interaction's id."""
        body = {
            "channel_id": message["channel_id"],
            "message_id": message["id"],
            "custom_id": component["custom_id"],
            "component_type": component["type"],
            "values": list(values),
        }
        return await self.submit("/client/components", body)
