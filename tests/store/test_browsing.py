"""The history: who sees what, in which order, and how it is narrowed down."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.ids import JobId, UserId, snowflake_at
from bot.domain.job import Kind, State
from bot.domain.viewer import Viewer
from bot.store import Database, browsing, favourites, looking
from bot.store.browsing import Page, Wanted, browse, browse_up
from tests.store.builders import CHANNEL, GUILD, NOW, USER
from tests.store.pieces import put

ME = Viewer(user_id=USER, channels=frozenset({CHANNEL}))
EVERYTHING = Wanted(guild_id=GUILD)
SECRET = 999


async def test_pages_follow_each_other_without_gap_or_repeat(db: Database) -> None:
    """Down and up again; what comes in meanwhile shifts nothing."""
    for number in range(1, 8):
        await put(db, number)
    top = await db.read(browse, EVERYTHING, ME, limit=3)
    await put(db, 8)

    middle = await db.read(browse, EVERYTHING, ME, top=top.older, limit=3)
    last = await db.read(browse, EVERYTHING, ME, top=middle.older, limit=3)
    back = await db.read(browse_up, EVERYTHING, ME, above=_ids(last)[0], limit=3)
    first = await db.read(browse_up, EVERYTHING, ME, above=_ids(back)[0], limit=3)

    assert [_ids(page) for page in (top, middle, last)] == [[7, 6, 5], [4, 3, 2], [1]]
    assert [page.older for page in (top, middle, last)] == [4, 1, None]
    assert [page.has_newer for page in (top, middle, last)] == [False, True, True]
    assert _ids(back) == [4, 3, 2]
    assert (_ids(first), first.has_newer) == ([7, 6, 5], True)


async def test_the_page_above_the_first_is_the_newest(db: Database) -> None:
    """Going up past fewer pieces than a page holds shows a whole page, not a rest."""
    for number in range(1, 6):
        await put(db, number)

    page = await db.read(browse_up, EVERYTHING, ME, above=JobId(4), limit=3)

    assert _ids(page) == [5, 4, 3]
    assert not page.has_newer


async def test_a_member_sees_what_was_delivered_where_they_may_read(db: Database) -> None:
    """Not what stands in a channel that is closed to them, and nobody's failures."""
    await put(db, 1, user=5)
    await put(db, 2, user=5, channel=SECRET)
    await put(db, 3, user=5, state=State.FAILED, result=None)
    await put(db, 4, user=5, state=State.UNDELIVERED)
    await put(db, 5, user=5, state=State.RUNNING)
    await put(db, 6, guild=9, user=5)

    assert await _found(db) == [1]
    assert await _found(db, user_id=UserId(5)) == [1]
    assert await _found(db, text="rain") == [1]
    everywhere = replace(ME, channels=None)
    assert _ids(await db.read(browse, EVERYTHING, everywhere)) == [2, 1]
    nowhere = replace(ME, channels=frozenset())
    assert _ids(await db.read(browse, EVERYTHING, nowhere)) == []
    for job_id, is_seen in ((1, True), (2, False), (4, False), (6, False)):
        entry = await db.read(browsing.find, GUILD, ME, JobId(job_id))
        assert (entry is not None) == is_seen, job_id


async def test_a_member_always_sees_their_own(db: Database) -> None:
    """Wherever it stands, and what could not be delivered as well; not what was deleted."""
    await put(db, 1, channel=SECRET)
    await put(db, 2, state=State.UNDELIVERED)
    await put(db, 3, result=None)
    await put(db, 4, state=State.FAILED, result=None)

    assert await _found(db) == [2, 1]
    entry = await db.read(browsing.find, GUILD, ME, JobId(2))
    assert entry is not None
    assert entry.job.state is State.UNDELIVERED


async def test_takes_are_one_piece(db: Database) -> None:
    """A card with variations is listed once, also where its leader came to nothing."""
    await put(db, 10)
    await put(db, 2**62 + 10, leader=10)
    await put(db, 11, state=State.FAILED, result=None)
    await put(db, 2**62 + 11, leader=11)
    await put(db, 12, state=State.FAILED, result=None)
    await put(db, 2**62 + 12, leader=12, state=State.FAILED, result=None)

    page = await db.read(browse, EVERYTHING, ME)

    assert _ids(page) == [11, 10]
    assert [entry.job.state for entry in page.entries] == [State.DELIVERED] * 2
    assert await _found(db, text="rain") == [11, 10]


