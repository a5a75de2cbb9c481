"""What is done every now and then: when it is due, and what it leaves behind."""

from __future__ import annotations

import os
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.ids import JobId, UserId
from bot.domain.job import State
from bot.errors import StoreError
from bot.jobs import upkeep
from bot.jobs.drafts import Draft, Drafts, FormName
from bot.jobs.runtime import Runtime
from bot.jobs.upkeep import DAILY, RETRY, STEPS, Step, Upkeep
from bot.store import jobs, pings
from bot.store import meta as kept
from bot.store.schema import meta, quota
from tests.jobs.world import World

DAY = DAILY.total_seconds()


class Counted:
    """A step that counts how often it was done."""

    def __init__(self, *, fails: int = 0, is_local: bool = False) -> None:
        self.done = 0
        self._fails = fails
        self.steps = (Step(name="counted", every=DAILY, act=self.act, is_local=is_local),)

    async def act(self, _rt: Runtime) -> None:
        """Count, or fail as often as told."""
        if self._fails:
            self._fails -= 1
            raise StoreError("The disk is full.")
        self.done += 1


def test_every_step_has_a_name_of_its_own() -> None:
    """The names stand in the database: two of the same would take turns."""
    names = [step.name for step in STEPS]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("is_local", [False, True])
async def test_a_step_is_done_soon_after_the_start_and_then_once_a_day(
    world: World, is_local: bool
) -> None:
    """However often it is looked at in between."""
    counted = Counted(is_local=is_local)
    keeper = Upkeep(world.runtime, counted.steps)

    for _ in range(24):
        await keeper.do_what_is_due()
        world.clock.advance(3600 - 1)

    assert counted.done == 1
    world.clock.advance(30)
    await keeper.do_what_is_due()
    assert counted.done == 2


async def test_a_restart_does_not_repeat_a_step_and_makes_up_for_a_missed_one(
    world: World,
) -> None:
    """When it was done stands in the database."""
    counted = Counted()
    await Upkeep(world.runtime, counted.steps).do_what_is_due()

    await world.restart()
    await Upkeep(world.runtime, counted.steps).do_what_is_due()
    assert counted.done == 1

    world.clock.advance(3 * DAY)
    await Upkeep(world.runtime, counted.steps).do_what_is_due()
    assert counted.done == 2


async def test_what_concerns_this_machines_disk_is_done_after_every_start(world: World) -> None:
    """Another process may have done it for another disk."""
    counted = Counted(is_local=True)
    for _ in range(2):
        await Upkeep(world.runtime, counted.steps).do_what_is_due()

    assert counted.done == 2


async def test_of_two_processes_one_takes_a_step_on(world: World) -> None:
    """The other finds it taken."""
    counted = Counted()
    for keeper in (Upkeep(world.runtime, counted.steps), Upkeep(world.runtime, counted.steps)):
        await keeper.do_what_is_due()

    assert counted.done == 1


async def test_a_step_that_fails_is_tried_again_and_stops_no_other(world: World) -> None:
    """Within the hour, not at the next round."""
    failing, other = Counted(fails=1), Counted()
    steps = (*failing.steps, Step(name="other", every=DAILY, act=other.act))
    keeper = Upkeep(world.runtime, steps)

    await keeper.do_what_is_due()
    await keeper.do_what_is_due()
    assert (failing.done, other.done) == (0, 1)

    world.clock.advance(RETRY.total_seconds())
    await keeper.do_what_is_due()
    assert (failing.done, other.done) == (1, 1)


async def test_a_clock_that_was_wrong_for_a_while_does_not_put_a_step_off_for_years(
    world: World,
) -> None:
    """What lies further ahead than a day cannot be meant."""
    counted = Counted()
    world.clock.advance(400 * DAY)
    await Upkeep(world.runtime, counted.steps).do_what_is_due()
    world.clock.advance(-400 * DAY)

    await Upkeep(world.runtime, counted.steps).do_what_is_due()

    assert counted.done == 2


async def test_the_books_are_checked_and_the_operator_told_once(world: World) -> None:
    """Of a mistake once, not every night, and once when they add up again."""
    await world.reaches(await world.ask(), State.DELIVERED)
    await world.db.write(_spoil, 1)

    for _ in range(3):
        await upkeep.check_books(world.runtime)
        await world.settle()
    assert len(world.operator.told) == 1
    assert "books do not add up" in world.operator.told[0]

    await world.db.write(_spoil, -1)
    for _ in range(2):
        await upkeep.check_books(world.runtime)
        await world.settle()
    assert len(world.operator.told) == 2
    assert "add up again" in world.operator.told[1]


def _spoil(conn: sa.Connection, by: int) -> None:
    conn.execute(sa.update(quota).values(active=quota.c.active + by))


