"""The tests' hands: a member who types commands in the sandbox, and the bot as a real process."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from sandbox.app import Sandbox
from sandbox.child import environment

PATIENCE_SECONDS = 30.0
_TYPES = {str: 3, bool: 5, int: 4, float: 10}

T = TypeVar("T")
Message = dict[str, Any]


async def until(
    look: Callable[[], Awaitable[T | None]], what: str, *, seconds: float = PATIENCE_SECONDS
) -> T:
    """Look again and again until there is something to see; name it when there never is."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        if (seen := await look()) is not None:
            return seen
        assert loop.time() < deadline, f"{what} did not come within {seconds:.0f} s"
        await asyncio.sleep(0.05)


class Bot:
    """The bot as an operator runs it."""

    def __init__(self, sandbox: Sandbox, data_dir: Path, **settings: str) -> None:
        self._sandbox = sandbox
        self.data_dir = data_dir
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self.log_path = data_dir / "bot.log"

    async def start(self) -> None:
        """Start it, and wait until it is connected."""
        env = environment(self._sandbox.base_url, self.data_dir, os.environ)
        with self.log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "run",
                cwd=self.data_dir,
                env=env | self._settings,
                stdout=log,
                stderr=log,
            )

    async def kill(self) -> None:
        """End it as a power cut would."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """End it as an operator would, and give its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await asyncio.wait_for(self._process.wait(), 15)

    @property
    def log(self) -> str:
        """All that it has written so far."""
        return self.log_path.read_text()


