"""A crash at any moment: the next process goes on, and nothing is bought twice."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.job import State
from bot.errors import DiscordUnavailable, Refused
from bot.jobs.runtime import Timing
from bot.providers.base import Finished, Running
from bot.store import jobs
from tests.jobs.fakes import LOST, Accepted
from tests.jobs.world import PRICE, World
from tests.postgres import on_both_engines

pytestmark = on_both_engines


async def test_accepted_without_a_card_gets_one_after_the_crash(world: World) -> None:
    """The command died between the row and the card: the runner posts it in its stead."""
    never = asyncio.Event()
    world.board.slow_posts.append(never)
    asking = asyncio.create_task(world.ask())
    await world.settle()
    (job,) = await world.db.read(jobs.open_jobs)
    assert job.card_id is None

    await world.restart()
    await asyncio.gather(asking, return_exceptions=True)
    await world.reaches(job, State.DELIVERED)

    assert len(world.board.looks) == 1
    assert world.provider.sent == 1


async def test_accepted_in_line_keeps_its_card(world: World) -> None:
    """A job that waits for its turn waits on in the card it has."""
    world.provider.instantly = False
    world.max_active = 1
    await world.restart()
    ahead, job = await world.ask("ahead"), await world.ask("behind")
    await world.reaches(ahead, State.SUBMITTED)

    await world.restart()
    await world.reaches(ahead, State.SUBMITTED)
    await world.provider.change(world.request_of(ahead), Finished())
    world.provider.instantly = True
    await world.reaches(job, State.DELIVERED)

    assert len(world.board.looks) == 2
    assert world.provider.sent == 2


async def test_dispatching_is_looked_up_and_never_sent_again(world: World) -> None:
    """The process died while the POST was on its way: what it bought is found and delivered."""
    world.provider.submit_faults.append(asyncio.Event())
    job = await world.ask()
    await world.reaches(job, State.DISPATCHING)

    await world.restart()
    done = await world.reaches(job, State.DELIVERED)

    assert world.provider.sent == 1
    assert done.handle == world.provider.only.handle
    assert await world.charged() == PRICE


async def test_dispatching_that_never_arrived_is_refunded(world: World) -> None:
    """The process died before the POST arrived: it costs nothing, and is not sent again."""
    world.provider.submit_faults.append(asyncio.Event())
    job = await world.ask()
    await world.reaches(job, State.DISPATCHING)
    await world.crash()
    world.provider.requests.clear()

    await world.start()
    done = await world.reaches(job, State.FAILED)

    assert world.provider.sent == 1
    assert done.failure is not None
    assert done.failure.code == "never_arrived"
    assert await world.charged() == 0


async def test_unknown_goes_on_being_looked_for(world: World) -> None:
    """A lost answer is still looked for by the next process."""
    world.provider.instantly = False
    world.provider.submit_faults.append(Accepted(LOST))
    job = await world.ask()
    await world.reaches(job, State.UNKNOWN)
    await world.passes(30)

    await world.restart()
    await world.provider.change(world.provider.only, Finished())
    await world.reaches(job, State.DELIVERED)

    assert world.provider.sent == 1


@pytest.mark.parametrize("state", [State.SUBMITTED, State.RUNNING])
async def test_what_the_provider_works_on_is_followed_again(world: World, state: State) -> None:
    """A request goes on at the provider while we are down, and is picked up where it is."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    if state is State.RUNNING:
        await world.provider.change(world.provider.only, Running())
    await world.reaches(job, state)

    await world.crash()
    await world.provider.change(world.provider.only, Finished())
    await world.start()
    await world.reaches(job, State.DELIVERED)

    assert world.provider.sent == 1
    assert len(world.board.looks) == 1


