"""What Discord refuses in messages, and how: by status, code, and place in the form."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from PIL import Image

from tests.sandbox.discord.conftest import open_town
from tests.sandbox.discord.town import Json, Town
from tests.sandbox.discord.winding import WoundClock

MEBIBYTE = 1024 * 1024


def _row(*buttons: Json) -> Json:
    return {"type": 1, "components": list(buttons)}


def _button(custom_id: str = "a", **more: Any) -> Json:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id, **more}


def _select(**more: Any) -> Json:
    options = [{"label": "A", "value": "a"}]
    return {"type": 3, "custom_id": "s", "options": options, **more}


def _leaf(errors: Json) -> tuple[str, str]:
    """Give the path to the first mistake, and its code."""
    path: list[str] = []
    while "_errors" not in errors:
        step = next(iter(errors))
        path.append(step)
        errors = errors[step]
    return ".".join(path), errors["_errors"][0]["code"]


FORMS: list[tuple[Json, str, str]] = [
    ({"content": "x" * 2001}, "content", "BASE_TYPE_MAX_LENGTH"),
    ({"content": 5}, "content", "STRING_TYPE_CONVERT"),
    ({"content": "x", "flags": "many"}, "flags", "NUMBER_TYPE_COERCE"),
    ({"content": "x", "nonce": "n" * 26}, "nonce", "BASE_TYPE_MAX_LENGTH"),
    ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title", "BASE_TYPE_MAX_LENGTH"),
    ({"embeds": [{"description": "x" * 4097}]}, "embeds.0.description", "BASE_TYPE_MAX_LENGTH"),
    ({"embeds": [{"title": "x"}] * 11}, "embeds", "BASE_TYPE_MAX_LENGTH"),
    ({"embeds": [{"description": "x" * 3001}] * 2}, "embeds", "MAX_EMBED_SIZE_EXCEEDED"),
    (
        {"embeds": [{"fields": [{"name": "", "value": "v"}]}]},
        "embeds.0.fields.0.name",
        "BASE_TYPE_REQUIRED",
    ),
    (
        {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]},
        "embeds.0.fields",
        "BASE_TYPE_MAX_LENGTH",
    ),
    ({"content": "x", "components": [_row(_button())] * 6}, "components", "BASE_TYPE_MAX_LENGTH"),
    (
        {"content": "x", "components": [_row(*(_button(str(n)) for n in range(6)))]},
        "components.0.components",
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        {"content": "x", "components": [_row(_button(), _button())]},
        "components.0.components.1.custom_id",
        "COMPONENT_CUSTOM_ID_DUPLICATED",
    ),
    (
        {"content": "x", "components": [_row(_button("c" * 101))]},
        "components.0.components.0.custom_id",
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        {"content": "x", "components": [_row({"type": 2, "style": 1, "label": "Go"})]},
        "components.0.components.0.custom_id",
        "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED",
    ),
    (
        {"content": "x", "components": [_row(_button(label="l" * 81))]},
        "components.0.components.0.label",
        "BASE_TYPE_MAX_LENGTH",
    ),
    (
        {"content": "x", "components": [_row(_select(), _button())]},
        "components.0.components",
        "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
    ),
    (
        {"content": "x", "components": [_row(_select(options=[]))]},
        "components.0.components.0.options",
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        {"content": "x", "components": [_row(_select(max_values=2))]},
        "components.0.components.0.max_values",
        "NUMBER_TYPE_MAX",
    ),
    ({"content": "x", "components": [_button()]}, "components.0.type", "UNION_TYPE_CHOICES"),
    (
        {"content": "x", "components": [{"type": 10, "content": "hi"}]},
        "components.0.type",
        "UNION_TYPE_CHOICES",
    ),
    (
        {"content": "x", "flags": 1 << 15, "components": [{"type": 10, "content": "hi"}]},
        "content",
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    ),
    (
        {"content": "x", "attachments": [{"id": 0}]},
        "attachments.0.id",
        "ATTACHMENT_NOT_FOUND",
    ),
    (
        {"content": "x", "message_reference": {"message_id": "1"}},
        "message_reference",
        "MESSAGE_REFERENCE_UNKNOWN_MESSAGE",
    ),
]


@pytest.fixture
async def wound() -> AsyncIterator[tuple[Town, WoundClock]]:
    """Give a town whose time stands still."""
    clock = WoundClock()
    async with open_town(clock=clock) as town:
        yield town, clock


@pytest.mark.parametrize(("body", "place", "code"), FORMS, ids=lambda one: str(one)[:40])
async def test_a_form_with_a_mistake_is_refused_naming_the_place(
    town: Town, body: Json, place: str, code: str
) -> None:
    """50035 carries the mistake's code at its path, as Discord nests it."""
    status, answer = await town.api(f"POST /channels/{town.channel}/messages", body)

    assert (status, answer["code"]) == (400, 50035)
    assert _leaf(answer["errors"]) == (place, code)


