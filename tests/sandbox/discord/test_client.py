"""The person's side: state, events, members, and the control API."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.sandbox.discord.puppet import puppet
from tests.sandbox.discord.town import Json, Town


async def _next(socket: Any, kind: str) -> Json:
    while True:
        event: Json = await asyncio.wait_for(socket.receive_json(), 15)
        if event["type"] == kind:
            return event


async def test_the_state_shows_a_furnished_guild(town: Town) -> None:
    """One guild with two channels, two people, and a bot that is away."""
    state = await town.get("/client/state")

    [guild] = state["guilds"]
    assert guild["name"] == "Minstrel's Tavern"
    assert [one["name"] for one in guild["channels"]] == ["music", "general"]
    assert guild["roles"][0]["name"] == "@everyone"
    assert state["me"]["username"] == "you"
    assert sum(not one["bot"] for one in state["users"]) == 2
    assert state["bot"]["online"] is False


async def test_events_tell_of_the_bot_its_answers_and_its_messages(town: Town) -> None:
    """Coming online, commands, an interaction's fate, a message, its change and its end."""
    async with town.http.ws_connect("/client/events") as events, puppet(town) as bot:
        online = await _next(events, "bot")
        await _next(events, "commands")
        interaction = await bot.asked()
        sent = await _next(events, "interaction")
        await bot.respond(interaction, 4, {"content": "x"})
        acknowledged = await _next(events, "interaction")
        created = await _next(events, "message_create")
        path = f"/channels/{town.channel}/messages/{created['message']['id']}"
        await town.api(f"PATCH {path}", {"content": "y"})
        updated = await _next(events, "message_update")
        await town.api(f"POST /channels/{town.channel}/typing")
        typing = await _next(events, "typing")
        await town.api(f"DELETE {path}")
        deleted = await _next(events, "message_delete")

    assert online["online"] is True
    assert (sent["status"], acknowledged["status"]) == ("sent", "acknowledged")
    assert updated["message"]["content"] == "y"
    assert typing["user_id"] == town.discord.world.bot.id
    assert deleted["message_id"] == created["message"]["id"]


async def test_an_ephemeral_answer_and_a_modal_are_told_to_one_person(town: Town) -> None:
    """Others' streams do not carry them."""
    member = await town.post(f"/control/guilds/{town.guild}/members", {"username": "ann"})
    async with (
        town.http.ws_connect(f"/client/events?as={member['id']}") as others,
        town.http.ws_connect("/client/events") as mine,
        puppet(town) as bot,
    ):
        await bot.respond(await bot.asked(), 4, {"content": "psst", "flags": 64})
        await bot.respond(
            await bot.asked(),
            9,
            {
                "title": "T",
                "custom_id": "m",
                "components": [{"type": 10, "content": "hi"}],
            },
        )
        seen = [
            await _next(mine, "message_create"),
            await _next(mine, "modal"),
        ]
        await town.post(f"/client/channels/{town.channel}/messages", {"content": "aloud"})
        heard = await _next(others, "message_create")

    assert seen[0]["message"]["content"] == "psst"
    assert seen[1]["modal"]["title"] == "T"
    assert heard["message"]["content"] == "aloud"


@pytest.mark.parametrize("town", [0.1], indirect=True)
async def test_a_form_stays_open_until_the_bot_takes_it(town: Town) -> None:
    """Unanswered, it can be sent again; on its way it cannot be sent twice; answered, it is gone."""
    async with puppet(town) as bot:
        opened = await bot.asked()
        form = {"title": "T", "custom_id": "m", "components": [{"type": 10, "content": "hi"}]}
        await bot.respond(opened, 9, form)
        path = f"/client/modals/{opened['id']}"
        filled: Json = {"components": []}

        first = await town.submit(path, filled)
        hasty = await town.post(path, filled, status=409)
        lost = await town.outcome(first)
        await bot.expect("INTERACTION_CREATE")
        second = await town.submit(path, filled)
        await bot.respond(await bot.expect("INTERACTION_CREATE"), 4, {"content": "thanks"})
        taken = await town.outcome(second)
        late = await town.post(path, filled, status=404)

    assert hasty["error"] == "That form is being sent. Wait for the answer."
    assert (lost["status"], taken["status"]) == ("failed", "acknowledged")
    assert late["error"] == "That form is no longer open."


async def test_a_member_without_the_right_cannot_delete_others_messages(town: Town) -> None:
    """The owner can."""
    member = await town.post(f"/control/guilds/{town.guild}/members", {"username": "ann"})
    message = await town.post(f"/client/channels/{town.channel}/messages", {"content": "x"})
    path = f"/client/channels/{town.channel}/messages/{message['id']}"

    async with town.http.delete(f"{path}?as={member['id']}") as refused:
        assert refused.status == 403
    async with town.http.delete(path) as response:
        assert response.status == 204


async def test_history_is_paged_backwards(town: Town) -> None:
    """`before` gives the older ones, oldest first."""
    path = f"/client/channels/{town.channel}/messages"
    ids = [(await town.post(path, {"content": str(one)}))["id"] for one in range(4)]

    newest = await town.get(f"{path}?limit=2")
    older = await town.get(f"{path}?limit=2&before={newest['messages'][0]['id']}")

    assert [one["id"] for one in older["messages"] + newest["messages"]] == ids


async def test_a_channel_deleted_under_the_bot_is_unknown(town: Town) -> None:
    """CHANNEL_DELETE is sent, and sending there is 10003."""
    async with puppet(town) as bot:
        async with town.http.delete(f"/control/channels/{town.channel}") as response:
            assert response.status == 204
        gone = await bot.expect("CHANNEL_DELETE")
        status, answer = await town.api(f"POST /channels/{town.channel}/messages", {"content": "x"})

    assert gone["id"] == town.channel
    assert (status, answer["code"]) == (404, 10003)


async def test_what_makes_no_sense_is_answered_with_a_sentence(town: Town) -> None:
    """Unknown people, channels, tiers and permissions are 4xx with a sentence."""
    calls = [
        ("POST", "/client/channels/1/messages", {"content": "x"}),
        ("POST", f"/client/channels/{town.channel}/messages", {"content": ""}),
        ("POST", f"/client/channels/{town.channel}/messages?as=1", {"content": "x"}),
        ("PATCH", f"/control/guilds/{town.guild}", {"premium_tier": 9}),
        ("PUT", f"/control/channels/{town.channel}/permissions", {"deny": ["fly"]}),
        ("POST", "/control/gateway", {"action": "dance"}),
        ("POST", "/control/clock", {"advance_seconds": "soon"}),
        ("POST", "/client/modals/1", {"components": []}),
        ("POST", "/control/guilds", {"channels": 5}),
        ("POST", "/client/components", {"channel_id": [1]}),
    ]
    for method, path, body in calls:
        async with town.http.request(method, path, json=body) as response:
            answer = await response.json(content_type=None)
            assert 400 <= response.status < 500, path
            assert answer["error"].endswith("."), answer
