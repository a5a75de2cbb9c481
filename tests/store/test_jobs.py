"""A job's life in the database, from acceptance to its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.domain.ids import ChannelId, JobId, MessageId
from bot.domain.job import MOVES, Failure, Job, State
from bot.domain.money import Micros
from bot.errors import LimitReached, LostRace, StoreError
from bot.store import Database, audit, jobs
from bot.store.schema import cards, job_events, ledger, quota
from bot.store.schema import jobs as jobs_table
from tests.store.builders import (
    ME,
    NOW,
    accept,
    generate,
    handle,
    new_job,
    policy,
    queue,
    reread,
    take,
)

LATER = NOW + timedelta(minutes=1)


async def test_an_accepted_job_reads_back_as_it_was_asked_for(db: Database) -> None:
    """Every field of the request survives, and the job starts as accepted."""
    new = new_job(prompt="une chanson d'été, 夏の歌")

    job = await accept(db, new)

    assert await db.read(jobs.get, new.id) == job
    assert {name: getattr(job, name) for name in new.__dataclass_fields__} == {
        name: getattr(new, name) for name in new.__dataclass_fields__
    }
    assert (job.state, job.version, job.created_at, job.next_run_at) == (
        State.ACCEPTED,
        1,
        NOW,
        NOW,
    )


async def test_the_same_interaction_is_accepted_once(db: Database) -> None:
    """Discord repeats interactions; the second one reserves nothing and changes nothing."""
    first = await accept(db, new_job(1))

    again = await db.write(jobs.accept, new_job(1, prompt="other"), policy=None, now=LATER)

    assert again is None
    assert await reread(db, first) == first
    assert await db.read(audit.check) == []


async def test_an_unknown_job_is_none(db: Database) -> None:
    """Looking for what never was is no error."""
    assert await db.read(jobs.get, JobId(5)) is None
    assert await db.read(jobs.by_card, MessageId(5)) is None


async def test_a_crash_while_accepting_leaves_nothing(db: Database) -> None:
    """Row, event, counters and booking are one transaction."""

    def accept_and_crash(conn: sa.Connection) -> None:
        jobs.accept(conn, new_job(), policy=policy(), now=NOW)
        raise RuntimeError("crash")

    with pytest.raises(RuntimeError, match="crash"):
        await db.write(accept_and_crash)

    assert await _rows(db) == {"jobs": 0, "job_events": 0, "ledger": 0, "quota": 0, "cards": 0}


async def test_a_refused_request_leaves_nothing(db: Database) -> None:
    """A member who is refused has used up nothing, of the server's limits neither."""
    with pytest.raises(LimitReached):
        await db.write(jobs.accept, new_job(), policy=policy(user_at_once=0), now=NOW)

    assert await _rows(db) == {"jobs": 0, "job_events": 0, "ledger": 0, "quota": 0, "cards": 0}


async def test_a_reply_to_any_message_of_a_job_finds_it(db: Database) -> None:
    """A card that was replaced and other messages about a job lead to it."""
    job = await queue(db)
    first = MessageId(job.card_id or 0)

    job = await db.write(jobs.set_card, job, MessageId(2), LATER)
    await db.write(jobs.add_message, job.id, MessageId(3), ChannelId(9))

    assert job.card_id == 2
    for message in (first, MessageId(2), MessageId(3)):
        assert await db.read(jobs.by_card, message) == job