async def test_a_message_comes_back_with_what_libraries_read(town: Town) -> None:
    """The answer has no charset in its type, string ids, and numbered components."""
    body = {"content": "hi", "components": [_row(_button())], "nonce": "n1", "tts": False}
    response, message = await town.call(f"POST /channels/{town.channel}/messages", body)

    assert response.headers["Content-Type"] == "application/json"
    assert message["id"].isdecimal()
    assert message["nonce"] == "n1"
    assert message["components"][0]["id"] == 1
    assert message["components"][0]["components"][0]["id"] == 2


@pytest.mark.parametrize("body", [{}, {"content": " "}, {"embeds": []}])
async def test_an_empty_message_is_refused(town: Town, body: Json) -> None:
    """Nothing to show is 50006, on sending and on editing."""
    path = f"/channels/{town.channel}/messages"
    _, message = await town.api(f"POST {path}", {"content": "x"})

    sent = await town.api(f"POST {path}", body)
    edited = await town.api(f"PATCH {path}/{message['id']}", {"content": ""})

    assert (sent[0], sent[1]["code"]) == (400, 50006)
    assert (edited[0], edited[1]["code"]) == (400, 50006)


async def test_a_file_over_the_guilds_limit_is_refused_until_the_guild_is_boosted(
    town: Town,
) -> None:
    """Ten mebibytes fit, one byte more is 413/40005; at tier two it fits."""
    route = f"POST /channels/{town.channel}/messages"
    fitting, over = bytes(10 * MEBIBYTE), bytes(10 * MEBIBYTE + 1)

    accepted, _ = await town.api(route, {}, a__mp3=fitting)
    refused, answer = await town.api(route, {}, a__mp3=over)
    await town.post(f"/control/guilds/{town.guild}", {"premium_tier": 2}, method="PATCH")
    boosted, _ = await town.api(route, {}, a__mp3=over)

    assert (accepted, refused, answer["code"], boosted) == (200, 413, 40005, 200)


async def test_a_request_over_the_cap_is_refused_though_each_file_fits(town: Town) -> None:
    """Three files of ten mebibytes are too much at once."""
    files = {f"f{number}__mp3": bytes(10 * MEBIBYTE) for number in range(3)}
    status, answer = await town.api(f"POST /channels/{town.channel}/messages", {}, **files)

    assert (status, answer["code"]) == (413, 40005)


async def test_more_than_ten_files_are_refused(town: Town) -> None:
    """The eleventh is 30015, also when it comes by edit."""
    path = f"/channels/{town.channel}/messages"
    ten = {f"f{number}__txt": b"x" for number in range(10)}

    accepted, message = await town.api(f"POST {path}", {}, **ten)
    refused = await town.api(f"POST {path}", {}, **ten, f10__txt=b"x")
    edited = await town.api(f"PATCH {path}/{message['id']}", {}, more__txt=b"x")

    assert accepted == 200
    assert (refused[0], refused[1]["code"]) == (400, 30015)
    assert (edited[0], edited[1]["code"]) == (400, 30015)


