"""Who the bot is, where the gateway is, and the things around messages: guilds, people, threads."""

from __future__ import annotations

from aiohttp import web

from sandbox.discord import objects, refusals
from sandbox.discord.gate import Gate
from sandbox.discord.gateway import GUILDS, Gateway
from sandbox.discord.state import Channel, ChannelType
from sandbox.discord.wire import NO_CONTENT, Api, Call, Reply
from sandbox.discord.world import Dispatch, World


class GeneralRoutes:
    """Everything that is neither message, interaction nor command."""

    def __init__(self, world: World, gateway: Gateway, gate: Gate) -> None:
        self._world = world
        self._gateway = gateway
        self._gate = gate

    def add_routes(self, app: web.Application, api: Api) -> None:
        """Add them to the application."""
        api.add(app, "GET /gateway", self.gateway_url, needs_token=False)
        api.add(app, "GET /gateway/bot", self.gateway_bot)
        api.add(app, "GET /users/@me", self.own_user)
        api.add(app, "GET /users/@me/guilds", self.own_guilds)
        api.add(app, "POST /users/@me/channels", self.open_direct)
        api.add(app, "GET /users/{user}", self.user)
        api.add(app, "GET /oauth2/applications/@me", self.application)
        api.add(app, "GET /applications/@me", self.application)
        api.add(app, "GET /channels/{channel}", self.channel)
        api.add(app, "PATCH /channels/{channel}", self.change_thread)
        api.add(app, "POST /channels/{channel}/threads", self.start_thread)
        api.add(app, "POST /channels/{channel}/messages/{message}/threads", self.start_thread)
        api.add(app, "PUT /channels/{channel}/thread-members/@me", self.join_thread)
        api.add(app, "GET /guilds/{guild}", self.guild)
        api.add(app, "GET /guilds/{guild}/channels", self.channels)
        api.add(app, "GET /guilds/{guild}/roles", self.roles)
        api.add(app, "GET /guilds/{guild}/threads/active", self.active_threads)
        api.add(app, "GET /guilds/{guild}/members", self.members)
        api.add(app, "GET /guilds/{guild}/members/{user}", self.member)

    def add_fallback(self, app: web.Application, api: Api) -> None:
        """Answer all other paths as Discord does; must be added last."""
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            api.add(app, f"{method} /{{tail:.*}}", self.nowhere, needs_token=False)

    async def nowhere(self, call: Call) -> Reply:
        """Refuse a path that does not exist."""
        raise refusals.unknown_route()

    async def gateway_url(self, call: Call) -> Reply:
        """Say where the gateway is."""
        return Reply(body={"url": self._gateway.url})

    async def gateway_bot(self, call: Call) -> Reply:
        """Say where the gateway is and how many sessions may be started."""
        limit = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1}
        body = {"url": self._gateway.url, "shards": 1, "session_start_limit": limit}
        return Reply(body=body)

    async def own_user(self, call: Call) -> Reply:
        """Describe the bot."""
        return Reply(body=objects.own_user(self._world.bot))

    async def own_guilds(self, call: Call) -> Reply:
        """List the bot's guilds."""
        guilds = self._world.directory.guilds.values()
        keys = ("id", "name", "icon", "banner", "features")
        shapes = [objects.guild(one) for one in guilds if not one.unavailable]
        return Reply(
            body=[
                {key: shape[key] for key in keys} | {"owner": False, "permissions": "0"}
                for shape in shapes
            ]
        )

    async def open_direct(self, call: Call) -> Reply:
        """Open the direct channel with a person."""
        payload = await call.form()
        user = self._world.directory.users.get(str(payload.get("recipient_id")))
        if user is None:
            raise refusals.unknown_user()
        if user.bot:
            raise refusals.cannot_dm()
        channel = self._world.direct_channel(user.id)
        return Reply(body=objects.channel(channel, self._world.directory))

    async def user(self, call: Call) -> Reply:
        """Describe a user."""
        user = self._world.directory.users.get(call["user"])
        if user is None:
            raise refusals.unknown_user()
        return Reply(body=objects.user(user))

    async def application(self, call: Call) -> Reply:
        """Describe the bot's application."""
        guilds = len(self._world.directory.guilds)
        return Reply(body=objects.application(self._world.bot, self._world.me, guilds=guilds))

    async def channel(self, call: Call) -> Reply:
        """Describe a channel."""
        channel = self._gate.channel(call["channel"])
        return Reply(body=objects.channel(channel, self._world.directory))

    async def change_thread(self, call: Call) -> Reply:
        """Archive a thread or open it again; whoever may write in it may, unless it is locked."""
        channel = self._gate.channel(call["channel"])
        if channel.type is not ChannelType.PUBLIC_THREAD or channel.locked:
            self._gate.channel(channel.id, "manage_threads")
        self._gate.channel(channel.id, "send_messages_in_threads")
        payload = await call.form()
        if isinstance(archived := payload.get("archived"), bool):
            channel.archived = archived
        return Reply(body=objects.channel(channel, self._world.directory))

    async def start_thread(self, call: Call) -> Reply:
        """Start a public thread, on a message or on its own."""
        parent = self._gate.channel(call["channel"], "create_public_threads")
        guild = self._world.directory.guild_of(parent)
        if guild is None or parent.type is not ChannelType.TEXT:
            message = "Cannot execute action on this channel type"
            raise refusals.Refusal(400, 50024, message)
        name = (await call.form()).get("name")
        if not isinstance(name, str) or not 1 <= len(name) <= 100:
            message = "Must be between 1 and 100 in length."
            raise refusals.invalid(("name",), "BASE_TYPE_BAD_LENGTH", message)
        starter = call.request.match_info.get("message")
        if starter is not None:
            self._gate.message(parent, starter)
            if starter in self._world.directory.channels:
                message = "A thread has already been created for this message"
                raise refusals.Refusal(400, 160004, message)
        thread = Channel(
            # A thread on a message has the message's id.
            id=starter or self._world.ids.take(),
            type=ChannelType.PUBLIC_THREAD,
            name=name,
            guild_id=guild.id,
            parent_id=parent.id,
            owner_id=self._world.bot.id,
            created_at=self._world.clock.now(),
        )
        guild.channels[thread.id] = thread
        self._world.directory.channels[thread.id] = thread
        shape = objects.channel(thread, self._world.directory)
        self._world.dispatch(
            Dispatch(
                event="THREAD_CREATE",
                data=shape | {"newly_created": True},
                guild_id=guild.id,
                intent=GUILDS,
            )
        )
        self._world.tell({"type": "guild"})
        return Reply(body=shape, status=201)

    async def join_thread(self, call: Call) -> Reply:
        """Join a thread; whoever sees it may."""
        self._gate.channel(call["channel"])
        return NO_CONTENT

    async def guild(self, call: Call) -> Reply:
        """Describe a guild."""
        return Reply(body=objects.guild(self._gate.guild(call["guild"])))

    async def channels(self, call: Call) -> Reply:
        """List a guild's channels, without threads."""
        guild = self._gate.guild(call["guild"])
        threads = ChannelType.PUBLIC_THREAD
        shown = [one for one in guild.channels.values() if one.type is not threads]
        return Reply(body=[objects.channel(one, self._world.directory) for one in shown])

    async def roles(self, call: Call) -> Reply:
        """List a guild's roles."""
        guild = self._gate.guild(call["guild"])
        return Reply(body=[objects.role(one, guild_id=guild.id) for one in guild.roles.values()])

    async def active_threads(self, call: Call) -> Reply:
        """List a guild's threads that are not archived."""
        guild = self._gate.guild(call["guild"])
        threads = [
            objects.channel(one, self._world.directory)
            for one in guild.channels.values()
            if one.type is ChannelType.PUBLIC_THREAD and not one.archived
        ]
        return Reply(body={"threads": threads, "members": []})

    async def members(self, call: Call) -> Reply:
        """List a guild's members; needs the privileged intent, as the bot has not."""
        self._gate.guild(call["guild"])
        raise refusals.missing_access()

    async def member(self, call: Call) -> Reply:
        """Describe a member."""
        guild = self._gate.guild(call["guild"])
        member = guild.members.get(call["user"])
        if member is None:
            raise refusals.unknown_member()
        person = self._world.directory.users[member.user_id]
        return Reply(body=objects.member(member, person))
