"""`minstrel doctor`: the checks on the console, for the operator."""

from __future__ import annotations

import sqlite3
from contextlib import AsyncExitStack

from bot import __version__, catalogue
from bot.catalogue import Market
from bot.config import Settings
from bot.doctor.checks import CHECKS
from bot.doctor.findings import Finding, Level, Moot, run
from bot.doctor.line import OwnLine
from bot.doctor.patient import Patient
from bot.domain.clock import Clock, SystemClock
from bot.providers.base import Provider
from bot.providers.fal import FalProvider
from bot.providers.opening import open_fal, open_further
from bot.store import Database

_SIGNS = {Level.FINE: "ok ", Level.NOTE: "ok ", Level.BAD: "BAD"}


async def examine(settings: Settings) -> int:
    """Print one line for each thing that Minstrel needs; give 1 if any is not in order."""
    print(f"Minstrel {__version__}, SQLite {sqlite3.sqlite_version}")  # noqa: T201
    found = await _findings(settings, SystemClock())
    for one in found:
        print(f"{_SIGNS[one.level]} {one.subject}: {one.words}")  # noqa: T201
    return 1 if any(one.level is Level.BAD for one in found) else 0


async def _findings(settings: Settings, clock: Clock) -> list[Finding]:
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(OwnLine.open(settings))
        providers: dict[str, Provider] = {}
        fal: FalProvider | None = None
        if settings.fal_key is not None:
            fal = await open_fal(settings, stack, clock=clock)
            providers = await open_further(settings, stack, clock=clock, fal=fal)

        async def market() -> Market:
            if fal is None:
                raise Moot("FAL_KEY is not set.")
            listings = await fal.listing(catalogue.endpoints_of(catalogue.FAL))
            return Market(listings=listings, listed_at=clock.now(), providers=frozenset(providers))

        patient = Patient(
            settings=settings,
            clock=clock,
            line=line,
            open_database=lambda: Database.open(settings.store_url, exclusive=False),
            providers=providers,
            paused={},
            market=market,
            is_operator=True,
        )
        return await run(CHECKS, patient)
