"""The discord part of the control API: guilds, permissions, the gateway's health, time, counts."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.discord import objects, permissions
from sandbox.discord.client import Act, Actors, ClientError
from sandbox.discord.gateway import GUILDS, Gateway
from sandbox.discord.state import (
    TIER_LIMIT_BYTES,
    Channel,
    ChannelType,
    Guild,
    Json,
    Overwrite,
)
from sandbox.discord.wire import json_response
from sandbox.discord.world import Dispatch, World


class ControlRoutes:
    """Routes under ``/control`` that concern Discord."""

    def __init__(self, world: World, gateway: Gateway, actors: Actors) -> None:
        self._world = world
        self._gateway = gateway
        self._actors = actors

    def add_routes(self, app: web.Application) -> None:
        """Add them to the application."""
        add = self._actors.add
        add(app, "POST /control/guilds", self.create_guild)
        add(app, "DELETE /control/guilds/{guild}", self.remove_guild)
        add(app, "PATCH /control/guilds/{guild}", self.change_guild)
        add(app, "POST /control/guilds/{guild}/channels", self.create_channel)
        add(app, "POST /control/guilds/{guild}/members", self.create_member)
        add(app, "PATCH /control/guilds/{guild}/members/{member}", self.change_member)
        add(app, "POST /control/guilds/{guild}/roles", self.create_role)
        add(app, "DELETE /control/guilds/{guild}/roles/{role}", self.remove_role)
        add(app, "DELETE /control/channels/{channel}", self.remove_channel)
        add(app, "PATCH /control/channels/{channel}", self.archive)
        add(app, "PUT /control/channels/{channel}/permissions", self.deny)
        add(app, "POST /control/gateway", self.disturb)
        add(app, "POST /control/clock", self.advance)
        add(app, "GET /control/discord", self.counts)

    async def create_guild(self, act: Act) -> web.StreamResponse:
        """Found a guild; the bot is told."""
        tier = _tier(act.payload.get("premium_tier", 0))
        names = act.payload.get("channels") or ["general"]
        if not isinstance(names, list):
            raise ClientError("The channels must be a list of names.")
        guild = self._world.add_guild(act.text("name") or "Guild", premium_tier=tier)
        for name in names:
            self._world.add_channel(guild, str(name))
        shape = objects.guild_create(guild, self._world.directory)
        # The key is there only for guilds that were known before.
        del shape["unavailable"]
        self._dispatch("GUILD_CREATE", shape, guild)
        self._world.tell({"type": "guild"})
        return json_response(shape)

    async def remove_guild(self, act: Act) -> web.StreamResponse:
        """Remove the bot from a guild, or let the guild be unavailable for a while."""
        guild = self._guild(act)
        data: Json = {"id": guild.id}
        if act.request.query.get("unavailable") in {"1", "true"}:
            guild.unavailable = True
            data["unavailable"] = True
        else:
            del self._world.directory.guilds[guild.id]
            for channel_id in guild.channels:
                self._world.directory.channels.pop(channel_id, None)
            self._world.left.update(guild.channels)
            self._world.directory.commands.pop(guild.id, None)
        self._dispatch("GUILD_DELETE", data, guild)
        self._world.tell({"type": "guild"})
        return web.Response(status=204)

    async def change_guild(self, act: Act) -> web.StreamResponse:
        """Change a guild's boost tier, or make it available again."""
        guild = self._guild(act)
        if "premium_tier" in act.payload:
            guild.premium_tier = _tier(act.payload["premium_tier"])
            self._dispatch("GUILD_UPDATE", objects.guild(guild), guild)
        if act.payload.get("unavailable") is False and guild.unavailable:
            guild.unavailable = False
            data = objects.guild_create(guild, self._world.directory)
            self._dispatch("GUILD_CREATE", data, guild)
        self._world.tell({"type": "guild"})
        return json_response(objects.guild(guild))

    async def create_channel(self, act: Act) -> web.StreamResponse:
        """Open a text channel."""
        guild = self._guild(act)
        channel = self._world.add_channel(guild, act.text("name") or "channel")
        shape = objects.channel(channel, self._world.directory)
        self._dispatch("CHANNEL_CREATE", shape, guild)
        self._world.tell({"type": "guild"})
        return json_response(shape)

    async def create_member(self, act: Act) -> web.StreamResponse:
        """Let a new person join, with a role of their own if permissions are given."""
        guild = self._guild(act)
        granted = act.payload.get("permissions")
        bits = None if granted is None else _bits(granted)
        user = self._world.add_user(act.text("username") or "guest")
        member = self._world.add_member(guild, user.id, granted=bits)
        for role_id in member.roles:
            self._dispatch("GUILD_ROLE_CREATE", _role_event(guild, role_id), guild)
        self._world.tell({"type": "guild"})
        shape = objects.user(user) | {"avatar_color": user.avatar_color, "bot": False}
        return json_response(shape)

    async def change_member(self, act: Act) -> web.StreamResponse:
        """Give a member other roles, in place of all that they have.

        The bot hears of it with their next interaction: the event is for those with the members
        intent (Discord docs, Gateway, Intents).
        """
        guild = self._guild(act)
        member = guild.members.get(act["member"])
        if member is None:
            raise ClientError("There is no such member.", status=404)
        wanted = act.payload.get("roles")
        if not isinstance(wanted, list) or not {str(one) for one in wanted} <= guild.roles.keys():
            raise ClientError("The roles must be a list of this guild's roles, by id.")
        member.roles = [str(one) for one in wanted if str(one) != guild.id]
        return json_response({"roles": member.roles})

    async def create_role(self, act: Act) -> web.StreamResponse:
        """Make a role that nobody has yet."""
        guild = self._guild(act)
        granted = _bits(act.payload.get("permissions") or [])
        role = self._world.add_role(guild, act.text("name") or "role", granted=granted)
        self._dispatch("GUILD_ROLE_CREATE", _role_event(guild, role.id), guild)
        self._world.tell({"type": "guild"})
        return json_response(objects.role(role, guild_id=guild.id))

    async def remove_role(self, act: Act) -> web.StreamResponse:
        """Delete a role, and take it from all who have it."""
        guild = self._guild(act)
        role_id = act["role"]
        if role_id not in guild.roles or role_id == guild.id:
            raise ClientError("There is no such role.", status=404)
        del guild.roles[role_id]
        for member in guild.members.values():
            member.roles = [one for one in member.roles if one != role_id]
        data = {"guild_id": guild.id, "role_id": role_id}
        self._dispatch("GUILD_ROLE_DELETE", data, guild)
        self._world.tell({"type": "guild"})
        return web.Response(status=204)

    async def remove_channel(self, act: Act) -> web.StreamResponse:
        """Delete a channel with all its messages."""
        channel = self._channel(act)
        guild = self._world.directory.guild_of(channel)
        shape = objects.channel(channel, self._world.directory)
        del self._world.directory.channels[channel.id]
        for message in channel.messages.values():
            for attachment in message.attachments:
                self._world.directory.attachments.pop(attachment.id, None)
        if guild is not None:
            del guild.channels[channel.id]
            self._dispatch("CHANNEL_DELETE", shape, guild)
        self._world.tell({"type": "guild"})
        return web.Response(status=204)

    async def archive(self, act: Act) -> web.StreamResponse:
        """Archive a thread, lock it, or open it again; the bot is told."""
        channel = self._channel(act)
        guild = self._world.directory.guild_of(channel)
        if guild is None or channel.type is not ChannelType.PUBLIC_THREAD:
            raise ClientError("Only threads can be archived.")
        channel.archived = bool(act.payload.get("archived", channel.archived))
        channel.locked = bool(act.payload.get("locked", channel.locked))
        shape = objects.channel(channel, self._world.directory)
        self._dispatch("THREAD_UPDATE", shape, guild)
        self._world.tell({"type": "guild"})
        return json_response(shape)

    async def deny(self, act: Act) -> web.StreamResponse:
        """Set which permissions the bot, or a `member`, lacks in a channel; none gives all back."""
        channel = self._channel(act)
        guild = self._world.directory.guild_of(channel)
        if guild is None:
            raise ClientError("Direct messages have no permissions to change.")
        denied = _bits(act.payload.get("deny") or [])
        allowed = _bits(act.payload.get("allow") or [])
        whose = act.text("member") or self._world.bot.id
        channel.overwrites[whose] = Overwrite(id=whose, is_member=True, deny=denied, allow=allowed)
        shape = objects.channel(channel, self._world.directory)
        self._dispatch("CHANNEL_UPDATE", shape, guild)
        self._world.tell({"type": "guild"})
        return json_response(shape)

    async def disturb(self, act: Act) -> web.StreamResponse:
        """Make the gateway misbehave."""
        sent = 0
        match act.payload.get("action"):
            case "reconnect":
                self._gateway.reconnect()
            case "invalid_session":
                self._gateway.invalidate()
            case "drop":
                self._gateway.drop()
            case "replay":
                sent = self._gateway.replay(_whole(act.payload.get("count", 1)))
            case _:
                raise ClientError("The action must be reconnect, invalid_session, drop or replay.")
        return json_response({"sent": sent})

    async def advance(self, act: Act) -> web.StreamResponse:
        """Let tokens and URLs age at once."""
        seconds = act.payload.get("advance_seconds", 0)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise ClientError("advance_seconds must be a number.")
        self._world.advance(seconds)
        return json_response({"now": self._world.now().isoformat()})

    async def counts(self, act: Act) -> web.StreamResponse:
        """Count what happened."""
        tally = self._world.tally
        body = {
            "requests": dict(tally.requests),
            "refusals": dict(tally.refusals),
            "interactions": dict(tally.interactions),
            "violations": dict(tally.violations),
            "rate_limited": tally.rate_limited,
            "messages": tally.messages,
            "edits": tally.edits,
            "bot_online": self._gateway.is_online(),
        }
        return json_response(body)

    def _dispatch(self, event: str, data: Json, guild: Guild) -> None:
        self._world.dispatch(Dispatch(event=event, data=data, guild_id=guild.id, intent=GUILDS))

    def _guild(self, act: Act) -> Guild:
        guild = self._world.directory.guilds.get(act["guild"])
        if guild is None:
            raise ClientError("There is no such guild.", status=404)
        return guild

    def _channel(self, act: Act) -> Channel:
        channel = self._world.directory.channels.get(act["channel"])
        if channel is None:
            raise ClientError("There is no such channel.", status=404)
        return channel


def _role_event(guild: Guild, role_id: str) -> Json:
    role = objects.role(guild.roles[role_id], guild_id=guild.id)
    return {"guild_id": guild.id, "role": role}


def _tier(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in TIER_LIMIT_BYTES:
        raise ClientError("The boost tier must be 0, 1, 2 or 3.")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ClientError("The count must be a whole number.")
    return value


def _bits(names: Any) -> int:
    try:
        return permissions.bits([str(one) for one in names])
    except (KeyError, TypeError) as error:
        raise ClientError(f"There is no permission named {error}.") from None
