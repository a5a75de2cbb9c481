"""The one POST that costs money, and every answer to it that is not a yes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.domain.job import Job, State
from bot.errors import (
    AccountLocked,
    BadCredentials,
    Busy,
    DiscordUnavailable,
    GenerationFailed,
    ModelGone,
    ProviderError,
    Refused,
    Rejected,
    StoreError,
    Unreachable,
)
from bot.jobs.submitting import Submitter
from bot.providers.base import Finished
from bot.store import jobs
from tests.jobs.world import PRICE, World
from tests.postgres import on_both_engines

pytestmark = on_both_engines

BUSY = Busy("The music service is busy.")
AWAY = Unreachable("The music service cannot be reached.")
LOCKED = AccountLocked("The account is locked.")


@pytest.mark.parametrize("error", [BUSY, AWAY], ids=["busy", "unreachable"])
async def test_what_was_not_taken_is_sent_again(world: World, error: ProviderError) -> None:
    """Nothing was accepted, so trying again cannot pay twice; the card says what holds it up."""
    world.provider.submit_faults.extend([error, error])
    job = await world.ask()
    done = await world.reaches(job, State.DELIVERED)

    assert (world.provider.sent, len(world.provider.requests)) == (3, 1)
    assert done.attempt == 3
    assert any(look.state.trouble == error.sentence for look in world.board.card(job.id))
    assert await world.charged() == PRICE


@pytest.mark.parametrize("seconds", [1, 20])
async def test_a_turn_that_comes_while_the_card_is_tidied_up_is_taken(
    world: World, seconds: float
) -> None:
    """The job is sent by the task that put up its card, once, and never looked for in vain."""
    world.board.post_faults.append(DiscordUnavailable("Discord is down."))
    tidied = asyncio.Event()
    world.board.slow_hushes.append(tidied)
    job = await world.ask()
    await world.reaches(job, State.DISPATCHING)
    await world.passes(seconds)
    assert world.provider.sent == 0

    tidied.set()
    done = await world.reaches(job, State.DELIVERED)

    assert world.provider.sent == 1
    assert world.provider.looked_at == []
    assert done.lease_owner is None


async def test_the_waits_between_attempts_grow(world: World) -> None:
    """A service in trouble is not hammered."""
    world.provider.submit_faults.extend([BUSY] * 6)
    job = await world.ask()
    await world.reaches(job, State.DELIVERED)

    sent = world.provider.sent_at
    waits = [(later - earlier).total_seconds() for earlier, later in pairwise(sent)]
    assert waits == sorted(waits)
    assert waits[-1] > 16


async def test_the_provider_may_say_how_long_to_wait(world: World) -> None:
    """A Retry-After is kept."""
    world.provider.submit_faults.append(Busy("Later.", retry_after=40))
    job = await world.ask()
    await world.reaches(job, State.DELIVERED)

    first, second = world.provider.sent_at
    assert second - first >= timedelta(seconds=40)


async def test_half_an_hour_of_refusals_ends_a_job_free_of_charge(world: World) -> None:
    """Nobody waits for ever: the card says so, and the money is back."""
    world.provider.submit_faults.extend([BUSY] * 200)
    began = world.clock.now()
    job = await world.ask()

    done = await world.reaches(job, State.FAILED, step=40, within=3_000)

    assert done.failure is not None
    assert "30 minutes" in done.failure.sentence
    assert timedelta(minutes=30) <= world.clock.now() - began <= timedelta(minutes=33)
    assert world.provider.requests == {}
    assert await world.charged() == 0


async def test_time_spent_waiting_in_line_does_not_use_up_the_patience(world: World) -> None:
    """A job that waited an hour for its turn here is not given up at the first refusal there."""
    world.max_active = 1
    world.provider.instantly = False
    await world.restart()
    ahead, job = await world.ask("ahead"), await world.ask("behind")
    await world.reaches(ahead, State.SUBMITTED)
    await _ages(world, job, minutes=60)

    world.provider.instantly = True
    world.provider.submit_faults.append(BUSY)
    await world.provider.change(world.request_of(ahead), Finished())
    await world.reaches(job, State.DELIVERED, State.FAILED)

    assert (await world.job(job)).state is State.DELIVERED


async def _ages(world: World, job: Job, *, minutes: int) -> None:
    """Let a job have been asked for long ago."""
    from bot.store.schema import jobs as table  # noqa: PLC0415

    created_at = job.created_at - timedelta(minutes=minutes)
    await world.db.write(
        lambda conn: conn.execute(
            table.update().where(table.c.id == job.id).values(created_at=created_at)
        )
    )


@pytest.mark.parametrize(
    "error",
    [
        Refused("The model's content rules do not allow this."),
        Rejected("The model does not take this.", field="prompt"),
        ModelGone("This model is gone."),
        GenerationFailed("The model broke."),
    ],
    ids=lambda error: error.code,
)
async def test_a_final_no_ends_a_job_with_its_sentence(world: World, error: ProviderError) -> None:
    """What will not change by asking again is not asked again, and costs nothing."""
    world.provider.submit_faults.append(error)
    job = await world.ask()

    done = await world.reaches(job, State.FAILED)

    assert world.provider.sent == 1
    assert done.failure is not None
    assert (done.failure.code, done.failure.sentence) == (error.code, error.sentence)
    assert world.last_look(job).state.job.failure == done.failure
    assert await world.charged() == 0


async def test_an_answer_outlives_trouble_with_the_database(world: World) -> None:
    """The handle is the only copy of what was bought: it is written as soon as that works."""
    answered = asyncio.Event()
    world.provider.submit_faults.append(answered)
    job = await world.ask()
    await world.reaches(job, State.DISPATCHING)

    world.db.faults.extend([StoreError("The disk is full.")] * 3)
    answered.set()
    await world.reaches(job, State.DELIVERED)

    assert State.UNKNOWN not in {event.state for event in await world.db.read(jobs.events, job.id)}
    assert world.provider.looked_at == []


async def test_an_intent_that_grew_old_is_not_sent(world: World) -> None:
    """A process that was held up does not send what another may have judged lost by now."""
    world.max_active = 0
    await world.restart()
    job = await world.ask()
    taken = await world.db.write(
        jobs.take_turn,
        places={"fal": 1},
        worker=world.runtime.worker,
        now=world.clock.now(),
        lease_seconds=30,
    )
    assert taken is not None

    put_back = await Submitter(world.runtime).submit(taken, intended_at=world.clock.monotonic() - 6)

    assert (put_back.id, put_back.state) == (job.id, State.ACCEPTED)
    assert world.provider.sent == 0


# -- a locked account ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [LOCKED, BadCredentials("The key is wrong.")], ids=lambda error: error.code
)
async def test_a_locked_account_pauses_everybody_and_loses_nothing(
    world: World, error: ProviderError
) -> None:
    """All waiting cards say so within ten seconds, and all goes on by itself."""
    world.provider.submit_faults.extend([error] * 4)
    asked = [await world.ask(f"tune {number}") for number in range(4)]
    await world.passes(10)

    for job in asked:
        look = world.last_look(job).state
        assert look.job.state is State.ACCEPTED
        assert "aused by the operator" in (look.paused or "")

    for job in asked:
        await world.reaches(job, State.DELIVERED)
    assert len(world.provider.requests) == 4
    assert await world.charged() == 4 * PRICE


async def test_one_job_at_a_time_probes_a_locked_account(world: World) -> None:
    """While the account is locked there is one POST in twelve seconds, whoever waits."""
    world.provider.submit_faults.extend([LOCKED] * 100)
    for number in range(5):
        await world.ask(f"tune {number}")
    await world.passes(5)
    before = world.provider.sent

    await world.passes(60)

    assert world.provider.sent - before == 5
    probes = world.provider.sent_at[before:]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(probes)]
    assert min(gaps) >= 12
    assert max(gaps) <= 20


async def test_who_asks_while_the_account_is_locked_waits_with_the_others(world: World) -> None:
    """A new card says at once that nothing is made at the moment."""
    world.provider.submit_faults.extend([LOCKED] * 100)
    await world.ask("first")
    await world.passes(2)

    job = await world.ask("second")
    await world.passes(2)

    assert "aused by the operator" in (world.last_look(job).state.paused or "")


async def test_the_line_moves_again_within_seconds_of_unlocking(world: World) -> None:
    """The next probe that goes through opens the gate for all."""
    world.provider.submit_faults.extend([LOCKED] * 3)
    first, second = await world.ask("first"), await world.ask("second")
    await world.passes(2)
    world.provider.submit_faults.clear()

    await world.reaches(first, State.DELIVERED, within=20)
    await world.reaches(second, State.DELIVERED, within=5)

    assert world.runtime.gates.of("fal").is_open