async def test_a_whole_life_is_on_record(db: Database) -> None:
    """Each move leaves an event with its moment, its worker and a note."""
    job = await queue(db)
    job = await take(db, now=LATER) or job
    job = await db.write(jobs.move, job, State.SUBMITTED, now=LATER, handle=handle(), note="hm")
    job = await db.write(jobs.amend, job, now=LATER, queue_position=3)
    job = await db.write(jobs.move, job, State.RUNNING, now=LATER, queue_position=None)
    job = await db.write(jobs.move, job, State.GENERATED, now=LATER, result={"output": [1.5]})
    job = await db.write(jobs.finish, job, State.DELIVERED, cost=Micros(9), now=LATER)

    events = await db.read(jobs.events, job.id)

    assert [(event.state, event.worker, event.note) for event in events] == [
        (State.ACCEPTED, None, ""),
        (State.DISPATCHING, ME, ""),
        (State.SUBMITTED, ME, "hm"),
        (State.RUNNING, ME, ""),
        (State.GENERATED, ME, ""),
        (State.DELIVERED, ME, ""),
    ]
    assert (events[0].at, events[-1].at, events[-1].version) == (NOW, LATER, job.version)
    assert (job.handle, job.started_at, job.queue_position) == (handle(), LATER, None)
    assert (job.result, job.cost, job.finished_at) == ({"output": [1.5]}, 9, LATER)


@pytest.mark.parametrize("to", list(State))
async def test_only_the_drawn_moves_exist(db: Database, to: State) -> None:
    """A move that the state machine does not have is a bug, and says so."""
    job = await accept(db)

    if to in MOVES[State.ACCEPTED] and not to.is_final:
        assert (await db.write(jobs.move, job, to, now=NOW)).state is to
    else:
        with pytest.raises(ValueError, match=str(to)):
            await db.write(jobs.move, job, to, now=NOW)


async def test_an_end_cannot_be_reached_past_the_till(db: Database) -> None:
    """Ends settle money, so they go through `finish`, and `finish` leads nowhere else."""
    job = await accept(db)

    with pytest.raises(ValueError, match="finish"):
        await db.write(jobs.move, job, State.FAILED, now=NOW)
    with pytest.raises(ValueError, match="does not end"):
        await db.write(jobs.finish, job, State.UNKNOWN, now=NOW)
    with pytest.raises(ValueError, match="does not end"):
        await db.write(jobs.finish, job, State.FAILED, cost=Micros(-1), now=NOW)


async def test_a_stale_reader_loses_every_race(db: Database) -> None:
    """Whoever read an older version writes nothing, whatever they try."""
    stale = await queue(db)
    fresh = await db.write(jobs.amend, stale, now=NOW, queue_position=1)

    for attempt in (
        db.write(jobs.move, stale, State.DISPATCHING, now=LATER),
        db.write(jobs.finish, stale, State.CANCELLED, now=LATER),
        db.write(jobs.amend, stale, now=LATER, queue_position=2),
        db.write(jobs.set_card, stale, MessageId(77), LATER),
    ):
        with pytest.raises(LostRace):
            await attempt

    assert await reread(db, fresh) == fresh
    assert await db.read(jobs.by_card, MessageId(77)) is None
    assert await db.read(audit.check) == []


async def test_a_change_that_does_not_exist_is_refused(db: Database) -> None:
    """Money and identity cannot be amended."""
    job = await accept(db)

    def raise_the_price(conn: sa.Connection) -> Job:
        return jobs.amend(conn, job, now=NOW, estimate=1)  # type: ignore[call-arg]

    with pytest.raises(TypeError, match="estimate"):
        await db.write(raise_the_price)


async def test_details_can_be_set_and_cleared(db: Database) -> None:
    """Amending keeps the state and says None where None is meant."""
    job = await accept(db)
    full = await db.write(
        jobs.amend,
        job,
        now=LATER,
        queue_position=4,
        handle=handle(),
        files=("a.mp3", "b.wav"),
        cancel_at=LATER,
        next_run_at=LATER,
    )

    bare = await db.write(
        jobs.amend,
        full,
        now=LATER,
        queue_position=None,
        handle=None,
        files=(),
        interaction_token=None,
        cancel_at=None,
    )

    assert (full.handle, full.files, full.cancel_at) == (handle(), ("a.mp3", "b.wav"), LATER)
    assert bare == replace(
        job, version=3, updated_at=LATER, next_run_at=LATER, interaction_token=None
    )


