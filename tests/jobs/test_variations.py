"""Variations: several requests of which each can fail, be paid and be lost, on one card."""

from __future__ import annotations

import asyncio

import pytest

from bot.catalogue import Ask
from bot.config import Settings
from bot.domain.job import Job, Json, Kind, State
from bot.domain.viewer import Viewer
from bot.errors import AudioError, InvalidInput, LimitReached, MissingPermissions, Refused
from bot.jobs.runtime import Timing
from bot.jobs.service import Asker
from bot.providers.base import Finished, Result, Running
from bot.store import jobs
from bot.store.browsing import Wanted, browse
from tests.jobs.fakes import LOST
from tests.jobs.world import MODEL, PRICE, SEEDLESS, QuickWorkshop, World
from tests.postgres import on_both_engines

pytestmark = on_both_engines

REFUSED = Refused("The model's content rules do not allow this.")


async def ask(
    world: World,
    variations: int = 3,
    *,
    by: Asker | None = None,
    model: str = MODEL,
    seed: int | None = None,
) -> Job:
    """Have a member ask for variations."""
    wanted = Ask(
        kind=Kind.MUSIC, prompt="slow waltz", model=model, seed=seed, variations=variations
    )
    return await world.jobs.ask(wanted, by or world.asker())


async def takes(world: World, leader: Job) -> list[Job]:
    """All requests of a card as they stand."""
    return await world.db.read(jobs.takes, leader.id)


async def all_over(world: World, leader: Job, **kwargs: float) -> list[Job]:
    """Let time pass until every take is over and shown."""

    async def look() -> list[Job] | None:
        found = await takes(world, leader)
        return found if all(take.shown_at is not None for take in found) else None

    return await world.until(look, "the end of all takes", **kwargs)


async def all_at_provider(world: World, count: int) -> None:
    """Let time pass until the provider has so many requests."""

    async def look() -> bool | None:
        return len(world.provider.requests) >= count or None

    await world.until(look, f"{count} requests")


def letters(world: World, leader: Job) -> list[str | None]:
    """The letters of the files on a card."""
    return [sound.letter for sound in world.last_look(leader).state.sounds]


async def finish(world: World, take: Job, *urls: str) -> None:
    """Have the provider finish a take."""
    output: dict[str, Json] = {"audio_file": {"url": "https://files.example/a.wav"}}
    if urls:
        output = {"audio": [{"url": url} for url in urls]}
    await world.provider.change(world.request_of(take), Finished(), Result(output=output))


async def test_variations_are_one_card_with_lettered_files_and_one_price(world: World) -> None:
    """Each is a request with a seed of its own; the card has all files and the sum."""
    leader = await ask(world)

    made = await all_over(world, leader)

    assert [take.letter for take in made] == ["A", "B", "C"]
    assert {take.state for take in made} == {State.DELIVERED}
    assert world.provider.sent == 3
    assert len({take.seed for take in made}) == 3
    assert len(world.board.looks) == 1
    assert len(world.board.ends) == 1
    state = world.last_look(leader).state
    assert letters(world, leader) == ["A", "B", "C"]
    assert [sound.seed for sound in state.sounds] == [take.seed for take in made]
    assert len({sound.file_name for sound in state.sounds}) == 3
    assert state.job.id == leader.id
    assert state.job.cost == 3 * PRICE
    assert await world.charged() == 3 * PRICE


async def test_a_members_own_seed_goes_to_the_first_and_the_next_ones_to_the_others(
    world: World,
) -> None:
    """The same seed three times would be the same music three times."""
    top = await ask(world, seed=2_147_483_646)

    made = await all_over(world, top)

    assert [take.seed for take in made] == [2_147_483_646, 2_147_483_647, 0]


async def test_a_model_without_a_seed_is_asked_as_often(world: World) -> None:
    """It answers differently each time by itself."""
    leader = await ask(world, 2, model=SEEDLESS)

    await all_over(world, leader)

    assert world.provider.sent == 2
    assert letters(world, leader) == ["A", "B"]


async def test_a_model_that_makes_several_at_once_gets_as_few_requests(world: World) -> None:
    """Two songs from one request are cheaper than two requests; letters run on through both."""
    world.provider.instantly = False
    leader = await ask(world, 3, model="sonauto/v2/text-to-music")
    await all_at_provider(world, 2)
    first, second = await takes(world, leader)
    assert first.arguments["num_songs"] == 2
    assert "num_songs" not in second.arguments
    assert (first.letter, second.letter) == ("A", "C")

    await finish(world, first, "https://files.example/1.wav", "https://files.example/2.wav")
    await finish(world, second, "https://files.example/3.wav")
    await all_over(world, leader)

    assert letters(world, leader) == ["A", "B", "C"]


