"""Taking in a database that is older than what happened: a backup, or a copy that lags behind."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from bot.domain.job import State
from bot.store import jobs, meta
from bot.store.rows import job_of
from bot.store.schema import job_events
from bot.store.schema import jobs as table

NOTE = "found in a restored backup"
_KEY = "restored"
_BEFORE_SENDING = (State.ACCEPTED.value, State.DISPATCHING.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """When a backup was taken in, and what has become of it.

    Attributes:
        last_write_at: The newest thing that the backup knew of; None where it knew nothing.
        reported: Requests of which the operator was told that no job here has them.
        is_swept: Whether no more of them can turn up.
        is_latest: Whether the bot has not been started in the ordinary way since.
    """

    at: datetime
    last_write_at: datetime | None = None
    reported: frozenset[str] = frozenset()
    is_swept: bool = False
    is_latest: bool = True


def begin(conn: sa.Connection, *, now: datetime) -> int:
    """Take the database in as a restored backup; give the number of jobs that are in doubt.

    Whatever had not been sent by the backup's word may have been sent after it was made, and paid
    for. So it is not sent: it is looked for.
    """
    newest = conn.execute(sa.select(sa.func.max(job_events.c.at))).scalar()
    rows = conn.execute(sa.select(table).where(table.c.state.in_(_BEFORE_SENDING)))
    doubtful = [job_of(row) for row in rows]
    for job in doubtful:
        jobs.move(conn, job, State.UNKNOWN, now=now, note=NOTE, submit_at=None, next_run_at=now)
    put(conn, Restoration(at=now, last_write_at=newest))
    return len(doubtful)


def over(conn: sa.Connection) -> None:
    """Note an ordinary start: from now on, being told of a backup again means another one."""
    restoration = get(conn)
    if restoration is not None and restoration.is_latest:
        put(conn, replace(restoration, is_latest=False))


def get(conn: sa.Connection) -> Restoration | None:
    """Give the latest restoration that this database has been through, if any."""
    text = meta.get(conn, _KEY)
    if text is None:
        return None
    content = json.loads(text)
    newest = content["last_write_at"]
    return Restoration(
        at=datetime.fromisoformat(content["at"]),
        last_write_at=None if newest is None else datetime.fromisoformat(newest),
        reported=frozenset(content["reported"]),
        is_swept=content["is_swept"],
        is_latest=content["is_latest"],
    )


def put(conn: sa.Connection, restoration: Restoration) -> None:
    """Write down how far it has come."""
    newest = restoration.last_write_at
    content = {
        "at": restoration.at.isoformat(),
        "last_write_at": None if newest is None else newest.isoformat(),
        "reported": sorted(restoration.reported),
        "is_swept": restoration.is_swept,
        "is_latest": restoration.is_latest,
    }
    meta.put(conn, _KEY, json.dumps(content))


def unclaimed(conn: sa.Connection, provider: str, request_ids: Collection[str]) -> set[str]:
    """Give those of a provider's requests that no job has."""
    return {
        request_id
        for request_id in request_ids
        if not jobs.claimed_request(conn, provider, request_id)
    }
