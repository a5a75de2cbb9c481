"""What cogs may use, opened in one place and closed in the opposite order."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.audio.addresses import Addresses
from bot.audio.download import Downloader
from bot.audio.shelf import Shelf
from bot.audio.workshop import Workshop
from bot.catalogue import FAL, Market
from bot.config import Settings
from bot.domain.clock import Clock
from bot.domain.ids import WorkerId
from bot.errors import StartupError
from bot.jobs.alarms import Alarms, Operator
from bot.jobs.archive import Archive
from bot.jobs.audit_trail import AuditChannels, AuditTrail, NoChannels
from bot.jobs.bell import Bell
from bot.jobs.board import Board
from bot.jobs.call_addresses import CallAddresses
from bot.jobs.calls import Calls
from bot.jobs.choices import Above
from bot.jobs.condition import Condition
from bot.jobs.drafts import Drafts
from bot.jobs.erasing import Eraser
from bot.jobs.gate import Gates
from bot.jobs.library import Library
from bot.jobs.market import MarketWatch
from bot.jobs.peers import Peers
from bot.jobs.preferences import Preferences
from bot.jobs.restoring import Restored, take_in
from bot.jobs.reworks import Reworks
from bot.jobs.runner import Runner
from bot.jobs.runtime import Keeping, Runtime, Timing
from bot.jobs.servers import Servers
from bot.jobs.service import JobService
from bot.jobs.shop import Shop
from bot.jobs.singing import Singing
from bot.jobs.sources import Attachments, Sources
from bot.jobs.takeout import Takeout
from bot.jobs.usage import Usage
from bot.providers.base import Provider
from bot.providers.opening import open_fal, open_further
from bot.store import Database, leases, meta, migrate, outcomes
from bot.store.notices import Notices

CALLS = "calls"
"""The note with what the addresses for providers' calls are made from."""

PLACES_ELSEWHERE = 2
"""Requests at once at a provider that publishes no such limit, as a new account at fal has: plans
with ten tracks an hour or twenty a month gain nothing by more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The open resources of a running bot."""

    db: Database
    archive: Archive
    audit: AuditTrail
    calls: Calls
    condition: Condition
    drafts: Drafts
    eraser: Eraser
    jobs: JobService
    library: Library
    preferences: Preferences
    reworks: Reworks
    runner: Runner
    servers: Servers
    singing: Singing
    takeout: Takeout
    usage: Usage


@asynccontextmanager
async def open_services(
    settings: Settings,
    *,
    board: Board,
    attachments: Attachments,
    clock: Clock,
    operator: Operator | None = None,
    audit: AuditChannels | None = None,
    peers: Peers | None = None,
    restored: Restored | None = None,
) -> AsyncIterator[Services]:
    """Open everything the bot works with; the database is brought up to date first.

    Raises:
        StartupError: Something cannot be opened as configured.
    """
    data_dir = settings.minstrel_data_dir
    _make(settings)
    worker = WorkerId(secrets.token_hex(6))
    await migrate(settings.store_url)
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(Database.open(settings.store_url))
        if not db.is_shared:
            # What a crash left belongs to nobody any more. Beside other processes it may be theirs.
            await db.write(leases.release_all)
            shutil.rmtree(data_dir / "work", ignore_errors=True)
        await take_in(db, clock, restored)
        notices = Notices(settings.store_url)
        fal = await open_fal(settings, stack, clock=clock)
        providers = await open_further(settings, stack, clock=clock, fal=fal)
        trail = await stack.enter_async_context(AuditTrail(db, audit or NoChannels(), clock))
        grace = settings.minstrel_unknown_grace
        runtime = Runtime(
            db=db,
            alarms=Alarms(db, clock, operator),
            providers=providers,
            board=board,
            downloader=await stack.enter_async_context(
                Downloader(clock=clock, addresses=Addresses.of(settings))
            ),
            workshop=await stack.enter_async_context(Workshop()),
            shelf=Shelf(data_dir),
            work_dir=data_dir / "work" / worker,
            clock=clock,
            worker=worker,
            audit=trail,
            tell=notices.send,
            peers=peers or Peers(),
            bell=Bell(notices.send),
            gates=Gates(places=_places(settings, providers)),
            shop=Shop(market=Market(providers=frozenset(providers))),
            calls=await _call_addresses(settings, db),
            keeping=Keeping(
                days=settings.minstrel_keep_days,
                limit_bytes=int(settings.minstrel_keep_gigabytes * 10**9),
                retention_days=settings.minstrel_retention_days,
                grace_days=settings.minstrel_grace_days,
            ),
            timing=Timing(
                lease=settings.minstrel_lease_seconds,
                unknown_grace=None if grace is None else float(grace),
            ),
        )
        await stack.enter_async_context(
            MarketWatch(db=db, clock=clock, shop=runtime.shop, storefront=fal)
        )
        runtime.run_times.replay(await db.read(outcomes.run_times))
        runner = Runner(runtime)
        await stack.enter_async_context(notices.heard_by(runner.hear))
        jobs = JobService(runtime, runner, settings)
        sources = Sources.of(runtime, attachments)
        preferences = Preferences(db, clock, above=Above.of(settings), market=lambda: jobs.market)
        preferences.subscribe(trail.settings_changed)
        archive = Archive(runtime, sources)
        eraser = Eraser(runtime, jobs)
        reworks = Reworks(runtime, jobs, sources)
        try:
            yield Services(
                db=db,
                archive=archive,
                audit=trail,
                condition=Condition(runtime, settings),
                calls=Calls(runtime, runner, {fal.name: fal}),
                drafts=Drafts(db),
                eraser=eraser,
                jobs=jobs,
                library=Library(runtime, archive),
                preferences=preferences,
                reworks=reworks,
                runner=runner,
                servers=Servers(db, clock),
                takeout=Takeout(runtime),
                usage=Usage(db, clock, settings),
                singing=Singing(jobs, reworks),
            )
        finally:
            await eraser.stop()
            await archive.close()
            await runner.stop()


async def _call_addresses(settings: Settings, db: Database) -> CallAddresses | None:
    if settings.minstrel_public_url is None:
        return None
    secret = await db.write(meta.put_once, CALLS, secrets.token_hex(32))
    return CallAddresses(
        base_url=settings.minstrel_public_url.rstrip("/"), secret=bytes.fromhex(secret)
    )


def _places(settings: Settings, providers: Mapping[str, Provider]) -> dict[str, int]:
    """Say how many requests each provider is given at once."""
    return dict.fromkeys(providers, PLACES_ELSEWHERE) | {FAL: settings.minstrel_max_active}


def _make(settings: Settings) -> None:
    try:
        settings.minstrel_data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(
            f"The data directory {settings.minstrel_data_dir} cannot be made: {error.strerror}. "
            "Set MINSTREL_DATA_DIR to a place that this program may write to."
        ) from error
