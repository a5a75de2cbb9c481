"""Signed URLs, ranges, and misbehaviour on demand."""

from __future__ import annotations

import aiohttp
import pytest

from sandbox.faults import Fault
from tests.sandbox.discord.town import Json, Town

SONG = bytes(range(256)) * 4


async def _posted(town: Town) -> Json:
    route = f"POST /channels/{town.channel}/messages"
    _, message = await town.api(route, {}, song__mp3=SONG)
    return dict(message)


async def test_a_file_is_served_whole_and_in_ranges(town: Town) -> None:
    """The type follows the name; ranges are 206, impossible ones 416; any page may read it."""
    message = await _posted(town)
    url = message["attachments"][0]["url"]

    async with town.http.get(url) as whole:
        assert whole.content_type == "audio/mpeg"
        assert whole.headers["Accept-Ranges"] == "bytes"
        assert whole.headers["Access-Control-Allow-Origin"] == "*"
        assert await whole.read() == SONG
    for wanted, part in {"0-9": SONG[:10], "1000-": SONG[1000:], "-24": SONG[-24:]}.items():
        async with town.http.get(url, headers={"Range": f"bytes={wanted}"}) as response:
            assert response.status == 206
            assert await response.read() == part
    async with town.http.get(url, headers={"Range": "bytes=9999-"}) as response:
        assert response.status == 416


async def test_a_url_dies_after_a_day_and_reading_the_message_renews_it(town: Town) -> None:
    """The old one is 404, the new one works."""
    message = await _posted(town)
    await town.post("/control/clock", {"advance_seconds": 24 * 3600 + 1})

    async with town.http.get(message["attachments"][0]["url"]) as response:
        assert response.status == 404
    _, fresh = await town.api(f"GET /channels/{town.channel}/messages/{message['id']}")
    async with town.http.get(fresh["attachments"][0]["url"]) as response:
        assert response.status == 200


async def test_a_forged_url_is_refused(town: Town) -> None:
    """Without signature, with a later expiry, or under another name there is no file."""
    message = await _posted(town)
    url = message["attachments"][0]["url"]
    path = url.partition("?")[0]

    for forged, status in (
        (path, 403),
        (url.replace("ex=", "ex=f"), 403),
        (url.replace("song.mp3", "other.mp3"), 404),
    ):
        async with town.http.get(forged) as response:
            assert response.status == status


async def test_deleting_a_message_deletes_its_files(town: Town) -> None:
    """The URL is 404 at once."""
    message = await _posted(town)
    await town.api(f"DELETE /channels/{town.channel}/messages/{message['id']}")

    async with town.http.get(message["attachments"][0]["url"]) as response:
        assert response.status == 404


async def test_a_download_can_be_cut_damaged_or_refused(town: Town) -> None:
    """Faults at discord.cdn strike once each and are gone."""
    message = await _posted(town)
    url = message["attachments"][0]["url"]

    town.faults.add(Fault(where="discord.cdn", what="status", status=403))
    async with town.http.get(url) as response:
        assert response.status == 403
    town.faults.add(Fault(where="discord.cdn", what="corrupt"))
    async with town.http.get(url) as response:
        damaged = await response.read()
    town.faults.add(Fault(where="discord.cdn", what="cut"))
    with pytest.raises(aiohttp.ClientError):
        async with town.http.get(url) as response:
            await response.read()
    async with town.http.get(url) as response:
        assert await response.read() == SONG

    assert len(damaged) == len(SONG)
    assert damaged != SONG


async def test_far_too_much_can_be_announced_and_sent(town: Town) -> None:
    """`huge` announces gigabytes; whoever stops reading is not harmed."""
    message = await _posted(town)
    town.faults.add(Fault(where="discord.cdn", what="huge"))

    async with town.http.get(message["attachments"][0]["url"]) as response:
        await response.content.readexactly(3_000_000)

        assert int(response.headers["Content-Length"]) > 1 << 30


PLACES = [
    ("discord.message_create", "POST /channels/{c}/messages"),
    ("discord.message_edit", "PATCH /channels/{c}/messages/1"),
    ("discord.message_delete", "DELETE /channels/{c}/messages/1"),
    ("discord.callback", "POST /interactions/1/t/callback"),
    ("discord.webhook_edit", "PATCH /webhooks/1/t/messages/@original"),
    ("discord.webhook_delete", "DELETE /webhooks/1/t/messages/@original"),
    ("discord.followup", "POST /webhooks/1/t"),
    ("discord.commands", "GET /applications/1/commands"),
    ("discord.any", "GET /users/@me"),
    ("discord.any", "POST /channels/{c}/messages"),
]


@pytest.mark.parametrize(("where", "route"), PLACES)
async def test_each_place_can_be_made_to_fail(town: Town, where: str, route: str) -> None:
    """A status fault answers instead, once."""
    town.faults.add(Fault(where=where, what="status", status=502))
    path = route.format(c=town.channel)

    first, _ = await town.api(path)
    second, _ = await town.api(path)

    assert first == 502
    assert second != 502


async def test_a_429_on_demand_looks_like_discords_own(town: Town) -> None:
    """It has Via and retry_after, so that libraries wait and try again."""
    town.faults.add(Fault(where="discord.message_create", what="status", status=429, seconds=0.2))
    response, answer = await town.call(f"POST /channels/{town.channel}/messages", {"content": "x"})

    assert response.status == 429
    assert response.headers["Via"]
    assert answer == {
        "message": "You are being rate limited.",
        "retry_after": 0.2,
        "global": False,
    }


@pytest.mark.parametrize(
    ("what", "is_done"), [("drop_before", False), ("drop_after", True), ("cut", True)]
)
async def test_a_connection_can_be_cut_before_or_after_the_deed(
    town: Town, what: str, is_done: bool
) -> None:
    """drop_before does nothing; drop_after and cut do it and lose the answer."""
    town.faults.add(Fault.model_validate({"where": "discord.message_create", "what": what}))
    with pytest.raises(aiohttp.ClientError):
        await town.api(f"POST /channels/{town.channel}/messages", {"content": "x"})

    assert len(await town.messages()) == is_done


async def test_an_answer_can_lie_or_be_a_web_page(town: Town) -> None:
    """`lie` says 500 although it was done; `html` is a page without Via."""
    route = f"POST /channels/{town.channel}/messages"
    town.faults.add(Fault(where="discord.message_create", what="lie"))
    lied, _ = await town.api(route, {"content": "x"})
    town.faults.add(Fault(where="discord.*", what="html", status=503))
    async with town.http.get("/api/v10/gateway") as page:
        assert page.status == 503
        assert page.content_type == "text/html"

    assert lied == 500
    assert len(await town.messages()) == 1


async def test_everything_is_recorded(town: Town) -> None:
    """Requests with body, files, status and answer; never a token."""
    await _posted(town)

    [entry] = [one for one in town.records if one["kind"] == "rest"]

    assert entry["route"] == "POST /channels/{channel}/messages"
    assert entry["files"] == [{"name": "song.mp3", "size": len(SONG)}]
    assert entry["status"] == 200
    assert "a-token" not in str(entry)
