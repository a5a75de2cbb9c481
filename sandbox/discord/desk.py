"""The desk where interactions are handed in and answered: deadlines, tokens, and who was late."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta

from sandbox.discord import objects, permissions, refusals
from sandbox.discord.gateway import Gateway
from sandbox.discord.posting import Posting
from sandbox.discord.state import (
    Channel,
    Interaction,
    InteractionType,
    Json,
    Message,
    Status,
)
from sandbox.discord.world import Dispatch, World

TOKEN_LIFE = timedelta(minutes=15)
DID_NOT_RESPOND = "The application did not respond"


class Desk:
    """Sends interactions to the bot and keeps track of them."""

    def __init__(
        self, world: World, gateway: Gateway, posting: Posting, *, ack_seconds: float
    ) -> None:
        self._world = world
        self._gateway = gateway
        self._posting = posting
        self._ack_seconds = ack_seconds
        self._timers: set[asyncio.Task[None]] = set()

    def hand_in(
        self,
        kind: InteractionType,
        *,
        user_id: str,
        channel: Channel,
        data: Json,
        nonce: str | None = None,
        message: Message | None = None,
        parent: Interaction | None = None,
    ) -> Interaction:
        """Send the bot an interaction and start its three seconds.

        When the bot is away it fails at once: interactions are never delivered later.
        """
        interaction = Interaction(
            id=self._world.ids.take(),
            token=secrets.token_urlsafe(48),
            type=kind,
            user_id=user_id,
            channel_id=channel.id,
            guild_id=channel.guild_id,
            data=data,
            deadline=self._world.clock.monotonic() + self._ack_seconds,
            token_expires_at=self._world.now() + TOKEN_LIFE,
            created_at=self._world.clock.now(),
            nonce=nonce,
            message_id=message.id if message else None,
            parent=parent,
        )
        self._world.directory.interactions[interaction.id] = interaction
        self._world.directory.tokens[interaction.token] = interaction
        self._world.tally.interactions[kind.name.lower()] += 1
        self._tell(interaction)
        if not self._gateway.is_reachable(channel.guild_id):
            self._fail(interaction)
            return interaction
        shape = self._shape(interaction, channel, message)
        event = Dispatch(event="INTERACTION_CREATE", data=shape, guild_id=channel.guild_id)
        timer = asyncio.create_task(self._watch(interaction))
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)
        self._world.dispatch(event)
        return interaction

    async def _watch(self, interaction: Interaction) -> None:
        await self._world.clock.sleep(self._ack_seconds)
        if interaction.status is Status.SENT:
            self._world.tally.violations["unanswered"] += 1
            self._fail(interaction)

    def _fail(self, interaction: Interaction) -> None:
        interaction.status = Status.FAILED
        interaction.settled.set()
        self._world.tally.interactions["failed"] += 1
        self._tell(interaction)

    def _tell(self, interaction: Interaction) -> None:
        if interaction.type is InteractionType.AUTOCOMPLETE:
            return
        event: Json = {
            "type": "interaction",
            "interaction_id": interaction.id,
            "nonce": interaction.nonce,
            "status": str(interaction.status),
        }
        if interaction.status is Status.FAILED:
            event["error"] = DID_NOT_RESPOND
        self._world.tell(event, only=interaction.user_id)

    def unanswered(self, interaction_id: str, token: str) -> Interaction:
        """Find an interaction that may still be answered for the first time.

        Raises:
            Refusal: Unknown or too late (10062), or answered before (40060).
        """
        interaction = self._world.directory.interactions.get(interaction_id)
        if interaction is None or interaction.token != token:
            raise refusals.unknown_interaction()
        if interaction.status is Status.ACKNOWLEDGED:
            self._world.tally.violations["double_ack"] += 1
            raise refusals.already_acknowledged()
        is_late = self._world.clock.monotonic() >= interaction.deadline
        if interaction.status is Status.FAILED or is_late:
            self._world.tally.violations["late_ack"] += 1
            raise refusals.unknown_interaction()
        return interaction

    def acknowledge(self, interaction: Interaction, response_type: int) -> None:
        """Note the first response."""
        interaction.status = Status.ACKNOWLEDGED
        interaction.response_type = response_type
        if interaction.parent is not None:
            # Until now the person could have sent the form again.
            interaction.parent.modal = None
        interaction.settled.set()
        self._world.tally.interactions["acknowledged"] += 1
        self._tell(interaction)

    def open(self, token: str) -> Interaction:
        """Find an answered interaction by its token.

        Raises:
            Refusal: Unknown or not answered yet (10015), or expired (50027).
        """
        interaction = self._world.directory.tokens.get(token)
        if interaction is None or interaction.status is not Status.ACKNOWLEDGED:
            raise refusals.unknown_webhook()
        if self._world.now() >= interaction.token_expires_at:
            self._world.tally.violations["expired_token"] += 1
            raise refusals.expired_token()
        return interaction

    def _shape(self, interaction: Interaction, channel: Channel, message: Message | None) -> Json:
        world = self._world
        person = world.directory.users[interaction.user_id]
        guild = world.directory.guild_of(channel)
        place = objects.channel(channel, world.directory)
        held = permissions.in_channel(world.directory, channel, world.bot.id)
        shape: Json = {
            "id": interaction.id,
            "application_id": world.bot.id,
            "type": int(interaction.type),
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel_id": channel.id,
            "channel": place,
            "app_permissions": str(held),
            "attachment_size_limit": world.directory.limit_bytes(channel.guild_id),
            "locale": interaction.locale,
            "context": 0 if guild else 1,
            "authorizing_integration_owners": {"0": guild.id if guild else "0"},
            "entitlements": [],
        }
        if guild is None:
            shape["user"] = objects.user(person)
        else:
            theirs = permissions.in_channel(world.directory, channel, person.id)
            place["permissions"] = str(theirs)
            shape |= {
                "guild_id": guild.id,
                "guild_locale": "en-US",
                "guild": {"id": guild.id, "locale": "en-US", "features": []},
                "member": objects.member(guild.members[person.id], person)
                | {"permissions": str(theirs)},
            }
        if message is not None:
            shape["message"] = self._posting.shapes.full(message)
        return shape

    def metadata(self, interaction: Interaction) -> Json:
        """Describe an interaction as messages that answer it carry it."""
        world = self._world
        shape: Json = {
            "id": interaction.id,
            "type": int(interaction.type),
            "user": objects.user(world.directory.users[interaction.user_id]),
            "authorizing_integration_owners": {"0": interaction.guild_id or "0"},
        }
        match interaction.type:
            case InteractionType.COMMAND:
                shape["name"] = interaction.data["name"]
                shape["command_type"] = interaction.data["type"]
                if interaction.data["type"] == 3:
                    shape["target_message_id"] = interaction.data["target_id"]
            case InteractionType.COMPONENT:
                shape["interacted_message_id"] = interaction.message_id
            case InteractionType.MODAL if interaction.parent is not None:
                shape["triggering_interaction_metadata"] = self.metadata(interaction.parent)
            case _:
                pass
        return shape

    async def close(self) -> None:
        """Stop all timers."""
        for timer in tuple(self._timers):
            timer.cancel()
        await asyncio.gather(*self._timers, return_exceptions=True)
