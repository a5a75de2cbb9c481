"""/history, favourites, export and /privacy, as members use them."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from collections.abc import Collection
from contextlib import closing
from typing import Any

import pytest

from tests.e2e.rig import House, Member, Message, audio_of, text_of, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


async def listed(member: Member, *, after: Collection[str] = (), having: str = "") -> Message:
    """Wait for a list that only this member sees."""

    async def find() -> Message | None:
        for one in reversed(await member.messages()):
            is_hidden = bool(one.get("flags", 0) & 64)
            if is_hidden and one["embeds"] and one["id"] not in after and having in text_of(one):
                return one
        return None

    return await until(find, "a list")


async def changed(member: Member, message: Message, having: str) -> Message:
    """Wait until a list of before has something in it."""

    async def find() -> Message | None:
        found = [one for one in await member.messages() if one["id"] == message["id"]]
        labels = json.dumps(found[0]["components"]) if found else ""
        return found[0] if found and having in text_of(found[0]) + labels else None

    return await until(find, f"{having} in the list")


async def pick(member: Member, message: Message, job_id: str) -> None:
    """Choose a piece in the menu of a list."""
    menu = message["components"][0]["components"][0]
    body = {
        "channel_id": message["channel_id"],
        "message_id": message["id"],
        "custom_id": menu["custom_id"],
        "component_type": 3,
        "values": [job_id],
    }
    await member.send("POST", "/client/components", body)


async def make(member: Member, prompt: str) -> Message:
    """Ask for a piece and wait for its audio."""
    seen = {one["id"] for one in await member.cards()}
    await member.slash("music", prompt=prompt, duration=10)
    return await member.finished(after=seen)


async def privacy(member: Member, name: str) -> None:
    """Use one of the /privacy commands."""
    commands = (await member.get("/client/commands", channel=member.channel_id))["commands"]
    command = next(one for one in commands if one["name"] == "privacy")
    inner = {"name": name, "type": 1, "options": []}
    body = {"channel_id": member.channel_id, "options": [inner]}
    await member.send("POST", f"/client/commands/{command['id']}", body)


async def attached(member: Member, ending: str, *, after: Collection[str] = ()) -> Message:
    """Wait for a file that only this member sees."""

    async def find() -> Message | None:
        for one in reversed(await member.messages()):
            names = [file["filename"] for file in one["attachments"]]
            is_hidden = bool(one.get("flags", 0) & 64)
            if (
                is_hidden
                and one["id"] not in after
                and any(name.endswith(ending) for name in names)
            ):
                return one
        return None

    return await until(find, f"a file ending in {ending}")


async def test_a_piece_is_found_heard_marked_remixed_and_posted(house: House) -> None:
    """From one list that works after the power was cut."""
    member = await house.owner.join("historian", "administrator")
    await member.new_channel("history")
    first = await make(member, "un été à la plage")
    second = await make(member, "夏の海 sunset")
    await member.slash("history")
    page = await listed(member, having="夏の海")
    assert text_of(page).index("夏の海") < text_of(page).index("plage")
    await house.owner.cut_power(house.bot)

    await pick(member, page, first["nonce"])
    page = await changed(member, page, "➤ 🎵 [un été")
    await member.press(page, "Favourite")
    page = await changed(member, page, "Unfavourite")
    assert "⭐" in text_of(page)
    await member.press(page, "Play")
    heard = await attached(member, ".mp3")
    assert len(audio_of(heard)) == 1

    await member.slash("history", search="plag", favourites=True)
    found = await listed(member, after={page["id"]})
    assert "plage" in text_of(found)
    assert "夏の海" not in text_of(found)
    asked = await member.press(found, "Remix")
    assert await member.form_opened(asked)
    seen = {one["id"] for one in await member.cards()}
    await member.press(found, "Show")
    shown = await member.finished(after=seen)
    assert "plage" in text_of(shown)

    seen = {one["id"] for one in await member.messages()}
    await member.menu("Favourite", second)
    assert "Marked" in await member.told(after=seen)
    await member.slash("history", favourites=True, since="yesterday")
    both = await listed(member, after={page["id"], found["id"]})
    assert "夏の海" in text_of(both)


async def test_nobody_finds_what_stands_in_a_channel_closed_to_them(house: House) -> None:
    """Not in the list, not in an export, and not while typing a source."""
    owner = await house.owner.join("keeper")
    guest = await house.owner.join("guest")
    secret = await owner.new_channel("secret")
    shut = {"deny": ["view_channel"], "member": guest.user_id}
    await owner.send("PUT", f"/control/channels/{secret}/permissions", shut)
    await make(owner, "a hidden drone")
    await owner.new_channel("open")
    await make(owner, "an open drone")
    guest.channel_id = owner.channel_id

    await guest.slash("history", search="drone", whose="server")
    page = await listed(guest)
    assert "open drone" in text_of(page)
    assert "hidden" not in text_of(page)
    offered = await guest.suggestions("remix", "source", "drone")
    assert [one["name"].split(" · ")[0] for one in offered] == ["an open drone"]
    await guest.slash("history", search="drone", whose="server", export="csv")
    file = (await attached(guest, ".csv"))["attachments"][0]
    rows = list(csv.DictReader(io.StringIO((await guest.download(file)).decode("utf-8-sig"))))
    assert [row["prompt"] for row in rows] == ["an open drone"]

    await owner.slash("history", search="drone")
    assert "hidden" in text_of(await listed(owner))


async def test_pages_are_turned(house: House) -> None:
    """Ten to a page, down and up again; a date nobody can read is explained."""
    member = await house.owner.join("hoarder")
    rooms = []
    for number in range(11):
        # A channel takes one message a second; channels do not wait for each other.
        rooms.append(await member.new_channel(f"pages-{number}"))
        await member.slash("sfx", prompt=f"click number {number:02d}", duration=1)

    async def all_there() -> bool | None:
        cards = [one for room in rooms for one in await member.cards(room)]
        return sum(bool(audio_of(one)) for one in cards) == len(rooms) or None

    await until(all_there, "eleven pieces")
    await member.slash("history")
    page = await listed(member)
    assert "**10.**" in text_of(page)

    await member.press(page, "Older")
    rest = await changed(member, page, "number 00")
    assert "**2.**" not in text_of(rest)
    await member.press(rest, "Newer")
    assert "number 10" in text_of(await changed(member, page, "number 01"))

    await member.slash("history", since="the other day")
    assert "cannot read since as a date" in await member.told()


async def test_a_member_takes_everything_along_and_is_forgotten(house: House) -> None:
    """The file has what is kept; afterwards nothing is, and the cards are gone."""
    member = await house.owner.join("leaver")
    other = await house.owner.join("stayer")
    await member.new_channel("goodbye")
    other.channel_id = member.channel_id
    mine = await make(member, "my own secret tune")
    await other.slash("remix", source=mine["nonce"], prompt="brighter please")
    child = await member.card(
        lambda one: "brighter" in text_of(one) and bool(audio_of(one)), "a remix"
    )
    assert "my own secret" in text_of(child)

    await privacy(member, "export")
    packed = (await attached(member, ".zip"))["attachments"][0]
    with zipfile.ZipFile(io.BytesIO(await member.download(packed))) as bundle:
        data: dict[str, Any] = json.loads(bundle.read("data.json"))
        assert any(name.startswith("audio/") for name in bundle.namelist())
    assert [one["prompt"] for one in data["requests"]] == ["my own secret tune"]

    seen = {one["id"] for one in await member.messages()}
    await privacy(member, "erase")
    assert "cannot be undone" in await member.told(after=seen)
    question = next(one for one in await member.hidden() if one["id"] not in seen)
    await member.press(question, "Erase everything")

    async def forgotten() -> bool | None:
        cards = {one["id"]: one for one in await member.cards()}
        still_named = "my own secret" in text_of(cards[child["id"]])
        return True if mine["id"] not in cards and not still_named else None

    await until(forgotten, "the card to go")
    cards = {one["id"]: one for one in await member.cards()}
    assert audio_of(cards[child["id"]])
    assert not (house.bot.data_dir / "files" / mine["nonce"]).exists()
    rest = json.dumps([house.bot.job(child)], default=str)
    assert "secret" not in rest
    await member.slash("history", whose="server", search="secret")
    assert "Nothing was found" in text_of(await listed(member))


async def test_being_removed_is_noted_and_an_outage_is_not(house: House) -> None:
    """Only a server that the bot is no longer in is forgotten some days later."""
    there = await house.owner.found_server("Fair-weather friends")
    path = f"/control/guilds/{there.guild_id}"

    async def left_at() -> list[int | None]:
        with closing(
            sqlite3.connect(f"file:{house.bot.data_dir}/minstrel.db?mode=ro", uri=True)
        ) as db:
            rows = db.execute("SELECT left_at FROM guilds WHERE guild_id = ?", (there.guild_id,))
            return [row[0] for row in rows]

    await there.send("DELETE", path, unavailable="1")
    await there.send("PATCH", path, {"unavailable": False})
    await there.slash("sfx", prompt="still here", duration=1)
    await there.finished()
    assert await left_at() == []
    await there.send("DELETE", path)

    async def noted() -> bool | None:
        return (await left_at())[:1] not in ([], [None]) or None

    await until(noted, "a note that the bot was removed")
