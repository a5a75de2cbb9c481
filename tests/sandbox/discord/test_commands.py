"""Registering commands, and what the person's app checks before it sends them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.discord.puppet import COMMAND, puppet
from tests.sandbox.discord.town import Json, Town


def _command(**more: Any) -> Json:
    return {"name": "sing", "description": "Sing", **more}


def _option(name: str = "o", **more: Any) -> Json:
    return {"type": 3, "name": name, "description": "d", **more}


def _choices(count: int) -> list[Json]:
    return [{"name": f"n{one}" + "x" * 90, "value": f"v{one}" + "y" * 90} for one in range(count)]


BAD: list[list[Json]] = [
    [_command(name="Sing")],
    [_command(name="two words")],
    [_command(name="x" * 33)],
    [_command(description="")],
    [_command(description="d" * 101)],
    [_command(), _command()],
    [_command(options=[_option(f"o{one}") for one in range(26)])],
    [_command(options=[_option("a"), _option("b", required=True)])],
    [_command(options=[_option("a"), _option("a")])],
    [_command(options=[_option(choices=_choices(26))])],
    [_command(options=[_option(choices=_choices(2), autocomplete=True)])],
    [_command(options=[_option(max_length=6001)])],
    [_command(options=[_option(type=4, min_value=5, max_value=1)])],
    [_command(options=[_option(type=12)])],
    [_command(options=[_option(type=1), _option("v")])],
    [_command(options=[_option(f"o{one}", choices=_choices(25)) for one in range(2)])],
    [_command(type=3)],
    [{"type": 3, "name": f"Menu {one}"} for one in range(16)],
    [_command(name=f"c{one}") for one in range(101)],
    [_command(contexts=[7])],
    [{"name": "x"}],
]


@pytest.mark.parametrize("commands", BAD, ids=lambda one: str(one)[:50])
async def test_commands_with_a_mistake_are_refused_as_a_whole(
    town: Town, commands: list[Json]
) -> None:
    """50035; what was registered before stays."""
    route = f"/applications/{town.discord.world.bot.id}/commands"
    await town.api(f"PUT {route}", [_command(name="old")])

    status, answer = await town.api(f"PUT {route}", commands)
    _, kept = await town.api(f"GET {route}")

    assert (status, answer["code"]) == (400, 50035), answer
    assert [one["name"] for one in kept] == ["old"]


async def test_a_command_too_large_in_sum_says_so(town: Town) -> None:
    """Names, descriptions and values together may have 8000 characters."""
    options = [_option(f"o{one}", choices=_choices(25)) for one in range(2)]
    route = f"PUT /applications/{town.discord.world.bot.id}/commands"
    _, answer = await town.api(route, [_command(options=options)])

    assert "APPLICATION_COMMAND_TOO_LARGE" in json.dumps(answer)


async def test_overwriting_keeps_the_ids_of_commands_that_stay(town: Town) -> None:
    """Same type and name, same id; nulls are filled with what Discord defaults to."""
    route = f"PUT /applications/{town.discord.world.bot.id}/commands"
    _, first = await town.api(route, [_command(), _command(name="hum")])
    _, second = await town.api(
        route, [_command(description="Anew", integration_types=None, contexts=None)]
    )

    assert second[0]["id"] == first[0]["id"]
    assert second[0]["version"] != first[0]["version"]
    assert second[0]["integration_types"] == [0]


async def test_a_guilds_commands_are_its_own(town: Town) -> None:
    """They show in that guild beside the global ones, and nowhere else."""
    application = town.discord.world.bot.id
    other = await town.post("/control/guilds", {"name": "Other"})
    path = f"/applications/{application}/guilds/{town.guild}/commands"
    status, made = await town.api(f"POST {path}", _command())
    again, _ = await town.api(f"POST {path}", _command(description="Anew"))
    await town.api(f"POST /applications/{application}/commands", _command(name="hum"))

    here = await town.get(f"/client/commands?channel={town.channel}")
    there = await town.get(f"/client/commands?channel={other['channels'][0]['id']}")

    assert (status, again) == (201, 200)
    assert sorted(one["name"] for one in here["commands"]) == ["hum", "sing"]
    assert [one["name"] for one in there["commands"]] == ["hum"]
    gone, _ = await town.api(f"DELETE {path}/{made['id']}")
    missing, answer = await town.api(f"GET {path}/{made['id']}")
    assert (gone, missing, answer["code"]) == (204, 404, 10063)


async def test_a_command_can_be_kept_from_those_without_a_permission(town: Town) -> None:
    """default_member_permissions hide it from members who lack them, not from the owner."""
    route = f"PUT /applications/{town.discord.world.bot.id}/commands"
    await town.api(route, [_command(default_member_permissions=str(1 << 5))])
    member = await town.post(f"/control/guilds/{town.guild}/members", {"username": "ann"})
    steward = await town.post(
        f"/control/guilds/{town.guild}/members",
        {"username": "bo", "permissions": ["manage_guild"]},
    )

    async def seen(person: str) -> int:
        path = f"/client/commands?channel={town.channel}&as={person}"
        return len((await town.get(path))["commands"])

    owner = town.discord.world.me.id
    assert [await seen(one) for one in (owner, member["id"], steward["id"])] == [1, 0, 1]


OPTIONS: list[tuple[list[Json], str]] = [
    ([], "required"),
    ([{"name": "what", "type": 3, "value": "too long"}], "range"),
    ([{"name": "what", "type": 3, "value": 5}], "kind of value"),
    ([{"name": "what", "value": "a"}, {"name": "times", "value": 10}], "range"),
    ([{"name": "what", "value": "a"}, {"name": "times", "value": True}], "kind of value"),
    ([{"name": "what", "value": "a"}, {"name": "key", "value": "e"}], "no such choice"),
    ([{"name": "what", "value": "a"}, {"name": "volume", "value": 1}], "outdated"),
]


@pytest.mark.parametrize(("options", "sentence"), OPTIONS)
async def test_options_out_of_bounds_never_reach_the_bot(
    town: Town, options: list[Json], sentence: str
) -> None:
    """The app refuses them with a sentence."""
    async with puppet(town):
        path = f"/client/commands/{town.commands[COMMAND['name']]['id']}"
        body = {"channel_id": town.channel, "options": options}
        answer = await town.post(path, body, status=400)

    assert sentence in answer["error"]
