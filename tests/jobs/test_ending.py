"""Ends without audio: each with a sentence, and with the money where it belongs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.domain.job import State
from bot.errors import (
    AccountLocked,
    BadResult,
    Busy,
    GenerationFailed,
    ModelGone,
    ProviderError,
    ProviderTimedOut,
    Refused,
    StoreError,
    Unreachable,
)
from bot.providers.base import Cancelled, Finished, Result, Running
from tests.jobs.world import PRICE, World

ENDS = [
    (Refused("The model's content rules do not allow this."), State.FAILED, 0),
    (GenerationFailed("The model broke while making this."), State.FAILED, 0),
    (Cancelled("Somebody else cancelled it."), State.FAILED, 0),
    (ModelGone("This model is gone."), State.FAILED, 0),
    (ProviderTimedOut("The model took too long."), State.TIMED_OUT, 0),
    (BadResult("The model answered nothing usable."), State.FAILED, PRICE),
]


@pytest.mark.parametrize(
    ("error", "state", "cost"), ENDS, ids=[type(error).__name__ for error, _, _ in ENDS]
)
async def test_how_the_provider_ended_it_is_how_the_card_ends(
    world: World, error: ProviderError, state: State, cost: int
) -> None:
    """The provider's sentence is shown, and its bill is what is charged."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)

    await world.provider.change(world.provider.only, Finished(), error)
    done = await world.reaches(job, state)

    assert done.failure is not None
    assert done.failure.sentence == error.sentence
    assert world.last_look(job).state.job.failure == done.failure
    assert await world.charged() == cost


async def test_a_finished_request_without_audio_was_charged(world: World) -> None:
    """The model ran and is billed, whatever it made."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)

    await world.provider.change(world.provider.only, Finished(), Result(output={"audio": None}))
    done = await world.reaches(job, State.FAILED)

    assert done.failure is not None
    assert done.failure.code == "bad_result"
    assert await world.charged() == PRICE


async def test_a_result_that_is_not_there_yet_is_asked_for_again(world: World) -> None:
    """Between the end of a run and its result there may be seconds, or an outage."""
    world.provider.result_faults.extend([Busy("Wait."), Unreachable("Away."), Busy("Wait.")])
    job = await world.ask()

    await world.reaches(job, State.DELIVERED)

    assert await world.charged() == PRICE


async def test_a_key_that_is_revoked_while_a_job_runs_only_delays_it(world: World) -> None:
    """The request goes on without us; the card says that the operator has to act."""
    world.provider.follow_faults.extend([AccountLocked("Locked.")] * 3)
    job = await world.ask()

    await world.reaches(job, State.DELIVERED)

    assert any("aused" in (look.state.paused or "") for look in world.board.card(job.id))


# -- the deadline ----------------------------------------------------------------------------------


@pytest.mark.parametrize("runs", [False, True], ids=["queued", "running"])
async def test_a_job_past_its_deadline_is_called_off(world: World, runs: bool) -> None:
    """No card says "making music" for ever; what is not made is not charged."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    if runs:
        await world.provider.change(world.provider.only, Running())

    await world.passes(1_180, step=60)
    assert (await world.job(job)).state in {State.SUBMITTED, State.RUNNING}
    done = await world.reaches(job, State.TIMED_OUT, within=40)

    assert world.provider.cancels == ["request-1"]
    assert done.failure is not None
    assert ("far longer" in done.failure.sentence) == runs
    assert await world.charged() == 0


async def test_a_result_that_is_there_past_the_deadline_is_delivered(world: World) -> None:
    """We were down for an hour: what was made meanwhile was paid for."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    await world.crash()
    world.clock.advance(3_600)
    await world.provider.change(world.provider.only, Finished())

    await world.start()
    await world.reaches(job, State.DELIVERED)

    assert await world.charged() == PRICE


async def test_a_provider_out_of_reach_at_the_deadline_is_asked_again(world: World) -> None:
    """The network came back after we did: a finished result must not be given up unseen."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    await world.crash()
    world.clock.advance(3_600)
    await world.provider.change(world.provider.only, Finished())
    world.provider.cancel_faults.extend([Unreachable("Away."), AccountLocked("Locked.")])
    world.provider.result_faults.extend([Busy("Wait."), Unreachable("Away.")])

    await world.start()
    await world.reaches(job, State.DELIVERED)

    assert await world.charged() == PRICE


