"""Erasing a member: words and files at once, cards as Discord lets us, across crashes."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.ids import JobId
from bot.domain.job import Job, State
from bot.domain.viewer import Viewer
from bot.errors import DiscordUnavailable, MissingPermissions
from bot.jobs import retention
from bot.jobs.erasing import Eraser
from bot.providers.base import Finished, Running
from bot.store import browsing, erasing, jobs, people
from bot.store.schema import jobs as table
from tests.jobs.world import World


@pytest.fixture
def eraser(world: World) -> Eraser:
    """What fulfils wishes, not working by itself."""
    return Eraser(world.runtime, world.jobs)


async def test_words_and_files_go_at_once_and_cards_follow(world: World, eraser: Eraser) -> None:
    """When the member reads that it is done, nothing of theirs is left on our disk."""
    mine = await world.reaches(await world.ask("my secret"), State.DELIVERED)
    theirs = await world.reaches(
        await world.ask("theirs", by=world.asker(user=201)), State.DELIVERED
    )
    assert _folder(world, mine).exists()

    erased = await eraser.erase(world.asker())

    assert (erased.cards, erased.under_way) == (1, 0)
    left = await world.job(mine)
    assert (left.prompt, left.result, left.files) == ("", None, ())
    assert not _folder(world, mine).exists()
    assert world.board.deleted == set()

    assert await eraser.pursue()

    assert world.board.deleted == {mine.card_id}
    assert await world.db.read(jobs.get, mine.id) is None
    assert (await world.job(theirs)).prompt == "theirs"
    assert _folder(world, theirs).exists()
    assert len(await world.db.read(people.bookings_of, mine.guild_id, mine.user_id)) == 2


async def test_what_waits_is_cancelled_and_forgotten_with_the_rest(world: World) -> None:
    """What has not had its turn costs nothing, and nobody ever sees it."""
    world.max_active = 1
    world.provider.instantly = False
    await world.restart()
    eraser = Eraser(world.runtime, world.jobs)
    ahead = await world.reaches(await world.ask(by=world.asker(user=201)), State.SUBMITTED)
    waiting = await world.ask("secret")

    erased = await eraser.erase(world.asker())

    assert (erased.cards, erased.under_way) == (1, 0)
    assert (await world.job(waiting)).state is State.CANCELLED
    assert (await world.job(ahead)).cancel_at is None
    await world.passes(5)
    assert await eraser.pursue()
    assert await world.db.read(jobs.get, waiting.id) is None
    assert waiting.card_id in world.board.deleted


async def test_what_cannot_be_stopped_is_forgotten_when_it_is_over(
    world: World, eraser: Eraser
) -> None:
    """It is paid for by then; its audio arrives, and goes again."""
    world.provider.instantly = False
    job = await world.reaches(await world.ask("secret"), State.SUBMITTED, State.RUNNING)
    await world.provider.change(world.provider.only, Running())
    await world.reaches(job, State.RUNNING)

    erased = await eraser.erase(world.asker())
    assert erased.under_way == 1
    assert not await eraser.pursue()
    assert (await world.job(job)).prompt == "secret"
    await world.provider.change(world.provider.only, Finished())
    ended = await world.reaches(job, State.DELIVERED, State.CANCELLED, State.FAILED)

    assert await eraser.pursue()
    assert await world.db.read(jobs.get, job.id) is None
    assert ended.card_id in world.board.deleted
    assert not _folder(world, job).exists()


async def test_a_crash_midway_loses_nothing_of_the_wish(world: World, eraser: Eraser) -> None:
    """The next start goes on where the last one ended, from the wish alone.

    It died between a row and its files; those are swept up with whatever else nobody needs.
    """
    made = [
        await world.reaches(await world.ask(f"secret {number}"), State.DELIVERED)
        for number in range(3)
    ]
    wish = await world.db.write(
        erasing.wish, made[0].guild_id, made[0].user_id, now=world.clock.now()
    )
    await world.db.write(erasing.blank, [made[0].id])

    await world.restart()
    again = Eraser(world.runtime, world.jobs)
    assert await again.pursue()

    assert await world.db.read(erasing.wishes) == []
    assert wish.user_id == made[0].user_id
    assert world.board.deleted == {job.card_id for job in made}
    await retention.sweep_orphans(world.runtime)
    for job in made:
        assert await world.db.read(jobs.get, job.id) is None
        assert not _folder(world, job).exists()


async def test_an_outage_of_discord_is_waited_out(world: World, eraser: Eraser) -> None:
    """The row stays, without words, until its card is gone; then it goes, too."""
    job = await world.reaches(await world.ask("secret"), State.DELIVERED)
    await eraser.erase(world.asker())
    world.board.remove_faults.append(DiscordUnavailable("Discord is in trouble."))

    assert not await eraser.pursue()
    assert (await world.job(job)).prompt == ""
    assert await eraser.pursue()

    assert world.board.deleted == {job.card_id}
    assert await world.db.read(jobs.get, job.id) is None


async def test_a_card_out_of_reach_does_not_hold_up_the_rest(world: World, eraser: Eraser) -> None:
    """Where the bot may not be any more it cannot delete; what it keeps itself goes all the same."""
    job = await world.reaches(await world.ask("secret"), State.DELIVERED)
    await eraser.erase(world.asker())
    world.board.remove_faults.append(MissingPermissions("No way in.", names=("View Channel",)))

    assert await eraser.pursue()

    assert await world.db.read(jobs.get, job.id) is None


async def test_relations_no_longer_name_it(world: World, eraser: Eraser) -> None:
    """A card that says what it was made from is edited; the piece itself stays."""
    mine = await world.reaches(await world.ask("my secret"), State.DELIVERED)
    by = world.asker(user=201)
    child = await world.reaches(await world.jobs.again(mine.id, by), State.DELIVERED)
    await world.db.write(_adopt, child.id, mine.id)

    await eraser.erase(world.asker())
    assert await eraser.pursue()

    assert world.board.disowned == {child.card_id}
    assert (await world.job(child)).files != ()


async def test_what_is_being_remixed_is_remembered_until_that_is_over(
    world: World, eraser: Eraser
) -> None:
    """Without words, so that what comes of it can be rid of them, too."""
    mine = await world.reaches(await world.ask("my secret"), State.DELIVERED)
    world.provider.instantly = False
    child = await world.ask("theirs", by=world.asker(user=201))
    await world.reaches(child, State.SUBMITTED)
    await world.db.write(_adopt, child.id, mine.id)

    await eraser.erase(world.asker())
    assert not await eraser.pursue()
    assert (await world.job(mine)).prompt == ""
    await world.jobs.cancel(child.id, world.asker(user=201))
    await world.reaches(child, State.CANCELLED)

    assert await eraser.pursue()
    assert await world.db.read(jobs.get, mine.id) is None


async def test_asking_twice_is_asking_once(world: World, eraser: Eraser) -> None:
    """A second press finds nothing left to do."""
    await world.reaches(await world.ask("secret"), State.DELIVERED)

    first = await eraser.erase(world.asker())
    second = await eraser.erase(world.asker())

    assert (first.cards, second.cards) == (1, 0)
    assert await eraser.pursue()
    assert await eraser.count(world.asker()) == (0, 0)


async def test_it_works_by_itself_once_started(world: World, eraser: Eraser) -> None:
    """Whoever asked need not wait for the cards."""
    job = await world.reaches(await world.ask("secret"), State.DELIVERED)
    eraser.start()
    try:
        await eraser.erase(world.asker())

        async def gone() -> bool | None:
            return True if await world.db.read(jobs.get, job.id) is None else None

        await world.until(gone, "the row to go")
    finally:
        await eraser.stop()
    assert world.board.deleted == {job.card_id}


async def test_an_erased_piece_can_no_longer_be_found(world: World, eraser: Eraser) -> None:
    """Not by its id either, while its card is still there."""
    job = await world.reaches(await world.ask("secret"), State.DELIVERED)
    await eraser.erase(world.asker())
    viewer = Viewer(user_id=job.user_id, channels=None)

    assert await world.db.read(browsing.find, job.guild_id, viewer, job.id) is None


def _folder(world: World, job: Job) -> Path:
    return world.folder / "files" / str(job.id)


def _adopt(conn: sa.Connection, child: JobId, parent: JobId) -> None:
    conn.execute(table.update().where(table.c.id == child).values(parent_id=parent))