async def test_a_failure_is_kept_word_by_word(db: Database) -> None:
    """The member's sentence outlives the process that wrote it."""
    why = Failure(code="refused", sentence="The model would not. Nothing was charged.")
    job = await accept(db)

    job = await db.write(jobs.finish, job, State.FAILED, failure=why, now=NOW)

    assert (await reread(db, job)).failure == why
    assert job.interaction_token is None


async def test_a_request_belongs_to_one_job(db: Database) -> None:
    """No two jobs can follow the same request at a provider."""
    one, two = await accept(db), await accept(db)
    await db.write(jobs.amend, one, now=NOW, handle=handle("r"))

    assert await db.read(jobs.claimed_request, "fal", "r")
    assert not await db.read(jobs.claimed_request, "nur", "r")
    with pytest.raises(StoreError):
        await db.write(jobs.amend, two, now=NOW, handle=handle("r"))


async def test_open_jobs_are_those_that_are_not_over(db: Database) -> None:
    """Finished jobs are left out; the oldest comes first."""
    over = await accept(db, now=NOW)
    young = await accept(db, now=LATER)
    old = await accept(db, now=NOW)
    await db.write(jobs.finish, over, State.CANCELLED, now=LATER)

    assert [job.id for job in await db.read(jobs.open_jobs)] == [old.id, young.id]


async def test_an_undelivered_piece_can_be_delivered_without_paying_again(db: Database) -> None:
    """The second end of a job moves no money and clears the failure."""
    job = await generate(db)
    why = Failure(code="missing_permissions", sentence="Allow Send Messages here.")
    kept = await db.write(
        jobs.finish, job, State.UNDELIVERED, cost=Micros(30), failure=why, now=NOW, shown_at=NOW
    )
    booked = await _bookings(db)

    given = await db.write(jobs.finish, kept, State.DELIVERED, cost=Micros(30), now=LATER)

    assert (given.state, given.cost, given.failure) == (State.DELIVERED, 30, None)
    assert given.finished_at == kept.finished_at
    assert await _bookings(db) == booked
    assert await db.read(audit.check) == []


async def test_a_finished_job_owes_its_card_until_that_was_written(db: Database) -> None:
    """Whoever finished it keeps the lease for the last edit; showing it lets the job go."""
    job = await generate(db)
    done = await db.write(jobs.finish, job, State.FAILED, now=NOW)
    assert await _claim(db, LATER - timedelta(seconds=45)) == []

    shown = await db.write(jobs.amend, done, now=LATER, shown_at=LATER)

    assert (done.lease_owner, shown.lease_owner) == (ME, None)
    assert await _claim(db, LATER + timedelta(days=1)) == []


async def test_a_finished_job_that_nobody_holds_is_claimed_for_its_card(db: Database) -> None:
    """A cancelled job's card is written even when it waited for its turn far in the future."""
    job = await queue(db)
    job = await db.write(jobs.amend, job, now=NOW, next_run_at=NOW + timedelta(days=9))
    job = await db.write(jobs.finish, job, State.CANCELLED, now=NOW)

    assert [claimed.id for claimed in await _claim(db, NOW)] == [job.id]


async def test_the_end_of_an_open_job_cannot_have_been_shown(db: Database) -> None:
    """Else the job would never be worked on again."""
    job = await accept(db)

    with pytest.raises(ValueError, match="cannot have been shown"):
        await db.write(jobs.amend, job, now=NOW, shown_at=NOW)


async def _claim(db: Database, now: datetime) -> list[Job]:
    return await db.write(jobs.claim, ME, now=now, lease_seconds=30, limit=10)


async def _rows(db: Database) -> dict[str, int]:
    def count(conn: sa.Connection) -> dict[str, int]:
        return {
            table.name: conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in (jobs_table, job_events, ledger, quota, cards)
        }

    return await db.read(count)


async def _bookings(db: Database) -> list[tuple[object, ...]]:
    return await db.read(lambda conn: [tuple(row) for row in conn.execute(sa.select(ledger))])