async def test_a_picture_tells_its_size_and_a_broken_one_does_not(town: Town) -> None:
    """Apps keep room for pictures by it, so that nothing jumps when they have come."""
    picture = io.BytesIO()
    Image.new("RGB", (80, 16)).save(picture, "PNG")
    files = {"wave__png": picture.getvalue(), "torn__png": picture.getvalue()[:20]}

    _, answer = await town.api(f"POST /channels/{town.channel}/messages", {}, **files)

    whole, torn = answer["attachments"]
    assert (whole["width"], whole["height"]) == (80, 16)
    assert "width" not in torn


async def test_the_attachments_list_of_an_edit_decides_which_files_stay(town: Town) -> None:
    """Named ones stay, unnamed ones go with their URL, no list keeps all."""
    path = f"/channels/{town.channel}/messages"
    _, message = await town.api(f"POST {path}", {}, a__mp3=b"a", b__mp3=b"b")
    first, second = message["attachments"]
    route = f"PATCH {path}/{message['id']}"

    _, kept = await town.api(route, {"content": "same"})
    _, fewer = await town.api(route, {"attachments": [{"id": second["id"]}]})
    _, more = await town.api(route, {"attachments": [{"id": second["id"]}, {"id": 0}]}, c__mp3=b"c")

    def names(one: Json) -> list[str]:
        return [each["filename"] for each in one["attachments"]]

    assert names(kept) == ["a.mp3", "b.mp3"]
    assert names(fewer) == ["b.mp3"]
    assert names(more) == ["b.mp3", "c.mp3"]
    async with town.http.get(first["url"]) as response:
        assert response.status == 404


async def test_the_v2_kind_sticks(town: Town) -> None:
    """A message turned V2 takes no content any more, whatever flags the edit gives."""
    path = f"/channels/{town.channel}/messages"
    text = [{"type": 10, "content": "hi"}]
    _, message = await town.api(f"POST {path}", {"flags": 1 << 15, "components": text})

    route = f"PATCH {path}/{message['id']}"
    status, refused = await town.api(route, {"content": "old", "flags": 0})
    _, edited = await town.api(route, {"flags": 0, "components": text * 2})

    assert (status, refused["code"]) == (400, 50035)
    assert edited["flags"] & 1 << 15


async def test_a_message_with_content_cannot_turn_v2_and_keep_it(town: Town) -> None:
    """The content has to be emptied in the same edit."""
    path = f"/channels/{town.channel}/messages"
    _, message = await town.api(f"POST {path}", {"content": "x"})
    route = f"PATCH {path}/{message['id']}"
    change = {"flags": 1 << 15, "components": [{"type": 10, "content": "hi"}]}

    refused, _ = await town.api(route, change)
    accepted, _ = await town.api(route, change | {"content": None})

    assert (refused, accepted) == (400, 200)


async def test_an_enforced_nonce_gives_the_earlier_message_for_some_minutes(
    wound: tuple[Town, WoundClock],
) -> None:
    """Sending twice with the same nonce sends once; after five minutes it is a new message."""
    town, clock = wound
    route = f"POST /channels/{town.channel}/messages"
    body = {"content": "x", "nonce": "1", "enforce_nonce": True}

    _, first = await town.api(route, body)
    _, second = await town.api(route, body)
    _, unenforced = await town.api(route, {"content": "x", "nonce": "1"})
    await clock.wind(301)
    _, later = await town.api(route, body)

    assert first["id"] == second["id"]
    assert len({first["id"], unenforced["id"], later["id"]}) == 3


