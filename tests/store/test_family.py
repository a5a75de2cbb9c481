"""Picking a source while typing, and finding a piece's relations."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.domain.ids import ChannelId, GuildId, JobId, MessageId
from bot.domain.job import Job, Kind, State
from bot.store import Database, history, jobs, lineage, migrate
from bot.store.schema import jobs as jobs_table
from tests.store.builders import CHANNEL, GUILD, NOW, accept, new_job


async def deliver(
    db: Database,
    job_id: int,
    prompt: str = "rain on a tin roof",
    *,
    parent: int | None = None,
    guild: int = GUILD,
    kind: Kind = Kind.MUSIC,
    leader: int | None = None,
) -> Job:
    """Put a delivered job into the history."""
    new = replace(
        new_job(job_id, prompt=prompt, guild=guild, kind=kind),
        parent_id=None if parent is None else JobId(parent),
        leader_id=None if leader is None else JobId(leader),
    )
    job = await accept(db, new)
    await db.write(_finish, job.id)
    found = await db.read(jobs.get, job.id)
    assert found is not None
    return found


def _finish(conn: sa.Connection, job_id: JobId) -> None:
    done = {
        "state": State.DELIVERED.value,
        "finished_at": NOW,
        "shown_at": NOW,
        "cost": 0,
        "result": {"output": {}},
    }
    conn.execute(sa.update(jobs_table).where(jobs_table.c.id == job_id).values(**done))


async def suggested(db: Database, typed: str = "", *, guild: int = GUILD) -> list[int]:
    """The ids offered for what was typed."""
    found = await db.read(history.suggest_sources, GuildId(guild), typed)
    return [one.id for one in found]


# --- While typing ----------------------------------------------------------------------------


async def test_the_newest_pieces_are_offered_before_anything_is_typed(db: Database) -> None:
    """Newest first, at most as many as a menu holds, with what tells them apart."""
    for number in range(1, 31):
        await deliver(db, number, f"take {number}")

    found = await db.read(history.suggest_sources, GUILD, "")

    assert [one.id for one in found] == list(range(30, 5, -1))
    assert (found[0].prompt, found[0].kind, found[0].created_at) == ("take 30", Kind.MUSIC, NOW)


async def test_only_pieces_of_the_server_that_can_be_heard_are_offered(db: Database) -> None:
    """Neither those of others, nor those that wait, failed or were cancelled."""
    await deliver(db, 1)
    await deliver(db, 2, guild=9)
    await accept(db, new_job(3))
    gone = await accept(db, new_job(4))
    await db.write(jobs.finish, gone, State.CANCELLED, now=NOW)

    assert await suggested(db) == await suggested(db, "rain") == [1]
    assert await suggested(db, "rain", guild=10) == []


@pytest.mark.parametrize(
    ("prompt", "typed"),
    [
        ("Soft piano, rain", "soft"),
        ("Soft piano, rain", "pian"),
        ("Soft piano, rain", "ian"),
        ("Soft piano, rain", "RA so"),
        ("Soft piano, rain", "r"),
        ("Épopée façon Satie", "epopee facon"),
        ("一首钢琴曲，下雨天", "钢琴"),
        ("lo-fi: it's raining", "lo-fi"),
    ],
)
async def test_any_part_of_a_word_finds_a_recent_piece(
    db: Database, prompt: str, typed: str
) -> None:
    """Case, accents and order do not matter."""
    await deliver(db, 1, prompt)
    await deliver(db, 2, "quite odd")

    assert await suggested(db, typed) == [1]


@pytest.mark.parametrize("typed", ["soft drums", "xyz", "!?", '"', "piano*", "guild:g100", "\x00"])
async def test_what_does_not_match_is_not_offered(db: Database, typed: str) -> None:
    """No sign is an operator."""
    await deliver(db, 1, "soft strings")

    assert await suggested(db, typed) == []


async def test_old_pieces_are_found_by_words_and_their_beginnings(db: Database) -> None:
    """Behind the recent ones the index takes over; the two do not overlap."""
    for number in range(1, 9):
        await deliver(db, number, f"soft rain {number}" if number % 2 else "loud drums")
    await deliver(db, 9, "soft rain", guild=9)

    async def found(typed: str) -> list[int]:
        offers = await db.read(history.suggest_sources, GUILD, typed, recent=3)
        return [one.id for one in offers]

    assert await found("soft rai") == [7, 5, 3, 1]
    assert await found("rain soft") == [7, 5, 3, 1]
    assert await found("so") == [7]


async def test_a_card_with_several_takes_is_offered_once(db: Database) -> None:
    """As its leader; where that came to nothing, a take stands for it."""
    await deliver(db, 1)
    await deliver(db, 2, leader=1)
    failed = await accept(db, new_job(3))
    await db.write(jobs.finish, failed, State.CANCELLED, now=NOW)
    await deliver(db, 4, leader=3)

    assert await suggested(db) == await suggested(db, "rain") == [4, 1]


async def test_a_number_finds_its_job(db: Database) -> None:
    """Ids can be pasted; a number that is no id is a word like others."""
    await deliver(db, 1, "take 7")
    await deliver(db, 7, "something else")
    await deliver(db, 5, guild=9)

    assert await suggested(db, " 7 ") == [7]
    assert await suggested(db, "take 7") == [1]
    assert await suggested(db, "5") == await suggested(db, "9" * 30) == []


async def test_a_piece_without_words_bears_the_name_of_its_parent(db: Database) -> None:
    """Stems have no prompt of their own."""
    await deliver(db, 1, "soft rain")
    await deliver(db, 2, "", parent=1, kind=Kind.STEMS)

    found = await db.read(history.suggest_sources, GUILD, "")

    assert [(one.id, one.prompt, one.kind) for one in found] == [
        (2, "soft rain", Kind.STEMS),
        (1, "soft rain", Kind.MUSIC),
    ]


# --- Relations -------------------------------------------------------------------------------


async def test_a_piece_knows_its_parents_nearest_first_and_its_children(db: Database) -> None:
    """Three generations up, one down; brothers and strangers are no part of it."""
    await deliver(db, 1)
    await deliver(db, 2, parent=1)
    await deliver(db, 3, parent=2)
    middle = await deliver(db, 4, parent=3)
    for number in (5, 6):
        await deliver(db, number, parent=4)
    await deliver(db, 7, parent=5)
    await deliver(db, 8, parent=3)
    await deliver(db, 9, parent=4, leader=6)

    family = await db.read(history.family, middle)

    assert [job.id for job in family.parents] == [3, 2, 1]
    assert [job.id for job in family.children] == [6, 5]


async def test_relations_end_where_a_row_is_missing_or_another_server_begins(
    db: Database,
) -> None:
    """An erased parent is nobody; another server's piece is nobody's business."""
    orphan = await deliver(db, 2, parent=1)
    await deliver(db, 3, guild=9)
    adopted = await deliver(db, 4, parent=3)
    await deliver(db, 5, parent=2, guild=9)

    assert (await db.read(history.family, orphan)).parents == ()
    assert (await db.read(history.family, orphan)).children == ()
    assert (await db.read(history.family, adopted)).parents == ()


async def test_a_long_line_ends_after_ten_and_a_circle_at_once(db: Database) -> None:
    """Nothing makes it run for ever."""
    last = await deliver(db, 1)
    for number in range(2, 15):
        last = await deliver(db, number, parent=number - 1)
    circle = await deliver(db, 20, parent=21)
    await deliver(db, 21, parent=20)

    assert [job.id for job in (await db.read(history.family, last)).parents] == list(
        range(13, 3, -1)
    )
    assert [job.id for job in (await db.read(history.family, circle)).parents] == [21]


async def test_children_are_found_by_an_index(sqlite_db: Database) -> None:
    """Not by reading every job there is."""
    job = await deliver(sqlite_db, 1)
    plans: list[str] = []

    def explain(conn: sa.Connection) -> None:
        def listen(*args: object) -> None:
            plans.append(str(args[2]))

        sa.event.listen(conn, "before_cursor_execute", listen)
        lineage.family(conn, job)
        query = plans[-1].replace("?", "1")
        plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
        plans[:] = [str(row) for row in plan]

    await sqlite_db.read(explain)

    assert any("ix_jobs_parent" in step for step in plans)
    assert not any("SCAN" in step for step in plans)


async def test_every_message_about_a_piece_is_known_newest_first(db: Database) -> None:
    """Its card, and the copies that /show posted."""
    job = await deliver(db, 1)
    await deliver(db, 2)
    for message, channel in ((50, CHANNEL), (70, 301), (60, CHANNEL)):
        await db.write(jobs.add_message, job.id, MessageId(message), ChannelId(channel))
    await db.write(jobs.add_message, JobId(2), MessageId(80), CHANNEL)

    assert await db.read(lineage.messages, job.id) == [(301, 70), (CHANNEL, 60), (CHANNEL, 50)]


async def test_a_database_of_the_first_version_gets_the_index(sqlite_url: str) -> None:
    """What is in it stays."""
    async with Database.open(sqlite_url) as db:
        await deliver(db, 1)
        await deliver(db, 2, parent=1)
        await db.write(_to_first_version)

    await migrate(sqlite_url)

    async with Database.open(sqlite_url) as db:
        child = await db.read(jobs.get, JobId(2))
        assert child is not None
        assert [job.id for job in (await db.read(history.family, child)).parents] == [1]


def _to_first_version(conn: sa.Connection) -> None:
    later = {
        "jobs": ("priced_by", "failure_offer", "failure_offer_price"),
        "quota": ("day", "day_reserved", "day_spent"),
        "ledger": ("day",),
        "guilds": ("left_at",),
    }
    for table, columns in later.items():
        for column in columns:
            conn.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
    conn.exec_driver_sql("DROP TABLE favourites")
    conn.exec_driver_sql("DROP INDEX ix_jobs_parent")
    conn.exec_driver_sql("UPDATE alembic_version SET version_num = 'r0001'")
