"""Several providers side by side: each with an account, places and abilities of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import pytest

from bot.catalogue import Ask, endpoints_of
from bot.domain.job import Handle, Job, Kind, State
from bot.errors import (
    AccountLocked,
    GenerationFailed,
    QuotaSpent,
)
from bot.providers.base import Cancellation, Finished, NoHistory, Running, Seen
from tests.jobs.fakes import LOST, Accepted, ScriptedProvider
from tests.jobs.world import PRICE, World

NUR, NOVAKIT = "nur/music", "novakit/fal-ai/stable-audio"
TRACK = 500_000
P = TypeVar("P", bound=ScriptedProvider)
LOCKED = AccountLocked("The account is locked.")


class Nur(ScriptedProvider):
    """A provider that can neither list nor stop what it was asked for."""

    name = "nur"

    async def look_up(self, endpoint: str, *, since: datetime) -> Sequence[Seen]:
        """Say that there is no list."""
        self.looked_at.append(self._clock.now())
        raise NoHistory("There is no list.")

    async def cancel(self, handle: Handle) -> Cancellation:
        """Say that nothing can be stopped."""
        self.cancels.append(handle.request_id)
        return Cancellation.UNSUPPORTED


class NovaKit(ScriptedProvider):
    """A provider whose list shows the prompt and nothing else."""

    name = "novakit"

    async def look_up(self, endpoint: str, *, since: datetime) -> Sequence[Seen]:
        """List everything, in part."""
        return [
            Seen(
                handle=one.handle,
                arguments={"prompt": one.arguments["prompt"]},
                sent_at=one.sent_at,
                is_partial=True,
            )
            for one in self.requests.values()
            if one.endpoint == endpoint
        ]


@pytest.fixture
async def nur(world: World) -> Nur:
    """Have Nur beside fal."""
    return await beside(world, Nur(world.clock))


@pytest.fixture
async def novakit(world: World) -> NovaKit:
    """Have NovaKit beside fal."""
    return await beside(world, NovaKit(world.clock))


async def beside(world: World, provider: P) -> P:
    """Set a provider's key, and start anew."""
    world.further[provider.name] = provider
    await world.restart()
    return provider


def sentence(job: Job) -> str:
    """Why a job ended."""
    assert job.failure is not None
    return job.failure.sentence


async def test_a_job_goes_to_the_provider_of_its_model(world: World, nur: Nur) -> None:
    """And nowhere else."""
    job = await world.ask(model=NUR)
    await world.reaches(job, State.DELIVERED)

    assert (await world.job(job)).provider == "nur"
    assert (nur.sent, world.provider.sent) == (1, 0)


async def test_a_locked_account_stops_no_other(world: World, nur: Nur) -> None:
    """Its own jobs wait, and say why; the others' go on; and all ends well."""
    world.provider.submit_faults.extend([LOCKED] * 2)
    stuck = await world.ask()
    await world.passes(3)
    free = await world.ask(model=NUR)
    await world.reaches(free, State.DELIVERED, within=5)

    assert world.last_look(stuck).state.paused
    assert nur.sent == 1
    await world.reaches(stuck, State.DELIVERED)


async def test_places_are_counted_by_provider(world: World, nur: Nur) -> None:
    """A full one holds up its own line alone."""
    nur.instantly = False
    first = await world.ask(model=NUR)
    second = await world.ask(model=NUR)
    other = await world.ask()
    await world.reaches(other, State.DELIVERED)

    assert (await world.job(first)).state is State.SUBMITTED
    assert (await world.job(second)).state is State.ACCEPTED
    assert nur.sent == 1


async def test_jobs_of_a_provider_whose_key_is_gone_wait_for_it(world: World, nur: Nur) -> None:
    """Those in line and those under way alike; they say so, and go on when it is back."""
    nur.instantly = False
    under_way = await world.ask(model=NUR)
    in_line = await world.ask(model=NUR)
    await world.reaches(under_way, State.SUBMITTED)

    world.further.clear()
    await world.restart()
    await world.passes(20)
    for job in (under_way, in_line):
        assert "by the operator" in (world.last_look(job).state.paused or "")
    assert "no key for Nur" in (world.last_look(in_line).state.paused or "")

    nur.instantly = True
    await beside(world, nur)
    await nur.change(nur.requests["request-1"], Finished())
    await world.reaches(under_way, State.DELIVERED)
    await world.reaches(in_line, State.DELIVERED)


