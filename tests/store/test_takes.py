"""Takes: several requests on one card, taken in, shown and ended together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.ids import JobId, MessageId
from bot.domain.job import Failure, Job, NewJob, State
from bot.domain.money import Micros
from bot.errors import BudgetExceeded, LimitReached, LostRace, StoreError
from bot.limits import Policy
from bot.store import Database, audit, jobs
from tests.store.builders import ME, NOW, accept, handle, new_job, policy, reread, take

CARD = MessageId(77)
CANCELLED = Failure(code="cancelled", sentence="Cancelled.")


def group(count: int = 3, job_id: int | None = None) -> list[NewJob]:
    """New jobs that are to share a card."""
    first = new_job(job_id)
    return [replace(first, part=part) for part in range(count)]


async def accept_group(
    db: Database, count: int = 3, job_id: int | None = None, *, limits: Policy | None = None
) -> list[Job]:
    """Take a leader and its takes in."""
    taken = await db.write(jobs.accept_all, group(count, job_id), policy=limits, now=NOW)
    assert taken is not None
    return taken


async def generate_group(db: Database, count: int = 3) -> list[Job]:
    """Bring a leader and its takes as far as their results."""
    leader, *_ = await accept_group(db, count)
    await db.write(jobs.set_card, leader, CARD, NOW)
    for _ in range(count):
        job = await take(db)
        assert job is not None
        job = await db.write(
            jobs.move, job, State.SUBMITTED, now=NOW, handle=handle(f"request-{job.id}")
        )
        await db.write(jobs.move, job, State.GENERATED, now=NOW, result={"output": {}})
    return await db.read(jobs.takes, leader.id)


async def test_a_group_is_taken_in_together(db: Database) -> None:
    """The leader keeps its id and leads; each counts and reserves for itself."""
    leader, *others = await accept_group(db, job_id=500)

    assert leader.id == 500
    assert leader.leader_id is None
    assert [other.leader_id for other in others] == [500, 500]
    assert [other.letter for other in (leader, *others)] == ["A", "B", "C"]
    assert await db.read(jobs.takes, JobId(500)) == [leader, *others]
    assert await db.read(audit.check) == []


async def test_a_group_over_a_limit_is_not_taken_in_at_all(db: Database) -> None:
    """The third is one too many: no row, no count, no money of the first two is left."""
    with pytest.raises(LimitReached):
        await db.write(jobs.accept_all, group(), policy=policy(user_at_once=2), now=NOW)
    with pytest.raises(BudgetExceeded):
        await db.write(jobs.accept_all, group(), policy=policy(guild_monthly=149_999), now=NOW)

    assert await db.read(jobs.open_jobs) == []
    assert await db.read(audit.check) == []
    await accept_group(db, 2, limits=policy(user_at_once=2))


async def test_a_group_that_comes_twice_is_one(db: Database) -> None:
    """Discord repeats interactions."""
    await accept_group(db, job_id=500)

    assert await db.write(jobs.accept_all, group(job_id=500), policy=None, now=NOW) is None
    assert len(await db.read(jobs.open_jobs)) == 3


async def test_neighbouring_interactions_do_not_take_each_others_ids(db: Database) -> None:
    """Two commands of the same millisecond have ids next to each other."""
    first = await accept_group(db, job_id=500)
    second = await accept_group(db, job_id=501)

    assert len({job.id for job in first + second}) == 6
    assert [job.id for job in (first[0], second[0])] == [500, 501]


async def test_an_interaction_whose_id_a_take_has_is_refused_not_mistaken(db: Database) -> None:
    """It would otherwise be told that somebody else's job is its own."""
    _, second = await accept_group(db, 2)

    with pytest.raises(StoreError, match="ask again"):
        await db.write(jobs.accept_all, group(1, second.id), policy=None, now=NOW)


async def test_the_leaders_card_is_the_card_of_all(db: Database) -> None:
    """Without it none gets a turn or a worker; by the message, the leader is found."""
    leader, *others = await accept_group(db)
    claimed = await db.write(jobs.claim, ME, now=NOW, lease_seconds=30, limit=10)
    assert [job.id for job in claimed] == [leader.id]
    assert await take(db) is None

    await db.write(jobs.set_card, claimed[0], CARD, NOW)

    assert [(await reread(db, other)).card_id for other in others] == [CARD, CARD]
    found = await db.read(jobs.by_card, CARD)
    assert found is not None
    assert found.id == leader.id
    turns = [await take(db) for _ in range(4)]
    assert [job and job.letter for job in turns] == ["A", "B", "C", None]


