"""A submit whose answer was lost: looked up, found or refunded, never repeated."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.job import Job, State
from bot.errors import AccountLocked, ProviderError, Unreachable
from bot.jobs.runtime import Timing
from bot.providers.base import Finished
from tests.jobs.fakes import LOST, Accepted
from tests.jobs.world import MODEL, PRICE, SEEDLESS, World
from tests.store.builders import NOW, new_job


async def test_a_lost_answer_is_found_in_the_providers_list(world: World) -> None:
    """The request was accepted after all: its result is delivered, and paid for once."""
    world.provider.submit_faults.append(Accepted(LOST))
    job = await world.ask()

    done = await world.reaches(job, State.DELIVERED, within=10)

    assert world.provider.sent == 1
    assert done.handle == world.provider.only.handle
    assert State.UNKNOWN in {look.state.job.state for look in world.board.card(job.id)}
    assert await world.charged() == PRICE


async def test_what_is_still_running_is_found_once_it_is_over(world: World) -> None:
    """The list shows only what is over, so absence means nothing before the grace ends."""
    world.provider.instantly = False
    world.provider.submit_faults.append(Accepted(LOST))
    job = await world.ask()
    await world.passes(60, step=5)
    assert (await world.job(job)).state is State.UNKNOWN

    await world.provider.change(world.provider.only, Finished())
    await world.reaches(job, State.DELIVERED)

    assert world.provider.sent == 1


async def test_what_never_arrived_is_refunded_after_the_grace(world: World) -> None:
    """Not before, and only by a list that was read after it."""
    world.provider.submit_faults.append(LOST)
    job = await world.ask()
    grace_ends_at = job.created_at + timedelta(seconds=90)

    await world.passes(85, step=5)
    assert (await world.job(job)).state is State.UNKNOWN
    done = await world.reaches(job, State.FAILED, within=40)

    assert done.finished_at is not None
    assert done.finished_at >= grace_ends_at
    assert world.provider.looked_at[-1] >= grace_ends_at
    assert world.provider.sent == 1
    assert done.failure is not None
    assert "Press Again" in done.failure.sentence
    assert await world.charged() == 0


@pytest.mark.parametrize(
    "error", [Unreachable("Away."), AccountLocked("Locked.")], ids=lambda error: error.code
)
async def test_a_list_that_cannot_be_read_proves_nothing(
    world: World, error: ProviderError
) -> None:
    """The grace is over, but only a list that was read after it says that a request is absent."""
    world.provider.submit_faults.append(Accepted(LOST))
    world.provider.look_up_faults.extend([error] * 14)
    job = await world.ask()

    await world.passes(120, step=5)
    assert (await world.job(job)).state is State.UNKNOWN
    await world.reaches(job, State.DELIVERED)

    assert world.provider.sent == 1


async def test_two_equal_requests_share_out_two_matches(world: World) -> None:
    """Without a seed they cannot be told apart: each takes one, no request serves two."""
    world.provider.submit_faults.extend([Accepted(LOST), Accepted(LOST)])
    first = await world.ask("the same", model=SEEDLESS)
    second = await world.ask("the same", model=SEEDLESS)

    one = await world.reaches(first, State.DELIVERED)
    other = await world.reaches(second, State.DELIVERED)

    assert one.handle is not None
    assert other.handle is not None
    assert {one.handle.request_id, other.handle.request_id} == {"request-1", "request-2"}
    assert world.provider.sent == 2


async def test_two_equal_requests_of_which_one_arrived_make_one_result(world: World) -> None:
    """One is delivered, the other refunded: what arrived is never given to both."""
    world.provider.submit_faults.extend([Accepted(LOST), LOST])
    first = await world.ask("the same", model=SEEDLESS)
    second = await world.ask("the same", model=SEEDLESS)

    states = {
        (await world.reaches(job, State.DELIVERED, State.FAILED)).state for job in (first, second)
    }

    assert states == {State.DELIVERED, State.FAILED}
    delivered = [one for one in world.board.ends if one.state.job.state is State.DELIVERED]
    assert len(delivered) == 1


async def test_another_members_finished_piece_is_not_taken(world: World) -> None:
    """A request that belongs to a job already is nobody else's, however alike they are."""
    done = await world.reaches(await world.ask("the same", model=SEEDLESS), State.DELIVERED)
    world.provider.submit_faults.append(LOST)
    job = await world.ask("the same", model=SEEDLESS)

    lost = await world.reaches(job, State.FAILED)

    assert done.handle is not None
    assert lost.handle is None
    assert lost.cost == 0


async def test_an_ambiguous_find_is_not_taken(world: World) -> None:
    """Somebody else uses the same account for the very same request: then nothing is guessed."""
    world.provider.submit_faults.append(Accepted(LOST))
    job = await world.ask("the same", model=SEEDLESS)
    world.provider._take_in(SEEDLESS, job.arguments)

    done = await world.reaches(job, State.FAILED)

    assert done.cost == 0
    assert world.provider.sent == 1


def test_the_grace_covers_the_longest_wait_and_run_and_ten_minutes() -> None:
    """An unknown submit may start and run as long as its model allows."""
    job = Job(
        **{name: getattr(new_job(model=MODEL), name) for name in new_job().__slots__},
        state=State.UNKNOWN,
        version=1,
        created_at=NOW,
        updated_at=NOW,
        next_run_at=NOW,
        submit_at=NOW,
    )

    assert Timing().grace_ends_at(job) - NOW == timedelta(seconds=600 + 600 + 600)
    assert Timing(unknown_grace=5).grace_ends_at(job) - NOW == timedelta(seconds=5)


async def test_a_submit_of_a_clock_that_was_ahead_is_found_by_its_seed(world: World) -> None:
    """The provider's list has the right time; the seed tells whose the request is all the same."""
    world.provider.submit_faults.append(Accepted(LOST))
    job = await world.ask(seed=7)
    await world.reaches(job, State.UNKNOWN)
    world.provider.only.sent_at -= timedelta(hours=2)

    await world.reaches(job, State.DELIVERED)

    assert world.provider.sent == 1
