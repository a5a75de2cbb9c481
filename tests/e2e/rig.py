"""The tests' hands: a member who types commands in the sandbox, and the bot as a real process."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

import aiohttp
import numpy as np
import soundfile

from sandbox.app import Sandbox
from sandbox.child import environment
from tests.e2e import warm
from tests.e2e.warm import WarmProcess

PATIENCE_SECONDS = 60.0
_TYPES = {str: 3, bool: 5, int: 4, float: 10}

MENUS = frozenset({"letter", "format"})
"""Inputs of the bot's forms that are menus."""

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

    module: tuple[str, ...] = ("bot", "run")
    """What Python is told to run, with its arguments."""

    is_warm = True
    """Whether it is spared the loading of its modules; see `tests.e2e.warm`."""

    def __init__(self, sandbox: Sandbox, data_dir: Path, **settings: str) -> None:
        self._sandbox = sandbox
        self.data_dir = data_dir
        self._settings = settings
        self._process: Process | WarmProcess | None = None
        self.log_path = data_dir / "bot.log"

    async def start(self) -> None:
        """Start it, and wait until it is connected."""
        env = environment(self._sandbox.base_url, self.data_dir, os.environ)
        with self.log_path.open("ab") as log:
            self._process = await self._begin(env | self._settings, log)

    async def _begin(self, env: Mapping[str, str], log: IO[bytes]) -> Process | WarmProcess:
        if self.is_warm:
            return await warm.start(self.module, cwd=self.data_dir, env=env, log=log)
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *self.module),
            cwd=self.data_dir,
            env=env,
            stdout=log,
            stderr=log,
        )

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal; one that has ended gets none."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

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

    def job(self, card: Message) -> dict[str, Any]:
        """What the store says of a card's job."""
        path = self.data_dir / "minstrel.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            row = db.execute("SELECT * FROM jobs WHERE id = ?", (int(card["nonce"]),)).fetchone()
        return dict(row)

    def takes(self, card: Message) -> list[dict[str, Any]]:
        """What the store says of all jobs on a card, in the order of their letters."""
        path = self.data_dir / "minstrel.db"
        query = "SELECT * FROM jobs WHERE ? IN (id, leader_id) ORDER BY part"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(query, (int(card["nonce"]),))]