async def test_those_who_wait_are_listed_by_their_card(db: Database) -> None:
    """Takes count as jobs ahead of others, but a card has one place: that of its first."""
    leader, *_ = await accept_group(db)
    other = await accept(db, new_job(user=9))

    order = {place.card_owner: place.ahead for place in await db.read(jobs.waiting)}

    assert set(order) == {leader.id, other.id}
    assert sorted(order.values()) in ([0, 1], [0, 3])


async def test_a_group_is_delivered_in_one_go(db: Database) -> None:
    """Each at its own cost; a new message becomes the card of all."""
    made = await generate_group(db)
    costs = [(job, Micros(10_000 * (job.part + 1))) for job in made]

    await db.write(
        jobs.finish_together, costs, State.DELIVERED, now=NOW, shown_at=NOW, card_id=MessageId(88)
    )

    ended = await db.read(jobs.takes, made[0].id)
    assert {job.state for job in ended} == {State.DELIVERED}
    assert [job.cost for job in ended] == [10_000, 20_000, 30_000]
    assert {job.card_id for job in ended} == {MessageId(88)}
    assert await db.read(audit.check) == []


async def test_a_group_of_which_one_is_over_is_not_delivered_again(db: Database) -> None:
    """Whoever was slower writes nothing at all."""
    first, second, third = await generate_group(db)
    await db.write(jobs.finish, second, State.FAILED, now=NOW)
    costs = [(job, Micros(0)) for job in (first, second, third)]

    with pytest.raises(LostRace):
        await db.write(jobs.finish_together, costs, State.DELIVERED, now=NOW, shown_at=NOW)

    assert (await reread(db, first)).state is State.GENERATED
    assert (await reread(db, third)).state is State.GENERATED


async def test_cancelling_a_group_takes_each_where_it_stands(db: Database) -> None:
    """What waits is over at once, what is at the provider is asked for, what is made stays."""
    leader, *_ = await accept_group(db)
    await db.write(jobs.set_card, leader, CARD, NOW)
    first = await take(db)
    second = await take(db)
    assert first is not None
    assert second is not None
    job = await db.write(jobs.move, first, State.SUBMITTED, now=NOW, handle=handle())
    await db.write(jobs.move, job, State.GENERATED, now=NOW, result={"output": {}})

    changed = await db.write(jobs.cancel, leader.id, failure=CANCELLED, now=NOW)

    assert changed is not None
    assert [(job.letter, job.state) for job in changed] == [
        ("C", State.CANCELLED),
        ("B", State.DISPATCHING),
    ]
    assert changed[1].cancel_at == NOW
    assert await db.write(jobs.cancel, leader.id, failure=CANCELLED, now=NOW) == []
    await db.write(jobs.finish, changed[1], State.CANCELLED, now=NOW)
    assert await db.write(jobs.cancel, leader.id, failure=CANCELLED, now=NOW) is None


async def test_of_several_ends_exactly_the_last_is_left_to_show(db: Database) -> None:
    """Whatever the order, the card is written once, after everybody else was done with it."""
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        made = await generate_group(db)
        for job in made:
            await db.write(jobs.finish, job, State.FAILED, now=NOW)

        left = [
            await db.write(jobs.leave_end_to_others, await reread(db, made[place]), now=NOW)
            for place in order
        ]

        assert [one is not None for one in left] == [True, True, False]


async def test_an_end_beside_a_delivered_take_is_told_by_its_card(db: Database) -> None:
    """Nobody writes over the card that carries the files."""
    first, second = await generate_group(db, 2)
    failed = await db.write(jobs.finish, second, State.FAILED, now=NOW)
    await db.write(
        jobs.finish_together, [(first, Micros(0))], State.DELIVERED, now=NOW, shown_at=NOW
    )

    left = await db.write(jobs.leave_end_to_others, failed, now=NOW)

    assert left is not None
    assert left.shown_at == NOW