async def test_it_can_be_narrowed(db: Database) -> None:
    """By member, kind, model and words, in any combination."""
    await put(db, 1, "rain", user=5, kind=Kind.SFX, model="m")
    await put(db, 2, "rain", user=6)
    await put(db, 3, "snow", user=5)

    assert await _found(db, user_id=UserId(5)) == [3, 1]
    assert await _found(db, kind=Kind.SFX) == [1]
    assert await _found(db, model="m") == [1]
    assert await _found(db, text="rain") == [2, 1]
    assert await _found(db, text="rain", user_id=UserId(6)) == [2]
    assert await _found(db, text="rain", kind=Kind.SFX, user_id=UserId(6)) == []
    assert await _found(db, text="*!") == []


async def test_dates_narrow_it_by_when_a_piece_was_asked_for(db: Database) -> None:
    """From the first moment on, up to but not including the last."""
    day = datetime(2026, 11, 1, tzinfo=UTC)
    ids = [snowflake_at(day + timedelta(days=number)) for number in range(4)]
    for job_id in ids:
        await put(db, job_id)

    since, until = day + timedelta(days=1), day + timedelta(days=3)

    assert await _found(db, since=since) == ids[:0:-1]
    assert await _found(db, until=until) == ids[2::-1]
    assert await _found(db, since=since, until=until, text="rain") == [ids[2], ids[1]]


async def test_favourites_are_each_members_own(db: Database) -> None:
    """A mark shows to who made it, narrows the list, and goes when it is taken away."""
    for number in (1, 2, 3):
        await put(db, number, user=5)
    for job_id in (1, 3):
        assert await db.write(favourites.add, GUILD, USER, JobId(job_id), now=NOW)
    assert await db.write(favourites.add, GUILD, USER, JobId(3), now=NOW)
    await db.write(favourites.add, GUILD, UserId(77), JobId(2), now=NOW)

    page = await db.read(browse, EVERYTHING, ME)

    assert [(entry.job.id, entry.is_favourite) for entry in page.entries] == [
        (3, True),
        (2, False),
        (1, True),
    ]
    assert await _found(db, favourites=True) == [3, 1]
    assert await _found(db, favourites=True, text="rain", user_id=UserId(5)) == [3, 1]
    await db.write(favourites.remove, GUILD, USER, JobId(3))
    assert await _found(db, favourites=True) == [1]
    assert [one for one, _ in await db.read(favourites.of, GUILD, USER)] == [1]


async def test_favourites_are_bounded(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody fills the table; what is marked already stays so."""
    monkeypatch.setattr(favourites, "MOST", 1)
    await put(db, 1)
    await put(db, 2)

    assert await db.write(favourites.add, GUILD, USER, JobId(1), now=NOW)
    assert not await db.write(favourites.add, GUILD, USER, JobId(2), now=NOW)
    assert await db.write(favourites.add, GUILD, USER, JobId(1), now=NOW)


async def test_one_look_is_bounded_and_goes_on_where_it_ended(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rare piece far back costs several short looks, and none is passed over."""
    for name, rows in (("STRIDE", 1), ("NEAR", 2), ("SCAN", 3)):
        monkeypatch.setattr(looking, name, rows)
    await put(db, 1, kind=Kind.SFX)
    for number in range(2, 12):
        await put(db, number)
    wanted = replace(EVERYTHING, kind=Kind.SFX)

    found: list[JobId] = []
    looks = 1
    page = await db.read(browse, wanted, ME)
    while page.older is not None:
        found += _ids(page)
        page = await db.read(browse, wanted, ME, top=page.older)
        looks += 1
    found += _ids(page)

    assert found == [1]
    assert 3 <= looks <= 5


def _ids(page: Page) -> list[JobId]:
    return [entry.job.id for entry in page.entries]


async def _found(db: Database, **narrowed: object) -> list[JobId]:
    wanted = replace(EVERYTHING, **narrowed)  # type: ignore[arg-type]
    return _ids(await db.read(browse, wanted, ME))
