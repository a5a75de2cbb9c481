"""How messages come to be, change and go: one place for bots, people and interaction tokens."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sandbox.discord import limits, objects, refusals
from sandbox.discord.gateway import DIRECT_MESSAGES, GUILD_MESSAGES
from sandbox.discord.objects import FORWARD, MessageShapes
from sandbox.discord.state import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    Attachment,
    Channel,
    ChannelType,
    Json,
    Message,
    MessageType,
)
from sandbox.discord.wire import Upload
from sandbox.discord.world import Dispatch, World

MAX_FILES = 10
_SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2
_MENTION = re.compile(r"<@!?(\d+)>")
_UNSAFE = re.compile(r"[^\w.\-]+", re.ASCII)
_TYPES = {
    ".ogg": "audio/ogg",
    ".opus": "audio/opus",
    ".oga": "audio/ogg",
    ".m4a": "audio/mp4",
    ".flac": "audio/flac",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".webp": "image/webp",
}


def content_type_of(filename: str) -> str:
    """Give the type Discord derives from a file's name; what the uploader claims is ignored."""
    suffix = PurePosixPath(filename).suffix.lower()
    guessed = _TYPES.get(suffix) or mimetypes.guess_type(filename)[0]
    return guessed or "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a message comes from.

    Attributes:
        visible_to: The one person who will see it, for ephemeral ones.
        interaction: Metadata of the interaction it answers.
    """

    author_id: str
    type: MessageType = MessageType.DEFAULT
    visible_to: str | None = None
    interaction: Json | None = None
    is_response: bool = False


class Posting:
    """Creates, edits and deletes messages, and tells bot and pages about it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.shapes = MessageShapes(world.directory, bot_id=world.bot.id, url_of=world.url_of)

    def compose(
        self, channel: Channel, payload: Json, uploads: Sequence[Upload], origin: Origin
    ) -> Message:
        """Build a message from a checked payload, without publishing it.

        Raises:
            Refusal: The payload breaks a rule.
        """
        limits.check_message(payload, flags=limits.flags_of(payload))
        now = self._world.now()
        message = Message(
            id=self._world.ids.take(),
            channel_id=channel.id,
            guild_id=channel.guild_id,
            author_id=origin.author_id,
            type=origin.type,
            created_at=self._world.clock.now(),
            posted_at=now,
            content=payload.get("content") or "",
            embeds=_embeds(payload),
            components=limits.numbered(payload.get("components") or []),
            flags=limits.flags_of(payload) & _SETTABLE,
            tts=bool(payload.get("tts")),
            nonce=payload.get("nonce"),
            visible_to=origin.visible_to,
            interaction=origin.interaction,
            is_response=origin.is_response,
        )
        if origin.visible_to:
            message.flags |= EPHEMERAL
        self._attach(message, payload.get("attachments") or [], uploads, kept=[])
        self._refer(message, payload)
        self._mention(message, payload)
        _refuse_empty(message)
        return message

    def publish(self, message: Message) -> None:
        """Put a message into its channel."""
        channel = self._world.directory.channels[message.channel_id]
        channel.messages[message.id] = message
        for attachment in message.attachments:
            self._world.keep(attachment)
        self._world.tally.messages += 1
        self._announce("MESSAGE_CREATE", message)

    def edit(self, message: Message, payload: Json, uploads: Sequence[Upload]) -> None:
        """Change a message as a PATCH says.

        Raises:
            Refusal: The payload breaks a rule; the message stays as it was.
        """
        flags = message.flags | (limits.flags_of(payload) & COMPONENTS_V2)
        limits.check_message(payload, flags=flags)
        if flags & COMPONENTS_V2 and not message.flags & COMPONENTS_V2:
            limits.check_no_legacy(message.content, message.embeds, payload)
        kept = self._kept(message, payload)
        draft = Message(
            id=message.id,
            channel_id=message.channel_id,
            guild_id=message.guild_id,
            author_id=message.author_id,
            created_at=message.created_at,
            posted_at=message.posted_at,
            content=(payload["content"] or "") if "content" in payload else message.content,
            embeds=_embeds(payload) if "embeds" in payload else message.embeds,
            components=(
                limits.numbered(payload["components"] or [])
                if "components" in payload
                else message.components
            ),
            flags=flags & ~LOADING,
            reference=message.reference,
            mentions=message.mentions,
        )
        self._attach(draft, payload.get("attachments") or [], uploads, kept=kept)
        if "content" in payload:
            self._mention(draft, payload)
        _refuse_empty(draft)
        self._apply(message, draft, payload)
        self._world.tally.edits += 1
        self._announce("MESSAGE_UPDATE", message)

    def _apply(self, message: Message, draft: Message, payload: Json) -> None:
        keeping = {one.id for one in draft.attachments}
        for attachment in message.attachments:
            if attachment.id not in keeping:
                self._world.directory.attachments.pop(attachment.id, None)
        for attachment in draft.attachments:
            self._world.keep(attachment)
        was_loading = message.flags & LOADING
        message.content = draft.content
        message.embeds = draft.embeds
        message.components = draft.components
        message.attachments = draft.attachments
        message.mentions = draft.mentions
        message.flags = draft.flags
        if payload.get("flags") is not None:
            wanted = int(payload["flags"]) & SUPPRESS_EMBEDS
            message.flags = (message.flags & ~SUPPRESS_EMBEDS) | wanted
        if not was_loading:
            message.edited_at = self._world.clock.now()

    def delete(self, message: Message) -> None:
        """Remove a message; its files go with it."""
        channel = self._world.directory.channels[message.channel_id]
        channel.messages.pop(message.id, None)
        for attachment in message.attachments:
            self._world.directory.attachments.pop(attachment.id, None)
        gone: Json = {"id": message.id, "channel_id": message.channel_id}
        if message.guild_id:
            gone["guild_id"] = message.guild_id
        if not message.is_ephemeral:
            self._dispatch("MESSAGE_DELETE", message, gone, gone)
        event = {
            "type": "message_delete",
            "channel_id": message.channel_id,
            "message_id": message.id,
        }
        self._world.tell(event, only=message.visible_to)

    def refresh(self, message: Message) -> None:
        """Tell bot and pages that something about a message changed, such as a reaction."""
        self._world.tell(
            {"type": "message_update", "message": self.shapes.full(message)},
            only=message.visible_to,
        )

    def _announce(self, event: str, message: Message) -> None:
        full = self.shapes.full(message)
        if not message.is_ephemeral:
            around = self._around(message)
            self._dispatch(event, message, full | around, self.shapes.bare(message) | around)
        kind = "message_create" if event == "MESSAGE_CREATE" else "message_update"
        self._world.tell({"type": kind, "message": full}, only=message.visible_to)

    def _around(self, message: Message) -> Json:
        guild = self._world.directory.guilds.get(message.guild_id or "")
        if guild is None:
            return {"channel_type": int(ChannelType.DM)}
        around: Json = {"guild_id": guild.id}
        if author := guild.members.get(message.author_id):
            around["member"] = objects.member(author, None)
        return around

    def _dispatch(self, event: str, message: Message, full: Json, bare: Json) -> None:
        intent = GUILD_MESSAGES if message.guild_id else DIRECT_MESSAGES
        self._world.dispatch(
            Dispatch(event=event, data=full, bare=bare, guild_id=message.guild_id, intent=intent)
        )

    def _kept(self, message: Message, payload: Json) -> list[Attachment]:
        """Give the old files that stay: those the list names, or all when there is no list."""
        wanted = payload.get("attachments")
        if wanted is None:
            return [] if "attachments" in payload else list(message.attachments)
        named = {str(entry["id"]) for entry in wanted}
        return [one for one in message.attachments if one.id in named]

    def _attach(
        self,
        message: Message,
        entries: list[Json],
        uploads: Sequence[Upload],
        *,
        kept: list[Attachment],
    ) -> None:
        described = {str(entry["id"]): entry for entry in entries}
        known = {upload.key for upload in uploads} | {one.id for one in kept}
        for index, entry in enumerate(entries):
            if str(entry["id"]) not in known:
                message_text = "Attachment data not found"
                path = ("attachments", index, "id")
                raise refusals.invalid(path, "ATTACHMENT_NOT_FOUND", message_text)
        files = [self._file(message, upload, described.get(upload.key, {})) for upload in uploads]
        message.attachments = [*kept, *files]
        if len(message.attachments) > MAX_FILES:
            raise refusals.too_many_files()

    def _file(self, message: Message, upload: Upload, entry: Json) -> Attachment:
        return self.file(
            upload,
            channel_id=message.channel_id,
            filename=entry.get("filename"),
            description=entry.get("description"),
            ephemeral=message.is_ephemeral,
        )

    def file(
        self,
        upload: Upload,
        *,
        channel_id: str,
        filename: str | None = None,
        description: str | None = None,
        ephemeral: bool = False,
    ) -> Attachment:
        """Make an attachment of an uploaded file, not yet kept on the CDN."""
        name = _UNSAFE.sub("_", filename or upload.filename).strip("_") or "unknown"
        return Attachment(
            id=self._world.ids.take(),
            channel_id=channel_id,
            filename=name,
            content_type=content_type_of(name),
            body=upload.body,
            description=description or None,
            ephemeral=ephemeral,
        )

    def _refer(self, message: Message, payload: Json) -> None:
        given = payload.get("message_reference")
        if not given:
            return
        target_id = str(given.get("message_id"))
        channel = self._world.directory.channels[message.channel_id]
        target = channel.messages.get(target_id)
        if target is None or target.is_ephemeral:
            if given.get("fail_if_not_exists", True):
                path = ("message_reference",)
                raise refusals.invalid(path, "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
            return
        is_forward = given.get("type") == FORWARD
        kind = FORWARD if is_forward else 0
        message.type = MessageType.DEFAULT if is_forward else MessageType.REPLY
        message.reference = {"type": kind, "channel_id": channel.id, "message_id": target_id}
        if channel.guild_id:
            message.reference["guild_id"] = channel.guild_id

    def _mention(self, message: Message, payload: Json) -> None:
        allowed: Json | None = payload.get("allowed_mentions")
        parse: list[str] = ["users", "everyone"] if allowed is None else allowed.get("parse") or []
        named = {str(one) for one in (allowed or {}).get("users") or []}
        found = [
            one
            for one in dict.fromkeys(_MENTION.findall(message.content))
            if one in self._world.directory.users and ("users" in parse or one in named)
        ]
        replied = self._replied_author(message)
        if replied and (allowed is None or allowed.get("replied_user")) and replied not in found:
            found.append(replied)
        message.mentions = found
        everyone = "@everyone" in message.content or "@here" in message.content
        message.mention_everyone = everyone and "everyone" in parse

    def _replied_author(self, message: Message) -> str | None:
        """Give who a reply pings; replies to interaction responses ping nobody."""
        if message.reference is None or message.reference["type"] == FORWARD:
            return None
        channel = self._world.directory.channels[message.channel_id]
        target = channel.messages.get(message.reference["message_id"])
        return None if target is None or target.is_response else target.author_id


def _embeds(payload: Json) -> list[Json]:
    embeds: list[Json] = []
    for embed in payload.get("embeds") or []:
        shown: dict[str, Any] = {"type": "rich", **embed}
        shown["fields"] = [{"inline": False, **one} for one in embed.get("fields") or []]
        if not shown["fields"]:
            del shown["fields"]
        embeds.append(shown)
    return embeds


def _refuse_empty(message: Message) -> None:
    carried = (message.embeds, message.attachments, message.components)
    is_forward = message.reference is not None and message.reference["type"] == FORWARD
    if not (message.content.strip() or any(carried) or is_forward):
        raise refusals.empty_message()
