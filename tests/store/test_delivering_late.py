"""A piece that its channel did not take, posted somewhere after all."""

from __future__ import annotations

from bot.domain.ids import ChannelId, JobId, MessageId
from bot.domain.job import Failure, State
from bot.domain.money import Micros
from bot.store import Database, audit, delivering_late, jobs, lineage
from tests.store.builders import NOW, generate, reread
from tests.store.pieces import put

ELSEWHERE, POSTED = ChannelId(888), MessageId(777)


async def test_it_stands_where_it_was_posted(db: Database) -> None:
    """Nobody writes its end over the message any more, and no money moves."""
    job = await generate(db)
    failure = Failure(code="missing_permissions", sentence="No.")
    await db.write(
        jobs.finish, job, State.UNDELIVERED, cost=Micros(20_000), failure=failure, now=NOW
    )

    assert await db.write(delivering_late.deliver, job.id, POSTED, ELSEWHERE, now=NOW)

    now = await reread(db, job)
    assert (now.state, now.failure, now.shown_at) == (State.DELIVERED, None, NOW)
    assert (now.card_id, now.channel_id, now.cost) == (POSTED, ELSEWHERE, 20_000)
    assert (ELSEWHERE, POSTED) in await db.read(lineage.messages, job.id)
    assert await db.read(audit.check) == []
    assert not await db.write(delivering_late.deliver, job.id, MessageId(778), ELSEWHERE, now=NOW)


async def test_a_copy_of_what_was_delivered_is_a_copy(db: Database) -> None:
    """The card stays the card."""
    job = await put(db, 1)

    assert not await db.write(delivering_late.deliver, JobId(1), POSTED, ELSEWHERE, now=NOW)

    assert (await reread(db, job)).card_id == job.card_id
    found = await db.read(jobs.by_card, POSTED)
    assert found is not None
    assert found.id == job.id
