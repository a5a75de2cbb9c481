"""Looking into the history: listening, marking, posting what never arrived, exporting."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

import pytest

from bot.domain.ids import ChannelId, GuildId, MessageId, UserId
from bot.domain.job import Job, Kind, State
from bot.domain.viewer import Viewer
from bot.errors import InvalidInput, MessageGone, MissingPermissions, NotFound
from bot.jobs.archive import Archive
from bot.jobs.library import ExportFormat, Library
from bot.jobs.material import AttachedFile
from bot.jobs.sources import Sources
from bot.store import favourites
from bot.store.browsing import Wanted
from tests.jobs.world import World

HERE = GuildId(100)
EVERYTHING = Wanted(guild_id=HERE)
ME = Viewer(user_id=UserId(200), channels=frozenset({ChannelId(300)}))
ELSE = Viewer(user_id=UserId(201), channels=frozenset({ChannelId(300)}))
PLENTY = 10 * 2**20


class NoMessages:
    """Implements `bot.jobs.sources.Attachments` where no message is left."""

    async def attachments_of(
        self, channel_id: ChannelId, message_id: MessageId, *, within: GuildId | None = None
    ) -> Sequence[AttachedFile]:
        """Find nothing."""
        raise MessageGone("The card was deleted.")


@pytest.fixture
def archive(world: World) -> Archive:
    """The finished pieces."""
    return Archive(world.runtime, Sources.of(world.runtime, NoMessages()))


@pytest.fixture
def library(world: World, archive: Archive) -> Library:
    """The history."""
    return Library(world.runtime, archive)


async def test_a_question_is_kept_for_the_buttons_under_it(world: World, library: Library) -> None:
    """Across a restart; for its own server, and until it is too old."""
    job = await world.reaches(await world.ask(), State.DELIVERED)

    page = await library.ask(7, EVERYTHING, ME)
    await world.restart()
    library = Library(
        world.runtime, Archive(world.runtime, Sources.of(world.runtime, NoMessages()))
    )

    assert [entry.job.id for entry in page.entries] == [job.id]
    assert await library.wanted(7, HERE) == EVERYTHING
    for query_id, guild in ((7, GuildId(9)), (8, HERE)):
        with pytest.raises(NotFound, match="Use /history again"):
            await library.wanted(query_id, guild)


async def test_a_piece_is_played_from_the_kept_file(world: World, library: Library) -> None:
    """No message of it need be left; the file is there for as long as it is borrowed."""
    job = await world.reaches(await world.ask("rain"), State.DELIVERED)

    async with library.sounds(job, limit_bytes=PLENTY) as sounds:
        (sound,) = sounds
        assert sound.path.stat().st_size > 0
        assert sound.file_name.startswith("rain-")
    assert not sound.path.exists()


async def test_a_piece_is_fetched_anew_where_no_file_is_kept(
    world: World, library: Library
) -> None:
    """From its maker, for as long as that has it."""
    job = await world.reaches(await world.ask("rain"), State.DELIVERED)
    world.runtime.shelf.remove(job.id)
    before = world.fetched

    async with library.sounds(job, limit_bytes=PLENTY) as sounds:
        assert len(sounds) == 1

    assert world.fetched == before + 1


async def test_favourites_are_toggled(world: World, library: Library) -> None:
    """A press marks, the next takes the mark away; more than there is room for are refused."""
    job = await world.reaches(await world.ask(), State.DELIVERED)

    assert await library.toggle(job, ELSE.user_id)
    assert (await library.piece(job.id, HERE, ELSE)).is_favourite
    assert not (await library.piece(job.id, HERE, ME)).is_favourite
    assert not await library.toggle(job, ELSE.user_id)
    assert not (await library.piece(job.id, HERE, ELSE)).is_favourite


async def test_too_many_favourites_are_refused_in_a_sentence(
    world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what to do."""
    monkeypatch.setattr(favourites, "MOST", 1)
    first, second = [await world.reaches(await world.ask(), State.DELIVERED) for _ in range(2)]
    await library.mark(first, ME.user_id, is_favourite=True)

    with pytest.raises(InvalidInput, match="Take one away first"):
        await library.mark(second, ME.user_id, is_favourite=True)


async def test_what_never_arrived_is_offered_again(
    world: World, library: Library, archive: Archive
) -> None:
    """Only to whoever asked; posted once, it is a piece like any other, at no further cost."""
    job = await _undelivered(world)
    assert [one.job.id for one in (await library.page(EVERYTHING, ME)).entries] == [job.id]
    assert (await library.page(EVERYTHING, ELSE)).entries == ()
    with pytest.raises(NotFound):
        await library.piece(job.id, HERE, ELSE)
    paid = await world.charged()
    async with library.sounds(job, limit_bytes=PLENTY) as sounds:
        assert len(sounds) == 1

    by = world.asker()
    await archive.show(job, by)

    now = await world.job(job)
    assert now.state is State.DELIVERED
    assert now.card_id in world.board.looks
    assert now.shown_at is not None
    assert len(world.board.looks[now.card_id][-1].state.sounds) == 1
    assert world.board.looks[now.card_id][-1].state.job.state is State.DELIVERED
    assert await world.charged() == paid
    assert [one.job.id for one in (await library.page(EVERYTHING, ELSE)).entries] == [job.id]