async def test_generated_is_delivered_without_asking_the_provider(world: World) -> None:
    """What was paid for is in our database before Discord hears of it."""
    world.board.settle_faults.extend(DiscordUnavailable("Down.") for _ in range(3))
    job = await world.ask()
    await world.reaches(job, State.GENERATED)

    await world.crash()
    world.provider.requests.clear()
    world.board.settle_faults.clear()
    await world.start()
    await world.reaches(job, State.DELIVERED)

    assert len(world.board.looks) == 1
    assert world.fetched == 1, "the file was kept, and need not be fetched again"


async def test_a_crash_between_the_card_and_the_row_delivers_the_same_card_again(
    world: World,
) -> None:
    """Editing a card twice shows it once."""
    job = await world.ask()
    await world.until(lambda: _is_ended(world), "the last edit", step=0.1)
    await world.restart()

    await world.reaches(job, State.DELIVERED)

    assert len(world.board.looks) == 1
    assert await world.charged() == PRICE


async def _is_ended(world: World) -> bool | None:
    return bool(world.board.ends) or None


async def test_an_end_without_audio_is_still_shown_after_a_crash(world: World) -> None:
    """A job that failed while Discord was down tells so once it is up."""
    world.board.settle_faults.extend(DiscordUnavailable("Down.") for _ in range(50))
    world.provider.submit_faults.append(Refused("The model's content rules do not allow this."))
    job = await world.ask()
    await world.passes(5)
    assert (await world.job(job)).state is State.FAILED

    await world.crash()
    world.board.settle_faults.clear()
    await world.start()
    await world.reaches(job, State.FAILED)

    assert world.last_look(job).state.job.state is State.FAILED


@pytest.mark.parametrize("stage", range(8))
async def test_a_crash_at_any_step_leads_to_one_result(world: World, stage: int) -> None:
    """Wherever the process dies on the happy path: one card, at most one POST, charged if made."""
    world.timing = Timing(unknown_grace=5)
    await world.restart()
    job = await world.ask()
    for _ in range(stage * 5):
        await asyncio.sleep(0.0005)

    await world.crash(at_once=True)
    await world.start()
    done = await world.reaches(job, State.DELIVERED, State.FAILED)

    assert world.provider.sent == len(world.provider.requests) <= 1
    assert len(world.board.looks) == 1
    assert (done.state is State.DELIVERED) == (world.provider.sent == 1)
    assert await world.charged() == (PRICE if done.state is State.DELIVERED else 0)


async def test_a_dead_processs_jobs_are_taken_over_when_its_leases_run_out(world: World) -> None:
    """Another process beside it cannot free its leases; after half a minute they are anybody's."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    await world.crash()

    await world.start(frees_leases=False)
    await world.provider.change(world.provider.only, Finished())
    await world.passes(25)
    assert (await world.job(job)).state is State.SUBMITTED
    await world.reaches(job, State.DELIVERED, within=20)

    assert world.provider.sent == 1


async def test_a_card_cancelled_before_it_was_written_down_still_says_so(world: World) -> None:
    """The card stood, the process died, and its Cancel works all the same: the card must tell."""
    world.board.slow_posts.append(asyncio.Event())
    asking = asyncio.create_task(world.ask())
    await world.settle()
    (job,) = await world.db.read(jobs.open_jobs)
    # It got through, and the process dies before it hears of that.
    await world.board.post(world.runtime.card([job]))
    await world.crash()
    await asyncio.gather(asking, return_exceptions=True)
    await world.start()

    await world.jobs.cancel(job.id, world.asker())
    await world.reaches(job, State.CANCELLED)

    assert len(world.board.looks) == 1
    assert world.last_look(job).state.job.state is State.CANCELLED


async def test_what_a_dead_process_left_thinking_is_taken_away(world: World) -> None:
    """Both where the card stands and where it is posted only now."""
    world.provider.instantly = False
    standing = await world.ask()
    world.board.post_faults.append(DiscordUnavailable("Discord is down."))
    missing = await world.ask()

    await world.restart()
    await world.passes(15)

    assert world.board.hushed == [standing.id, missing.id]
