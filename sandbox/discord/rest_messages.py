"""Channel messages: send, read, edit, delete, react, type."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from aiohttp import web

from sandbox.discord import permissions, rates, refusals
from sandbox.discord.gate import Gate
from sandbox.discord.posting import Origin, Posting
from sandbox.discord.state import Channel, Json, Message
from sandbox.discord.wire import NO_CONTENT, Api, Call, Reply, Upload
from sandbox.discord.world import World

_NONCE_LIFE = timedelta(minutes=5)


class MessageRoutes:
    """Routes under ``/channels/{channel}``, called with the bot's token."""

    def __init__(self, world: World, posting: Posting, gate: Gate) -> None:
        self._world = world
        self._posting = posting
        self._gate = gate
        self._nonces: dict[tuple[str, str], Message] = {}

    def add_routes(self, app: web.Application, api: Api) -> None:
        """Add them to the application."""
        messages = "/channels/{channel}/messages"
        one = messages + "/{message}"
        api.add(app, f"POST {messages}", self.create, place="discord.message_create")
        api.add(app, f"GET {messages}", self.history)
        api.add(app, f"GET {one}", self.read)
        api.add(app, f"PATCH {one}", self.edit, place="discord.message_edit")
        api.add(app, f"DELETE {one}", self.delete, place="discord.message_delete")
        api.add(app, f"POST {messages}/bulk-delete", self.bulk_delete)
        api.add(app, "POST /channels/{channel}/typing", self.type_along)
        reaction = one + "/reactions/{emoji}/@me"
        api.add(app, f"PUT {reaction}", self.react)
        api.add(app, f"DELETE {reaction}", self.take_back)

    async def create(self, call: Call) -> Reply:
        """Send a message."""
        call.limit(rates.CREATE, call["channel"])
        channel = self._gate.for_sending(call["channel"])
        limit = self._world.directory.limit_bytes(channel.guild_id)
        payload = await call.form(limit_bytes=limit)
        self._check_rights(channel, payload, call.uploads)
        key = (channel.id, str(payload.get("nonce")))
        if payload.get("enforce_nonce") and payload.get("nonce") is not None:
            earlier = self._nonces.get(key)
            if earlier and self._world.now() - earlier.posted_at < _NONCE_LIFE:
                return Reply(body=self._posting.shapes.bare(earlier))
        origin = Origin(author_id=self._world.bot.id)
        message = self._posting.compose(channel, payload, call.uploads, origin)
        channel.archived = False
        self._posting.publish(message)
        if message.nonce is not None:
            self._nonces[key] = message
        return Reply(body=self._posting.shapes.bare(message))

    def _check_rights(self, channel: Channel, payload: Json, uploads: Sequence[Upload]) -> None:
        held = self._gate.permissions(channel)
        wanted = [
            name
            for name, asked in (
                ("attach_files", bool(uploads)),
                ("embed_links", bool(payload.get("embeds"))),
                ("send_tts_messages", bool(payload.get("tts"))),
            )
            if asked
        ]
        if held & permissions.bits(wanted) != permissions.bits(wanted):
            raise refusals.missing_permissions()
        is_reply = bool(payload.get("message_reference"))
        if is_reply and not held & permissions.BITS["read_message_history"]:
            raise refusals.no_history()

    async def history(self, call: Call) -> Reply:
        """Give the newest messages, newest first; nothing without the permission to read back."""
        channel = self._gate.channel(call["channel"])
        if not self._gate.has(channel, "read_message_history"):
            return Reply(body=[])
        query = call.request.query
        try:
            limit = int(query.get("limit", "50"))
            before = int(query.get("before", str(1 << 63)))
            after = int(query.get("after", "0"))
        except ValueError:
            raise refusals.invalid(("limit",), "NUMBER_TYPE_COERCE", "Value is not int.") from None
        if not 1 <= limit <= 100:
            message = "int value should be between 1 and 100."
            raise refusals.invalid(("limit",), "NUMBER_TYPE_MAX", message)
        fitting = [
            one
            for one in channel.messages.values()
            if not one.is_ephemeral and after < int(one.id) < before
        ]
        chosen = fitting[:limit] if "after" in query else fitting[-limit:]
        return Reply(body=[self._posting.shapes.bare(one) for one in reversed(chosen)])

    async def read(self, call: Call) -> Reply:
        """Give one message, with fresh URLs."""
        channel = self._gate.channel(call["channel"])
        if not self._gate.has(channel, "read_message_history"):
            raise refusals.missing_access()
        message = self._gate.message(channel, call["message"])
        return Reply(body=self._posting.shapes.bare(message))

    async def edit(self, call: Call) -> Reply:
        """Change one of the bot's own messages."""
        call.limit(rates.EDIT, call["channel"])
        channel = self._gate.channel(call["channel"])
        message = self._gate.message(channel, call["message"])
        if self._world.now() - message.posted_at > rates.OLD:
            call.limit(rates.OLD_EDIT, call["channel"])
        limit = self._world.directory.limit_bytes(channel.guild_id)
        payload = await call.form(limit_bytes=limit)
        if message.author_id != self._world.bot.id:
            raise refusals.not_the_author()
        if channel.archived:
            raise refusals.archived_thread()
        self._check_rights(channel, {"embeds": payload.get("embeds")}, call.uploads)
        self._posting.edit(message, payload, call.uploads)
        return Reply(body=self._posting.shapes.bare(message))

    async def delete(self, call: Call) -> Reply:
        """Delete a message; those of others need Manage Messages."""
        channel = self._gate.channel(call["channel"])
        message = self._gate.message(channel, call["message"])
        if message.author_id != self._world.bot.id:
            self._gate.channel(channel.id, "manage_messages")
        self._posting.delete(message)
        return NO_CONTENT

    async def bulk_delete(self, call: Call) -> Reply:
        """Delete two to a hundred messages at once."""
        channel = self._gate.channel(call["channel"], "manage_messages")
        ids = (await call.form()).get("messages")
        if not isinstance(ids, list) or not 2 <= len(ids) <= 100:
            message = "Must be between 2 and 100 in length."
            raise refusals.invalid(("messages",), "BASE_TYPE_BAD_LENGTH", message)
        for message_id in ids:
            message_found = channel.messages.get(str(message_id))
            if message_found and not message_found.is_ephemeral:
                self._posting.delete(message_found)
        return NO_CONTENT

    async def type_along(self, call: Call) -> Reply:
        """Show that the bot is typing."""
        channel = self._gate.for_sending(call["channel"])
        self._world.tell(
            {"type": "typing", "channel_id": channel.id, "user_id": self._world.bot.id}
        )
        return NO_CONTENT

    async def react(self, call: Call) -> Reply:
        """Add the bot's reaction."""
        channel = self._gate.channel(call["channel"])
        message = self._gate.message(channel, call["message"])
        needed = ["read_message_history"]
        if call["emoji"] not in message.reactions:
            needed.append("add_reactions")
        self._gate.channel(channel.id, *needed)
        message.reactions.setdefault(call["emoji"], set()).add(self._world.bot.id)
        self._posting.refresh(message)
        return NO_CONTENT

    async def take_back(self, call: Call) -> Reply:
        """Remove the bot's reaction."""
        channel = self._gate.channel(call["channel"])
        message = self._gate.message(channel, call["message"])
        people = message.reactions.get(call["emoji"], set())
        people.discard(self._world.bot.id)
        if not people:
            message.reactions.pop(call["emoji"], None)
        self._posting.refresh(message)
        return NO_CONTENT
