"""The discord.py bot: intents, cogs, the error renderer, and the order of starting and stopping."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress

import aiohttp
import discord
import discord.gateway
import discord.http
import yarl
from discord import app_commands
from discord.ext import commands

from bot import garbage, metrics
from bot.catalogue.wording import plain
from bot.config import Settings
from bot.domain.clock import Clock, SystemClock
from bot.domain.ids import UserId
from bot.errors import BotError, StartupError
from bot.health import Health
from bot.identifies import Identifies
from bot.jobs.delivery import AuditMessages, Cards, MessageAttachments, OperatorMessages
from bot.jobs.freshness import Freshness
from bot.jobs.peers import Peers
from bot.jobs.restoring import Restored
from bot.services import Services, open_services
from bot.store import meta
from bot.ui.answers import Unanswerable, sentence_for, tell
from bot.ui.audit import audit_page
from bot.ui.card import render
from bot.ui.wholes import Wholes, slim
from bot.webhook import WebhookServer

log = logging.getLogger(__name__)

EXTENSIONS = (
    "cogs.music",
    "cogs.sfx",
    "cogs.song",
    "cogs.help",
    "cogs.remix",
    "cogs.replies",
    "cogs.show",
    "cogs.settings",
    "cogs.usage",
    "cogs.doctor",
    "cogs.card",
    "cogs.prices",
    "cogs.forms",
    "cogs.history",
    "cogs.privacy",
    "cogs.servers",
)

SOCKETS = 100
"""Connections to Discord at once. A burst opens one per request otherwise, past what a process
may hold open."""

SHARDS = "shards"
"""The note on how many shards there are, of all processes together."""

LOGIN_WAITS_SECONDS = (1, 2, 5, 10, 20, 30)


class Tree(app_commands.CommandTree["MinstrelBot"]):
    """The commands, with the one place that turns their errors into sentences."""

    async def on_error(
        self, interaction: discord.Interaction[MinstrelBot], error: app_commands.AppCommandError
    ) -> None:
        """Tell the person who used the command, unless the interaction was answered elsewhere."""
        cause: BaseException = error
        if isinstance(error, app_commands.CommandInvokeError):
            cause = error.original
        if isinstance(cause, Unanswerable):
            return
        await tell(interaction, _sentence(cause))


def _sentence(error: BaseException) -> str:
    if isinstance(error, BotError):
        return error.sentence
    if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        return "This command has just changed. Please reload Discord and type it again."
    if isinstance(error, app_commands.TransformerError):
        given = plain(str(error.value))
        return f"{given} is not something this option takes. Please choose from its list."
    if isinstance(error, app_commands.NoPrivateMessage):
        return "Minstrel makes music in servers only. Please ask there."
    if isinstance(error, app_commands.CheckFailure):
        return "You may not use this command here. A moderator can change that."
    return sentence_for(error)


class MinstrelBot(commands.AutoShardedBot):
    """The bot. `services` is set before it logs in."""

    services: Services

    def __init__(
        self, settings: Settings, *, ready_seconds: float = 0.5, clock: Clock | None = None
    ) -> None:
        """Prepare a bot; needs a running event loop, for its connections."""
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=ready_seconds,
            connector=aiohttp.TCPConnector(limit=SOCKETS),
            http_trace=_counting(),
        )
        self.settings = settings
        self.wholes = Wholes(self, clock or SystemClock())
        if settings.minstrel_lean:
            slim(self)
        self._resuming: asyncio.Task[None] | None = None
        self._command_ids: dict[int | None, Mapping[str, int]] = {}
        self._identifies: Identifies | None = None

    async def setup_hook(self) -> None:
        """Load the commands, tell Discord of them where they changed, and go on with the jobs."""
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        if self.settings.minstrel_role != "worker" and self.settings.minstrel_cluster.index == 1:
            await self.sync_commands()
        self._resuming = asyncio.create_task(self._resume_jobs(), name="resume-jobs")

    async def _resume_jobs(self) -> None:
        if self.settings.minstrel_role != "worker":
            await self.wait_until_ready()
            log.info("ready as %s in %d servers", self.user, len(self.guilds))
        if self.settings.minstrel_role != "gateway":
            self.services.runner.start()
            self.services.eraser.start()

    def is_serving(self) -> bool:
        """Say whether the process does what its role is: a worker needs no gateway."""
        return self.user is not None if self.settings.minstrel_role == "worker" else self.is_ready()

    async def choose_shards(self) -> None:
        """Settle which of the shards are this process's; Discord recommends how many there are.

        All processes must agree on the number, so the first that starts writes it down for those
        that start beside it.
        """
        settings = self.settings
        recommended, _url, limits = await self.http.get_bot_gateway()
        wanted = settings.minstrel_shards or max(recommended, settings.minstrel_cluster.count)
        if settings.minstrel_shards is None and settings.minstrel_cluster.count > 1:
            agreed = await self.services.db.write(meta.put_once, SHARDS, str(wanted))
            wanted = max(int(agreed), settings.minstrel_cluster.count)
        self.shard_count = wanted
        self.shard_ids = list(settings.minstrel_cluster.shards(wanted))
        self._identifies = Identifies(settings.store_url, limits["max_concurrency"])
        log.info("cluster %s: shards %s of %d", settings.minstrel_cluster, self.shard_ids, wanted)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait until Discord takes one more IDENTIFY (Discord docs, Gateway, Sharding)."""
        if self._identifies is None or not self.settings.store_url.startswith("postgres"):
            await super().before_identify_hook(shard_id, initial=initial)
        else:
            await self._identifies.wait(shard_id or 0)

    async def sync_commands(self) -> None:
        """Register the commands, only when they differ from what is registered."""
        scopes: list[discord.Object | None] = [
            discord.Object(guild_id) for guild_id in self.settings.discord_guild_ids
        ]
        for scope in scopes or [None]:
            if scope is not None:
                self.tree.copy_global_to(guild=scope)
            payload = [
                command.to_dict(self.tree) for command in self.tree.get_commands(guild=scope)
            ]
            digest = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
            key = f"commands:{self.application_id}:{'global' if scope is None else scope.id}"
            if await self.services.db.read(meta.get, key) == digest and await self._are_there(
                scope
            ):
                continue
            synced = await self.tree.sync(guild=scope)
            self._remember(synced, scope)
            await self.services.db.write(meta.put, key, digest)
            log.info("registered %d commands", len(synced))

    async def _are_there(self, scope: discord.abc.Snowflake | None) -> bool:
        """Say whether Discord still has the commands it was told of."""
        try:
            registered = await self.tree.fetch_commands(guild=scope)
        except discord.HTTPException:
            return False
        self._remember(registered, scope)
        ours = {command.name for command in self.tree.get_commands(guild=scope)}
        return {command.name for command in registered} == ours

    def _remember(
        self, registered: Sequence[app_commands.AppCommand], scope: discord.abc.Snowflake | None
    ) -> None:
        ids = {one.name: one.id for one in registered}
        self._command_ids[None if scope is None else scope.id] = ids

    def command_ids(self, guild_id: int | None) -> Mapping[str, int]:
        """Give the commands' ids where they are known, by name; a mention of one needs it."""
        return self._command_ids.get(guild_id) or self._command_ids.get(None) or {}

    async def close(self) -> None:
        """Leave Discord."""
        if self._resuming is not None:
            self._resuming.cancel()
        await super().close()


