"""Who goes next, and how many may be at the provider at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from annotated_types import Le

from bot.config import Settings
from bot.domain.ids import JobId, MessageId
from bot.domain.job import Job, State
from bot.store import Database, jobs
from tests.store.builders import ME, NOW, OTHER, accept, new_job, queue, take


async def test_a_turn_makes_the_intent_durable(db: Database) -> None:
    """The job comes back dispatching, stamped, counted and leased."""
    job = await queue(db)
    later = NOW + timedelta(seconds=5)

    taken = await take(db, now=later)

    assert taken is not None
    assert (taken.id, taken.state, taken.submit_at) == (job.id, State.DISPATCHING, later)
    assert (taken.attempt, taken.lease_owner) == (1, ME)


async def test_no_more_jobs_than_places(db: Database) -> None:
    """Dispatching, submitted and running jobs hold a place; an end frees it."""
    for _ in range(3):
        await queue(db)

    first = await take(db, max_active=2)
    second = await take(db, max_active=2)

    assert first is not None
    assert second is not None
    assert await take(db, max_active=2) is None
    await db.write(jobs.finish, first, State.FAILED, now=NOW)
    assert await take(db, max_active=2) is not None


async def test_each_provider_has_places_of_its_own(db: Database) -> None:
    """What fills one does not hold up another, and one without places gets nothing."""
    first, second = await queue(db), await queue(db)
    other = await queue(db, new_job(provider="nur"))
    places = {"fal": 1, "nur": 1}

    async def turn(**places: int) -> JobId | None:
        taken = await db.write(jobs.take_turn, places=places, worker=ME, now=NOW, lease_seconds=30)
        return None if taken is None else taken.id

    assert await turn(**places) == first.id
    assert await turn(fal=1) is None
    assert await turn(**places) == other.id
    assert await turn(**places) is None
    assert await turn() is None
    assert await turn(fal=2) == second.id


async def test_a_place_in_line_counts_those_of_the_same_provider(db: Database) -> None:
    """Who waits for one provider is not held up by those who wait for another."""
    queued = [await queue(db, new_job(provider=name)) for name in ("fal", "fal", "nur", "fal")]

    waiting = {place.card_owner: place.ahead for place in await db.read(jobs.waiting)}

    assert [waiting[job.id] for job in queued] == [0, 1, 0, 2]


async def test_a_job_without_a_card_gets_no_turn(db: Database) -> None:
    """Nothing is paid for before the channel shows it."""
    await accept(db)

    assert await take(db) is None


async def test_a_job_that_was_turned_away_waits_out_its_delay(db: Database) -> None:
    """Back among the accepted, it gives up its lease and comes when it is due."""
    await queue(db)
    taken = await take(db)
    assert taken is not None
    due = NOW + timedelta(seconds=20)

    back = await db.write(jobs.move, taken, State.ACCEPTED, now=NOW, next_run_at=due, note="busy")

    assert back.lease_owner is None
    assert await take(db, now=due - timedelta(seconds=1)) is None
    again = await take(db, now=due)
    assert again is not None
    assert again.attempt == 2


async def test_a_server_with_fifty_jobs_does_not_starve_another(db: Database) -> None:
    """Somebody else's only job is next but one, whoever came first."""
    for _ in range(50):
        await queue(db, new_job(guild=1))
    single = await queue(db, new_job(guild=2), now=NOW + timedelta(minutes=5))
    late = NOW + timedelta(minutes=6)

    turns = [await _serve(db, late + timedelta(seconds=n)) for n in range(3)]

    assert [job.guild_id for job in turns] == [1, 2, 1]
    assert turns[1].id == single.id


async def test_servers_take_turns_even_one_place_at_a_time(db: Database) -> None:
    """With nobody at the provider, the one that was served longest ago is next."""
    for guild in (1, 1, 1, 2, 2, 3):
        await queue(db, new_job(guild=guild))

    turns = [await _serve(db, NOW + timedelta(seconds=n)) for n in range(6)]

    assert [job.guild_id for job in turns] == [1, 2, 3, 1, 2, 1]


async def test_members_of_a_server_take_turns_too(db: Database) -> None:
    """Within a server the same rule picks the member."""
    for user in (1, 1, 1, 2):
        await queue(db, new_job(user=user))

    turns = [await _serve(db, NOW + timedelta(seconds=n)) for n in range(4)]

    assert [job.user_id for job in turns] == [1, 2, 1, 1]


async def test_the_line_is_shown_in_the_order_of_the_turns(db: Database) -> None:
    """What `waiting` says is what happens, one place after the other."""
    for guild, user in ((1, 1), (1, 1), (1, 2), (2, 3), (2, 3), (3, 4)):
        await queue(db, new_job(guild=guild, user=user))

    foretold = [(place.card_owner, place.ahead) for place in await db.read(jobs.waiting)]
    turns = [await take(db, now=NOW + timedelta(seconds=n)) for n in range(6)]

    assert [ahead for _, ahead in foretold] == list(range(6))
    assert [job_id for job_id, _ in foretold] == [job.id for job in turns if job]
    assert await db.read(jobs.waiting) == []


