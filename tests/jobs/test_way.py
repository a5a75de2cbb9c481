"""The way of a job that meets no trouble."""

from __future__ import annotations

from bot.domain.job import State
from bot.providers.base import Finished, Queued, Running
from bot.store import jobs
from tests.jobs.world import PRICE, World


async def test_a_request_becomes_audio_on_its_card(world: World) -> None:
    """One command is one POST, one card, and one charge."""
    job = await world.ask()

    done = await world.reaches(job, State.DELIVERED)

    assert world.provider.sent == 1
    assert len(world.board.looks) == 1
    assert len(world.last_look(job).state.sounds) == 1
    assert done.cost == PRICE
    assert await world.charged() == PRICE


async def test_the_card_shows_each_stage_on_the_way(world: World) -> None:
    """Whoever watches sees the place in the queue, the start, and what the model prints."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)

    request = world.request_of(job)
    await world.provider.change(request, Queued(position=3))
    await world.passes(1)
    await world.provider.change(request, Running(log="step 7"))
    await world.passes(1)
    await world.provider.change(request, Finished())
    await world.reaches(job, State.DELIVERED)

    looks = [shown.state for shown in world.board.card(job.id)]
    seen = list(dict.fromkeys(look.job.state for look in looks))
    assert seen == [
        State.ACCEPTED,
        State.SUBMITTED,
        State.RUNNING,
        State.GENERATED,
        State.DELIVERED,
    ]
    assert any(look.job.queue_position == 3 for look in looks)
    assert any(look.progress == "step 7" for look in looks)


async def test_the_account_is_never_given_more_than_its_places(world: World) -> None:
    """Two run at the provider; the third waits here and is told how many are ahead."""
    world.provider.instantly = False
    first, second, third = [await world.ask(f"tune {number}") for number in range(3)]
    await world.reaches(first, State.SUBMITTED)
    await world.reaches(second, State.SUBMITTED)
    await world.passes(3)

    assert world.provider.sent == 2
    assert (await world.job(third)).state is State.ACCEPTED
    assert world.last_look(third).state.ahead == 0

    await world.provider.change(world.request_of(first), Finished())
    await world.reaches(third, State.SUBMITTED)
    assert world.provider.sent == 3


async def test_again_is_the_same_request_with_another_seed(world: World) -> None:
    """Whoever presses Again gets the same prompt and a new seed, on a card and bill of their own."""
    job = await world.ask("slow waltz", seed=7)
    await world.reaches(job, State.DELIVERED)

    again = await world.jobs.again(job.id, world.asker(user=999))
    done = await world.reaches(again, State.DELIVERED)

    assert again.user_id == 999
    assert again.arguments["prompt"] == "slow waltz"
    assert again.seed not in {None, 7}
    assert done.card_id != (await world.job(job)).card_id
    assert await world.charged() == 2 * PRICE


async def test_nothing_of_a_delivered_job_stays_open(world: World) -> None:
    """No lease, no token, no follow-up, no working folder is left behind."""
    job = await world.ask()

    done = await world.reaches(job, State.DELIVERED)
    await world.passes(2)

    assert (done.lease_owner, done.interaction_token) == (None, None)
    assert world.provider.following == 0
    assert list((world.folder / "work").iterdir()) == []
    assert await world.db.read(jobs.open_jobs) == []
