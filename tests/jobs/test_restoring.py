"""A backup that was put back: nothing of it is paid for twice, and nothing paid goes unnoticed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.domain.job import State
from bot.errors import Busy, ModelGone, StartupError
from bot.jobs.restoring import GIVEN_UP_AFTER, SWEPT_AFTER, Restored, sweep_restored, take_in
from bot.providers.base import Finished
from bot.store import restoring
from tests.jobs.fakes import LOST
from tests.jobs.world import PRICE, SEEDLESS, World


class Backups:
    """Makes copies of a stopped world's database, and puts them back."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._path = Path(world.url.removeprefix("sqlite:///"))
        self._copy = self._path.with_suffix(".backup")

    async def make(self) -> None:
        """Copy what stands there now; the bot goes on afterwards."""
        await self._world.stop()
        shutil.copy(self._path, self._copy)
        await self._world.start()

    async def put_back(self, *, said: Restored | None = Restored.ONCE) -> None:
        """Lose what was written since, and start as the operator says."""
        await self._world.crash()
        for end in ("-wal", "-shm"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)
        shutil.copy(self._copy, self._path)
        await self._world.start(restored=said)


@pytest.fixture
def backups(world: World) -> Backups:
    """The operator's habit."""
    return Backups(world)


async def test_what_was_sent_after_the_backup_is_found_and_not_sent_again(
    world: World, backups: Backups
) -> None:
    """The backup says that it waits for its turn; fal's list knows better."""
    world.max_active = 0
    await world.restart()
    job = await world.ask()
    await backups.make()
    world.max_active = 2
    await world.restart()
    await world.reaches(job, State.DELIVERED)

    await backups.put_back()
    assert (await world.job(job)).state is State.UNKNOWN
    done = await world.reaches(job, State.DELIVERED)

    assert world.provider.sent == 1
    assert done.handle == world.provider.only.handle
    assert await world.charged() == PRICE


async def test_what_was_being_sent_is_looked_for_too(world: World, backups: Backups) -> None:
    """A turn that was taken says nothing of what became of it."""
    world.provider.submit_faults.append(LOST)
    job = await world.ask()
    await world.reaches(job, State.UNKNOWN)
    await backups.make()

    await backups.put_back()

    assert (await world.reaches(job, State.FAILED)).cost == 0
    assert world.provider.sent == 1


async def test_what_was_never_sent_is_refunded_and_says_so(world: World, backups: Backups) -> None:
    """Once the grace since the restoration has passed, however old the backup is."""
    world.max_active = 0
    await world.restart()
    job = await world.ask()
    await backups.make()
    world.max_active = 2
    await world.passes(3600, step=60)

    await backups.put_back()
    restored_at = world.clock.now()
    await world.passes(60, step=5)
    assert (await world.job(job)).state is State.UNKNOWN
    done = await world.reaches(job, State.FAILED)

    assert done.finished_at is not None
    assert (done.finished_at - restored_at).total_seconds() >= 90
    assert world.provider.sent == 0
    assert done.failure is not None
    assert "Press Again" in done.failure.sentence
    assert await world.charged() == 0