class Member:
    """Somebody in front of the sandbox's page, by the API that the page uses.

    Without a `user_id` it is the one who owns the server, and so may do everything.
    """

    def __init__(self, http: aiohttp.ClientSession, base_url: str, *, user_id: str = "") -> None:
        self._http = http
        self._base_url = base_url
        self._as = {"as": user_id} if user_id else {}
        self.user_id = user_id
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

    async def cut_power(self, bot: Bot) -> None:
        """Have the bot die and start anew, and wait until it listens again."""
        await bot.kill()
        for is_there in (False, True):
            if is_there:
                await bot.start()

            async def seen(wanted: bool = is_there) -> bool | None:
                online = (await self.get("/client/state"))["bot"]["online"]
                return True if online is wanted else None

            await until(seen, "the bot to be there" if is_there else "the bot to be gone")

    async def join(self, name: str, *permissions: str) -> Member:
        """Have somebody join this server, with a role of their own if permissions are given."""
        body: dict[str, object] = {"username": name}
        if permissions:
            body["permissions"] = list(permissions)
        path = f"/control/guilds/{self.guild_id}/members"
        return self._beside(user_id=(await self.send("POST", path, body))["id"])

    async def found_server(self, name: str) -> Member:
        """Found another server, and give the same person there."""
        server = await self.send("POST", "/control/guilds", {"name": name})
        there = self._beside(user_id=self.user_id)
        there.guild_id = str(server["id"])
        there.channel_id = str(server["channels"][0]["id"])
        return there

    def _beside(self, *, user_id: str) -> Member:
        """Give somebody in the same channel."""
        other = Member(self._http, self._base_url, user_id=user_id)
        other.guild_id, other.channel_id = self.guild_id, self.channel_id
        return other

    async def get(self, path: str, **params: str) -> Any:
        """Ask the sandbox something."""
        params = self._as | params
        async with self._http.get(self._base_url + path, params=params) as response:
            return await response.json()

    async def send(self, method: str, path: str, body: object = None, **params: str) -> Any:
        """Have the sandbox do something."""
        params = self._as | params
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

    async def form_opened(self, interaction_id: str) -> bool:
        """Wait until an interaction is answered, and say whether with a form."""

        async def answered() -> bool | None:
            state = await self.get(f"/client/interactions/{interaction_id}")
            return None if state["status"] == "sent" else bool(state["has_modal"])

        return await until(answered, "an answer")

    async def fill(self, interaction_id: str, **texts: str) -> str:
        """Hand in the form that an interaction opened; gives the new interaction's id.

        Inputs that are not named are handed in empty.
        """
        fields = [
            {"custom_id": key, "type": 3, "values": [value]}
            if key in MENUS
            else {"custom_id": key, "type": 4, "value": value}
            for key, value in texts.items()
        ]
        return await self._hand_in(interaction_id, fields)

    async def choose(self, interaction_id: str, **values: str) -> str:
        """Hand in a form of menus; gives the new interaction's id."""
        fields = [{"custom_id": key, "type": 3, "values": [one]} for key, one in values.items()]
        return await self._hand_in(interaction_id, fields)

    async def _hand_in(self, interaction_id: str, fields: list[dict[str, Any]]) -> str:
        assert await self.form_opened(interaction_id), "no form"
        path = f"/client/modals/{interaction_id}"
        answer = await self.send("POST", path, {"components": fields})
        return str(answer["interaction_id"])

    async def suggestions(self, command: str, option: str, typed: str) -> list[dict[str, str]]:
        """What stands under an option while typing."""
        path = f"/client/commands/{(await self._command(command))['id']}/autocomplete"
        focused = {"name": option, "type": 3, "value": typed, "focused": True}
        body = {"channel_id": self.channel_id, "options": [focused]}
        choices: list[dict[str, str]] = (await self.send("POST", path, body))["choices"]
        return choices

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
        url = self._base_url + path
        async with self._http.post(url, data=form, params=self._as) as response:
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

    async def finished(self, *, after: Collection[str] = (), **kwargs: float) -> Message:
        """Wait for a card that carries audio; `after` names messages seen before."""
        return await self.card(
            lambda one: bool(audio_of(one)) and one["id"] not in after,
            "a card with audio",
            **kwargs,
        )

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

    async def pick(self, message: Message, custom_id: str, *values: str) -> str:
        """Choose in a menu of a message, or press a button, by the beginning of its id."""
        parts = [part for row in message["components"] for part in row["components"]]
        part = next(one for one in parts if one["custom_id"].startswith(custom_id))
        body: dict[str, Any] = {
            "channel_id": message["channel_id"],
            "message_id": message["id"],
            "custom_id": part["custom_id"],
            "component_type": part["type"],
        }
        if part["type"] != 2:
            body["values"] = list(values)
        answer = await self.send("POST", "/client/components", body)
        return str(answer["interaction_id"])

    async def download(self, attachment: dict[str, Any]) -> bytes:
        """Fetch an attachment."""
        async with self._http.get(attachment["url"]) as response:
            assert response.status == 200
            return await response.read()

    async def submits(self, house: str = "fal") -> list[dict[str, Any]]:
        """What fal, or another house, was asked to make."""
        answer = await self.get(f"/control/{house}")
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

    async def struck(self) -> None:
        """Wait until a far end has misbehaved."""

        async def look() -> bool | None:
            return (await self.get("/control/faults"))["struck"] > 0 or None

        await until(look, "the fault")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A sandbox, a bot in it, and who owns its server; shared by the tests of a module."""

    sandbox: Sandbox
    bot: Bot
    owner: Member


def prefilled(sandbox: Sandbox, interaction_id: str) -> dict[str, str]:
    """What stands in the inputs of the form that an interaction opened."""
    modal = sandbox.discord.world.directory.interactions[interaction_id].modal
    assert modal is not None, "no form"
    fields = [row["component"] for row in modal["components"]]
    return {field["custom_id"]: field.get("value") or "" for field in fields}


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


def tone(seconds: float, *, rate: int = 22050, kind: str = "MP3") -> bytes:
    """A recording that a member brings along."""
    times = np.arange(round(seconds * rate)) / rate
    file = io.BytesIO()
    soundfile.write(file, 0.4 * np.sin(2 * np.pi * 330 * times), rate, format=kind)
    return file.getvalue()
