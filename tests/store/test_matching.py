"""Words are found near by and by the index alike, and the index is asked only where it must be."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from bot.domain.ids import JobId, UserId
from bot.domain.job import Kind
from bot.domain.viewer import Viewer
from bot.store import Database, looking, matching
from bot.store.browsing import Page, Wanted, browse, browse_up
from bot.store.matching import candidates
from bot.store.rows import new_columns
from bot.store.schema import jobs
from bot.store.text import Asked
from tests.store.builders import GUILD, NOW, USER, accept, new_job
from tests.store.pieces import named

ME = Viewer(user_id=USER, channels=None)
INDEXED = {"sqlite": "job_fts", "postgresql": "to_tsquery"}

PIECES = (
    "rain", "Rain", "RAINY", "rainbow", "ra", "r", "lo-fi", "lofi", "8-bit", "80s", "1", "12", "3.14",
    "-5", "1e5", "v1.2", "a_b", "_", "a/b/c.wav", "http://rain.example/a?b=c", "me@rain.example",
    "<b>", "&amp;", "it's", "rock-n-roll", "C#", "naïve", "Naive", "ÉPOPÉE", "épopee", "Straße",
    "STRASSE", "ΜΟΥΣΙΚΉΣ", "μουσικής", "μουσική", "Ёлка", "елка", "ЁЛКИ", "钢琴", "钢", "琴钢",
    "夏の歌", "の", "カタカナ", "ｶﾀｶﾅ", "피아노", "เศร้า", "ฝน", "ฝนตก", "संगीत", "संगीतकार", "संग",
    "موسيقى", "مُوسِيقَى", "שלום", "🎉", "🎉🎷", "👏🏽", "☀️", "ｌｏｆｉ", "²", "½", "Ⅷ", "ﬁre", "fire",
)  # fmt: skip
"""What people write, and what parsers take for something else."""

GAPS = (" ", " ", " ", "  ", "", ", ", "-", "_", ".", "\n", "，", "…", "/", "@", ":", "'", "—")


async def fill(db: Database, prompts: list[str], **same: object) -> None:
    """Put delivered pieces into the history, many at once; the first is the oldest."""
    values = [
        new_columns(new_job(number, prompt=prompt, token=None), now=NOW)
        | {"state": "delivered", "cost": 0, "result": {}, "finished_at": NOW, "shown_at": NOW}
        | same
        for number, prompt in enumerate(prompts, start=1)
    ]
    await db.write(lambda conn: conn.execute(sa.insert(jobs), values))


@contextmanager
def statements(conn: sa.Connection) -> Iterator[list[str]]:
    """List what the database is asked."""
    asked: list[str] = []

    def listen(*args: object) -> None:
        asked.append(str(args[2]))

    sa.event.listen(conn, "before_cursor_execute", listen)
    yield asked
    sa.event.remove(conn, "before_cursor_execute", listen)


async def cost(
    db: Database, wanted: Wanted, *, top: int | None = None, above: int | None = None
) -> tuple[Page, int, int]:
    """Give a page, how many statements it took, and how many of them asked the index of words."""

    def count(conn: sa.Connection) -> tuple[Page, int, int]:
        with statements(conn) as asked:
            if above is not None:
                page = browse_up(conn, wanted, ME, above=JobId(above))
            else:
                page = browse(conn, wanted, ME, top=None if top is None else JobId(top))
        mark = INDEXED[conn.dialect.name]
        return page, len(asked), sum(mark in statement for statement in asked)

    return await db.read(count)


def ids(page: Page) -> list[int]:
    """What is on a page."""
    return [entry.job.id for entry in page.entries]


@pytest.mark.parametrize("seed", range(2))
async def test_near_and_by_the_index_the_same_is_found(
    db: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """In any script, with any signs between, whatever the engine makes of them."""
    dice = random.Random(seed)
    prompts = [_text(dice, 1, 6) for _ in range(200)]
    texts = [_text(dice, 1, 2) for _ in range(60)] + [_part(dice, prompts) for _ in range(60)]
    await fill(db, prompts)

    near = {text: await _all(db, text) for text in texts}
    for name in ("STRIDE", "NEAR", "WHOLE"):
        monkeypatch.setattr(looking, name, 0)
    indexed = {text: await _all(db, text) for text in texts}

    for text, found in near.items():
        different = {repr(prompts[one - 1]) for one in {*found} ^ {*indexed[text]}}
        assert found == indexed[text], (text, different)
    assert sum(map(bool, near.values())) > 50, "and something is found"


async def test_a_common_word_does_not_ask_the_index(db: Database) -> None:
    """A page of a big server is full after few rows, going down and up again."""
    await fill(db, ["rain in the dark" if one % 9 else "snow" for one in range(3_300)])
    wanted = Wanted(guild_id=GUILD, text="dark ra")

    newest, first_cost, index = await cost(db, wanted)
    middle, _, index_below = await cost(db, wanted, top=1_600)
    _, back_cost, index_above = await cost(db, wanted, above=middle.entries[0].job.id)

    assert len(ids(newest)) == len(ids(middle)) == 10
    assert middle.has_newer
    assert (index, index_below, index_above) == (0, 0, 0)
    assert first_cost <= 3, "the rows, the cards, and what is marked"
    assert back_cost <= 4


async def test_a_small_server_does_not_ask_the_index(db: Database) -> None:
    """It is through before; also for a word that is not there."""
    await fill(db, ["rain in the dark"] * 2_000)

    for top in (None, 1_000):
        page, statements_taken, index = await cost(
            db, Wanted(guild_id=GUILD, text="absent"), top=top
        )
        assert (ids(page), page.older, page.has_newer, index) == ([], None, False, 0)
        assert statements_taken <= 10


async def test_a_common_word_among_rare_pieces_does_not_ask_the_index(db: Database) -> None:
    """It would name nearly all there is; a look through the rows ends, and goes on like any."""
    await fill(db, ["rain in the dark"] * 5_100)

    page, statements_taken, index = await cost(
        db, Wanted(guild_id=GUILD, text="rain", kind=Kind.SFX)
    )

    assert (ids(page), page.older, index) == ([], 100, 0)
    assert statements_taken <= 7


async def test_a_rare_word_asks_the_index_once(db: Database) -> None:
    """For the page and for whether there is one above, whatever their distance."""
    await fill(db, ["absent" if one in {9, 2_400, 4_790} else "rain" for one in range(1, 4_801)])
    wanted = Wanted(guild_id=GUILD, text="abs")

    page, statements_taken, index = await cost(db, wanted, top=3_600)

    assert (ids(page), page.older, page.has_newer) == ([2_400, 9], None, True)
    assert index == 1
    assert statements_taken <= 13
    up, _, index = await cost(db, wanted, above=2_400)
    assert ids(up) == [4_790, 2_400, 9]
    assert index <= 2


async def test_a_rare_word_spares_gathering_the_beginnings(db: Database) -> None:
    """What the others name is few, and is held against the last word row by row."""
    await fill(db, ["absent rainbow", "absent snow"] + ["rainy night"] * 3_100)

    def ask(conn: sa.Connection) -> tuple[Page, list[str]]:
        starred: list[str] = []

        def listen(
            _conn: object, _cursor: object, _statement: str, values: object, *_: object
        ) -> None:
            if "*" in str(values):
                starred.append(str(values))

        sa.event.listen(conn, "before_cursor_execute", listen)
        return browse(conn, Wanted(guild_id=GUILD, text="absent rain"), ME), starred

    page, starred = await db.read(ask)

    assert ids(page) == [1]
    assert starred == []


async def test_a_page_without_words_costs_few_statements(db: Database) -> None:
    """However much there is; more only where what narrows it is rare."""
    await fill(db, ["rain"] * 5_100)

    _, first, _ = await cost(db, Wanted(guild_id=GUILD))
    _, middle, _ = await cost(db, Wanted(guild_id=GUILD), top=2_500)
    page, rare, _ = await cost(db, Wanted(guild_id=GUILD, kind=Kind.SFX))

    assert (first, middle) == (3, 4)
    assert (ids(page), page.older) == ([], 100)
    assert rare <= 6


async def test_what_the_index_names_is_held_to_the_question(db: Database) -> None:
    """The member, the kind, the days; and a look through it ends and goes on like any other."""
    await fill(db, ["absent"] + ["rain"] * 3_100, user_id=5)
    await accept(db, new_job(5_000, prompt="absent"))

    for narrow in ({"user_id": UserId(6)}, {"kind": Kind.SFX}):
        page, *_ = await cost(db, Wanted(guild_id=GUILD, text="absent", **narrow))
        assert ids(page) == [], narrow
    page, *_ = await cost(db, Wanted(guild_id=GUILD, text="absent", user_id=UserId(5)))
    assert ids(page) == [1]


async def test_a_look_through_what_the_index_names_is_bounded(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says where to go on, and nothing is passed over on the way."""
    for name in ("STRIDE", "NEAR", "WHOLE"):
        monkeypatch.setattr(looking, name, 0)
    monkeypatch.setattr(looking, "SCAN", 10)
    monkeypatch.setattr(matching, "CHUNK", 3)
    await fill(db, ["rain"] * 35)
    await db.write(
        lambda conn: conn.execute(
            sa.update(jobs).where(jobs.c.id.in_([2, 30])).values(kind=Kind.SFX.value)
        )
    )
    wanted = Wanted(guild_id=GUILD, text="rain", kind=Kind.SFX)

    pages = [(await cost(db, wanted))[0]]
    while (top := pages[-1].older) is not None:
        pages.append((await cost(db, wanted, top=top))[0])

    assert [one for page in pages for one in ids(page)] == [30, 2]
    assert [page.older for page in pages] == [25, 15, 5, None]
    assert [page.has_newer for page in pages] == [False, True, True, True]