async def test_one_that_fails_is_named_on_the_card_of_the_others(world: World) -> None:
    """The others arrive under their own letters; only they are charged."""
    world.provider.submit_faults.extend([None, REFUSED])
    leader = await ask(world)

    a, b, c = await all_over(world, leader)

    assert [take.state for take in (a, b, c)] == [State.DELIVERED, State.FAILED, State.DELIVERED]
    assert letters(world, leader) == ["A", "C"]
    state = world.last_look(leader).state
    assert state.job.state is State.DELIVERED
    assert [take.state for take in state.takes] == [take.state for take in (a, b, c)]
    assert await world.charged() == 2 * PRICE


async def test_a_card_whose_takes_all_fail_ends_like_any_other(world: World) -> None:
    """One sentence, written once, and nothing charged."""
    world.provider.submit_faults.extend([REFUSED] * 3)
    leader = await ask(world)

    await all_over(world, leader)

    assert len(world.board.ends) == 1
    end = world.last_look(leader).state
    assert end.job.state is State.FAILED
    assert end.job.failure is not None
    assert end.job.failure.sentence.startswith("The model's content rules")
    assert not end.sounds
    assert await world.charged() == 0


async def test_what_is_made_first_is_kept_while_the_others_are_made(world: World) -> None:
    """The card shows the least advanced and how many are made; files are stored at once."""
    world.max_active = 3
    world.provider.instantly = False
    await world.restart()
    leader = await ask(world)
    await all_at_provider(world, 3)
    a, b, c = await takes(world, leader)

    await finish(world, b)
    await world.provider.change(world.request_of(a), Running(log="step 3"))
    await world.passes(3)

    look = world.last_look(leader).state
    assert look.job.state is State.SUBMITTED
    assert [take.state for take in look.takes] == [
        State.RUNNING,
        State.GENERATED,
        State.SUBMITTED,
    ]
    assert (await world.job(b)).files
    assert look.job.estimate == 3 * PRICE
    await finish(world, a)
    await finish(world, c)
    await all_over(world, leader)
    assert letters(world, leader) == ["A", "B", "C"]


async def test_a_crash_while_two_of_three_are_made_loses_and_repeats_nothing(
    world: World,
) -> None:
    """Three submits, three downloads, one card, whenever the process dies."""
    world.max_active = 3
    world.provider.instantly = False
    await world.restart()
    leader = await ask(world)
    await all_at_provider(world, 3)
    a, b, c = await takes(world, leader)
    await finish(world, a)
    await finish(world, c)
    await world.passes(3)

    await world.restart()
    await world.passes(3)
    await finish(world, b)
    await all_over(world, leader)

    assert world.provider.sent == 3
    assert world.fetched == 3
    assert len(world.board.looks) == 1
    assert letters(world, leader) == ["A", "B", "C"]
    assert await world.charged() == 3 * PRICE


@pytest.mark.parametrize("stage", range(10))
async def test_a_crash_at_any_step_leads_to_one_card(world: World, stage: int) -> None:
    """Nothing is sent twice, whatever was made arrives, and only that is charged."""
    world.timing = Timing(unknown_grace=5)
    await world.restart()
    leader = await ask(world)
    for _ in range(stage * 6):
        await asyncio.sleep(0.0005)

    await world.crash(at_once=True)
    await world.start()
    made = await all_over(world, leader)

    delivered = [take for take in made if take.state is State.DELIVERED]
    assert world.provider.sent == len(world.provider.requests) == len(delivered)
    assert len(world.board.looks) == 1
    assert letters(world, leader) == [take.letter for take in delivered]
    assert await world.charged() == len(delivered) * PRICE


async def test_a_lost_take_does_not_pass_for_another_one(world: World) -> None:
    """Requests without a seed look alike: one whose answer is still to come is not anybody's."""
    answered = asyncio.Event()
    world.provider.submit_faults.extend([LOST, answered])
    leader = await ask(world, 2, model=SEEDLESS)
    await world.passes(12)

    answered.set()
    a, b = await all_over(world, leader)

    assert a.failure is not None
    assert a.failure.code == "never_arrived"
    assert b.state is State.DELIVERED
    assert letters(world, leader) == ["B"]


async def test_cancel_cancels_all_that_can_still_be(world: World) -> None:
    """What is made already is delivered, because it was paid for."""
    world.provider.instantly = False
    leader = await ask(world)
    await all_at_provider(world, 2)
    a, *_ = await takes(world, leader)
    await finish(world, a)
    await all_at_provider(world, 3)

    await world.jobs.cancel(leader.id, world.asker())
    made = await all_over(world, leader)

    assert [take.state for take in made] == [State.DELIVERED, State.CANCELLED, State.CANCELLED]
    assert letters(world, leader) == ["A"]
    assert await world.charged() == PRICE
    with pytest.raises(InvalidInput, match="too late"):
        await world.jobs.cancel(leader.id, world.asker())


async def test_cancelling_those_that_wait_ends_the_card_once(world: World) -> None:
    """All of them withdrawn is one end, and free."""
    world.provider.instantly = False
    await ask(world, 2)
    await all_at_provider(world, 2)
    leader = await ask(world, 3)
    await world.passes(2)

    cancelled = await world.jobs.cancel(leader.id, world.asker())
    made = await all_over(world, leader)

    assert cancelled.state is State.CANCELLED
    assert {take.state for take in made} == {State.CANCELLED}
    assert len(world.board.ends) == 1


