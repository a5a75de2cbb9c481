"""After a backup was put back: what was paid for since it was made, and no job here knows of."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot import catalogue
from bot.domain.clock import Clock
from bot.domain.job import Job, State
from bot.errors import ModelGone, ProviderError, Rejected, StartupError
from bot.jobs.finding import CLOCK_SKEW, is_sent_by
from bot.jobs.runtime import Runtime
from bot.providers.base import NoHistory, Seen
from bot.store import jobs, restoring
from bot.store.database import Database

log = logging.getLogger(__name__)

ALARM = "restored"
LONGEST_LOOK = timedelta(days=30)
"""How far back providers remember what was sent (fal docs, Platform)."""

SWEPT_AFTER = timedelta(hours=2)
"""By then, whatever was under way when the other database was lost has ended, and is listed."""

GIVEN_UP_AFTER = timedelta(days=1)
"""How long a list that cannot be read is asked for."""


class Restored(StrEnum):
    """What the operator says of the database at the start."""

    ONCE = "once"
    AGAIN = "again"


async def take_in(db: Database, clock: Clock, restored: Restored | None) -> None:
    """Take the database in as what it is said to be, before anything is sent.

    Said of the same backup twice, as a start command that nobody changed back does, it would take
    every job that waits for one in doubt.

    Raises:
        StartupError: It was said before.
    """
    if restored is None:
        await db.write(restoring.over)
        return
    before = await db.read(restoring.get)
    if before is not None and before.is_latest and restored is Restored.ONCE:
        raise StartupError(
            f"This database was taken in as a restored backup on {before.at:%Y-%m-%d at %H:%M} UTC. "
            "Start the bot without --restored now. If you have put back another backup since, "
            "start it once with: --restored again."
        )
    count = await db.write(restoring.begin, now=clock.now())
    log.warning(
        "taken in as a restored backup: %d jobs may have been paid for after it was made; they are "
        "looked up, and refunded where nothing is found. Start without --restored next time.",
        count,
    )


async def sweep_restored(rt: Runtime) -> None:
    """Look through the providers' lists, as long as something unheard of may turn up in them."""
    restoration = await rt.db.read(restoring.get)
    if restoration is None or restoration.is_swept:
        return
    now = rt.clock.now()
    oldest = restoration.at - LONGEST_LOOK
    since = max(restoration.last_write_at or oldest, oldest) - CLOCK_SKEW
    doubtful = [job for job in await rt.db.read(jobs.open_jobs) if job.state is State.UNKNOWN]
    found: dict[str, str] = {}
    is_whole = True
    for name in rt.providers:
        seen, is_read = await _listed(rt, name, since)
        is_whole = is_whole and is_read
        strangers = await _strangers(rt, name, seen, doubtful)
        found |= {key: line for key, line in strangers.items() if key not in restoration.reported}
    for line in found.values():
        log.warning("%s", line)
    if found:
        await rt.alarms.ring(ALARM, _sentence(found))
    reported = restoration.reported | found.keys()
    is_swept = now - restoration.at >= (SWEPT_AFTER if is_whole else GIVEN_UP_AFTER)
    await rt.db.write(
        restoring.put, replace(restoration, reported=frozenset(reported), is_swept=is_swept)
    )


async def _listed(
    rt: Runtime, name: str, since: datetime
) -> tuple[dict[str, tuple[str, Seen]], bool]:
    """Read a provider's list, by request id, with the endpoint; say whether all could be read."""
    seen: dict[str, tuple[str, Seen]] = {}
    is_read = True
    for endpoint in catalogue.endpoints_of(name):
        try:
            listed = await rt.providers[name].look_up(endpoint, since=since)
        except NoHistory:
            break
        except (ModelGone, Rejected):
            continue
        except ProviderError as error:
            log.warning("the list of requests to %s cannot be read: %s", endpoint, error.sentence)
            is_read = False
            continue
        for one in listed:
            seen[one.handle.request_id] = (endpoint, one)
    return seen, is_read


async def _strangers(
    rt: Runtime, name: str, seen: Mapping[str, tuple[str, Seen]], doubtful: Sequence[Job]
) -> dict[str, str]:
    """Give those requests that no job has or may still have, each with what to say of it."""
    free = await rt.db.read(restoring.unclaimed, name, list(seen))
    return {
        request_id: _line(name, endpoint, one)
        for request_id, (endpoint, one) in seen.items()
        if request_id in free
        and not any(job.model == endpoint and is_sent_by(job, one) for job in doubtful)
    }


def _line(provider: str, endpoint: str, one: Seen) -> str:
    when = "" if one.sent_at is None else f" at {one.sent_at:%Y-%m-%d %H:%M} UTC"
    return (
        f"Request {one.handle.request_id} was sent to {endpoint}{when}, after the backup was made: "
        f"it was paid for, and no job here has it. See it in {provider}'s list of requests, and "
        "send its result to whoever asked for it, if you wish."
    )


def _sentence(found: dict[str, str]) -> str:
    count = len(found)
    return (
        f"After the backup was put back, {count} paid {'request' if count == 1 else 'requests'} "
        f"turned up that no job here has: {', '.join(list(found)[:5])}"
        f"{' and more' if count > 5 else ''}. Minstrel cannot tell whose they are; the log says "
        "what each was for. Their members can ask again; nothing more is charged for these."
    )
