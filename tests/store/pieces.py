"""Pieces for the history to find, put there without the work of making them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from bot.domain.ids import ChannelId, GuildId, JobId, MessageId
from bot.domain.job import Job, Json, Kind, State
from bot.store import Database, jobs, looking
from bot.store.matching import candidates
from bot.store.schema import jobs as table
from bot.store.text import Asked
from tests.store.builders import CHANNEL, GUILD, NOW, USER, accept, new_job

OUTPUT: Mapping[str, Json] = {"output": {"audio": [{"url": "https://files.example/a.wav"}]}}


async def put(
    db: Database,
    job_id: int,
    prompt: str = "rain on a tin roof",
    *,
    state: State = State.DELIVERED,
    guild: int = GUILD,
    user: int = USER,
    channel: int = CHANNEL,
    kind: Kind = Kind.MUSIC,
    model: str = "fal-ai/stable-audio",
    parent: int | None = None,
    leader: int | None = None,
    options: Mapping[str, Json] | None = None,
    arguments: Mapping[str, Json] | None = None,
    result: Mapping[str, Json] | None = OUTPUT,
    files: tuple[str, ...] = (),
    now: datetime = NOW,
) -> Job:
    """Put a piece into the history as it stands in the end, with a card; its money adds up."""
    new = replace(
        new_job(job_id, prompt=prompt, guild=guild, user=user, kind=kind, model=model, estimate=7),
        channel_id=ChannelId(channel),
        parent_id=None if parent is None else JobId(parent),
        leader_id=None if leader is None else JobId(leader),
        options={} if options is None else options,
    )
    if arguments is not None:
        new = replace(new, arguments=arguments)
    job = await accept(db, new, now=now)
    card = MessageId(job.card_owner + 1_000_000)
    job = await db.write(jobs.set_card, job, card, now)
    if not state.is_final:
        changed = {"state": state.value, "result": result, "files": list(files)}
        await db.write(_change, job.id, changed)
    else:
        await db.write(_change, job.id, {"state": State.GENERATED.value})
        await db.write(_end, job.id, state, result, files, now)
    found = await db.read(jobs.get, job.id)
    assert found is not None
    return found


async def named(db: Database, text: str, *, guild: int = GUILD) -> list[JobId]:
    """What the index of words names, newest first, whoever may see it."""
    asked = Asked.of(text)
    assert asked is not None
    found = await db.read(
        candidates, GuildId(guild), asked, down_from=looking.LAST_ID, limit=looking.SCAN
    )
    return list(found.down)


def _change(conn: sa.Connection, job_id: JobId, values: Mapping[str, object]) -> None:
    conn.execute(sa.update(table).where(table.c.id == job_id).values(**values))


def _end(
    conn: sa.Connection,
    job_id: JobId,
    state: State,
    result: Mapping[str, Json] | None,
    files: tuple[str, ...],
    now: datetime,
) -> None:
    job = jobs.get(conn, job_id)
    assert job is not None
    to = state if state in {State.DELIVERED, State.UNDELIVERED} else State.FAILED
    jobs.finish(conn, job, to, now=now, shown_at=now, files=files)
    _change(conn, job_id, {"state": state.value, "result": result})
