"""What the latest jobs tell about their models."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.job import Failure, Job, State
from bot.domain.money import Micros
from bot.domain.offers import PriceSource
from bot.store import Database, jobs, outcomes
from tests.store.builders import NOW, accept, generate, new_job, queue, reread

BROKE = Failure(
    code="generation_failed",
    sentence="It broke.",
    offer="cassetteai/music-generator",
    offer_price=Micros(20_000),
)


async def _end(db: Database, job: Job, state: State, minute: int, failure: Failure | None) -> None:
    at = NOW + timedelta(minutes=minute)
    await db.write(jobs.finish, job, state, failure=failure, now=at)


async def test_ends_are_told_in_the_order_in_which_they_came(db: Database) -> None:
    """Failures with their code, success without; what was cancelled or goes on says nothing."""
    fine, broken = await generate(db, new_job(model="b")), await queue(db, new_job(model="a"))
    late, called_off = await queue(db, new_job(model="c")), await queue(db, new_job(model="d"))
    await queue(db, new_job(model="e"))
    await _end(db, late, State.TIMED_OUT, 9, Failure(code="timed_out", sentence="Too late."))
    await _end(db, broken, State.FAILED, 3, BROKE)
    await _end(db, fine, State.DELIVERED, 5, None)
    await _end(db, called_off, State.CANCELLED, 6, Failure(code="cancelled", sentence="Off."))

    told = await db.read(outcomes.recent, since=NOW)

    assert [(model, code) for model, code, _ in told] == [
        ("a", "generation_failed"),
        ("b", None),
        ("c", "timed_out"),
    ]
    assert told[0][2] == NOW + timedelta(minutes=3)


async def test_what_ended_earlier_is_left_out(db: Database) -> None:
    """An hour-old failure says nothing about now."""
    await _end(db, await queue(db), State.FAILED, 3, BROKE)

    assert await db.read(outcomes.recent, since=NOW + timedelta(minutes=4)) == []


async def test_an_offer_is_kept_with_the_failure(db: Database) -> None:
    """The button on the card works from it after any restart."""
    job = await queue(db)
    await _end(db, job, State.FAILED, 3, BROKE)

    assert (await reread(db, job)).failure == BROKE


async def test_the_source_of_an_estimate_is_kept(db: Database) -> None:
    """The card says which prices it was made with."""
    job = await accept(db, replace(new_job(), priced_by=PriceSource.LIVE))

    assert (await reread(db, job)).priced_by is PriceSource.LIVE