@pytest.mark.parametrize("kind", ["create", "edit"])
async def test_the_sixth_call_in_five_seconds_is_turned_away(
    wound: tuple[Town, WoundClock], kind: str
) -> None:
    """Headers count down; then 429 with Via and retry_after; after that long it goes on."""
    town, clock = wound
    path = f"/channels/{town.channel}/messages"
    _, message = await town.api(f"POST {path}", {"content": "x"})
    await clock.wind(5)
    route = f"POST {path}" if kind == "create" else f"PATCH {path}/{message['id']}"

    left = []
    for _ in range(5):
        response, _ = await town.call(route, {"content": "y"})
        left.append(response.headers["X-RateLimit-Remaining"])
        assert response.headers["X-RateLimit-Reset-After"]
    refused, answer = await town.call(route, {"content": "y"})
    await clock.wind(answer["retry_after"])
    again, _ = await town.call(route, {"content": "y"})

    assert left == ["4", "3", "2", "1", "0"]
    assert refused.status == 429
    assert refused.headers["Via"]
    assert answer["retry_after"] == 5
    assert answer["global"] is False
    assert again.status == 200
    counts = await town.get("/control/discord")
    assert counts["rate_limited"] == counts["violations"]["rate_limit"] == 1


async def test_old_messages_may_be_edited_less_often(wound: tuple[Town, WoundClock]) -> None:
    """After an hour the fourth edit in six seconds is 429 with code 30046."""
    town, clock = wound
    path = f"/channels/{town.channel}/messages"
    _, message = await town.api(f"POST {path}", {"content": "x"})
    await clock.wind(3601)

    for _ in range(3):
        status, _ = await town.api(f"PATCH {path}/{message['id']}", {"content": "y"})
        assert status == 200
    refused, answer = await town.api(f"PATCH {path}/{message['id']}", {"content": "y"})

    assert (refused, answer["code"]) == (429, 30046)


async def test_only_fifty_calls_a_second_are_taken(wound: tuple[Town, WoundClock]) -> None:
    """The fifty-first is a global 429."""
    town, _ = wound
    for _ in range(50):
        status, _ = await town.api("GET /users/@me")
        assert status == 200

    response, answer = await town.call("GET /users/@me")

    assert (response.status, answer["global"]) == (429, True)
    assert response.headers["X-RateLimit-Global"] == "true"


DENIED: list[tuple[list[str], Json, bool, int]] = [
    (["view_channel"], {"content": "x"}, False, 50001),
    (["send_messages"], {"content": "x"}, False, 50013),
    (["attach_files"], {}, True, 50013),
    (["embed_links"], {"embeds": [{"title": "x"}]}, False, 50013),
]


@pytest.mark.parametrize(("denied", "body", "has_file", "code"), DENIED)
async def test_a_missing_permission_is_refused_by_its_code(
    town: Town, denied: list[str], body: Json, has_file: bool, code: int
) -> None:
    """Not seeing is 50001, not being allowed is 50013."""
    path = f"/control/channels/{town.channel}/permissions"
    await town.post(path, {"deny": denied}, method="PUT")
    files = {"a__mp3": b"x"} if has_file else {}

    status, answer = await town.api(f"POST /channels/{town.channel}/messages", body, **files)
    await town.post(path, {"deny": []}, method="PUT")
    again, _ = await town.api(f"POST /channels/{town.channel}/messages", body, **files)

    assert (status, answer["code"], again) == (403, code, 200)


async def test_replying_needs_the_history(town: Town) -> None:
    """Without Read Message History a reply is 160002 and a plain message goes through."""
    path = f"/channels/{town.channel}/messages"
    _, message = await town.api(f"POST {path}", {"content": "x"})
    await town.post(
        f"/control{path.removesuffix('/messages')}/permissions",
        {"deny": ["read_message_history"]},
        method="PUT",
    )
    reply = {"content": "y", "message_reference": {"message_id": int(message["id"])}}

    refused, answer = await town.api(f"POST {path}", reply)
    accepted, _ = await town.api(f"POST {path}", {"content": "y"})
    listed = await town.api(f"GET {path}")

    assert (refused, answer["code"], accepted) == (403, 160002, 200)
    assert listed == (200, [])