async def test_a_copy_that_is_not_written_down_yet_is_deleted_where_it_is_pressed_on(
    world: World, archive: Archive
) -> None:
    """A copy is seen a moment before the database knows of it; Delete takes both away."""
    job = await world.reaches(await world.ask(), State.DELIVERED)
    copy = await world.board.repost(world.runtime.card([job]), job.channel_id, nonce="7")

    await archive.delete(job.id, world.asker(), pressed_on=copy)

    assert {job.card_id, copy} <= world.board.deleted


async def test_nobody_posts_what_never_reached_somebody_else(
    world: World, archive: Archive
) -> None:
    """It may not have arrived because its channel was closed."""
    job = await _undelivered(world)

    with pytest.raises(NotFound):
        await archive.show(job, world.asker(user=201))

    assert (await world.job(job)).state is State.UNDELIVERED


async def test_the_list_can_be_taken_along(world: World, library: Library) -> None:
    """As a table or as JSON; the newest first, ids as texts, money in dollars."""
    made = [await world.reaches(await world.ask(f"piece {n}"), State.DELIVERED) for n in range(3)]
    newest = [str(job.id) for job in reversed(made)]

    table = await library.export(EVERYTHING, ME, ExportFormat.CSV, limit_bytes=PLENTY)
    listed = await library.export(EVERYTHING, ME, ExportFormat.JSON, limit_bytes=PLENTY)

    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    entries = json.loads(listed.content)
    assert [row["id"] for row in rows] == [entry["id"] for entry in entries] == newest
    assert (rows[0]["prompt"], rows[0]["cost_usd"]) == ("piece 2", "0.2")
    assert entries[0]["cost_usd"] == "0.2"
    assert rows[0]["link"].startswith("https://discord.com/channels/100/300/")
    assert (table.count, table.is_whole) == (listed.count, listed.is_whole) == (3, True)


@pytest.mark.parametrize(
    "prompt", ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", " =1", "\uff1d1", "\t=1"]
)
async def test_a_prompt_is_no_formula(world: World, library: Library, prompt: str) -> None:
    """Whoever opens the table in a spreadsheet reckons nothing of a member's making."""
    await world.reaches(await world.ask(prompt), State.DELIVERED)

    table = await library.export(EVERYTHING, ME, ExportFormat.CSV, limit_bytes=PLENTY)

    (row,) = csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))
    assert row["prompt"] == f"'{prompt}"


async def test_quotes_commas_and_lines_stay_in_their_cell(world: World, library: Library) -> None:
    """A table program reads back what was typed."""
    prompt = 'a "quoted", 夏 prompt\nof two lines'
    await world.reaches(await world.ask(prompt), State.DELIVERED)

    table = await library.export(EVERYTHING, ME, ExportFormat.CSV, limit_bytes=PLENTY)

    (row,) = csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"), newline=""))
    assert row["prompt"] == prompt


@pytest.mark.parametrize("form", ExportFormat)
async def test_a_list_is_as_long_as_the_file_may_be(
    world: World, library: Library, form: ExportFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is cut off is said, and what is there is whole; pages follow each other."""
    monkeypatch.setattr("bot.jobs.library.AT_ONCE", 2)
    for _ in range(5):
        await world.reaches(await world.ask("x" * 100), State.DELIVERED)
    whole = await library.export(EVERYTHING, ME, form, limit_bytes=PLENTY)

    cut = await library.export(EVERYTHING, ME, form, limit_bytes=len(whole.content) - 50)

    assert (whole.count, whole.is_whole) == (5, True)
    assert (cut.count, cut.is_whole) == (4, False)
    assert len(cut.content) < len(whole.content)
    if form is ExportFormat.JSON:
        assert len(json.loads(cut.content)) == 4


async def test_an_export_holds_no_more_than_the_list_shows(world: World, library: Library) -> None:
    """The same filter, the same eyes."""
    await world.reaches(await world.ask(), State.DELIVERED)
    blind = Viewer(user_id=UserId(201), channels=frozenset())

    for wanted, viewer in ((EVERYTHING, blind), (Wanted(guild_id=HERE, kind=Kind.SFX), ME)):
        with pytest.raises(NotFound, match="nothing to export"):
            await library.export(wanted, viewer, ExportFormat.CSV, limit_bytes=PLENTY)


async def _undelivered(world: World) -> Job:
    world.board.settle_faults.append(MissingPermissions("No.", names=("Attach Files",)))
    return await world.reaches(await world.ask("lost and found"), State.UNDELIVERED)