async def test_again_asks_for_the_same_number(world: World) -> None:
    """With other seeds, on a card of its own."""
    leader = await ask(world, seed=7)
    old = await all_over(world, leader)

    again = await world.jobs.again(leader.id, world.asker())
    new = await all_over(world, again)

    assert len(new) == 3
    assert not {take.seed for take in new} & {take.seed for take in old}


async def test_limits_take_all_variations_or_none(world: World) -> None:
    """A member at their limit gets a sentence, no card, and no part of it."""
    world.settings = Settings(_env_file=None, minstrel_user_at_once=2)
    await world.restart()

    with pytest.raises(LimitReached):
        await ask(world, 3)

    assert await world.db.read(jobs.open_jobs) == []
    assert not world.board.looks
    assert len(await all_over(world, await ask(world, 2))) == 2


async def test_the_same_interaction_twice_is_one_card(world: World) -> None:
    """Discord repeats interactions; takes are not made twice either."""
    by = world.asker()
    leader = await ask(world, by=by)

    assert (await ask(world, by=by)).id == leader.id

    await all_over(world, leader)
    assert world.provider.sent == 3


async def test_a_card_that_cannot_stand_withdraws_all(world: World) -> None:
    """Nothing is sent or charged where nothing could be shown."""
    world.board.post_faults.append(MissingPermissions("It may not.", names=("Send Messages",)))

    with pytest.raises(MissingPermissions):
        await ask(world)

    await world.passes(15)
    assert await world.db.read(jobs.open_jobs) == []
    assert world.provider.sent == 0


async def test_a_crash_before_the_card_posts_it_once_for_all(world: World) -> None:
    """The leader's card is posted by the next process; the takes then get their turns."""
    stuck = asyncio.Event()
    world.board.slow_posts.append(stuck)
    asking = asyncio.create_task(ask(world))
    await world.settle()
    (leader, *_) = await world.db.read(jobs.open_jobs)
    await world.crash()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await world.start()

    await all_over(world, leader)

    assert len(world.board.looks) == 1
    assert letters(world, leader) == ["A", "B", "C"]


async def test_a_deleted_card_comes_back_once_with_all_files(world: World) -> None:
    """And replies to the new message find the leader."""
    world.provider.instantly = False
    leader = await ask(world, 2)
    await all_at_provider(world, 2)
    card = (await world.job(leader)).card_id
    assert card is not None
    world.board.deleted.add(card)

    for take in await takes(world, leader):
        await finish(world, take)
    made = await all_over(world, leader)

    (new,) = {take.card_id for take in made}
    assert new is not None
    assert new != card
    assert len(world.board.looks) == 2
    found = await world.db.read(jobs.by_card, new)
    assert found is not None
    assert found.id == leader.id


async def test_a_file_that_never_decodes_leaves_the_card_to_the_others(world: World) -> None:
    """The first is broken for good: the next one brings the rest."""
    workshop = world.workshop
    assert isinstance(workshop, QuickWorkshop)
    workshop.faults.extend(AudioError("The file is damaged.", code="corrupt") for _ in range(3))
    leader = await ask(world)

    made = await all_over(world, leader)

    assert [take.state for take in made] == [State.FAILED, State.DELIVERED, State.DELIVERED]
    assert letters(world, leader) == ["B", "C"]
    assert len(world.board.ends) == 1


async def test_files_of_one_card_share_what_a_request_may_carry(world: World) -> None:
    """A boosted server takes large files, but a request stays below 25 MiB in total."""
    world.board.limit = 50 * 2**20
    workshop = world.workshop
    assert isinstance(workshop, QuickWorkshop)
    leader = await ask(world)
    await all_over(world, leader)

    assert [fit.limit_bytes for fit in workshop.fits] == [8 * 2**20] * 3
    workshop.fits.clear()
    await all_over(world, await ask(world, 1))
    assert [fit.limit_bytes for fit in workshop.fits] == [50 * 2**20]


async def test_files_that_are_too_large_shrink_together(world: World) -> None:
    """Discord turns down the message, not one file."""
    world.board.takes_bytes = 9_000
    leader = await ask(world)

    await all_over(world, leader)

    assert letters(world, leader) == ["A", "B", "C"]
    assert all(size <= 9_000 for size in world.board.ends[-1].sizes)


async def test_history_has_one_entry_for_a_card(world: World) -> None:
    """Takes are not pieces of their own there."""
    leader = await ask(world)
    await all_over(world, leader)

    page = await world.db.read(
        browse, Wanted(guild_id=leader.guild_id), Viewer(user_id=leader.user_id, channels=None)
    )
    assert [entry.job.id for entry in page.entries] == [leader.id]


async def test_more_than_four_are_refused(world: World) -> None:
    """The command offers no more; nothing else may either."""
    with pytest.raises(InvalidInput, match="4 variations"):
        await ask(world, 5)
