"""A member's wish to be forgotten: what goes, what stays, and what others keep."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot.domain.ids import GuildId, JobId, UserId
from bot.domain.job import Failure, Job, Json, Kind, State
from bot.store import (
    Database,
    audit,
    drafts,
    erasing,
    favourites,
    jobs,
    lineage,
    people,
    queries,
    retiring,
)
from bot.store.browsing import Wanted
from bot.store.erasing import Wish
from bot.store.schema import jobs as table
from bot.store.schema import ledger
from tests.store.builders import GUILD, NOW, USER, accept, new_job
from tests.store.pieces import named, put

OTHER = UserId(201)
SECRET = "the secret words"


async def test_what_is_over_loses_its_words(db: Database) -> None:
    """Prompt, lyrics, options, arguments, result, moves, and the way to find it; its cost stays."""
    job = await put(
        db,
        1,
        SECRET,
        options={"prompt": SECRET, "lyrics": "la la secret"},
        arguments={"prompt": SECRET},
        result={"output": {"lyrics": "la la secret", "audio": {"url": "https://x.example/a"}}},
        files=("files/1/original-0.wav",),
    )
    await put(db, 2, SECRET, user=OTHER)
    wish = await _wish(db)

    assert await db.read(erasing.worded, wish, limit=10) == [1]
    await db.write(erasing.blank, [job.id])

    assert await db.read(erasing.worded, wish, limit=10) == []
    left = await _get(db, 1)
    assert (left.prompt, left.options, left.arguments, left.result, left.files) == (
        *("", {}, {}, None),
        (),
    )
    assert await db.read(jobs.events, job.id) == []
    assert await named(db, "secret") == [2]
    assert "secret" not in await db.read(_all_text, JobId(1))
    assert await db.read(audit.check) == []


async def test_a_failure_does_not_repeat_the_words(db: Database) -> None:
    """What a model refused may stand in its answer."""
    job = await accept(db, new_job(1, prompt=SECRET))
    failure = Failure(code="refused", sentence=f"The model refused “{SECRET}”.")
    await db.write(jobs.finish, job, State.FAILED, now=NOW, failure=failure)

    await db.write(erasing.blank, [job.id])

    left = await _get(db, 1)
    assert left.failure == Failure(code="refused", sentence="")


async def test_what_is_under_way_keeps_its_words_until_it_is_over(db: Database) -> None:
    """Nothing is taken from a request that is being made; nor from takes of its card."""
    await put(db, 1, SECRET, state=State.RUNNING)
    await put(db, 2, SECRET)
    await put(db, 2**62 + 2, SECRET, leader=2, state=State.RUNNING)
    wish = await _wish(db)

    assert await db.read(erasing.worded, wish, limit=10) == []
    assert sorted(await db.read(erasing.open_cards, wish)) == [1, 2]
    await db.write(erasing.blank, [JobId(1)])
    assert (await _get(db, 1)).prompt == SECRET
    assert await db.write(retiring.drop, [JobId(1)]) == 0
    assert not await db.write(erasing.fulfil, wish)
    assert await db.read(erasing.wishes) == [wish]


async def test_rows_go_and_bookings_stay(db: Database) -> None:
    """With the row go its cards, and what others marked; the books still add up."""
    await put(db, 1, SECRET)
    await put(db, 2**62 + 1, SECRET, leader=1)
    await db.write(favourites.add, GUILD, OTHER, JobId(1), now=NOW)
    wish = await _wish(db)

    assert await db.write(retiring.drop, [JobId(1)]) == 2

    assert await db.read(jobs.get, JobId(1)) is None
    assert await db.read(lineage.messages, JobId(1)) == []
    assert await db.read(favourites.of, GUILD, OTHER) == []
    booked = await db.read(people.bookings_of, GUILD, USER)
    assert {row["kind"] for row in booked} == {"reserve", "refund"}
    assert await db.read(audit.check) == []
    assert await db.write(erasing.fulfil, wish)
    assert await db.read(erasing.wishes) == []


async def test_a_remix_keeps_its_audio_and_its_own_words(db: Database) -> None:
    """What it took over from the erased piece goes, however far down the line it is."""
    await put(db, 1, SECRET)
    inherited: dict[str, Json] = {"tags": SECRET, "lyrics": "la la secret", "seed": 7}
    await put(
        db,
        2,
        "darker",
        user=OTHER,
        parent=1,
        kind=Kind.REMIX,
        options={"prompt": "darker", "original": inherited, "source_url": "https://fal.x/src"},
        arguments={
            "prompt": "darker",
            "original_tags": SECRET,
            "original_lyrics": "la la secret",
            "audio_url": "https://fal.x/src",
            "seed": 9,
        },
        result={
            "output": {"audio": {"url": "https://x.example/b", "file_name": "b"}, "tags": SECRET},
            "billable_units": "2",
        },
        files=("files/2/original-0.wav",),
    )
    await put(db, 3, "slower", user=OTHER, parent=2, options={"original": inherited})
    await put(db, 4, "unrelated", user=OTHER, options={"original": {"tags": "mine"}})

    kin = await db.write(erasing.scrub, JobId(1))

    child = await _get(db, 2)
    assert child.options == {"prompt": "darker"}
    assert child.arguments == {"prompt": "darker", "seed": 9}
    assert child.result == {
        "output": {"audio": {"url": "https://x.example/b", "file_name": "b"}},
        "billable_units": "2",
    }
    assert (child.prompt, child.files) == ("darker", ("files/2/original-0.wav",))
    assert (await _get(db, 3)).options == {}
    assert (await _get(db, 4)).options == {"original": {"tags": "mine"}}
    for job_id in (2, 3):
        assert "secret" not in await db.read(_all_text, JobId(job_id))
    assert kin == erasing.Kin(job_ids=frozenset({JobId(2)}), is_waiting=False)


async def test_a_remix_that_is_being_made_is_waited_for(db: Database) -> None:
    """It needs its arguments to be recognised by; its words go when it is over."""
    await put(db, 1, SECRET, parent=None)
    await put(
        db, 2, "x", user=OTHER, parent=1, state=State.RUNNING, arguments={"original_tags": SECRET}
    )

    kin = await db.write(erasing.scrub, JobId(1))

    assert kin.is_waiting
    assert (await _get(db, 2)).arguments == {"original_tags": SECRET}


async def test_the_piece_it_was_made_from_may_name_it(db: Database) -> None:
    """A copy of the parent's card lists what became of it."""
    await put(db, 1, "parent", user=OTHER)
    await put(db, 2, SECRET, parent=1)

    assert (await db.write(erasing.scrub, JobId(2))).job_ids == {1}


