"""First responses, tokens, @original and follow-ups, call by call."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.sandbox.discord.conftest import open_town
from tests.sandbox.discord.puppet import connected, puppet
from tests.sandbox.discord.town import Json, Town
from tests.sandbox.discord.winding import WoundClock

MODAL: Json = {
    "title": "T",
    "custom_id": "m",
    "components": [
        {
            "type": 18,
            "label": "L",
            "component": {"type": 4, "custom_id": "t", "style": 1},
        }
    ],
}


async def test_an_interaction_carries_what_libraries_and_bots_need(town: Town) -> None:
    """Size limit, permissions, member, channel and options are all there."""
    async with puppet(town) as bot:
        interaction = await bot.asked()

    assert interaction["attachment_size_limit"] == 10 * 1024 * 1024
    assert int(interaction["app_permissions"]) & 1 << 11
    assert interaction["member"]["user"]["username"] == "you"
    assert interaction["channel"]["id"] == town.channel
    assert interaction["data"]["options"] == [{"name": "what", "type": 3, "value": "low"}]


async def test_the_bots_denied_permissions_show_in_the_interaction(town: Town) -> None:
    """app_permissions are computed from the channel's overwrites."""
    async with puppet(town) as bot:
        path = f"/control/channels/{town.channel}/permissions"
        await town.post(path, {"deny": ["send_messages"]}, method="PUT")
        interaction = await bot.asked()

    held = int(interaction["app_permissions"])
    assert not held & 1 << 11
    # Without the right to send there is no right to attach either.
    assert not held & 1 << 15


async def test_an_answer_too_late_is_unknown(town: Town) -> None:
    """Three seconds after the event the callback is 404/10062 and the person has been told."""
    clock = WoundClock()
    async with open_town(clock=clock) as slow, puppet(slow) as bot:
        interaction = await bot.asked()
        await clock.wind(3)
        outcome = await slow.outcome(interaction["id"])

        status, answer = await bot.respond(interaction, 4, {"content": "late"})

    assert outcome["status"] == "failed"
    assert (status, answer["code"]) == (404, 10062)


async def test_a_token_dies_after_fifteen_minutes_but_the_message_can_be_edited_by_channel(
    town: Town,
) -> None:
    """Then @original is 401/50027, while the bot's own token still reaches the message."""
    async with puppet(town) as bot:
        interaction = await bot.asked()
        _, made = await bot.respond(interaction, 4, {"content": "x"})
        message = made["resource"]["message"]["id"]
        await town.post("/control/clock", {"advance_seconds": 901})

        original = bot.hook(interaction, "/messages/@original")
        status, answer = await town.api(f"PATCH {original}", {"content": "y"})
        channel = f"/channels/{town.channel}/messages/{message}"
        later, _ = await town.api(f"PATCH {channel}", {"content": "y"})

    assert (status, answer["code"], later) == (401, 50027, 200)
    counts = await town.get("/control/discord")
    assert counts["violations"]["expired_token"] == 1


@pytest.mark.parametrize(("first", "second"), [(4, 4), (5, 4), (5, 9)])
async def test_the_second_response_is_refused(town: Town, first: int, second: int) -> None:
    """Whatever came first, the second is 40060; so a modal has to be the first."""
    async with puppet(town) as bot:
        interaction = await bot.asked()
        accepted, _ = await bot.respond(interaction, first, {"content": "x"})
        data = MODAL if second == 9 else {"content": "y"}
        status, answer = await bot.respond(interaction, second, data)

    assert (accepted, status, answer["code"]) == (200, 400, 40060)


@pytest.mark.parametrize("kind", [1, 6, 7, 8, 99, "4", None])
async def test_a_command_takes_only_its_kinds_of_response(town: Town, kind: Any) -> None:
    """Updating a message that is not there, or choices, are 50035 at type."""
    async with puppet(town) as bot:
        interaction = await bot.asked()
        status, answer = await bot.respond(interaction, kind, {"content": "x"})

    assert (status, answer["code"]) == (400, 50035)
    assert "type" in answer["errors"]


async def test_a_refused_response_may_be_corrected(town: Town) -> None:
    """A form with a mistake does not use up the one response; the place starts with data."""
    async with puppet(town) as bot:
        interaction = await bot.asked()
        refused, answer = await bot.respond(interaction, 4, {"content": "x" * 2001})
        accepted, _ = await bot.respond(interaction, 4, {"content": "x"})

    assert (refused, accepted) == (400, 200)
    assert "content" in answer["errors"]["data"]


async def test_the_callback_says_what_became_of_the_response(town: Town) -> None:
    """A deferred answer has an id and is loading; the message itself comes for types 4 and 7."""
    async with puppet(town) as bot:
        first = await bot.asked()
        _, deferred = await bot.respond(first, 5, {"flags": 64})
        second = await bot.asked()
        _, sent = await bot.respond(second, 4, {"content": "x"})

    assert deferred["interaction"]["response_message_loading"] is True
    assert deferred["interaction"]["response_message_ephemeral"] is True
    assert "resource" not in deferred
    assert sent["resource"]["message"]["content"] == "x"