async def test_an_erased_job_is_no_longer_named(db: Database) -> None:
    """The index forgets with the row, and stays sound."""
    await fill(db, ["夏の rain", "rain"])

    await db.write(lambda conn: conn.execute(sa.delete(jobs).where(jobs.c.id == 1)))

    assert await named(db, "rain") == [2]
    await db.write(_check_index)


async def test_a_changed_prompt_is_named_by_its_new_words(db: Database) -> None:
    """The index follows the row."""
    await fill(db, ["夏の rain"])

    await db.write(
        lambda conn: conn.execute(sa.update(jobs).values(prompt="snow", search_text=None))
    )

    assert await named(db, "rain") == []
    assert await named(db, "snow") == [1]
    await db.write(_check_index)


async def test_the_index_names_nothing_of_other_servers(db: Database) -> None:
    """Not even where their members write its name in the index."""
    await fill(db, ["rain g100 qzg100"], guild_id=9)

    assert await named(db, "rain", guild=9) == [1]
    page, *_ = await cost(db, Wanted(guild_id=GUILD, text="rain"))
    assert ids(page) == []


async def test_postgresql_uses_its_index(postgres_url: str) -> None:
    """What is asked is what was indexed, to the letter."""
    async with Database.open(postgres_url) as db:
        await fill(db, [f"rain {number}" for number in range(3_000)])
        plan = await db.read(_explained)

    assert "ix_jobs_search" in plan