def _counting() -> aiohttp.TraceConfig:
    """Count discord.py's requests by how they ended; those that never did count as 0."""
    trace = aiohttp.TraceConfig()

    async def ended(_session: object, _context: object, one: aiohttp.TraceRequestEndParams) -> None:
        metrics.discord_answered(one.method, one.url.path, one.response.status)

    async def failed(
        _session: object, _context: object, one: aiohttp.TraceRequestExceptionParams
    ) -> None:
        metrics.discord_answered(one.method, one.url.path, 0)

    trace.on_request_end.append(ended)
    trace.on_request_exception.append(failed)
    return trace


async def run(
    settings: Settings, *, clock: Clock | None = None, restored: Restored | None = None
) -> None:
    """Run the bot until SIGINT or SIGTERM.

    Stopping takes no new requests, parks the jobs (what the provider runs goes on running there),
    brings the cards up to date, leaves Discord, and closes the database, in that order.

    Raises:
        StartupError: It cannot start as configured.
    """
    if settings.discord_token is None:
        raise StartupError("DISCORD_TOKEN is not set. Put your bot's token into it.")
    point_discord_at(settings)
    clock = clock or SystemClock()
    stopping = asyncio.Event()
    _stop_on_signals(stopping)
    bot = MinstrelBot(settings, clock=clock)

    def is_serving() -> bool:
        return bot.is_serving() and not stopping.is_set()

    peers = Peers()
    cards = Cards(bot, render, clock, peers)
    async with (
        bot,
        open_services(
            settings,
            board=cards,
            attachments=MessageAttachments(bot),
            clock=clock,
            audit=AuditMessages(bot, audit_page),
            operator=OperatorMessages(bot, _operator_of(settings)),
            peers=peers,
            restored=restored,
        ) as services,
    ):
        bot.services = services
        if services.db.is_shared:
            cards.freshness = Freshness(services.db, clock)
        async with (
            Health(settings.minstrel_health_port, is_serving, services.db, clock),
            WebhookServer(_webhook_port(settings), services.calls) as webhook,
        ):
            await _until_stopped(bot, settings.discord_token.get_secret_value(), stopping, clock)
            log.info("stopping")
            services.jobs.close()
            await webhook.close()
            await services.runner.stop()
            await asyncio.gather(cards.flush(), services.audit.flush())
            await bot.close()


