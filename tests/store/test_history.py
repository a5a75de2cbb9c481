"""Finding old pieces: by page, and by what was typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.ids import ChannelId, GuildId, JobId, UserId
from bot.domain.job import Kind, State
from bot.store import Database, history, jobs
from bot.store.schema import jobs as jobs_table
from tests.store.builders import GUILD, NOW, accept, new_job


async def test_pages_follow_each_other_without_gap_or_repeat(db: Database) -> None:
    """A page begins after the last job of the one above, whatever came in since."""
    for number in range(1, 8):
        await accept(db, new_job(number))
    top = await db.read(history.page, GUILD, limit=3)
    await accept(db, new_job(8))

    rest = await db.read(history.page, GUILD, before=top[-1].id)

    assert [job.id for job in top] == [7, 6, 5]
    assert [job.id for job in rest] == [4, 3, 2, 1]


async def test_a_page_can_be_narrowed(db: Database) -> None:
    """By member, kind, model and state; never to another server."""
    wanted = await accept(db, new_job(1, user=5, kind=Kind.SFX, model="m"))
    await accept(db, new_job(2, user=6))
    await accept(db, new_job(3, guild=9, user=5))
    await db.write(jobs.finish, wanted, State.CANCELLED, now=NOW)

    assert await _ids(db, user_id=UserId(5)) == [1]
    assert await _ids(db, kind=Kind.SFX) == [1]
    assert await _ids(db, model="m") == [1]
    assert await _ids(db, state=State.CANCELLED) == [1]
    assert await _ids(db, user_id=UserId(5), kind=Kind.MUSIC) == []


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("Soft piano, rain", "piano"),
        ("Soft piano, rain", "RAIN soft"),
        ("Soft piano, rain", "pia"),
        ("Épopée façon Satie", "epopee facon"),
        ("80s synth-wave (loud!)", "synth-wave"),
        ("lo-fi: it's raining", "it's"),
        ("一首钢琴曲，下雨天", "钢琴"),
        ("一首钢琴曲，下雨天", "钢琴 下雨"),
        ("夏の歌を作って", "の歌"),
        ("カタカナのうた", "カタ"),
        ("피아노로 연주", "피아노"),
        ("ｆｕｌｌｗｉｄｔｈ jazz", "fullwidth"),
        ("jazz 钢琴 mix", "jazz钢琴"),
        ("say NOT or AND now", "not AND"),
    ],
)
async def test_what_was_typed_is_found(db: Database, prompt: str, text: str) -> None:
    """Case, accents and width do not matter; the last word may be a beginning."""
    await accept(db, new_job(1, prompt=prompt))
    await accept(db, new_job(2, prompt="something else"))

    assert await _found(db, text) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "琴钢",
        "piano drums",
        "ano",
        "",
        "   ",
        "!?*",
        '"',
        'piano -rain*"',
        'piano" OR "x',
        "guild:g100",
        "words:drums",
        "NEAR(drums, 2)",
        "^drums",
        "piano NOT rain",
        "\x00",
        "x" * 3_000,
        "drums " * 500,
    ],
)
async def test_what_was_not_typed_is_not_found(db: Database, text: str) -> None:
    """Operators are words like any others, and nothing breaks the search."""
    await accept(db, new_job(1, prompt="一首钢琴曲 piano"))

    assert await _found(db, text) == []


async def test_search_stays_within_the_server_and_comes_newest_first(db: Database) -> None:
    """Pages of matches follow each other like those of the history."""
    for number in range(1, 6):
        await accept(db, new_job(number, prompt="rain"), now=NOW - timedelta(days=number))
    await accept(db, new_job(6, guild=9, prompt="rain g100"))
    await accept(db, new_job(7, user=1, kind=Kind.SFX, prompt="rain"))

    top = await db.read(history.search, GUILD, "rain", limit=3)
    rest = await db.read(history.search, GUILD, "rain", before=top[-1].id)
    narrow = await db.read(history.search, GUILD, "rain", kind=Kind.SFX, user_id=UserId(1))

    assert [job.id for job in (*top, *rest)] == [7, 5, 4, 3, 2, 1]
    assert [job.id for job in narrow] == [7]
    assert await db.read(history.search, GuildId(10), "rain") == []


async def test_an_erased_job_is_no_longer_found(db: Database) -> None:
    """The index forgets with the row, and stays sound."""
    await accept(db, new_job(1, prompt="夏の rain"))
    await accept(db, new_job(2, prompt="rain"))

    await db.write(lambda conn: conn.execute(sa.delete(jobs_table).where(jobs_table.c.id == 1)))

    assert await _found(db, "rain") == [2]
    await db.write(_check_index)


async def test_a_changed_prompt_is_found_by_its_new_words(db: Database) -> None:
    """The index follows the row."""
    await accept(db, new_job(1, prompt="夏の rain"))

    await db.write(
        lambda conn: conn.execute(sa.update(jobs_table).values(prompt="snow", search_text=None))
    )

    assert await _found(db, "rain") == []
    assert await _found(db, "snow") == [1]
    await db.write(_check_index)


async def test_channels_are_listed_by_their_latest_use(db: Database) -> None:
    """Once each, of one server, and among its newest jobs only."""
    for number, channel in enumerate((5, 6, 5, 7), start=1):
        await accept(db, replace(new_job(number), channel_id=ChannelId(channel)))
    await accept(db, replace(new_job(9, guild=77), channel_id=ChannelId(8)))

    assert await db.read(history.channels, GUILD, among=10, limit=10) == [7, 5, 6]
    assert await db.read(history.channels, GUILD, among=2, limit=10) == [7, 5]
    assert await db.read(history.channels, GUILD, among=10, limit=1) == [7]


def _check_index(conn: sa.Connection) -> None:
    """SQLite's index is kept by triggers of ours; PostgreSQL's is its own."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("INSERT INTO job_fts (job_fts, rank) VALUES ('integrity-check', 1)")


async def _ids(
    db: Database,
    *,
    user_id: UserId | None = None,
    kind: Kind | None = None,
    model: str | None = None,
    state: State | None = None,
) -> list[JobId]:
    found = await db.read(history.page, GUILD, user_id=user_id, kind=kind, model=model, state=state)
    return [job.id for job in found]


async def _found(db: Database, text: str) -> list[JobId]:
    return [job.id for job in await db.read(history.search, GUILD, text)]
