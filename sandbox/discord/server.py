"""Puts the rooms of the small Discord together."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from bot.domain.clock import Clock
from sandbox.discord.cdn import Cdn
from sandbox.discord.client import Actors, ClientRoutes
from sandbox.discord.client_interactions import ClientInteractionRoutes
from sandbox.discord.control import ControlRoutes
from sandbox.discord.desk import Desk
from sandbox.discord.filling import Filler
from sandbox.discord.gate import Gate
from sandbox.discord.gateway import Gateway
from sandbox.discord.posting import Posting
from sandbox.discord.rest_commands import CommandRoutes
from sandbox.discord.rest_general import GeneralRoutes
from sandbox.discord.rest_interactions import InteractionRoutes
from sandbox.discord.rest_messages import MessageRoutes
from sandbox.discord.wire import Api
from sandbox.discord.world import World
from sandbox.faults import Faults


class Discord:
    """A small Discord: REST under ``/api/v10``, ``/gateway``, ``/cdn``, ``/client``, ``/control``.

    Attributes:
        world: Its state, for those who look at it from within the process.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        faults: Faults,
        base_url: Callable[[], str],
        record: Callable[[dict[str, object]], None],
        ack_seconds: float = 3.0,
        heartbeat_seconds: float = 41.25,
        privileged_intents: int = 0,
    ) -> None:
        """Prepare an empty Discord with one guild.

        Args:
            clock: Time, for deadlines, buckets and expiry.
            faults: Asked at each place whether to misbehave.
            base_url: Gives ``http://host:port`` once the server is bound.
            record: Gets every request with its answer, and every gateway frame.
            ack_seconds: How long an interaction waits for its first response.
            heartbeat_seconds: What HELLO asks for.
            privileged_intents: Those switched on in the developer portal.
        """
        self.world = World(clock=clock, base_url=base_url, record=record)
        self._api = Api(self.world, faults)
        self._gateway = Gateway(
            self.world, heartbeat_seconds=heartbeat_seconds, privileged_intents=privileged_intents
        )
        posting = Posting(self.world)
        gate = Gate(self.world)
        actors = Actors(self.world)
        self._desk = Desk(self.world, self._gateway, posting, ack_seconds=ack_seconds)
        self._client = ClientRoutes(self.world, self._gateway, posting, actors)
        filler = Filler(self.world, posting)
        self._rest = (
            MessageRoutes(self.world, posting, gate),
            InteractionRoutes(self.world, posting, self._desk),
            CommandRoutes(self.world, gate),
        )
        self._general = GeneralRoutes(self.world, self._gateway, gate)
        self._pages = (
            self._client,
            ClientInteractionRoutes(self.world, actors, self._desk, filler),
            ControlRoutes(self.world, self._gateway, actors),
            Cdn(self.world, faults),
        )

    def add_routes(self, app: web.Application) -> None:
        """Add all routes to an application."""
        for rest in self._rest:
            rest.add_routes(app, self._api)
        self._general.add_routes(app, self._api)
        self._general.add_fallback(app, self._api)
        for page in self._pages:
            page.add_routes(app)
        app.router.add_get("/gateway", self._gateway.handle)
        app.router.add_get("/gateway/", self._gateway.handle)

    def shards_online(self) -> int:
        """Give how many of the bot's connections are identified."""
        return self._gateway.count_online()

    async def close(self) -> None:
        """Close all connections and stop all timers."""
        await self._client.close()
        await self._gateway.close()
        await self._desk.close()
