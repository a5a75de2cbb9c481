"""A provider's calls: they make a lost request known, and a finished one be fetched at once."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.ids import JobId
from bot.domain.job import Job, State
from bot.errors import Busy, StoreError, Unreachable
from bot.jobs.call_addresses import CallAddresses
from bot.jobs.calls import Calls
from bot.providers.base import Finished, Forged, Running
from tests.jobs.fakes import LOST, Accepted
from tests.jobs.world import PRICE, SEEDLESS, World

BASE = "https://bot.example/minstrel"
SIGNED = {"X-Signed": "yes"}


class Called:
    """A world whose provider calls, and the bot's ear."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def calls(self) -> Calls:
        """The ear of the process that runs at the moment."""
        return Calls(self.world.runtime, self.world.runner, {"fal": self.world.provider})

    async def call(self, number: int = 1, *, url: str | None = None) -> None:
        """Call about a request, at the address that came with it."""
        url = url or self.world.provider.call_urls[number - 1]
        assert url is not None
        path = url.removeprefix(f"{BASE}/")
        await self.calls.take(path, SIGNED, f"request-{number}".encode())
        await self.world.settle()


@pytest.fixture
async def called(world: World) -> Called:
    """Only calls tell what is over: the list is empty, and following says nothing."""
    world.call_addresses = CallAddresses(base_url=BASE, secret=b"s" * 32)
    world.provider.instantly = False
    await world.restart()
    return Called(world)


async def _lost(world: World, prompt: str = "rain") -> Job:
    """Have a submit's answer be lost, and its request never be listed."""
    world.provider.submit_faults.append(Accepted(LOST))
    job = await world.ask(prompt)
    await world.reaches(job, State.UNKNOWN)
    list(world.provider.requests.values())[-1].is_listed = False
    return job


async def test_a_call_finds_a_request_whose_answer_was_lost(called: Called) -> None:
    """Without the list: the address names the job, the call the request."""
    world = called.world
    job = await _lost(world)
    await world.provider.change(world.provider.only, Finished())

    await called.call()
    done = await world.reaches(job, State.DELIVERED, within=3)

    assert done.handle is not None
    assert done.handle.request_id == "request-1"
    assert world.provider.sent == 1
    assert await world.charged() == PRICE


async def test_a_call_that_comes_before_the_answer_is_kept(called: Called) -> None:
    """A quick model is done before its submit is answered; the answer then changes nothing."""
    world = called.world
    answered = asyncio.Event()
    world.provider.submit_faults.append(answered)
    job = await world.ask()
    await world.reaches(job, State.DISPATCHING)
    await world.provider.change(world.provider.only, Finished())

    await called.call()
    assert (await world.job(job)).state is State.SUBMITTED
    answered.set()
    await world.reaches(job, State.DELIVERED, within=3)

    assert world.provider.sent == 1


async def test_what_was_thought_to_be_turned_away_is_not_sent_again(called: Called) -> None:
    """It had been taken all the same: a gateway lied, and the call proves it."""
    world = called.world
    world.provider.submit_faults.append(Accepted(Busy("Busy.", retry_after=60)))
    job = await world.ask()
    await world.passes(3)
    assert (await world.job(job)).state is State.ACCEPTED
    await world.provider.change(world.provider.only, Finished())

    await called.call()
    await world.reaches(job, State.DELIVERED, within=5)

    assert world.provider.sent == 1


async def test_a_call_about_a_request_that_is_followed_fetches_the_result(called: Called) -> None:
    """The stream stays silent; the call is enough."""
    world = called.world
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    await world.provider.change(world.provider.only, Running())
    await world.reaches(job, State.RUNNING)

    await called.call()
    await world.reaches(job, State.DELIVERED, within=2)

    assert world.provider.sent == 1


async def test_the_same_call_ten_times_is_one_result(called: Called) -> None:
    """Calls repeat, at once and hours later."""
    world = called.world
    job = await _lost(world)
    await world.provider.change(world.provider.only, Finished())

    await asyncio.gather(*(called.call() for _ in range(5)))
    await world.reaches(job, State.DELIVERED)
    for _ in range(5):
        await called.call()
    await world.passes(30)

    assert len(world.board.ends) == 1
    assert await world.charged() == PRICE