async def test_what_failed_before_the_deadline_is_told_as_it_was(world: World) -> None:
    """A refusal that we only hear of past the deadline is still a refusal."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    await world.crash()
    world.clock.advance(3_600)
    await world.provider.change(world.provider.only, Finished(), Refused("Not allowed."))

    await world.start()
    done = await world.reaches(job, State.FAILED)

    assert done.failure is not None
    assert done.failure.sentence == "Not allowed."


async def test_a_provider_that_never_answers_past_the_deadline_is_given_up(world: World) -> None:
    """Half an hour after the deadline the member gets an answer, and the money back."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    world.provider.cancel_faults.extend([Unreachable("Away.")] * 500)

    done = await world.reaches(job, State.TIMED_OUT, step=60, within=4_000)

    assert done.finished_at is not None
    assert done.finished_at - job.created_at >= timedelta(seconds=1_200 + 1_800)
    assert await world.charged() == 0


async def test_whoever_reads_an_overdue_job_again_does_not_wait_anew(world: World) -> None:
    """Every press of Cancel has the job read again; patience with the provider goes on meanwhile."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    world.provider.cancel_faults.extend([Unreachable("Away.")] * 500)
    await world.passes(1_200, step=300)

    for _ in range(3):
        await world.passes(550, step=110)
        world.runner.nudge(job.id)

    await world.reaches(job, State.TIMED_OUT, step=60, within=300)
    assert await world.charged() == 0


# -- what nobody foresaw ---------------------------------------------------------------------------


async def test_an_unforeseen_error_is_tried_again(world: World) -> None:
    """Four times in a row may pass by itself."""
    world.provider.follow_faults.extend([RuntimeError("odd")] * 4)
    job = await world.ask()

    await world.reaches(job, State.DELIVERED)


async def test_an_unforeseen_error_that_stays_ends_the_job_with_an_incident(world: World) -> None:
    """The card names an incident that stands in the log, and nothing of the error itself."""
    world.provider.follow_faults.extend([RuntimeError("odd")] * 5)
    job = await world.ask()

    done = await world.reaches(job, State.FAILED)

    assert done.failure is not None
    assert re.search(r"\(incident [0-9a-f]{6}\)", done.failure.sentence)
    assert "odd" not in done.failure.sentence
    assert await world.charged() == 0


async def test_an_unforeseen_error_does_not_throw_away_what_was_paid_for(world: World) -> None:
    """What cannot be shown is kept: charged, and offered again later."""
    world.board.settle_faults.extend([RuntimeError("odd")] * 5)
    job = await world.ask()

    done = await world.reaches(job, State.UNDELIVERED)

    assert done.files
    assert done.result is not None
    assert await world.charged() == PRICE


async def test_an_end_that_cannot_be_drawn_does_not_keep_a_job_open(world: World) -> None:
    """It is over in the database, whatever its card says."""
    world.provider.submit_faults.append(Refused("Not allowed."))
    world.board.settle_faults.extend([RuntimeError("odd")] * 50)
    job = await world.ask()

    done = await world.reaches(job, State.FAILED)

    assert done.lease_owner is None


async def test_a_database_in_trouble_is_waited_out(world: World) -> None:
    """Every write fails for a while; then all goes on, and nothing was bought twice."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)

    world.db.faults.extend([StoreError("The disk is full.")] * 12)
    await world.provider.change(world.provider.only, Finished())
    await world.reaches(job, State.DELIVERED)

    assert world.provider.sent == 1
    assert await world.charged() == PRICE