async def test_only_the_author_edits_and_only_moderators_delete(town: Town) -> None:
    """Somebody else's message: editing is 50005, deleting without the permission 50013."""
    written = await town.post(f"/client/channels/{town.channel}/messages", {"content": "mine"})
    path = f"/channels/{town.channel}/messages/{written['id']}"

    edited = await town.api(f"PATCH {path}", {"content": "yours"})
    deleted = await town.api(f"DELETE {path}")

    assert (edited[0], edited[1]["code"]) == (403, 50005)
    assert (deleted[0], deleted[1]["code"]) == (403, 50013)


async def test_what_is_gone_is_unknown(town: Town) -> None:
    """A deleted message is 10008, a missing channel 10003, a wrong path 404 with code 0."""
    path = f"/channels/{town.channel}/messages"
    _, message = await town.api(f"POST {path}", {"content": "x"})
    await town.api(f"DELETE {path}/{message['id']}")

    edited = await town.api(f"PATCH {path}/{message['id']}", {"content": "y"})
    nowhere = await town.api("POST /channels/1/messages", {"content": "y"})
    lost = await town.api("GET /nothing/here")

    assert (edited[0], edited[1]["code"]) == (404, 10008)
    assert (nowhere[0], nowhere[1]["code"]) == (404, 10003)
    assert (lost[0], lost[1]["code"]) == (404, 0)


@pytest.mark.parametrize("header", ["", "Bot ", "Bot invalid", "a-token"])
async def test_a_bad_token_is_refused(town: Town, header: str) -> None:
    """No token, an empty one, one without its scheme, and the word invalid are 401."""
    async with town.http.get("/api/v10/users/@me", headers={"Authorization": header}) as response:
        assert response.status == 401


async def test_a_mention_of_the_bot_makes_a_message_readable(town: Town) -> None:
    """Without the intent, REST shows text of others only where the bot is mentioned."""
    path = f"/client/channels/{town.channel}/messages"
    await town.post(path, {"content": "secret"})
    await town.post(path, {"content": f"<@{town.discord.world.bot.id}> hello"})

    _, found = await town.api(f"GET /channels/{town.channel}/messages")

    assert [one["content"].partition(" ")[2] for one in found] == ["hello", ""]


async def test_reactions_are_taken_and_given_back(town: Town) -> None:
    """The bot's reaction shows, and goes."""
    path = f"/channels/{town.channel}/messages"
    _, message = await town.api(f"POST {path}", {"content": "x"})
    reaction = f"{path}/{message['id']}/reactions/%F0%9F%8E%B5/@me"

    added, _ = await town.api(f"PUT {reaction}")
    [shown] = await town.messages()
    removed, _ = await town.api(f"DELETE {reaction}")
    [bare] = await town.messages()

    assert (added, removed) == (204, 204)
    assert shown["reactions"][0]["emoji"]["name"] == "🎵"
    assert "reactions" not in bare


async def test_a_thread_can_be_started_and_written_in(town: Town) -> None:
    """A thread on a message has its id, and needs its own permission to write in."""
    path = f"/channels/{town.channel}/messages"
    _, message = await town.api(f"POST {path}", {"content": "x"})

    status, thread = await town.api(f"POST {path}/{message['id']}/threads", {"name": "talk"})
    sent, _ = await town.api(f"POST /channels/{thread['id']}/messages", {"content": "y"})
    await town.post(
        f"/control/channels/{town.channel}/permissions",
        {"deny": ["send_messages_in_threads"]},
        method="PUT",
    )
    refused, _ = await town.api(f"POST /channels/{thread['id']}/messages", {"content": "y"})

    assert (status, thread["id"], sent, refused) == (201, message["id"], 200, 403)