async def test_a_call_goes_to_the_job_whose_address_it_has(called: Called) -> None:
    """Two members asked for the very same; each gets the one that was made for them."""
    world = called.world
    jobs = []
    for _ in range(2):
        world.provider.submit_faults.append(Accepted(LOST))
        jobs.append(await world.ask("the same", model=SEEDLESS))
    for job in jobs:
        await world.reaches(job, State.UNKNOWN)
    for request in world.provider.requests.values():
        request.is_listed = False
        await world.provider.change(request, Finished())

    await called.call(2)
    await called.call(1)

    for number, job in enumerate(jobs, start=1):
        done = await world.reaches(job, State.DELIVERED)
        assert done.handle is not None
        assert done.handle.request_id == f"request-{number}"


async def test_a_request_that_another_job_has_is_not_given_twice(called: Called) -> None:
    """The list was faster and gave it to another one that looks the same."""
    world = called.world
    world.provider.submit_faults.extend([Accepted(LOST), LOST])
    first = await world.ask("the same", model=SEEDLESS)
    await world.reaches(first, State.UNKNOWN)
    await world.provider.change(world.provider.only, Finished())
    second = await world.ask("the same", model=SEEDLESS)
    await world.reaches(first, State.DELIVERED)
    url = world.provider.call_urls[1]

    await called.call(1, url=url)

    assert (await world.job(second)).handle is None


async def test_a_call_after_the_refund_changes_nothing(called: Called) -> None:
    """The member has their money back and may have asked again; the log has the request."""
    world = called.world
    job = await _lost(world)
    await world.reaches(job, State.FAILED)

    await called.call()

    assert (await world.job(job)).state is State.FAILED
    assert await world.charged() == 0


async def test_a_call_after_a_restart_finds_its_job(called: Called) -> None:
    """The address outlives the process."""
    world = called.world
    job = await _lost(world)
    await world.restart()
    await world.provider.change(world.provider.only, Finished())

    await called.call()

    await world.reaches(job, State.DELIVERED, within=5)


async def test_an_address_of_one_job_is_no_key_to_another(called: Called) -> None:
    """Nor is one that was made up: nothing is even read."""
    world = called.world
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    url = world.provider.call_urls[0]
    assert url is not None
    provider, number, mark = url.removeprefix(f"{BASE}/").split("/")
    assert int(number) == job.id

    for path in (
        f"{provider}/{job.id + 1}/{mark}",
        f"{provider}/{job.id}/{'0' * 64}",
        f"{provider}/{job.id}/{mark[:-1]}",
        f"nur/{job.id}/{mark}",
        f"{provider}/{job.id}",
        f"{provider}/{job.id}/{mark}/more",
        "",
    ):
        assert not called.calls.is_expected(path), path
        with pytest.raises(Forged):
            await called.calls.take(path, SIGNED, b"request-1")


async def test_a_forged_call_is_not_taken(called: Called) -> None:
    """Whoever has seen an address in a proxy's log still cannot sign."""
    world = called.world
    job = await _lost(world)
    url = world.provider.call_urls[0]
    assert url is not None

    with pytest.raises(Forged):
        await called.calls.take(url.removeprefix(f"{BASE}/"), {}, b"request-9")

    assert (await world.job(job)).state is State.UNKNOWN


@pytest.mark.parametrize("error", [Unreachable("Away."), Busy("Busy.")], ids=lambda one: one.code)
async def test_a_call_that_cannot_be_checked_is_left_to_be_repeated(
    called: Called, error: Busy | Unreachable
) -> None:
    """Without the keys nothing is believed."""
    await _lost(called.world)
    called.world.provider.call_faults.append(error)

    with pytest.raises(type(error)):
        await called.call()


async def test_a_call_while_the_database_fails_is_left_to_be_repeated(called: Called) -> None:
    """And taken then."""
    world = called.world
    job = await _lost(world)
    await world.provider.change(world.provider.only, Finished())
    world.db.faults.append(StoreError("The disk is full."))

    with pytest.raises(StoreError):
        await called.call()
    await called.call()

    await world.reaches(job, State.DELIVERED)


async def test_a_call_about_an_erased_job_is_taken(called: Called) -> None:
    """So that it is not repeated for hours."""
    addresses = called.world.call_addresses
    assert addresses is not None

    await called.call(url=addresses.of("fal", JobId(12345)))


async def test_without_a_public_address_nobody_is_asked_to_call(world: World) -> None:
    """And nobody is listened to."""
    job = await world.ask()
    await world.reaches(job, State.DELIVERED)

    assert world.provider.call_urls == [None]
    calls = Calls(world.runtime, world.runner, {"fal": world.provider})
    assert not calls.is_expected(f"fal/{job.id}/{'0' * 64}")


def test_the_secret_does_not_show() -> None:
    """Not in a log, not in a trace."""
    assert "hidden" not in repr(CallAddresses(base_url=BASE, secret=b"hidden" * 6))