def _operator_of(settings: Settings) -> UserId | None:
    chosen = settings.minstrel_operator_id
    return None if chosen is None else UserId(chosen)


def _webhook_port(settings: Settings) -> int | None:
    return None if settings.minstrel_public_url is None else settings.minstrel_webhook_port


def point_discord_at(settings: Settings) -> None:
    """Lead discord.py's requests to the configured servers; it has no setting for that."""
    discord.http.Route.BASE = settings.discord_api_url
    if settings.discord_gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)


def _stop_on_signals(stopping: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: asyncio.run still handles Ctrl+C
            loop.add_signal_handler(number, stopping.set)


async def _until_stopped(
    bot: MinstrelBot, token: str, stopping: asyncio.Event, clock: Clock
) -> None:
    """Stay connected until told to stop, or until Discord will not have us."""
    connection = asyncio.create_task(stay_connected(bot, token, clock), name="discord")
    signalled = asyncio.create_task(stopping.wait(), name="signals")
    try:
        await asyncio.wait({connection, signalled}, return_when=asyncio.FIRST_COMPLETED)
        if connection.done():
            await connection
    finally:
        signalled.cancel()
        if not connection.done() and not bot.is_ready():
            # Still logging in; a connected bot is closed in order by the caller instead.
            connection.cancel()
        await asyncio.gather(signalled, return_exceptions=True)


async def stay_connected(bot: MinstrelBot, token: str, clock: Clock) -> None:
    """Log in and do the work of the process's role, for as long as Discord will have us.

    Raises:
        StartupError: Discord knows no such token, or refuses what the bot wants to hear.
    """
    try:
        await _log_in(bot, token, clock)
        # Before servers and jobs come: what is set apart here is there to stay.
        garbage.set_apart()
        if bot.settings.minstrel_role == "worker":
            await asyncio.Event().wait()
        await bot.choose_shards()
        await bot.connect(reconnect=True)
    except discord.LoginFailure as error:
        raise StartupError(
            "Discord does not know this DISCORD_TOKEN. Copy the token anew from the Discord "
            "Developer Portal, page Bot, and start again."
        ) from error
    except discord.PrivilegedIntentsRequired as error:
        raise StartupError(
            "Discord refused the connection for its intents. Update Minstrel, and tell its makers."
        ) from error


async def _log_in(bot: MinstrelBot, token: str, clock: Clock) -> None:
    """Log in, however long Discord or the network takes to come up."""
    attempt = 0
    while True:
        try:
            await bot.login(token)
        except (aiohttp.ClientError, OSError, discord.DiscordServerError) as error:
            wait = LOGIN_WAITS_SECONDS[min(attempt, len(LOGIN_WAITS_SECONDS) - 1)]
            attempt += 1
            log.warning(
                "Discord cannot be reached (%s); trying again in %d s", type(error).__name__, wait
            )
            await bot.http.close()
            # That took the connector along, which the next attempt needs.
            bot.http.connector = aiohttp.TCPConnector(limit=SOCKETS)
            await clock.sleep(wait)
        else:
            return