def _explained(conn: sa.Connection) -> str:
    plans: list[str] = []

    def listen(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if "to_tsquery" in statement:
            plans.append(statement)

    sa.event.listen(conn, "before_cursor_execute", listen)
    asked = Asked.of("17")
    assert asked is not None
    candidates(conn, GUILD, asked, down_from=looking.LAST_ID, limit=10)
    sa.event.remove(conn, "before_cursor_execute", listen)
    spelled = plans[0].replace("$1::VARCHAR", "'qzg100 & 17:*'").replace("$2::BIGINT", "9")
    spelled = spelled.replace("$3::INTEGER", "10")
    return "\n".join(conn.exec_driver_sql(f"EXPLAIN {spelled}").scalars())


def _text(dice: random.Random, fewest: int, most: int) -> str:
    words = dice.choices(PIECES, k=dice.randint(fewest, most))
    return "".join(word + dice.choice(GAPS) for word in words)


def _part(dice: random.Random, prompts: list[str]) -> str:
    """Take a part of what was written, cut anywhere."""
    prompt = dice.choice(prompts)
    begin = dice.randrange(len(prompt))
    return prompt[begin : begin + dice.randint(1, 12)]


async def _all(db: Database, text: str) -> list[int]:
    page = await db.read(browse, Wanted(guild_id=GUILD, text=text), ME, limit=1_000)
    return ids(page)


def _check_index(conn: sa.Connection) -> None:
    """SQLite's index is kept by triggers of ours; PostgreSQL's is its own."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("INSERT INTO job_fts (job_fts, rank) VALUES ('integrity-check', 1)")