async def test_where_there_is_no_list_a_lost_answer_is_given_up_at_once(
    world: World, nur: Nur
) -> None:
    """Never sent again, never waited for, and the member's money is back."""
    nur.submit_faults.append(Accepted(LOST))
    job = await world.ask(model=NUR)

    done = await world.reaches(job, State.FAILED, within=5)

    assert "has no list in which it could be looked up" in sentence(done)
    assert nur.sent == 1
    assert await world.charged() == 0


async def test_what_cannot_be_stopped_is_delivered_and_paid(world: World, nur: Nur) -> None:
    """A cancelled request that goes on is not thrown away."""
    nur.instantly = False
    by = world.asker()
    job = await world.ask(model=NUR, by=by)
    await world.reaches(job, State.SUBMITTED)
    await world.jobs.cancel(job.id, by)
    await world.passes(30, step=5)
    assert (await world.job(job)).state is State.SUBMITTED

    await nur.change(nur.only, Running())
    await nur.change(nur.only, Finished())
    await world.reaches(job, State.DELIVERED)

    assert nur.cancels == ["request-1"]


async def test_a_list_that_shows_the_prompt_alone_finds_a_lost_job(
    world: World, novakit: NovaKit
) -> None:
    """By what it shows, and by the time."""
    novakit.submit_faults.append(Accepted(LOST))
    job = await world.ask("one of its kind", model=NOVAKIT)

    done = await world.reaches(job, State.DELIVERED, within=20)

    assert done.handle == novakit.only.handle
    assert novakit.sent == 1
    assert await world.charged() == TRACK


async def test_a_request_that_may_be_anothers_is_not_taken(world: World, novakit: NovaKit) -> None:
    """Two that differ in what the list leaves out, one of them on its way: nobody guesses."""
    answered = asyncio.Event()
    novakit.submit_faults.extend([LOST, answered])
    lost = await world.ask("the same words", model=NOVAKIT)
    await world.reaches(lost, State.UNKNOWN)
    longer = Ask(kind=Kind.MUSIC, prompt="the same words", model=NOVAKIT, duration=40)
    other = await world.jobs.ask(longer, world.asker())
    await world.passes(30)
    assert (await world.job(lost)).state is State.UNKNOWN
    assert (await world.job(other)).state is State.DISPATCHING

    answered.set()
    await world.reaches(other, State.DELIVERED)
    done = await world.reaches(lost, State.FAILED, within=200)

    assert done.handle is None
    assert novakit.sent == 2
    assert await world.charged() == TRACK


async def test_a_spent_quota_ends_the_job_and_offers_another_house(
    world: World, novakit: NovaKit
) -> None:
    """Waiting would not help, and no other model of the same plan can."""
    novakit.submit_faults.append(QuotaSpent("Nothing is left."))
    job = await world.ask(model=NOVAKIT)

    done = await world.reaches(job, State.FAILED, within=5)

    assert sentence(done) == "Nothing is left."
    assert done.failure is not None
    assert done.failure.offer is not None
    assert not done.failure.offer.startswith("novakit/")
    assert await world.charged() == 0


async def test_no_other_model_of_a_spent_plan_is_offered(world: World, novakit: NovaKit) -> None:
    """It would be turned away just the same."""
    shop = world.runtime.shop
    shop.market = replace(shop.market, gone=frozenset({*endpoints_of("fal"), NUR}))
    novakit.submit_faults.append(QuotaSpent("Nothing is left."))
    job = await world.ask(model=NOVAKIT)

    done = await world.reaches(job, State.FAILED, within=5)

    assert done.failure is not None
    assert done.failure.offer is None


async def test_a_failure_at_one_house_is_charged_to_nobody(world: World, nur: Nur) -> None:
    """The rules of money are the same everywhere."""
    nur.instantly = False
    job = await world.ask(model=NUR)
    await world.reaches(job, State.SUBMITTED)
    await nur.change(nur.only, Finished(), GenerationFailed("It broke."))
    await world.reaches(job, State.FAILED)
    fine = await world.ask()
    await world.reaches(fine, State.DELIVERED)

    assert await world.charged() == PRICE
