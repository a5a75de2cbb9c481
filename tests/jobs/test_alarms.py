"""What only the operator can put right: told once, whoever meets with it, and once when it is over."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.job import State
from bot.errors import (
    AccountLocked,
    BadCredentials,
    DeliveryError,
    DiscordUnavailable,
    ProviderError,
    QuotaSpent,
    StoreError,
)
from bot.jobs.alarms import RETRY_SECONDS, Alarms
from tests.jobs.world import World

LOCKED = AccountLocked("Locked.")


@pytest.mark.parametrize(
    ("error", "words"), [(LOCKED, "is locked"), (BadCredentials("Wrong."), "your key")]
)
async def test_a_paused_account_is_told_once_and_once_that_it_works_again(
    world: World, error: ProviderError, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Not per job, and not per attempt; what waited is made."""
    world.provider.submit_faults.extend([error] * 12)
    jobs = [await world.ask(f"tune {number}") for number in range(3)]
    await world.passes(60)

    assert len(world.operator.told) == 1
    assert words in world.operator.told[0]
    assert sum(words in line for line in caplog.messages) == 1

    world.provider.submit_faults.clear()
    for job in jobs:
        await world.reaches(job, State.DELIVERED)
    await world.settle()
    assert len(world.operator.told) == 2
    assert "takes requests again" in world.operator.told[1]


async def test_a_restart_does_not_tell_it_again(world: World) -> None:
    """Nor does one after another; the end of it is told by whichever process sees it."""
    world.provider.submit_faults.extend([LOCKED] * 50)
    job = await world.ask()
    await world.passes(5)
    for _ in range(3):
        await world.restart()
        await world.passes(15)
    assert len(world.operator.told) == 1

    await world.crash()
    world.provider.submit_faults.clear()
    await world.start()
    await world.reaches(job, State.DELIVERED)
    await world.settle()
    assert len(world.operator.told) == 2


async def test_a_spent_quota_is_told_and_members_are_refunded(world: World) -> None:
    """Other models may still be had, so nothing waits for it."""
    world.provider.submit_faults.append(QuotaSpent("Spent."))
    job = await world.ask()
    await world.reaches(job, State.FAILED)
    await world.settle()

    assert len(world.operator.told) == 1
    assert "nothing left" in world.operator.told[0]
    assert await world.charged() == 0


async def test_who_was_locked_again_is_told_again(world: World) -> None:
    """It is another event."""
    for _ in range(2):
        world.provider.submit_faults.append(LOCKED)
        await world.reaches(await world.ask(), State.DELIVERED)
        await world.settle()

    assert [("locked" in one) for one in world.operator.told] == [True, False, True, False]


async def test_an_alarm_waits_for_discord(world: World) -> None:
    """It is sent when Discord is back, and not lost by a restart before."""
    world.operator.faults.extend([DiscordUnavailable("Down.")] * 3)
    await world.runtime.alarms.ring("disk", "The disk is full.")
    await world.settle()
    assert world.operator.told == []

    await world.restart()
    await world.passes(4 * RETRY_SECONDS, step=10)

    assert world.operator.told == ["The disk is full."]


async def test_an_operator_who_takes_no_messages_has_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is tried again."""
    world.operator.faults.extend([DeliveryError("No direct messages.")])
    await world.runtime.alarms.ring("disk", "The disk is full.")
    await world.passes(10 * RETRY_SECONDS, step=30)

    assert world.operator.told == []
    assert not world.operator.faults
    assert caplog.messages.count("The disk is full.") == 1


async def test_what_is_over_before_it_was_told_is_not_told(world: World) -> None:
    """Neither the trouble nor its end."""
    await world.settle()  # its first look is through, so the fault below is met once
    world.operator.faults.append(DiscordUnavailable("Down."))
    await world.runtime.alarms.ring("disk", "The disk is full.")
    await world.settle()
    await world.runtime.alarms.calm("disk", "There is room again.")
    await world.passes(3 * RETRY_SECONDS, step=10)

    assert world.operator.told == []


async def test_what_changes_is_told_anew(world: World) -> None:
    """The same topic with another sentence is news."""
    for sentence in ("One mistake.", "One mistake.", "Two mistakes."):
        await world.runtime.alarms.ring("disk", sentence)
        await world.settle()

    assert world.operator.told == ["One mistake.", "Two mistakes."]


async def test_two_processes_tell_it_once(world: World) -> None:
    """The database knows what was told."""
    other = Alarms(world.db, world.clock, world.operator)
    await world.runtime.alarms.ring("disk", "The disk is full.")
    await world.settle()
    await other.ring("disk", "The disk is full.")
    await world.settle()

    assert world.operator.told == ["The disk is full."]


async def test_trouble_with_telling_does_not_make_more_of_it(world: World) -> None:
    """A database that fails is logged; the job that met the trouble goes on."""
    world.db.faults.extend([StoreError("The disk is full.")] * 2)

    await world.runtime.alarms.ring("disk", "The disk is full.")
    await world.runtime.alarms.calm("disk", "There is room again.")

    assert world.operator.told == []


async def test_what_was_right_all_along_costs_nothing(world: World) -> None:
    """One look per process, however many requests go well."""
    await world.runtime.alarms.calm("account:fal", "fal takes requests again.")
    world.db.faults.append(StoreError("Whoever writes now fails."))

    await world.runtime.alarms.calm("account:fal", "fal takes requests again.")

    assert len(world.db.faults) == 1
    world.db.faults.clear()


@pytest.mark.parametrize("turns", range(8))
async def test_a_stop_in_the_very_moment_of_news_is_one(world: World, turns: int) -> None:
    """Whatever the sender is about to do then, it ends."""
    world.operator.faults.extend([DiscordUnavailable("Away.")] * 50)
    alarms = Alarms(world.db, world.clock, world.operator)
    await alarms.ring("trouble", "Something is wrong.")
    sending = asyncio.create_task(alarms.run())
    await world.settle()

    await alarms.calm("trouble", "It is right again.")
    for _ in range(turns):
        await asyncio.sleep(0)
    sending.cancel()
    await asyncio.wait({sending}, timeout=2)

    assert sending.done()
