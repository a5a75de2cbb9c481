"""What was typed into a form is kept as it was typed."""

from __future__ import annotations

from bot.domain.ids import JobId, UserId
from bot.jobs.drafts import Draft, Drafts, FormName
from bot.jobs.material import AttachedFile
from bot.jobs.upkeep import snowflake_of
from tests.jobs.world import World


async def test_a_draft_comes_back_as_it_was_kept(world: World) -> None:
    """With what it is about, be it a piece or a file; after a restart as well."""
    song = Draft(
        form=FormName.SONG,
        user_id=UserId(200),
        texts={"lyrics": "[verse]\nla “la”\n", "more": "tempo=84"},
        file=AttachedFile(url="https://cdn.example/a", file_name="a.mp3", size=9),
    )
    edit = Draft(form=FormName.EDIT, user_id=UserId(201), texts={}, job_id=JobId(77))
    drafts = Drafts(world.db)
    first = snowflake_of(world.clock.now())
    await drafts.keep(first, song)
    await drafts.keep(first + 1, edit)

    await world.restart()

    drafts = Drafts(world.db)
    kept = [await drafts.get(first + number) for number in range(3)]
    assert kept == [song, edit, None]
