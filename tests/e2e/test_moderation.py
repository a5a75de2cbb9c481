"""A server's blocked words at every door, and what its moderators read of it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from tests.audio.sounds import music, write_file
from tests.e2e.rig import House, Member, Message, prefilled, text_of, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

BAD = "grumblewort"
HIDDEN_BAD = "G r u m b l e w 0 r t"


def _save(house: House, member: Member, **settings: object) -> None:
    """Set a server's settings past the command, which has tests of its own."""
    with closing(sqlite3.connect(house.bot.data_dir / "minstrel.db", timeout=30)) as db, db:
        db.execute(
            "INSERT INTO guilds (guild_id, settings, updated_at) VALUES (?, ?, ?)"
            " ON CONFLICT (guild_id) DO UPDATE SET settings = excluded.settings",
            (int(member.guild_id), json.dumps(settings), "2026-01-01 00:00:00.000000"),
        )


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def piece(house: House) -> Message:
    """A piece that was made before its word was blocked."""
    await house.owner.new_channel("pieces")
    await house.owner.slash("music", prompt=f"a waltz of {BAD}")
    made = await house.owner.finished()
    _save(house, house.owner, blocked_words=[BAD])
    return made


async def _refused(member: Member, before: set[str], *, publicly: bool = False) -> str:
    """Wait for the sentence."""

    async def find() -> str | None:
        messages = [one for one in await member.messages() if one["id"] not in before]
        said = [
            one["content"]
            for one in messages
            if one["author"].get("bot")
            and "do not allow" in one["content"]
            and bool(one.get("flags", 0) & 64) is not publicly
        ]
        return said[-1] if said else None

    return await until(find, "a refusal")


async def test_every_door_is_kept(house: House, piece: Message, tmp_path: Path) -> None:
    """Commands, files, forms, buttons and replies; each says where, and nothing is sent."""
    member = house.owner
    count = len(await member.submits())
    wav = write_file(tmp_path / "a.wav", music(seconds=6)).read_bytes()

    async def seen() -> set[str]:
        return {one["id"] for one in await member.messages()}

    told: dict[str, str] = {}
    before = await seen()
    await member.slash("music", prompt=f"a song of {HIDDEN_BAD}")
    told["the prompt"] = await _refused(member, before)

    before = await seen()
    await member.slash("music", prompt="jazz", model="fal-ai/lyria2", negative_prompt=BAD)
    told["the option negative_prompt"] = await _refused(member, before)

    before = await seen()
    words = ("words.txt", f"[verse]\nla la\n{BAD} la\n".encode())
    await member.slash("song", style="waltz", model="fal-ai/ace-step", lyrics=words)
    told["the lyrics"] = await _refused(member, before)

    before = await seen()
    opened = await member.slash("song", style="waltz", model="fal-ai/ace-step")
    assert await member.form_opened(opened)
    inputs = prefilled(house.sandbox, opened)
    await member.fill(opened, **inputs | {"title": BAD, "lyrics": "[verse]\nla la la\n"})
    told["the title"] = await _refused(member, before)

    before = await seen()
    await member.slash("remix", prompt="darker", audio=(f"{BAD}.wav", wav))
    told["the name of the file"] = await _refused(member, before)

    before = await seen()
    await member.press(piece, "Again")
    told["the prompt, again"] = await _refused(member, before)

    before = await seen()
    await member.say(f"darker, with {BAD}", reply_to=piece)
    told["the prompt, of a reply"] = await _refused(member, before, publicly=True)

    for where, sentence in told.items():
        assert where.partition(",")[0] in sentence
        assert "nothing was charged" in sentence.lower()
        assert BAD not in sentence.lower()
    assert len(await member.submits()) == count


async def test_moderators_read_what_goes_on_and_nobody_is_pinged(
    house: House, piece: Message
) -> None:
    """Requests, refusals with the word, and what moderators take away."""
    del piece
    owner = house.owner
    channel = await owner.new_channel("audit")
    await owner.new_channel("stage")
    _save(house, owner, blocked_words=[BAD], audit_channel=int(channel))
    kim = await owner.join("kim")
    kim.channel_id = owner.channel_id
    await kim.slash("music", prompt="@everyone <@1> **tango** https://evil.example")
    card = await kim.finished()
    await kim.slash("music", prompt=f"{BAD} tango")
    await owner.press(card, "Delete")

    async def told() -> str | None:
        news = "\n".join(map(text_of, await owner.messages(channel)))
        return news if "deleted" in news and "is blocked" in news else None

    news = await until(told, "the audit")
    messages = await owner.messages(channel)
    assert f"<@{kim.user_id}> asked for music" in news
    assert f"||{BAD}||" in news
    assert f"/{card['channel_id']}/{card['id']}" in news
    assert "https://evil" not in news
    assert "**tango**" not in news
    assert all(not one["mentions"] and not one["mention_everyone"] for one in messages)
    assert all(not one["content"] for one in messages)
