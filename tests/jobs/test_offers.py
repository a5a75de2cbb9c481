"""A model that is gone or keeps failing: what the card offers, and what pressing the button does."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from bot.catalogue import Ask, Market
from bot.domain.job import Job, Kind, State
from bot.domain.offers import Listed, ListedPrice, PriceSource
from bot.errors import GenerationFailed, InvalidInput, ModelGone, NotFound
from bot.providers.base import Finished
from bot.store.schema import jobs as table
from tests.jobs.fakes import LOST
from tests.jobs.world import World

LYRIA, CASSETTE = "fal-ai/lyria2", "cassetteai/music-generator"
BROKE = GenerationFailed("The model broke while making this.")


async def failed(world: World, *, model: str = LYRIA, seed: int | None = None) -> Job:
    """A job whose model broke."""
    world.provider.instantly = False
    job = await world.ask("slow waltz", model=model, seed=seed)
    await world.reaches(job, State.SUBMITTED)
    await world.provider.change(world.request_of(job), Finished(), BROKE)
    done = await world.reaches(job, State.FAILED)
    world.provider.instantly = True
    return done


async def test_a_model_that_keeps_failing_is_never_switched_silently(world: World) -> None:
    """The card offers another with its price; nothing is sent until somebody presses."""
    first = await failed(world)
    second = await failed(world)

    assert first.failure is not None
    assert first.failure.offer is None
    shown = world.last_look(second).state.job.failure
    assert shown is not None
    assert (shown.offer, shown.offer_price) == (CASSETTE, 20_000)
    assert {one.endpoint for one in world.provider.requests.values()} == {LYRIA}
    assert await world.charged() == 0


async def test_whoever_presses_asks_the_other_model_at_their_own_cost(world: World) -> None:
    """The same words, a new card, another bill; also after a restart."""
    await failed(world)
    job = await failed(world)
    await world.restart()

    other = await world.jobs.try_other(job.id, world.asker(user=999))
    done = await world.reaches(other, State.DELIVERED)

    assert (done.model, done.user_id) == (CASSETTE, 999)
    assert done.arguments["prompt"] == "slow waltz"
    assert done.card_id != job.card_id


async def test_a_model_found_gone_is_offered_to_nobody_else(world: World) -> None:
    """The next one who types its name is told which other can do it, before anything is sent."""
    world.provider.submit_faults.append(ModelGone("The provider no longer offers this model."))
    job = await world.ask(model=LYRIA)
    done = await world.reaches(job, State.FAILED)

    assert done.failure is not None
    assert done.failure.offer == CASSETTE
    with pytest.raises(InvalidInput, match=r"Choose CassetteAI Music, .* for about \$0\.02\."):
        await world.ask(model=LYRIA)
    with pytest.raises(InvalidInput, match="no longer available"):
        await world.jobs.again(job.id, world.asker())
    assert world.provider.sent == 1


async def test_a_success_ends_the_offers(world: World) -> None:
    """A model that works again is left in peace."""
    await failed(world)
    fine = await world.ask(model=LYRIA)
    await world.reaches(fine, State.DELIVERED)

    job = await failed(world)

    assert job.failure is not None
    assert job.failure.offer is None


async def test_a_submit_that_never_arrives_counts_like_any_failure(world: World) -> None:
    """Server errors to a submit end so: with nothing found, and nothing charged."""
    world.provider.submit_faults.extend([LOST, LOST])
    first = await world.ask(model=LYRIA)
    await world.reaches(first, State.FAILED, step=5)
    second = await world.ask(model=LYRIA)
    done = await world.reaches(second, State.FAILED, step=5)

    assert done.failure is not None
    assert (done.failure.code, done.failure.offer) == ("never_arrived", CASSETTE)


async def test_an_offer_that_no_longer_holds_says_why(world: World) -> None:
    """The other model may be gone by now; nothing else is chosen in its stead."""
    await failed(world)
    job = await failed(world)
    world.runtime.shop.market = Market(listings={CASSETTE: Listed.ABSENT})

    with pytest.raises(InvalidInput, match="CassetteAI Music is no longer available"):
        await world.jobs.try_other(job.id, world.asker())


async def test_an_option_the_other_model_lacks_is_told_and_not_dropped(world: World) -> None:
    """Between the offer and the press, the catalogue may have changed."""
    await failed(world, seed=7)
    job = await failed(world, seed=8)
    assert job.failure is not None
    await world.db.write(_offer_cassette, job)

    with pytest.raises(InvalidInput, match="CassetteAI Music takes no seed"):
        await world.jobs.try_other(job.id, world.asker())


def _offer_cassette(conn: sa.Connection, job: Job) -> None:
    conn.execute(sa.update(table).where(table.c.id == job.id).values(failure_offer=CASSETTE))


async def test_there_is_nothing_to_try_where_nothing_was_offered(world: World) -> None:
    """Nor in another server's card."""
    job = await failed(world)

    with pytest.raises(InvalidInput, match="No other model is offered"):
        await world.jobs.try_other(job.id, world.asker())
    with pytest.raises(NotFound):
        await world.jobs.try_other(job.id, world.asker(guild=7))


async def test_live_prices_are_reserved_shown_and_charged(world: World) -> None:
    """From the estimate on the card to the bill."""
    price = ListedPrice(unit_price=Decimal("0.25"), unit="generations")
    world.runtime.shop.market = Market(prices={CASSETTE: price})

    job = await world.ask(model=CASSETTE)
    done = await world.reaches(job, State.DELIVERED)

    assert (job.estimate, job.priced_by) == (250_000, PriceSource.LIVE)
    assert done.priced_by is PriceSource.LIVE
    assert done.cost == 250_000


async def test_an_offer_for_several_variations_is_priced_for_all(world: World) -> None:
    """The card speaks of everything that pressing its button will cost."""
    world.provider.submit_faults.extend([ModelGone("Gone."), ModelGone("Gone.")])
    ask = Ask(kind=Kind.MUSIC, prompt="slow waltz", model=LYRIA, variations=2)
    job = await world.jobs.ask(ask, world.asker())

    async def look() -> bool | None:
        return world.last_look(job).state.job.state is State.FAILED or None

    await world.until(look, "the card's end")
    shown = world.last_look(job).state.job
    other = await world.jobs.try_other(job.id, world.asker())

    assert shown.offer_price == 40_000
    assert world.last_look(other).state.job.estimate == 40_000