async def test_what_the_provider_had_already_goes_on(world: World, backups: Backups) -> None:
    """Its request is known, so nothing is in doubt."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    await backups.make()

    await backups.put_back()
    assert (await world.job(job)).state is State.SUBMITTED
    await world.provider.change(world.provider.only, Finished())
    await world.reaches(job, State.DELIVERED)

    assert world.provider.sent == 1


async def test_after_an_ordinary_start_what_waits_is_sent(world: World, backups: Backups) -> None:
    """Only the operator can know that it is a backup."""
    world.max_active = 0
    await world.restart()
    job = await world.ask()
    await backups.make()
    world.max_active = 2

    await backups.put_back(said=None)

    await world.reaches(job, State.DELIVERED)


async def test_a_start_command_that_nobody_changed_back_is_refused(
    world: World, backups: Backups
) -> None:
    """Said twice of one backup it would put every waiting job in doubt at each restart."""
    await backups.make()
    await backups.put_back()

    with pytest.raises(StartupError, match="without --restored") as refusal:
        await take_in(world.db, world.clock, Restored.ONCE)
    assert "--restored again" in refusal.value.sentence
    await take_in(world.db, world.clock, Restored.AGAIN)


async def test_after_an_ordinary_start_it_may_be_said_of_the_next_backup(
    world: World, backups: Backups
) -> None:
    """That one is another."""
    await backups.make()
    await backups.put_back()
    await take_in(world.db, world.clock, None)

    await take_in(world.db, world.clock, Restored.ONCE)


async def test_paid_requests_that_no_job_has_are_reported_once(
    world: World, backups: Backups, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log each with what to do, and to the operator together."""
    known = await world.reaches(await world.ask("known"), State.DELIVERED)
    await backups.make()
    await world.reaches(await world.ask("lost", model=SEEDLESS), State.DELIVERED)
    lost = list(world.provider.requests)[1]
    await backups.put_back()
    await world.passes(3)

    assert known.handle is not None
    lines = [line for line in caplog.messages if "no job here has it" in line]
    assert len(lines) == 1
    assert lost in lines[0]
    assert SEEDLESS in lines[0]
    assert len(world.operator.told) == 1
    assert lost in world.operator.told[0]
    assert known.handle.request_id not in world.operator.told[0]

    for _ in range(5):
        world.clock.advance(3600)
        await sweep_restored(world.runtime)
    await world.settle()
    assert len(world.operator.told) == 1


async def test_what_a_job_in_doubt_may_take_is_not_reported(world: World, backups: Backups) -> None:
    """The sweep comes first, and the job finds its request a moment later."""
    world.max_active = 0
    await world.restart()
    job = await world.ask()
    await backups.make()
    world.max_active = 2
    await world.restart()
    await world.reaches(job, State.DELIVERED)
    await backups.put_back()
    await world.passes(30)

    assert (await world.job(job)).state is State.DELIVERED
    assert world.operator.told == []


async def test_what_ends_later_is_reported_later(world: World, backups: Backups) -> None:
    """A request that was under way when the database was lost is listed when it is over."""
    await backups.make()
    world.provider.instantly = False
    await world.reaches(await world.ask("under way"), State.SUBMITTED)
    await backups.put_back()
    await world.passes(3)
    assert world.operator.told == []

    await world.provider.change(world.provider.only, Finished())
    world.clock.advance(3600)
    await sweep_restored(world.runtime)
    await world.settle()

    assert len(world.operator.told) == 1


async def test_the_lists_are_read_for_two_hours_and_no_longer(
    world: World, backups: Backups
) -> None:
    """By then everything that was under way is over."""
    await backups.make()
    await backups.put_back()
    await world.passes(3)
    world.clock.advance(SWEPT_AFTER.total_seconds())
    await sweep_restored(world.runtime)
    looked = len(world.provider.looked_at)

    await sweep_restored(world.runtime)

    assert len(world.provider.looked_at) == looked
    assert (await world.db.read(restoring.get)) is not None


async def test_a_list_that_cannot_be_read_is_read_again_for_a_day(
    world: World, backups: Backups
) -> None:
    """One whose model is gone is none."""
    await backups.make()
    await backups.put_back()
    await world.passes(3)
    world.clock.advance(SWEPT_AFTER.total_seconds())

    world.provider.look_up_faults.append(Busy("Busy."))
    await sweep_restored(world.runtime)
    assert not await _is_swept(world)
    world.provider.look_up_faults.append(ModelGone("Gone."))
    await sweep_restored(world.runtime)
    assert await _is_swept(world)


async def test_a_list_that_stays_unreadable_is_given_up(world: World, backups: Backups) -> None:
    """Nothing is asked for ever."""
    await backups.make()
    await backups.put_back()
    await world.passes(3)
    world.clock.advance(GIVEN_UP_AFTER.total_seconds())

    world.provider.look_up_faults.append(Busy("Busy."))
    await sweep_restored(world.runtime)

    assert await _is_swept(world)


async def _is_swept(world: World) -> bool:
    restoration = await world.db.read(restoring.get)
    assert restoration is not None
    return restoration.is_swept
