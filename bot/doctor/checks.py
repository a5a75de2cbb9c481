"""The one list of checks. Each sentence says how it is, and what to do where it is not well.

Those who run a server's Discord read them, too: what is told beside the operator names no path,
and nothing of other servers.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bot import catalogue
from bot.catalogue import PROVIDERS, Market
from bot.doctor.findings import Check, Remark
from bot.doctor.patient import Patient, Spot
from bot.errors import StartupError
from bot.providers.base import NoHistory, Provider
from bot.store import Database, audit

LOW_DISK_BYTES = 1024**3
SKEW = timedelta(seconds=5)
STALE = timedelta(days=3)
"""After this long without a new list of models, something is in the way; it is read daily."""

SHOWN = 5
_MIB = 1024**2
_GIB = 1024**3


async def discord_line(patient: Patient) -> str:
    """See whether the token is known, and the connection stands."""
    return await patient.line.who()


async def intents(patient: Patient) -> str:
    """See what the Developer Portal grants. Nothing of it is needed; one thing may be missed."""
    info = await patient.line.application()
    if info.interactions_endpoint_url:
        raise StartupError(
            "commands go to another address, and not to this bot. Empty the field Interactions "
            "Endpoint URL in the Developer Portal, page General Information."
        )
    flags = info.flags
    if flags.gateway_message_content or flags.gateway_message_content_limited:
        return "Message Content is granted; Minstrel does not need it."
    return (
        "Message Content is not granted, and not needed: replies are read while their ping is "
        "left on, and others get a Remix button."
    )


async def clock(patient: Patient) -> str:
    """Compare the machine's time with Discord's."""
    skew = patient.clock.now() - await patient.line.time()
    # Discord's answer has whole seconds, and took a moment to come.
    if abs(skew) > SKEW:
        seconds = abs(skew).total_seconds()
        way = "fast" if skew > timedelta() else "slow"
        raise StartupError(
            f"this machine's clock is {seconds:.0f} seconds {way}, so that limits and budgets end "
            "at the wrong time. Let it keep time over the network (NTP)."
        )
    return "agrees with Discord's."


async def permissions(patient: Patient) -> str | None:
    """See what the bot may do where it is asked, and where it is used."""
    if patient.place is None:
        return None
    lacking = [one for one in (patient.place.here, *patient.place.elsewhere) if one.missing]
    if not lacking:
        count = len(patient.place.elsewhere)
        more = f" and in {count} more where it is used" if count else ""
        return f"all that is needed, in {patient.place.here.mention}{more}."
    told = "; ".join(_lacks(one) for one in lacking[:SHOWN])
    rest = f" The same goes for {len(lacking) - SHOWN} more." if len(lacking) > SHOWN else ""
    raise StartupError(
        f"{told}.{rest} Allow that in the channel's settings, under Permissions, for Minstrel's "
        "role."
    )


def _lacks(spot: Spot) -> str:
    return f"{spot.mention} lacks " + " and ".join(f'"{name}"' for name in spot.missing)


async def uploads(patient: Patient) -> str | None:
    """Tell the largest file that may be posted."""
    if patient.place is None or patient.place.upload_bytes is None:
        return None
    size = patient.place.upload_bytes // _MIB
    return f"files up to {size} MiB; longer pieces are made to fit. Boosts of the server raise it."


async def own_settings(patient: Patient) -> str | None:
    """See whether what the server has chosen is still there."""
    if patient.place is None:
        return None
    if patient.place.lost:
        raise Remark(f"{', '.join(patient.place.lost)}. Choose anew with /settings.")
    return "all that they name is there."


async def providers(patient: Patient) -> str:
    """See whether keys are accepted, and whether accounts take work."""
    if not patient.providers:
        raise StartupError(f"FAL_KEY is not set.{_ask(patient)}")
    for reason in patient.paused.values():
        raise StartupError(f"{reason} Requests wait, and go on by themselves.{_ask(patient)}")
    return " ".join([await _account(one, patient) for one in patient.providers.values()])


async def _account(provider: Provider, patient: Patient) -> str:
    house = PROVIDERS.get(provider.name, provider.name)
    models = (one for one in catalogue.all_models() if one.about.provider == provider.name)
    endpoint = next((one.about.endpoint for one in models), None)
    if endpoint is None:
        return f"{house}: no model of it is known."
    try:
        await provider.look_up(endpoint, since=patient.clock.now())
    except NoHistory:
        return f"{house}: a key is set."
    return f"{house}: the key is accepted."


async def models(patient: Patient) -> str:
    """Count the models that can be had."""
    market = await patient.market()
    every = [one for one in catalogue.all_models() if market.has_key(one)]
    gone = [one.about.title for one in every if market.is_gone(one)]
    alive = f"{len(every) - len(gone)} of {len(every)} can be had"
    if len(gone) == len(every):
        raise StartupError(f"none can be had.{_ask(patient)}")
    if market.listed_at is None:
        return f"{alive}, as far as Minstrel knows without the provider's list."
    if patient.clock.now() - market.listed_at > STALE:
        raise Remark(f"{alive}, by a list of {_day(market)}. No newer one could be read since.")
    if gone:
        named = ", ".join(gone[:SHOWN]) + (" and others" if len(gone) > SHOWN else "")
        raise Remark(f"{alive}. The provider no longer offers {named}; choose others.")
    return f"{alive}."


def _day(market: Market) -> str:
    return "" if market.listed_at is None else f"{market.listed_at:%Y-%m-%d}"


async def database(patient: Patient) -> str:
    """See whether it answers; for the operator also whether all bookings add up."""
    async with patient.open_database() as db:
        if not patient.is_operator:
            await db.read(_nothing)
            return "answers."
        return await _books(db)


async def _books(db: Database) -> str:
    if wrong := await db.read(audit.check):
        raise StartupError(" ".join(wrong))
    return "up to date, and every booking adds up."


def _nothing(_: object) -> None:
    """Read nothing: opening the transaction is the question."""


async def disk(patient: Patient) -> str:
    """See whether files can be kept."""
    folder = patient.settings.minstrel_data_dir
    trouble = _trouble(folder)
    if trouble and patient.is_operator:
        raise StartupError(trouble)
    if trouble:
        raise StartupError("The bot cannot keep files at the moment. Tell whoever runs it.")
    free = shutil.disk_usage(folder).free
    where = f"{folder}, " if patient.is_operator else ""
    return f"{where}{free / _GIB:.1f} GiB free."


def _trouble(folder: Path) -> str | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"{folder} cannot be made: {error.strerror}. Set MINSTREL_DATA_DIR to another place."
    if not os.access(folder, os.W_OK):
        return f"{folder} cannot be written to. Change its owner, or MINSTREL_DATA_DIR."
    free = shutil.disk_usage(folder).free
    if free < LOW_DISK_BYTES:
        return f"Only {free // _MIB} MiB are free in {folder}. Make room there."
    return None


def _ask(patient: Patient) -> str:
    return "" if patient.is_operator else " Tell whoever runs this bot."


CHECKS: Sequence[Check[Patient]] = (
    Check("Discord", discord_line),
    Check("Intents", intents),
    Check("Permissions", permissions),
    Check("Uploads", uploads),
    Check("Settings", own_settings),
    Check("Provider", providers),
    Check("Models", models),
    Check("Database", database),
    Check("Data directory", disk),
    Check("Clock", clock),
)
