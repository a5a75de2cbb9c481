"""Jobs and policies to test with; every number can be set, none has to be."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from bot.domain.ids import ChannelId, GuildId, JobId, MessageId, UserId, WorkerId
from bot.domain.job import Handle, Job, Kind, NewJob, State
from bot.domain.money import Micros
from bot.limits import Policy
from bot.store import Database, jobs

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
GUILD, USER, CHANNEL = GuildId(100), UserId(200), ChannelId(300)
ME, OTHER = WorkerId("me"), WorkerId("other")
_ids = count(1_000)


def new_job(
    job_id: int | None = None,
    *,
    guild: int = GUILD,
    user: int = USER,
    prompt: str = "rain on a tin roof",
    estimate: int = 50_000,
    kind: Kind = Kind.MUSIC,
    model: str = "fal-ai/stable-audio",
    token: str | None = "token",
    provider: str = "fal",
) -> NewJob:
    """A request; its id is the next in a row unless given."""
    return NewJob(
        id=JobId(next(_ids) if job_id is None else job_id),
        guild_id=GuildId(guild),
        user_id=UserId(user),
        channel_id=CHANNEL,
        kind=kind,
        provider=provider,
        model=model,
        prompt=prompt,
        arguments={"prompt": prompt, "seed": 7},
        options={"duration": 30},
        estimate=Micros(estimate),
        interaction_token=token,
    )


def policy(
    *,
    guild_per_hour: int = 1000,
    guild_at_once: int = 1000,
    guild_daily: int = 1_000_000_000,
    guild_monthly: int = 1_000_000_000,
    user_per_hour: int = 1000,
    user_at_once: int = 1000,
    user_daily: int = 1_000_000_000,
    user_monthly: int = 1_000_000_000,
) -> Policy:
    """Limits that are out of reach unless given."""
    return Policy(
        guild_per_hour=guild_per_hour,
        guild_at_once=guild_at_once,
        guild_daily=Micros(guild_daily),
        guild_monthly=Micros(guild_monthly),
        user_per_hour=user_per_hour,
        user_at_once=user_at_once,
        user_daily=Micros(user_daily),
        user_monthly=Micros(user_monthly),
    )


def handle(request_id: str = "request-1") -> Handle:
    """A request as fal names it."""
    base = f"https://queue.example/{request_id}"
    return Handle(
        request_id=request_id,
        status_url=f"{base}/status",
        response_url=base,
        cancel_url=f"{base}/cancel",
    )


async def accept(
    db: Database, new: NewJob | None = None, *, limits: Policy | None = None, now: datetime = NOW
) -> Job:
    """Accept a job, which must not exist yet."""
    job = await db.write(jobs.accept, new or new_job(), policy=limits, now=now)
    assert job is not None
    return job


async def queue(db: Database, new: NewJob | None = None, *, now: datetime = NOW) -> Job:
    """Accept a job and give it a card, so that it waits for its turn."""
    job = await accept(db, new, now=now)
    return await db.write(jobs.set_card, job, MessageId(job.id + 1_000_000), now)


async def take(db: Database, *, now: datetime = NOW, max_active: int = 100) -> Job | None:
    """Give the next job its turn."""
    return await db.write(
        jobs.take_turn, places={"fal": max_active}, worker=ME, now=now, lease_seconds=30
    )


async def generate(db: Database, new: NewJob | None = None, *, now: datetime = NOW) -> Job:
    """Bring a job as far as its result."""
    job = await queue(db, new, now=now)
    taken = await take(db, now=now)
    assert taken is not None
    assert taken.id == job.id
    job = await db.write(
        jobs.move, taken, State.SUBMITTED, now=now, handle=handle(f"request-{job.id}")
    )
    return await db.write(jobs.move, job, State.GENERATED, now=now, result={"output": {}})


async def reread(db: Database, job: Job) -> Job:
    """Read a job as it stands now."""
    found = await db.read(jobs.get, job.id)
    assert found is not None
    return found
