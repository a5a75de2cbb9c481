"""Registering application commands, globally and for one guild."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.discord import limits_commands, refusals
from sandbox.discord.gate import Gate
from sandbox.discord.refusals import Form
from sandbox.discord.state import Json
from sandbox.discord.wire import NO_CONTENT, Api, Call, Reply
from sandbox.discord.world import World

_PLACE = "discord.commands"


class CommandRoutes:
    """Routes under ``/applications/{application}``."""

    def __init__(self, world: World, gate: Gate) -> None:
        self._world = world
        self._gate = gate

    def add_routes(self, app: web.Application, api: Api) -> None:
        """Add them to the application."""
        for scope in ("/applications/{application}", "/applications/{application}/guilds/{guild}"):
            every, one = f"{scope}/commands", f"{scope}/commands/{{command}}"
            api.add(app, f"GET {every}", self.everything, place=_PLACE)
            api.add(app, f"PUT {every}", self.overwrite, place=_PLACE)
            api.add(app, f"POST {every}", self.create, place=_PLACE)
            api.add(app, f"GET {one}", self.read, place=_PLACE)
            api.add(app, f"PATCH {one}", self.edit, place=_PLACE)
            api.add(app, f"DELETE {one}", self.delete, place=_PLACE)

    async def everything(self, call: Call) -> Reply:
        """List a scope."""
        return Reply(body=list(self._scope(call).values()))

    async def overwrite(self, call: Call) -> Reply:
        """Replace all commands of a scope; those that keep type and name keep their ids."""
        scope = self._scope(call)
        commands = await call.read()
        limits_commands.check_commands(commands)
        made = [self._made(one, scope, call) for one in commands]
        scope.clear()
        scope.update((one["id"], one) for one in made)
        self._tell()
        return Reply(body=made)

    async def create(self, call: Call) -> Reply:
        """Create a command, or update the one of that type and name (then 200, not 201)."""
        scope = self._scope(call)
        command = await call.form()
        self._check(command)
        made = self._made(command, scope, call)
        is_new = made["id"] not in scope
        limits_commands.check_commands(
            [one for one in scope.values() if one["id"] != made["id"]] + [command]
        )
        scope[made["id"]] = made
        self._tell()
        return Reply(body=made, status=201 if is_new else 200)

    async def read(self, call: Call) -> Reply:
        """Give one."""
        return Reply(body=self._one(call))

    async def edit(self, call: Call) -> Reply:
        """Change one."""
        old = self._one(call)
        command = {**old, **await call.form(), "type": old["type"]}
        self._check(command)
        scope = self._scope(call)
        made = self._made(command, {}, call) | {"id": old["id"]}
        scope[old["id"]] = made
        self._tell()
        return Reply(body=made)

    async def delete(self, call: Call) -> Reply:
        """Remove one."""
        del self._scope(call)[self._one(call)["id"]]
        self._tell()
        return NO_CONTENT

    def _check(self, command: Json) -> None:
        form = Form()
        limits_commands.check_command(command, (), form)
        form.check()

    def _scope(self, call: Call) -> dict[str, Json]:
        if call["application"] != self._world.bot.id:
            raise refusals.Refusal(404, 10002, "Unknown Application")
        guild_id = call.request.match_info.get("guild")
        if guild_id is None:
            return self._world.directory.commands[None]
        return self._world.directory.commands[self._gate.guild(guild_id).id]

    def _one(self, call: Call) -> Json:
        command = self._scope(call).get(call["command"])
        if command is None:
            raise refusals.unknown_command()
        return command

    def _made(self, command: Json, scope: dict[str, Json], call: Call) -> Json:
        kind = command.get("type") or 1
        same = (
            one["id"]
            for one in scope.values()
            if (one["type"], one["name"]) == (kind, command["name"])
        )
        guild_id = call.request.match_info.get("guild")
        permissions = command.get("default_member_permissions")
        shape: dict[str, Any] = {
            "id": next(same, None) or self._world.ids.take(),
            "application_id": self._world.bot.id,
            "version": self._world.ids.take(),
            "type": kind,
            "name": command["name"],
            "name_localizations": command.get("name_localizations"),
            "description": command.get("description") or "",
            "description_localizations": command.get("description_localizations"),
            "default_member_permissions": None if permissions is None else str(permissions),
            "dm_permission": command.get("dm_permission", True) is not False,
            "contexts": command.get("contexts"),
            "integration_types": command.get("integration_types") or [0],
            "nsfw": bool(command.get("nsfw")),
        }
        if guild_id is not None:
            shape["guild_id"] = guild_id
        if kind == limits_commands.SLASH:
            shape["options"] = [_option(one) for one in command.get("options") or []]
        return shape

    def _tell(self) -> None:
        self._world.tell({"type": "commands"})


def _option(option: Json) -> Json:
    """Leave out what is null, as Discord does, and say what was left to default."""
    shape = {key: value for key, value in option.items() if value is not None}
    if "options" in shape:
        shape["options"] = [_option(one) for one in shape["options"]]
    return shape