async def test_old_drafts_are_forgotten_and_fresh_ones_are_not(world: World) -> None:
    """Whoever closed the form does not come back after a day."""
    drafts = Drafts(world.db)
    draft = Draft(form=FormName.SONG, user_id=UserId(200), texts={"lyrics": "la"})
    old = upkeep.snowflake_of(world.clock.now() - timedelta(hours=25))
    fresh = upkeep.snowflake_of(world.clock.now() - timedelta(hours=23))
    for draft_id in (old, fresh):
        await drafts.keep(draft_id, draft)

    await upkeep.forget_drafts(world.runtime)

    assert await drafts.get(old) is None
    assert await drafts.get(fresh) is not None


async def test_the_moves_of_a_job_are_forgotten_a_month_after_its_end(world: World) -> None:
    """Those of an open one are not, however old it is."""
    done = await world.reaches(await world.ask(), State.DELIVERED)
    world.provider.instantly = False
    open_one = await world.ask("for ever")
    await world.reaches(open_one, State.SUBMITTED)

    world.clock.advance(29 * DAY)
    await upkeep.trim_events(world.runtime)
    assert await world.db.read(jobs.events, done.id)
    world.clock.advance(2 * DAY)
    await upkeep.trim_events(world.runtime)

    assert await world.db.read(jobs.events, done.id) == []
    assert await world.db.read(jobs.events, open_one.id)
    assert (await world.job(done)).state is State.DELIVERED


async def test_more_moves_than_one_transaction_takes_go_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batch after batch."""
    monkeypatch.setattr(upkeep, "TRIM_AT_ONCE", 2)
    made = [
        await world.reaches(await world.ask(f"piece {number}"), State.DELIVERED)
        for number in range(5)
    ]
    assert all([await world.db.read(jobs.events, job.id) for job in made])
    world.clock.advance(31 * DAY)

    await upkeep.trim_events(world.runtime)

    assert [await world.db.read(jobs.events, job.id) for job in made] == [[]] * 5


async def test_the_log_of_the_database_is_folded_into_its_file(world: World) -> None:
    """What was written since is in the file itself, and the log starts anew."""
    log = Path(world.url.removeprefix("sqlite:///") + "-wal")
    await world.reaches(await world.ask(), State.DELIVERED)
    await world.settle()
    await world.db.write(kept.put, "before", "written")
    assert _size(log) > 0

    await upkeep.tend_database(world.runtime)

    assert _size(log) == 0
    await world.db.write(kept.put, "after", "works")
    assert await world.db.read(kept.get, "after") == "works"


async def test_a_reader_in_the_way_holds_nobody_up(world: World) -> None:
    """The log is then folded as far as that goes, at once."""
    await world.reaches(await world.ask(), State.DELIVERED)
    with sqlite3.connect(world.url.removeprefix("sqlite:///")) as reader:
        reader.execute("BEGIN").execute("SELECT count(*) FROM jobs").fetchall()
        await world.db.write(kept.put, "meanwhile", "written")

        await upkeep.tend_database(world.runtime)

        assert reader.execute("SELECT count(*) FROM meta WHERE key='meanwhile'").fetchone() == (0,)
    reader.close()


async def test_kept_files_are_swept_at_the_start_and_every_hour(world: World) -> None:
    """What grew old while the bot was down goes soon after; open jobs keep theirs."""
    made = [await world.reaches(await world.ask(), State.DELIVERED) for _ in range(2)]
    folders = [world.folder / "files" / str(job.id) for job in made]
    _age(folders[0], world)
    await world.restart()
    await world.settle()
    assert [folder.exists() for folder in folders] == [False, True]

    _age(folders[1], world)
    await world.passes(3700, step=300)

    assert [folder.exists() for folder in folders] == [False, False]


def _size(path: Path) -> int:
    return path.stat().st_size


def _age(folder: Path, world: World) -> None:
    old = (world.clock.now() - timedelta(days=40)).timestamp()
    for path in (*folder.iterdir(), folder):
        os.utime(path, (old, old))


async def test_a_step_that_no_longer_exists_leaves_no_trouble(world: World) -> None:
    """An older or newer version's notes are left alone."""
    await world.db.write(kept.put, "upkeep:gone", "2020-01-01T00:00:00.000+00:00")

    await Upkeep(world.runtime).do_what_is_due()

    assert await world.db.read(_count) >= len([step for step in STEPS if not step.is_local])


def _count(conn: sa.Connection) -> int:
    found: int = conn.execute(
        sa.select(sa.func.count()).where(meta.c.key.startswith("upkeep:"))
    ).scalar_one()
    return found


async def test_wishes_to_be_told_are_forgotten_when_nobody_waits_any_more(world: World) -> None:
    """A week is longer than any card takes."""
    old = upkeep.snowflake_of(world.clock.now())
    await world.db.write(pings.toggle, JobId(old))
    await world.passes(8 * DAY, step=DAY / 4)
    new = upkeep.snowflake_of(world.clock.now())
    await world.db.write(pings.toggle, JobId(new))

    await upkeep.forget_pings(world.runtime)

    assert not await world.db.read(pings.is_wanted, JobId(old))
    assert await world.db.read(pings.is_wanted, JobId(new))
