"""How long things stay, and what happens when the bot leaves a server."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.ids import GuildId, JobId
from bot.domain.job import Job, State
from bot.jobs import retention
from bot.jobs.runtime import Keeping
from bot.jobs.servers import Servers
from bot.store import guilds, jobs, membership, people
from bot.store.guilds import GuildSettings
from tests.jobs.world import World

HERE, APPLICATION = GuildId(100), 555


@pytest.fixture
def servers(world: World) -> Servers:
    """What notes where the bot is."""
    return Servers(world.db, world.clock)


@pytest.mark.parametrize(
    ("chosen", "ceiling", "days", "stays"),
    [
        (None, None, 9_000, True),
        (30, None, 29, True),
        (30, None, 31, False),
        (None, 30, 31, False),
        (90, 30, 31, False),
        (7, 30, 8, False),
        (90, 30, 29, True),
    ],
)
async def test_pieces_go_when_their_time_is_over(
    world: World, chosen: int | None, ceiling: int | None, days: int, *, stays: bool
) -> None:
    """The server's choice, but never longer than the operator's; rows and files, not bookings."""
    job = await world.reaches(await world.ask("old"), State.DELIVERED)
    await world.db.write(
        guilds.save, HERE, GuildSettings(retention_days=chosen), now=world.clock.now()
    )
    _keep(world, Keeping(retention_days=ceiling))
    world.clock.advance(timedelta(days=days).total_seconds())

    await retention.retire(world.runtime)

    assert (await world.db.read(jobs.get, job.id) is not None) is stays
    assert stays or not _folder(world, job).exists()
    assert len(await world.db.read(people.bookings_of, HERE, job.user_id)) == 2


async def test_a_server_that_removed_the_bot_is_forgotten_after_some_days(
    world: World, servers: Servers
) -> None:
    """Everything of it, and nothing of others."""
    job = await world.reaches(await world.ask("gone"), State.DELIVERED)
    elsewhere = await world.reaches(
        await world.ask("stays", by=world.asker(guild=9)), State.DELIVERED
    )
    await servers.left(HERE)

    await _days_pass(world, 6)
    assert await world.db.read(jobs.get, job.id) is not None
    await _days_pass(world, 2)

    assert await world.db.read(jobs.get, job.id) is None
    assert not _folder(world, job).exists()
    assert await world.db.read(people.bookings_of, HERE, job.user_id) == []
    assert await world.db.read(jobs.get, elsewhere.id) is not None


async def test_coming_back_in_time_finds_all_as_it_was(world: World, servers: Servers) -> None:
    """A moderator who removed the bot by mistake has some days to notice."""
    job = await world.reaches(await world.ask("stays"), State.DELIVERED)
    await servers.left(HERE)
    await _days_pass(world, 6)
    await servers.joined(HERE)
    await _days_pass(world, 20)

    assert await world.db.read(jobs.get, job.id) is not None
    assert _folder(world, job).exists()


async def test_what_happened_while_the_bot_was_down_is_found_out(
    world: World, servers: Servers
) -> None:
    """A server that is not in Discord's list is left; one that is there again is not."""
    gone = await world.reaches(await world.ask("gone", by=world.asker(guild=8)), State.DELIVERED)
    back = await world.reaches(await world.ask("back"), State.DELIVERED)
    await servers.left(HERE)

    await servers.compare([HERE], application_id=APPLICATION)
    await _days_pass(world, 8)

    assert await world.db.read(jobs.get, gone.id) is None
    assert await world.db.read(jobs.get, back.id) is not None


@pytest.mark.parametrize("trouble", ["another application", "no list", "another shard"])
async def test_a_list_that_cannot_be_trusted_has_nothing_forgotten(
    world: World, servers: Servers, trouble: str
) -> None:
    """A test bot on the real database is in other servers; an empty list is a mishap."""
    job = await world.reaches(await world.ask("stays"), State.DELIVERED)
    await servers.compare([HERE], application_id=APPLICATION)
    match trouble:
        case "another application":
            await servers.compare([GuildId(77)], application_id=APPLICATION + 1)
        case "no list":
            await servers.compare([], application_id=APPLICATION)
        case _:
            await servers.compare(
                [GuildId(77)], application_id=APPLICATION, is_ours=lambda one: one == 77
            )

    await _days_pass(world, 30)

    assert await world.db.read(jobs.get, job.id) is not None
    assert await world.db.read(membership.left_before, world.clock.now()) == []


async def test_files_of_nobody_are_swept_up(world: World) -> None:
    """What a crash left between a row and its files; not what is being made."""
    job = await world.reaches(await world.ask(), State.DELIVERED)
    stray = JobId(4_711)
    (world.folder / "stray.wav").write_bytes(b"RIFF")
    world.runtime.shelf.keep(stray, world.folder / "stray.wav", "original-0.wav")
    world.provider.instantly = False
    under_way = await world.reaches(await world.ask(), State.SUBMITTED)
    world.runtime.shelf.keep(under_way.id, world.folder / "stray.wav", "original-0.wav")

    await retention.sweep_orphans(world.runtime)

    assert world.runtime.shelf.jobs() == [job.id, under_way.id]


def _keep(world: World, keeping: Keeping) -> None:
    # The runtime is frozen; a start with other settings is what an operator would do.
    object.__setattr__(world.runtime, "keeping", keeping)


def _folder(world: World, job: Job) -> Path:
    return world.folder / "files" / str(job.id)


async def _days_pass(world: World, days: float) -> None:
    world.clock.advance(timedelta(days=days).total_seconds())
    await retention.forget_left(world.runtime)