async def test_the_line_counts_jobs_that_are_about_to_get_their_card(db: Database) -> None:
    """A job learns its place before its card is posted."""
    ahead = await queue(db)
    fresh = await accept(db)

    line = await db.read(jobs.waiting)
    assert [(place.card_owner, place.ahead) for place in line] == [(ahead.id, 0), (fresh.id, 1)]
    assert [place.is_posted for place in line] == [True, False]


async def test_the_longest_lease_there_can_be_is_one(db: Database) -> None:
    """It is not taken for what a wrong clock wrote down, which is anybody's."""
    (longest,) = (
        limit.le
        for limit in Settings.model_fields["minstrel_lease_seconds"].metadata
        if isinstance(limit, Le)
    )
    await accept(db)
    mine = await db.write(jobs.claim, ME, now=NOW, lease_seconds=float(str(longest)), limit=9)

    assert len(mine) == 1
    assert await db.write(jobs.claim, OTHER, now=NOW, lease_seconds=30, limit=9) == []


async def test_due_jobs_are_claimed_once(db: Database) -> None:
    """A lease keeps others away until it runs out; then it is anybody's, and the first loses."""
    job = await accept(db)

    mine = await _claim(db, NOW)
    theirs = await db.write(jobs.claim, OTHER, now=NOW, lease_seconds=30, limit=9)
    late = await db.write(
        jobs.claim, OTHER, now=NOW + timedelta(seconds=30), lease_seconds=30, limit=9
    )

    assert [each.id for each in mine] == [job.id]
    assert theirs == []
    assert [(each.id, each.lease_owner) for each in late] == [(job.id, OTHER)]
    assert late[0].version > mine[0].version


async def test_a_job_waiting_for_its_turn_is_not_claimed(db: Database) -> None:
    """It waits for a place, not for a worker."""
    await queue(db)

    assert await _claim(db, NOW) == []


async def test_the_acceptor_has_a_moment_to_post_the_card(db: Database) -> None:
    """Held jobs are claimed when the time is over; the card ends the hold at once."""
    held = await db.write(jobs.accept, new_job(), policy=None, now=NOW, hold_seconds=10)
    other = await db.write(jobs.accept, new_job(), policy=None, now=NOW, hold_seconds=10)
    assert held is not None
    assert other is not None
    assert await _claim(db, NOW + timedelta(seconds=9)) == []

    await db.write(jobs.set_card, held, MessageId(1), NOW)

    taken = await take(db)
    assert taken is not None
    assert taken.id == held.id
    assert [job.id for job in await _claim(db, NOW + timedelta(seconds=10))] == [other.id]


async def test_the_longest_due_is_claimed_first(db: Database) -> None:
    """What is not due yet is left alone."""
    for minutes in (3, 1, 2, 60):
        job = await accept(db)
        due = NOW + timedelta(minutes=minutes)
        await db.write(jobs.amend, job, now=NOW, next_run_at=due)

    claimed = await db.write(
        jobs.claim, ME, now=NOW + timedelta(minutes=10), lease_seconds=30, limit=2
    )

    assert [job.next_run_at - NOW for job in claimed] == [
        timedelta(minutes=1),
        timedelta(minutes=2),
    ]


async def test_renewed_leases_last(db: Database) -> None:
    """Only those of the worker, and only of the jobs it names."""
    first, second = await accept(db), await accept(db)
    await _claim(db, NOW)
    soon = NOW + timedelta(seconds=20)

    assert await db.write(jobs.renew, OTHER, soon, 30) == 0
    assert await db.write(jobs.renew, ME, soon, 30, only={first.id}) == 1

    late = await db.write(
        jobs.claim, OTHER, now=NOW + timedelta(seconds=31), lease_seconds=30, limit=9
    )
    assert [job.id for job in late] == [second.id]
    assert await db.write(jobs.renew, ME, soon, 30) == 1


async def test_released_jobs_are_free_at_once(db: Database) -> None:
    """A worker that stops hands its jobs back; one that starts alone takes them all."""
    await accept(db)
    await _claim(db, NOW)
    assert await db.write(jobs.release, OTHER) == 0

    assert await db.write(jobs.release, ME) == 1
    assert len(await _claim(db, NOW)) == 1
    assert await db.write(jobs.release_all) == 1
    assert len(await _claim(db, NOW)) == 1


async def _claim(db: Database, now: datetime) -> list[Job]:
    return await db.write(jobs.claim, ME, now=now, lease_seconds=30, limit=9)


async def _serve(db: Database, now: datetime) -> Job:
    """Take a turn and finish it, so that nobody is at the provider afterwards."""
    job = await take(db, now=now, max_active=1)
    assert job is not None
    return await db.write(jobs.finish, job, State.FAILED, now=now)


async def test_what_was_written_while_the_clock_was_ahead_is_due_now(db: Database) -> None:
    """A clock that is put right must not leave jobs, or their leases, waiting for that time."""
    ahead = NOW + timedelta(days=1)
    job = await queue(db, now=ahead)
    taken = await take(db, now=ahead)
    assert taken is not None

    (claimed,) = await db.write(jobs.claim, OTHER, now=NOW, lease_seconds=30, limit=5)

    assert claimed.id == job.id
    waiting = await queue(db, now=ahead)
    again = await take(db, now=NOW)
    assert again is not None
    assert again.id == waiting.id
