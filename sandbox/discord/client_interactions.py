"""What a person does that the bot has to answer: commands, buttons, menus, modals, typing ahead."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.discord import filling, permissions
from sandbox.discord.client import Act, Actors, ClientError
from sandbox.discord.components import BUTTON, find_all
from sandbox.discord.desk import Desk
from sandbox.discord.filling import Filler
from sandbox.discord.limits_commands import ATTACHMENT, MESSAGE_MENU, SLASH, USER_MENU
from sandbox.discord.state import Channel, Interaction, InteractionType, Json, Status
from sandbox.discord.wire import json_response
from sandbox.discord.world import World


class ClientInteractionRoutes:
    """Routes under ``/client`` that end in an interaction."""

    def __init__(self, world: World, actors: Actors, desk: Desk, filler: Filler) -> None:
        self._world = world
        self._actors = actors
        self._desk = desk
        self._filler = filler

    def add_routes(self, app: web.Application) -> None:
        """Add them to the application."""
        one = "/client/commands/{command}"
        self._actors.add(app, "GET /client/commands", self.commands)
        self._actors.add(app, f"POST {one}", self.run)
        self._actors.add(app, f"POST {one}/autocomplete", self.complete)
        self._actors.add(app, "POST /client/components", self.use)
        self._actors.add(app, "POST /client/modals/{interaction}", self.submit)
        self._actors.add(app, "GET /client/interactions/{interaction}", self.status)

    async def commands(self, act: Act) -> web.StreamResponse:
        """List the commands the person may use in a channel."""
        wanted = act.request.query.get("channel")
        channel = self._actors.channel(act, wanted) if wanted else None
        return json_response({"commands": self._usable(act, channel)})

    def _usable(self, act: Act, channel: Channel | None) -> list[Json]:
        scopes = self._world.directory.commands
        found = list(scopes[None].values())
        if channel is None:
            for guild_id, scope in scopes.items():
                found += scope.values() if guild_id else ()
            return found
        found += scopes.get(channel.guild_id, {}).values() if channel.guild_id else ()
        return [one for one in found if self._may_use(act, channel, one)]

    def _may_use(self, act: Act, channel: Channel, command: Json) -> bool:
        context = 0 if channel.guild_id else 1
        contexts = command.get("contexts")
        if contexts is not None and context not in contexts:
            return False
        if contexts is None and context == 1 and not command["dm_permission"]:
            return False
        needed = command["default_member_permissions"]
        if needed is None or context == 1:
            return True
        held = permissions.in_channel(self._world.directory, channel, act.person.id)
        if held & permissions.BITS["administrator"]:
            return True
        return needed != "0" and held & int(needed) == int(needed)

    def _command(self, act: Act) -> tuple[Channel, Json]:
        channel = self._actors.channel(act, act.text("channel_id"), "use_application_commands")
        for command in self._usable(act, channel):
            if command["id"] == act["command"]:
                return channel, command
        raise ClientError(
            "This command is outdated. Please try again in a few minutes.", status=404
        )

    async def run(self, act: Act) -> web.StreamResponse:
        """Use a command."""
        channel, command = self._command(act)
        data = self._about(command)
        if command["type"] == SLASH:
            options, resolved = self._filler.options(command, act, channel)
            if options:
                data["options"] = options
        else:
            data["target_id"], resolved = self._target(act, command, channel)
        if resolved:
            data["resolved"] = resolved
        return self._hand_in(InteractionType.COMMAND, act, channel, data)

    def _about(self, command: Json) -> Json:
        data = {key: command[key] for key in ("id", "name", "type")}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        return data

    def _target(self, act: Act, command: Json, channel: Channel) -> tuple[str, Json]:
        target = act.text("target_id")
        if command["type"] == MESSAGE_MENU:
            message = self._actors.message(act, channel, target)
            return target, {"messages": {target: self._filler.shapes.full(message)}}
        if command["type"] == USER_MENU:
            return target, self._filler.people([target], channel)
        raise ClientError("That kind of command is not known here.")

    async def complete(self, act: Act) -> web.StreamResponse:
        """Ask the bot for choices while typing."""
        channel, command = self._command(act)
        options = filling.checked_options(act.payload.get("options"))
        if filling.count_focused(options) != 1:
            raise ClientError("Exactly one option must have the focus.")
        shown = filling.without(options, ATTACHMENT)
        data = self._about(command) | {"options": shown}
        interaction = self._desk.hand_in(
            InteractionType.AUTOCOMPLETE, user_id=act.person.id, channel=channel, data=data
        )
        await interaction.settled.wait()
        if interaction.status is Status.FAILED:
            raise ClientError("Loading options failed. Please type again.", status=504)
        return json_response({"choices": interaction.choices})

    async def use(self, act: Act) -> web.StreamResponse:
        """Press a button or choose from a menu."""
        channel = self._actors.channel(act, act.text("channel_id"))
        message = self._actors.message(act, channel, act.text("message_id"))
        custom_id = act.text("custom_id")
        found = [
            one for _, one in find_all(message.components, ()) if one.get("custom_id") == custom_id
        ]
        if not found or found[0]["type"] != act.payload.get("component_type"):
            raise ClientError("That button or menu is no longer there.", status=404)
        component = found[0]
        if component.get("disabled"):
            raise ClientError("That button or menu is switched off.")
        data: Json = {
            "custom_id": custom_id,
            "component_type": component["type"],
            "id": component["id"],
        }
        if component["type"] != BUTTON:
            data["values"] = filling.chosen(component, act.payload.get("values"))
            types = component.get("channel_types") or ()
            resolved = self._filler.resolved(
                component["type"], data["values"], channel, types=types
            )
            if resolved:
                data["resolved"] = resolved
        interaction = self._desk.hand_in(
            InteractionType.COMPONENT,
            user_id=act.person.id,
            channel=channel,
            data=data,
            nonce=act.text("nonce") or None,
            message=message,
        )
        return json_response({"interaction_id": interaction.id}, 202)

    async def submit(self, act: Act) -> web.StreamResponse:
        """Send a modal off, again and again until the bot takes it."""
        parent = self._world.directory.interactions.get(act["interaction"])
        if parent is None or parent.modal is None or parent.user_id != act.person.id:
            raise ClientError("That form is no longer open.", status=404)
        if self._is_on_its_way(parent):
            raise ClientError("That form is being sent. Wait for the answer.", status=409)
        channel = self._actors.channel(act, parent.channel_id)
        components, resolved = self._filler.modal(parent.modal, act, channel)
        data: Json = {"custom_id": parent.modal["custom_id"], "components": components}
        if resolved:
            data["resolved"] = resolved
        message = channel.messages.get(parent.message_id or "")
        interaction = self._desk.hand_in(
            InteractionType.MODAL,
            user_id=act.person.id,
            channel=channel,
            data=data,
            nonce=act.text("nonce") or None,
            message=message,
            parent=parent,
        )
        return json_response({"interaction_id": interaction.id}, 202)

    def _is_on_its_way(self, parent: Interaction) -> bool:
        return any(
            one.parent is parent and one.status is Status.SENT
            for one in self._world.directory.interactions.values()
        )

    async def status(self, act: Act) -> web.StreamResponse:
        """Say how far an interaction of this person has come."""
        interaction = self._world.directory.interactions.get(act["interaction"])
        if interaction is None or interaction.user_id != act.person.id:
            raise ClientError("There is no such interaction.", status=404)
        return json_response(self._state(interaction))

    def _state(self, interaction: Interaction) -> dict[str, Any]:
        return {
            "interaction_id": interaction.id,
            "status": str(interaction.status),
            "response_type": interaction.response_type,
            "message_id": interaction.response_id,
            "has_modal": interaction.modal is not None,
        }

    def _hand_in(
        self, kind: InteractionType, act: Act, channel: Channel, data: Json
    ) -> web.Response:
        interaction = self._desk.hand_in(
            kind,
            user_id=act.person.id,
            channel=channel,
            data=data,
            nonce=act.text("nonce") or None,
        )
        return json_response({"interaction_id": interaction.id}, 202)
