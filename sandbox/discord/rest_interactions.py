"""First responses to interactions, and what their tokens open: @original and follow-ups."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from sandbox.discord import limits, refusals
from sandbox.discord.desk import Desk
from sandbox.discord.posting import Origin, Posting
from sandbox.discord.refusals import Refusal
from sandbox.discord.state import (
    EPHEMERAL,
    LOADING,
    Channel,
    Interaction,
    InteractionType,
    Json,
    Message,
    MessageType,
)
from sandbox.discord.wire import NO_CONTENT, Api, Call, Reply, Upload
from sandbox.discord.world import World

MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
_ANSWERS = {
    InteractionType.COMMAND: {MESSAGE, DEFERRED, MODAL},
    InteractionType.COMPONENT: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL},
    InteractionType.AUTOCOMPLETE: {CHOICES},
    InteractionType.MODAL: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE},
}


class InteractionRoutes:
    """Routes that need no bot token, only the interaction's own."""

    def __init__(self, world: World, posting: Posting, desk: Desk) -> None:
        self._world = world
        self._posting = posting
        self._desk = desk

    def add_routes(self, app: web.Application, api: Api) -> None:
        """Add them to the application."""
        hook = "/webhooks/{application}/{token}"
        one = hook + "/messages/{message}"
        callback = "POST /interactions/{interaction}/{token}/callback"
        api.add(app, callback, self.respond, place="discord.callback", needs_token=False)
        api.add(app, f"POST {hook}", self.follow_up, place="discord.followup", needs_token=False)
        api.add(app, f"GET {one}", self.read, needs_token=False)
        api.add(app, f"PATCH {one}", self.edit, place="discord.webhook_edit", needs_token=False)
        place = "discord.webhook_delete"
        api.add(app, f"DELETE {one}", self.delete, place=place, needs_token=False)

    async def respond(self, call: Call) -> Reply:
        """Take the one first response to an interaction."""
        self._desk.unanswered(call["interaction"], call["token"])
        known = self._world.directory.interactions[call["interaction"]]
        payload = await call.form(limit_bytes=self._world.directory.limit_bytes(known.guild_id))
        # Again: reading the body may have taken long, or a second answer may have overtaken it.
        interaction = self._desk.unanswered(call["interaction"], call["token"])
        kind = payload.get("type")
        if not isinstance(kind, int) or kind not in _ANSWERS[interaction.type]:
            allowed = ", ".join(str(one) for one in sorted(_ANSWERS[interaction.type]))
            message = f"Value must be one of {{{allowed}}}."
            raise refusals.invalid(("type",), "BASE_TYPE_CHOICES", message)
        data = payload.get("data") or {}
        if not isinstance(data, dict):
            message = "Only dictionaries may be used in a DictType"
            raise refusals.invalid(("data",), "DICT_TYPE_CONVERT", message)
        try:
            message_made = self._answer(interaction, kind, data, call.uploads)
        except Refusal as refusal:
            raise refusal.inside("data") from None
        if not call.asks("with_response"):
            return NO_CONTENT
        return Reply(body=self._callback(interaction, kind, message_made))

    def _answer(
        self, interaction: Interaction, kind: int, data: Json, uploads: Sequence[Upload]
    ) -> Message | None:
        match kind:
            case 4:
                message = self._compose(interaction, data, uploads)
                self._settle(interaction, kind, message)
                return message
            case 5:
                return self._think(interaction, data)
            case 6 | 7:
                return self._update(interaction, kind, data, uploads)
            case 8:
                limits.check_choices(data, interaction.data)
                interaction.choices = data.get("choices") or []
                self._desk.acknowledge(interaction, kind)
            case _:
                limits.check_modal(data)
                interaction.modal = data | {"components": limits.numbered(data["components"])}
                self._desk.acknowledge(interaction, kind)
                shown = {
                    key: interaction.modal[key] for key in ("title", "custom_id", "components")
                }
                event = {"type": "modal", "interaction_id": interaction.id, "modal": shown}
                self._world.tell(event, only=interaction.user_id)
        return None

    def _settle(self, interaction: Interaction, kind: int, message: Message) -> None:
        interaction.response_id = message.id
        self._desk.acknowledge(interaction, kind)
        self._posting.publish(message)

    def _compose(self, interaction: Interaction, data: Json, uploads: Sequence[Upload]) -> Message:
        channel = self._channel(interaction)
        ephemeral = limits.flags_of(data) & EPHEMERAL
        return self._posting.compose(
            channel, data, uploads, self._origin(interaction, ephemeral=bool(ephemeral))
        )

    def _origin(self, interaction: Interaction, *, ephemeral: bool) -> Origin:
        kind = MessageType.DEFAULT
        if interaction.type is InteractionType.COMMAND:
            is_slash = interaction.data["type"] == 1
            kind = MessageType.CHAT_INPUT_COMMAND if is_slash else MessageType.CONTEXT_MENU_COMMAND
        return Origin(
            author_id=self._world.bot.id,
            type=kind,
            visible_to=interaction.user_id if ephemeral else None,
            interaction=self._desk.metadata(interaction),
            is_response=True,
        )

    def _think(self, interaction: Interaction, data: Json) -> Message:
        """Show "thinking…" until @original is edited."""
        flags = data.get("flags") or 0
        if not isinstance(flags, int):
            message = f'Value "{flags}" is not int.'
            raise refusals.invalid(("data", "flags"), "NUMBER_TYPE_COERCE", message)
        ephemeral = bool(flags & EPHEMERAL)
        origin = self._origin(interaction, ephemeral=ephemeral)
        message_made = Message(
            id=self._world.ids.take(),
            channel_id=interaction.channel_id,
            guild_id=interaction.guild_id,
            author_id=origin.author_id,
            created_at=self._world.clock.now(),
            posted_at=self._world.now(),
            type=origin.type,
            flags=LOADING | (EPHEMERAL if ephemeral else 0),
            visible_to=origin.visible_to,
            interaction=origin.interaction,
            is_response=True,
        )
        interaction.is_thinking = True
        self._settle(interaction, DEFERRED, message_made)
        return message_made

    def _update(
        self, interaction: Interaction, kind: int, data: Json, uploads: Sequence[Upload]
    ) -> Message | None:
        message = self._channel(interaction).messages.get(interaction.message_id or "")
        if kind == UPDATE:
            if message is None:
                raise refusals.unknown_message()
            self._posting.edit(message, data, uploads)
        interaction.response_id = interaction.message_id
        self._desk.acknowledge(interaction, kind)
        return message

    def _callback(self, interaction: Interaction, kind: int, message: Message | None) -> Json:
        about: Json = {"id": interaction.id, "type": int(interaction.type)}
        if message is not None:
            about |= {
                "response_message_id": message.id,
                "response_message_loading": bool(message.flags & LOADING),
                "response_message_ephemeral": message.is_ephemeral,
            }
        body: Json = {"interaction": about}
        if kind in {MESSAGE, UPDATE} and message is not None:
            body["resource"] = {"type": kind, "message": self._posting.shapes.full(message)}
        return body

    async def follow_up(self, call: Call) -> Reply:
        """Send a further message; the first one after "thinking…" takes its place."""
        interaction = self._open(call)
        payload = await call.form(
            limit_bytes=self._world.directory.limit_bytes(interaction.guild_id)
        )
        original = self._channel(interaction).messages.get(interaction.response_id or "")
        if interaction.is_thinking and original is not None and original.flags & LOADING:
            interaction.is_thinking = False
            self._posting.edit(original, payload, call.uploads)
            return Reply(body=self._posting.shapes.full(original))
        ephemeral = bool(limits.flags_of(payload) & EPHEMERAL)
        metadata = self._desk.metadata(interaction)
        if interaction.response_id:
            metadata["original_response_message_id"] = interaction.response_id
        origin = Origin(
            author_id=self._world.bot.id,
            visible_to=interaction.user_id if ephemeral else None,
            interaction=metadata,
            is_response=True,
        )
        message = self._posting.compose(self._channel(interaction), payload, call.uploads, origin)
        if original is not None and not original.is_ephemeral:
            message.type = MessageType.REPLY
            message.reference = {
                "type": 0,
                "channel_id": original.channel_id,
                "message_id": original.id,
            }
            if original.guild_id:
                message.reference["guild_id"] = original.guild_id
        self._posting.publish(message)
        return Reply(body=self._posting.shapes.full(message))

    async def read(self, call: Call) -> Reply:
        """Give @original or a follow-up."""
        interaction = self._open(call)
        return Reply(body=self._posting.shapes.full(self._message(interaction, call["message"])))

    async def edit(self, call: Call) -> Reply:
        """Change @original or a follow-up."""
        interaction = self._open(call)
        payload = await call.form(
            limit_bytes=self._world.directory.limit_bytes(interaction.guild_id)
        )
        message = self._message(interaction, call["message"])
        interaction.is_thinking = False
        self._posting.edit(message, payload, call.uploads)
        return Reply(body=self._posting.shapes.full(message))

    async def delete(self, call: Call) -> Reply:
        """Delete @original or a follow-up."""
        interaction = self._open(call)
        self._posting.delete(self._message(interaction, call["message"]))
        return NO_CONTENT

    def _open(self, call: Call) -> Interaction:
        if call["application"] != self._world.bot.id:
            raise refusals.unknown_webhook()
        return self._desk.open(call["token"])

    def _channel(self, interaction: Interaction) -> Channel:
        channel = self._world.directory.channels.get(interaction.channel_id)
        if channel is None:
            raise refusals.unknown_channel()
        return channel

    def _message(self, interaction: Interaction, message_id: str) -> Message:
        wanted = interaction.response_id if message_id == "@original" else message_id
        message = self._channel(interaction).messages.get(wanted or "")
        if message is None:
            raise refusals.unknown_message()
        is_own = message.id == interaction.response_id or (
            message.interaction is not None and message.interaction["id"] == interaction.id
        )
        if not is_own:
            raise refusals.unknown_message()
        return message