async def test_only_this_server_and_only_until_now(db: Database) -> None:
    """What they asked for elsewhere, or ask for afterwards, is not meant."""
    await put(db, 1, SECRET, guild=9)
    await put(db, 2, SECRET, now=NOW + timedelta(minutes=1))
    await put(db, 3, SECRET)
    wish = await _wish(db)

    assert await db.read(erasing.worded, wish, limit=10) == [3]
    assert await db.read(erasing.count, GUILD, USER) == (2, 0)


async def test_notes_go_with_the_member(db: Database) -> None:
    """Favourites, drafts, and what they looked for; other members' stay."""
    await put(db, 1, user=7)
    for user in (USER, OTHER):
        await db.write(favourites.add, GUILD, user, JobId(1), now=NOW)
        await db.write(drafts.save, 10 + user, {"user": user, "texts": {"wish": SECRET}})
        wanted = Wanted(guild_id=GUILD, text=SECRET)
        await db.write(queries.save, 20 + user, wanted, user_id=user)
    wish = await _wish(db)

    await db.write(erasing.forget_notes, wish)

    for user, count in ((USER, 0), (OTHER, 1)):
        assert len(await db.read(favourites.of, GUILD, user)) == count
        assert len(await db.read(drafts.of, user)) == count
        assert len(await db.read(queries.of, GUILD, user)) == count


async def test_a_newer_wish_takes_the_place_of_an_older(db: Database) -> None:
    """Whoever goes on with the older one does not strike it out."""
    older = await _wish(db)
    newer = await db.write(erasing.wish, GUILD, USER, now=NOW + timedelta(days=1))
    await db.write(erasing.wish, GuildId(9), USER, now=NOW)

    assert await db.write(erasing.fulfil, older)
    assert newer in await db.read(erasing.wishes)
    assert len(await db.read(erasing.wishes)) == 2


async def test_a_question_comes_back_as_it_was_asked(db: Database) -> None:
    """Times, kinds and all; old ones are forgotten by their age."""
    wanted = Wanted(
        guild_id=GUILD,
        user_id=OTHER,
        kind=Kind.SFX,
        model="m",
        since=NOW,
        text="雨",
        favourites=True,
    )
    await db.write(queries.save, 5, wanted, user_id=USER)

    assert await db.read(queries.get, 5) == wanted
    assert await db.write(queries.forget_before, 5) == 0
    assert await db.write(queries.forget_before, 6) == 1
    assert await db.read(queries.get, 5) is None


async def _wish(db: Database) -> Wish:
    return await db.write(erasing.wish, GUILD, USER, now=NOW)


async def _get(db: Database, job_id: int) -> Job:
    found = await db.read(jobs.get, JobId(job_id))
    assert found is not None
    return found


def _all_text(conn: sa.Connection, job_id: JobId) -> str:
    row = conn.execute(sa.select(table).where(table.c.id == job_id)).one()
    booked = conn.execute(sa.select(ledger).where(ledger.c.job_id == job_id)).all()
    return f"{tuple(row)} {booked}"
