"""What a member takes along: everything that is kept about them, and nobody else's."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.job import State
from bot.errors import InvalidInput
from bot.jobs.takeout import Packed, Takeout
from bot.store import drafts, favourites, queries
from bot.store.browsing import Wanted
from tests.jobs.world import WAV, World

PLENTY = 10 * 2**20


@pytest.fixture
def takeout(world: World) -> Takeout:
    """What packs."""
    return Takeout(world.runtime)


async def test_everything_of_the_member_is_in_it(world: World, takeout: Takeout) -> None:
    """Requests with words, moves and messages, bookings, favourites, searches, drafts, and files."""
    mine = await world.reaches(await world.ask("夏の secret"), State.DELIVERED)
    theirs = await world.reaches(
        await world.ask("other words", by=world.asker(user=201)), State.DELIVERED
    )
    await world.ask("elsewhere", by=world.asker(guild=9))
    guild, user, now = mine.guild_id, mine.user_id, world.clock.now()
    await world.db.write(favourites.add, guild, user, theirs.id, now=now)
    await world.db.write(queries.save, 7, Wanted(guild_id=guild, text="looked for"), user_id=user)
    await world.db.write(drafts.save, 8, {"user": user, "texts": {"wish": "half a wish"}})

    data, audio = await _packed(world, takeout, PLENTY)

    (request,) = data["requests"]
    assert (request["id"], request["prompt"]) == (str(mine.id), "夏の secret")
    assert request["arguments"]["prompt"] == "夏の secret"
    assert [move["state"] for move in request["moves"]][-1] == "delivered"
    assert request["messages"] == [
        {"channel_id": str(mine.channel_id), "message_id": str(mine.card_id)}
    ]
    assert {one["kind"] for one in data["bookings"]} == {"reserve", "settle"}
    assert [one["piece_id"] for one in data["favourites"]] == [str(theirs.id)]
    assert data["history_searches"][0]["wanted"]["text"] == "looked for"
    assert data["drafts"][0]["texts"] == {"wish": "half a wish"}
    assert data["settings"] == {"is_blocked_from_asking": False}
    assert list(audio) == [f"audio/{mine.id}/original-0.wav"]
    assert audio[f"audio/{mine.id}/original-0.wav"] == WAV
    assert "other words" not in json.dumps(data)
    assert "token" not in json.dumps(data)


async def test_the_newest_files_go_first_and_the_rest_is_counted(
    world: World, takeout: Takeout
) -> None:
    """What Discord takes is less than what is kept."""
    pieces = [await world.reaches(await world.ask(), State.DELIVERED) for _ in range(3)]
    one_more = len(WAV) + 8_000

    data, audio = await _packed(world, takeout, one_more, lambda packed: _counts(packed, 1, 2))

    assert len(data["requests"]) == 3
    assert list(audio) == [f"audio/{pieces[-1].id}/original-0.wav"]


async def test_more_words_than_fit_are_for_the_operator(world: World, takeout: Takeout) -> None:
    """The member is told whom to ask; nothing is left lying about."""
    await world.reaches(await world.ask(), State.DELIVERED)

    with pytest.raises(InvalidInput, match="ask the person who runs this bot"):
        await _packed(world, takeout, 100)

    assert not list((world.folder / "work").glob("takeout-*"))


async def test_somebody_unknown_gets_an_empty_file(world: World, takeout: Takeout) -> None:
    """Nothing kept is an answer, too."""
    data, audio = await _packed(world, takeout, PLENTY)

    assert data["requests"] == []
    assert audio == {}


async def test_many_requests_are_all_there(
    world: World, takeout: Takeout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages follow each other without gap or repeat."""
    made = [await world.reaches(await world.ask(), State.DELIVERED) for _ in range(5)]
    monkeypatch.setattr("bot.jobs.takeout.AT_ONCE", 2)

    data, _ = await _packed(world, takeout, PLENTY)

    assert [one["id"] for one in data["requests"]] == [str(job.id) for job in made]


async def _packed(
    world: World,
    takeout: Takeout,
    limit: int,
    look: Callable[[Packed], None] = lambda packed: None,
) -> tuple[dict[str, Any], dict[str, bytes]]:
    async with takeout.pack(world.asker(), limit_bytes=limit) as packed:
        assert packed.path.stat().st_size <= limit
        look(packed)
        with zipfile.ZipFile(packed.path) as bundle:
            data = json.loads(bundle.read("data.json"))
            names = [name for name in bundle.namelist() if name != "data.json"]
            audio = {name: bundle.read(name) for name in names}
    assert not packed.path.exists()
    return data, audio


def _counts(packed: Packed, files: int, left_out: int) -> None:
    assert (packed.files, packed.left_out) == (files, left_out)