class Member:
    """Somebody in front of the sandbox's page, by the API that the page uses."""

    def __init__(self, http: aiohttp.ClientSession, base_url: str) -> None:
        self._http = http
        self._base_url = base_url
        self.user_id = ""
        self.guild_id = ""
        self.channel_id = ""

    async def arrive(self) -> None:
        """Enter the first channel once the bot is online and has registered its commands."""

        async def look() -> dict[str, Any] | None:
            state = await self.get("/client/state")
            return state if state["bot"]["online"] else None

        state = await until(look, "the bot")
        self.user_id = state["me"]["id"]
        self.guild_id = state["guilds"][0]["id"]
        self.channel_id = state["guilds"][0]["channels"][0]["id"]

        async def commands() -> bool | None:
            return bool(await self._commands()) or None

        await until(commands, "the bot's commands")

    async def get(self, path: str, **params: str) -> Any:
        """Ask the sandbox something."""
        async with self._http.get(self._base_url + path, params=params) as response:
            return await response.json()

    async def send(self, method: str, path: str, body: object = None, **params: str) -> Any:
        """Have the sandbox do something."""
        async with self._http.request(
            method, self._base_url + path, json=body, params=params
        ) as response:
            assert response.status < 400, await response.text()
            return None if response.status == 204 else await response.json()

    async def _commands(self) -> list[dict[str, Any]]:
        answer = await self.get("/client/commands", channel=self.channel_id)
        commands: list[dict[str, Any]] = answer["commands"]
        return commands

    async def slash(self, name: str, **options: str | float | bool | tuple[str, bytes]) -> str:
        """Type a slash command; a file is a name and its bytes. Gives the interaction's id."""
        command = await self._command(name)
        types = {one["name"]: one["type"] for one in command.get("options", [])}
        files = {key: value for key, value in options.items() if isinstance(value, tuple)}
        typed = [
            {"name": key, "type": types.get(key, _TYPES[type(value)]), "value": value}
            for key, value in options.items()
            if not isinstance(value, tuple)
        ]
        body = {"channel_id": self.channel_id, "options": typed}
        path = f"/client/commands/{command['id']}"
        answer = await self._post(path, body, files)
        return str(answer["interaction_id"])

    async def menu(self, name: str, message: Message) -> str:
        """Choose an app's entry in a message's menu; gives the interaction's id."""
        command = await self._command(name)
        body = {"channel_id": self.channel_id, "options": [], "target_id": message["id"]}
        answer = await self.send("POST", f"/client/commands/{command['id']}", body)
        return str(answer["interaction_id"])

    async def say(
        self, words: str, *, reply_to: Message | None = None, ping: bool = True
    ) -> Message:
        """Write a message, perhaps as a reply."""
        body: dict[str, Any] = {"content": words, "ping": ping}
        if reply_to is not None:
            body["reply_to"] = reply_to["id"]
        path = f"/client/channels/{self.channel_id}/messages"
        message: Message = await self.send("POST", path, body)
        return message

    async def upload(self, words: str, file_name: str, data: bytes) -> Message:
        """Write a message that carries a file."""
        path = f"/client/channels/{self.channel_id}/messages"
        message: Message = await self._post(path, {"content": words}, {"0": (file_name, data)})
        return message

    async def fill(self, interaction_id: str, **texts: str) -> str:
        """Hand in the form that an interaction opened; gives the new interaction's id."""

        async def opened() -> bool | None:
            state = await self.get(f"/client/interactions/{interaction_id}")
            return state.get("has_modal") or None

        await until(opened, "a form")
        components = [{"custom_id": key, "type": 4, "value": value} for key, value in texts.items()]
        answer = await self.send(
            "POST", f"/client/modals/{interaction_id}", {"components": components}
        )
        return str(answer["interaction_id"])

    async def _command(self, name: str) -> dict[str, Any]:
        return next(one for one in await self._commands() if one["name"] == name)

    async def _post(
        self, path: str, body: dict[str, Any], files: Mapping[str, tuple[str, bytes]]
    ) -> Any:
        if not files:
            return await self.send("POST", path, body)
        form = aiohttp.FormData()
        form.add_field("payload_json", json.dumps(body))
        for key, (file_name, data) in files.items():
            form.add_field(f"files[{key}]", io.BytesIO(data), filename=file_name)
        async with self._http.post(self._base_url + path, data=form) as response:
            assert response.status < 400, await response.text()
            return await response.json()

    async def new_channel(self, name: str) -> str:
        """Have a new channel made, and enter it."""
        path = f"/control/guilds/{self.guild_id}/channels"
        self.channel_id = str((await self.send("POST", path, {"name": name}))["id"])
        return self.channel_id

    async def messages(self, channel_id: str | None = None) -> list[Message]:
        """What stands in the channel for this member, ephemeral messages included."""
        answer = await self.get(f"/client/channels/{channel_id or self.channel_id}/messages")
        messages: list[Message] = answer["messages"]
        return messages

    async def cards(self, channel_id: str | None = None) -> list[Message]:
        """The bot's ordinary messages."""
        messages = await self.messages(channel_id)
        return [one for one in messages if one["author"].get("bot") and not _hidden(one)]

    async def hidden(self, channel_id: str | None = None) -> list[Message]:
        """The messages that only this member sees."""
        messages = await self.messages(channel_id)
        return [one for one in messages if _hidden(one) and one["content"]]

    async def card(self, look: Callable[[Message], bool], what: str, **kwargs: float) -> Message:
        """Wait for a card that looks like something."""

        async def find() -> Message | None:
            return next((one for one in await self.cards() if look(one)), None)

        return await until(find, what, **kwargs)

    async def finished(self, **kwargs: float) -> Message:
        """Wait for a card that carries audio."""
        return await self.card(lambda one: bool(audio_of(one)), "a card with audio", **kwargs)

    async def told(self, *, after: Collection[str] = ()) -> str:
        """Wait for a sentence that only this member sees; `after` names messages seen before."""

        async def find() -> str | None:
            hidden = [
                one
                for one in await self.messages()
                if _hidden(one) and one["content"] and one["id"] not in after
            ]
            return str(hidden[-1]["content"]) if hidden else None

        return await until(find, "an answer to the member")

    async def press(self, message: Message, label: str) -> str:
        """Press a button of a message by its words; gives the interaction's id."""
        buttons = [button for row in message["components"] for button in row["components"]]
        button = next(one for one in buttons if one.get("label") == label)
        body = {
            "channel_id": message["channel_id"],
            "message_id": message["id"],
            "custom_id": button["custom_id"],
            "component_type": button["type"],
        }
        answer = await self.send("POST", "/client/components", body)
        return str(answer["interaction_id"])

    async def download(self, attachment: dict[str, Any]) -> bytes:
        """Fetch an attachment."""
        async with self._http.get(attachment["url"]) as response:
            assert response.status == 200
            return await response.read()

    async def submits(self) -> list[dict[str, Any]]:
        """What fal was asked to make."""
        answer = await self.get("/control/fal")
        submits: list[dict[str, Any]] = answer["submits"]
        return submits

    async def all_submits(self, count: int) -> list[dict[str, Any]]:
        """Wait until fal was asked so many times."""

        async def look() -> list[dict[str, Any]] | None:
            submits = await self.submits()
            return submits if len(submits) >= count else None

        return await until(look, f"{count} submits", seconds=60)

    async def fault(self, where: str, what: str, **more: object) -> None:
        """Have a far end misbehave."""
        await self.send("POST", "/control/faults", {"where": where, "what": what, **more})


def _hidden(message: Message) -> bool:
    return bool(message.get("flags", 0) & 64)


def audio_of(message: Message) -> list[dict[str, Any]]:
    """The attachments of a message that can be played."""
    endings = (".mp3", ".ogg", ".wav", ".flac", ".m4a")
    return [one for one in message["attachments"] if one["filename"].endswith(endings)]


def text_of(message: Message) -> str:
    """All words on a card."""
    parts = [message["content"]]
    for embed in message["embeds"]:
        parts += [embed.get("title", ""), embed.get("description", "")]
        parts += [f"{field['name']}: {field['value']}" for field in embed.get("fields", [])]
        parts.append(embed.get("footer", {}).get("text", ""))
    return "\n".join(filter(None, parts))