async def test_the_first_follow_up_takes_the_place_of_thinking(town: Town) -> None:
    """It edits the deferred message; the next one is a message of its own."""
    async with puppet(town) as bot:
        interaction = await bot.asked()
        _, deferred = await bot.respond(interaction, 5)
        route = f"POST {bot.hook(interaction)}"
        _, first = await town.api(route, {"content": "first"})
        _, second = await town.api(route, {"content": "second"})

    assert first["id"] == deferred["interaction"]["response_message_id"]
    assert second["id"] != first["id"]
    assert not first["flags"] & 128


async def test_original_can_be_read_edited_and_deleted(town: Town) -> None:
    """And is unknown afterwards."""
    async with puppet(town) as bot:
        interaction = await bot.asked()
        before, unanswered = await town.api(f"GET {bot.hook(interaction, '/messages/@original')}")
        await bot.respond(interaction, 4, {"content": "x"})
        path = bot.hook(interaction, "/messages/@original")
        _, read = await town.api(f"GET {path}")
        _, edited = await town.api(f"PATCH {path}", {"content": "y"}, a__mp3=b"ID3")
        deleted, _ = await town.api(f"DELETE {path}")
        after, gone = await town.api(f"GET {path}")

    assert (before, unanswered["code"]) == (404, 10015)
    assert (read["content"], edited["content"]) == ("x", "y")
    assert edited["attachments"][0]["filename"] == "a.mp3"
    assert (deleted, after, gone["code"]) == (204, 404, 10008)


async def test_a_token_opens_only_its_own_messages(town: Town) -> None:
    """Another interaction's message is unknown to it."""
    async with puppet(town) as bot:
        first, second = await bot.asked(), await bot.asked()
        _, mine = await bot.respond(first, 4, {"content": "x"})
        await bot.respond(second, 4, {"content": "y"})
        path = bot.hook(second, f"/messages/{mine['resource']['message']['id']}")
        status, answer = await town.api(f"PATCH {path}", {"content": "z"})

    assert (status, answer["code"]) == (404, 10008)


async def test_while_the_bot_is_away_an_interaction_fails_at_once(town: Town) -> None:
    """Nothing is kept for later."""
    async with puppet(town):
        pass
    while town.discord.world.bot_online():
        await town.get("/client/state")
    interaction = await town.run("hum", what="low")

    state = await town.get(f"/client/interactions/{interaction}")

    assert state["status"] == "failed"
    async with connected(town) as later:
        await later.identify()
        await later.expect("GUILD_CREATE")
        await later.send(1, None)
        assert (await later.frame())["op"] == 11


MODALS: list[tuple[Json, str]] = [
    ({"title": "t" * 46}, "title"),
    ({"custom_id": ""}, "custom_id"),
    ({"components": []}, "components"),
    ({"components": MODAL["components"] * 6}, "components"),
    ({"components": MODAL["components"] * 2}, "components"),
    ({"components": [MODAL["components"][0] | {"label": "L" * 46}]}, "components"),
    ({"components": [{"type": 4, "custom_id": "t", "style": 1}]}, "components"),
    (
        {
            "components": [
                {
                    "type": 18,
                    "label": "L",
                    "component": {
                        "type": 21,
                        "custom_id": "r",
                        "options": [{"label": "one", "value": "1"}],
                    },
                }
            ]
        },
        "components",
    ),
]


@pytest.mark.parametrize(("change", "place"), MODALS)
async def test_a_modal_with_a_mistake_is_refused(town: Town, change: Json, place: str) -> None:
    """Lengths, counts, kinds and doubled ids are 50035 with their place."""
    async with puppet(town) as bot:
        interaction = await bot.asked()
        status, answer = await bot.respond(interaction, 9, MODAL | change)
        accepted, _ = await bot.respond(interaction, 9, MODAL)

    assert (status, answer["code"], accepted) == (400, 50035, 200)
    assert place in answer["errors"]["data"]


async def test_more_than_25_choices_are_refused(town: Town) -> None:
    """26 choices are 50035, 25 arrive at the person."""
    option = {"type": 3, "name": "what", "description": "What", "autocomplete": True}
    command = {"name": "hum", "description": "Hum", "options": [option]}
    typed = {"name": "what", "type": 3, "value": "", "focused": True}
    choices = [{"name": str(one), "value": str(one)} for one in range(26)]
    async with puppet(town) as bot, asyncio.TaskGroup() as group:
        await bot.learn(command)
        path = f"/client/commands/{town.commands['hum']['id']}/autocomplete"
        body = {"channel_id": town.channel, "options": [typed]}
        asking = group.create_task(town.post(path, body))
        interaction = await bot.expect("INTERACTION_CREATE")

        status, answer = await bot.respond(interaction, 8, {"choices": choices})
        await bot.respond(interaction, 8, {"choices": choices[:25]})

    assert (status, answer["code"]) == (400, 50035)
    assert len(asking.result()["choices"]) == 25
