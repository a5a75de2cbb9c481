"""Menus of people, roles and channels: what they may hold, what they offer, what the bot gets."""

from __future__ import annotations

import pytest

from tests.sandbox.discord.puppet import puppet
from tests.sandbox.discord.town import Json, Town

USERS, ROLES, CHANNELS = 5, 6, 8


def menu(kind: int, **more: object) -> Json:
    """One menu in a row of its own."""
    return {"type": 1, "components": [{"type": kind, "custom_id": "pick", **more}]}


async def posted(town: Town, kind: int, **more: object) -> tuple[int, Json]:
    """Post a message with a menu; gives the status and the answer."""
    body = {"content": "choose", "components": [menu(kind, **more)]}
    return await town.api(f"POST /channels/{town.channel}/messages", body)


async def test_what_is_ticked_comes_back_as_text(town: Town) -> None:
    """Bots may send ids as numbers, too large for a page to read."""
    ticked = [{"id": int(town.channel), "type": "channel"}]

    status, message = await posted(town, CHANNELS, default_values=ticked, channel_types=[0])

    assert status == 200
    [part] = message["components"][0]["components"]
    assert part["default_values"] == [{"id": town.channel, "type": "channel"}]


@pytest.mark.parametrize(
    ("kind", "more", "where"),
    [
        (ROLES, {"default_values": [{"id": "1", "type": "user"}]}, "type"),
        (USERS, {"default_values": [{"id": "x", "type": "user"}]}, "id"),
        (CHANNELS, {"channel_types": ["text"]}, "channel_types"),
        (
            USERS,
            {"default_values": [{"id": "1", "type": "user"}, {"id": "2", "type": "user"}]},
            "default_values",
        ),
        (USERS, {"max_values": 26}, "max_values"),
    ],
)
async def test_a_menu_that_cannot_be_is_refused(
    town: Town, kind: int, more: Json, where: str
) -> None:
    """A wrong kind, more ticked than may be chosen, or more to choose than there is room for."""
    status, answer = await posted(town, kind, **more)

    assert (status, answer["code"]) == (400, 50035)
    assert where in str(answer["errors"])


async def test_the_bot_gets_what_was_chosen_and_what_it_means(town: Town) -> None:
    """Roles with their names, members with their roles, channels with their kind."""
    role = await town.post(f"/control/guilds/{town.guild}/roles", {"name": "pipers"})
    person = next(
        one for one in town.discord.world.directory.users.values() if one.username == "lutenist"
    )
    chosen = ((ROLES, role["id"]), (USERS, person.id), (CHANNELS, town.channel))
    seen = []
    async with puppet(town) as bot:
        for kind, value in chosen:
            _, message = await posted(town, kind)
            part = message["components"][0]["components"][0]
            await town.use(message, part, value)
            interaction = await bot.expect("INTERACTION_CREATE")
            await bot.respond(interaction, 6)
            seen.append(interaction["data"])

    assert [one["values"] for one in seen] == [[value] for _, value in chosen]
    assert seen[0]["resolved"]["roles"][role["id"]]["name"] == "pipers"
    assert seen[1]["resolved"]["members"][person.id]["roles"] == []
    assert seen[2]["resolved"]["channels"][town.channel]["name"] == "music"


async def test_only_what_is_there_can_be_chosen(town: Town) -> None:
    """Channels of other servers and of other kinds are not offered."""
    other = await town.post("/control/guilds", {"name": "Elsewhere"})
    _, voices = await posted(town, CHANNELS, channel_types=[2])
    _, roles = await posted(town, ROLES)
    for message, value, status in (
        (voices, other["channels"][0]["id"], 404),
        (voices, town.channel, 400),
        (roles, "12345", 404),
    ):
        part = message["components"][0]["components"][0]
        body = {
            "channel_id": town.channel,
            "message_id": message["id"],
            "custom_id": "pick",
            "component_type": part["type"],
            "values": [value],
        }
        answer = await town.post("/client/components", body, status=status)
        assert answer["error"].endswith(".")


async def test_the_bot_hears_of_roles_as_they_come_and_go(town: Town) -> None:
    """Members lose a role that is deleted; the permissions of roles count at once."""
    roles = f"/control/guilds/{town.guild}/roles"
    member = await town.post(f"/control/guilds/{town.guild}/members", {"username": "ann"})
    async with puppet(town) as bot:
        made = await town.post(roles, {"name": "wardens", "permissions": ["manage_guild"]})
        created = await bot.expect("GUILD_ROLE_CREATE")
        path = f"/control/guilds/{town.guild}/members/{member['id']}"
        given = await town.post(path, {"roles": [made["id"]]}, method="PATCH")
        await town.post(f"{roles}/{made['id']}", {}, status=204, method="DELETE")
        deleted = await bot.expect("GUILD_ROLE_DELETE")
        await town.post(f"{roles}/{made['id']}", {}, status=404, method="DELETE")
        await town.post(path, {"roles": [made["id"]]}, status=400, method="PATCH")

    assert created["role"]["name"] == "wardens"
    assert given == {"roles": [made["id"]]}
    assert deleted["role_id"] == made["id"]
    guild = town.discord.world.directory.guilds[town.guild]
    assert guild.members[member["id"]].roles == []
