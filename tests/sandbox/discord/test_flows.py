"""What a person can do, answered by a real discord.py bot."""

from __future__ import annotations

import asyncio

import pytest

from tests.sandbox.discord.town import Json, Town
from tests.sandbox.discord.troubadour import Troubadour


async def _stage(town: Town) -> Json:
    await town.run("stage")
    [message] = await town.until(bool)
    return message


async def test_a_deferred_answer_is_edited_with_the_uploaded_file_and_followed_up(
    town: Town, bot: Troubadour
) -> None:
    """An attachment option reaches the bot as a file; the answer keeps its file when edited."""
    await town.run("tune", style="jazz", seconds=30, reference=b"RIFFhello")

    def finished(found: list[Json]) -> bool:
        return len(found) == 2 and found[0]["content"].endswith("!")

    answer, further = await town.until(finished)

    assert answer["content"] == "jazz 30!"
    assert answer["interaction_metadata"]["name"] == "tune"
    assert [one["filename"] for one in answer["attachments"]] == ["song.wav"]
    async with town.http.get(answer["attachments"][0]["url"]) as response:
        assert await response.read() == b"RIFFhello"
    assert further["embeds"][0]["title"] == "Tune"
    assert further["message_reference"]["message_id"] == answer["id"]
    assert bot.errors.empty()


async def test_autocomplete_gives_the_bots_choices(town: Town, bot: Troubadour) -> None:
    """What is typed into the focused option comes back as choices."""
    path = f"/client/commands/{town.commands['tune']['id']}/autocomplete"
    option = {"name": "style", "type": 3, "value": "b", "focused": True}

    answer = await town.post(path, {"channel_id": town.channel, "options": [option]})

    assert answer["choices"] == [
        {"name": "blues", "value": "blues"},
        {"name": "baroque", "value": "baroque"},
    ]


@pytest.mark.parametrize("town", [0.2], indirect=True)
async def test_autocomplete_that_takes_too_long_fails(town: Town, bot: Troubadour) -> None:
    """After the deadline the person gets 504 and a sentence."""
    path = f"/client/commands/{town.commands['tune']['id']}/autocomplete"
    option = {"name": "style", "type": 3, "value": "sleep", "focused": True}

    body = {"channel_id": town.channel, "options": [option]}
    answer = await town.post(path, body, status=504)
    bot.released.set()

    assert "failed" in answer["error"]


async def test_subcommands_resolve_people_and_tell_the_bots_permissions(
    town: Town, bot: Troubadour
) -> None:
    """A member option arrives as a member; app_permissions are the channel's."""
    command = town.commands["band"]
    denied = {"deny": ["attach_files"]}
    path = f"/control/channels/{town.channel}/permissions"
    await town.post(path, denied, method="PUT")
    inner = {"name": "who", "type": 6, "value": town.discord.world.me.id}
    options = [{"name": "join", "type": 1, "options": [inner]}]

    body = {"channel_id": town.channel, "options": options}
    await town.submit(f"/client/commands/{command['id']}", body)
    [message] = await town.until(bool)

    joined, _, permissions = message["content"].partition("; ")
    assert joined == "you joined"
    assert "send_messages" in permissions
    assert "attach_files" not in permissions


async def test_an_ephemeral_answer_is_seen_by_its_asker_only(town: Town, bot: Troubadour) -> None:
    """Others do not see it in the channel, and the channel's endpoints do not know it."""
    command = town.commands["Remix this"]
    written = await town.post(
        f"/client/channels/{town.channel}/messages", {"content": "a song of mine"}
    )
    body = {"channel_id": town.channel, "target_id": written["id"]}
    await town.submit(f"/client/commands/{command['id']}", body)
    _, answer = await town.until(lambda found: len(found) == 2)
    friend = next(
        one.id for one in town.discord.world.directory.users.values() if one.username == "lutenist"
    )

    status, refusal = await town.api(f"GET /channels/{town.channel}/messages/{answer['id']}")

    assert answer["content"].strip() == "a song of mine"
    assert answer["flags"] & 64
    assert [one["id"] for one in await town.messages(person=friend)] == [written["id"]]
    assert (status, refusal["code"]) == (404, 10008)


async def test_a_person_can_be_looked_up_by_context_menu(town: Town, bot: Troubadour) -> None:
    """A user menu resolves the member."""
    command = town.commands["Who is this"]
    body = {"channel_id": town.channel, "target_id": town.discord.world.bot.id}
    await town.submit(f"/client/commands/{command['id']}", body)

    [answer] = await town.until(bool)

    assert answer["content"] == "Minstrel"
    assert answer["type"] == 23


async def test_buttons_change_their_message_at_once_or_later(town: Town, bot: Troubadour) -> None:
    """Type 7 edits the message; type 6 makes it @original."""
    message = await _stage(town)

    await town.outcome(await town.press(message, "Louder"))
    [louder] = await town.until(lambda found: found[0]["content"] == "LOUDER")
    await town.press(louder, "Later")
    [later] = await town.until(lambda found: found[0]["content"] == "later")

    assert louder["id"] == later["id"] == message["id"]
    assert later["components"]


async def test_a_button_that_is_off_or_gone_cannot_be_pressed(town: Town, bot: Troubadour) -> None:
    """The person is told; the bot hears nothing."""
    message = await _stage(town)
    button = message["components"][0]["components"][3]
    body = {
        "channel_id": town.channel,
        "message_id": message["id"],
        "custom_id": button["custom_id"],
        "component_type": 2,
    }

    off = await town.post("/client/components", body, status=400)
    gone = await town.post("/client/components", body | {"custom_id": "x"}, status=404)

    assert "switched off" in off["error"]
    assert "no longer there" in gone["error"]


async def test_a_menu_gives_what_was_chosen(town: Town, bot: Troubadour) -> None:
    """A select's values reach the bot; values it does not offer do not."""
    message = await _stage(town)
    menu = message["components"][1]["components"][0]

    await town.use(message, menu, "a")
    _, answer = await town.until(lambda found: len(found) == 2)
    body = {
        "channel_id": town.channel,
        "message_id": message["id"],
        "custom_id": "pick",
        "component_type": 3,
        "values": ["z"],
    }
    refused = await town.post("/client/components", body, status=400)

    assert answer["content"] == "picked a"
    assert refused["error"] == "That is not one of the choices."


async def test_a_form_carries_text_choice_tick_and_file(town: Town, bot: Troubadour) -> None:
    """Label, RadioGroup, Checkbox and FileUpload come back filled in."""
    interaction = await town.run("lyrics")
    assert (await town.outcome(interaction))["has_modal"]
    components = [
        {"custom_id": "text", "type": 4, "value": "la la"},
        {"custom_id": "voice", "type": 21, "value": "low"},
        {"custom_id": "loop", "type": 23, "value": True},
    ]

    path = f"/client/modals/{interaction}"
    await town.submit(path, {"components": components}, {"sample": b"RIFF"})
    [answer] = await town.until(bool)

    assert answer["content"] == "la la|low|True|['sample.wav']"
    trigger = answer["interaction_metadata"]["triggering_interaction_metadata"]
    assert trigger["id"] == interaction


async def test_a_form_refuses_what_its_fields_do_not_take(town: Town, bot: Troubadour) -> None:
    """Too short a text stays in the form, which can then be sent corrected, and only once."""
    message = await _stage(town)
    interaction = await town.press(message, "Words")
    await town.outcome(interaction)
    path = f"/client/modals/{interaction}"
    voice = {"custom_id": "voice", "type": 21, "value": "high"}
    short = {"components": [{"custom_id": "text", "type": 4, "value": "x"}, voice]}
    right = {"components": [{"custom_id": "text", "type": 4, "value": "xx"}, voice]}

    refused = await town.post(path, short, status=400)
    await town.outcome(await town.submit(path, right))
    again = await town.post(path, right, status=404)

    assert refused["error"].startswith("Words: enter between 2")
    assert again["error"] == "That form is no longer open."


async def test_a_reply_with_the_ping_on_can_be_read_and_without_cannot(
    town: Town, bot: Troubadour
) -> None:
    """Text of others reaches the bot only when it is mentioned; the reference always does."""
    channel = bot.get_channel(int(town.channel))
    assert channel is not None
    card = await channel.send("a card")  # type: ignore[union-attr]
    path = f"/client/channels/{town.channel}/messages"

    await town.post(path, {"content": "slower", "reply_to": str(card.id)})
    pinged = await asyncio.wait_for(bot.seen.get(), 15)
    await town.post(path, {"content": "slower", "reply_to": str(card.id), "ping": False})
    unpinged = await asyncio.wait_for(bot.seen.get(), 15)

    assert (pinged.content, unpinged.content) == ("slower", "")
    for message in (pinged, unpinged):
        assert message.reference is not None
        assert message.reference.message_id == card.id
        assert getattr(message.reference.resolved, "content", None) == "a card"


async def test_a_reply_to_an_interaction_response_cannot_be_read(
    town: Town, bot: Troubadour
) -> None:
    """Even with the ping on, the text stays hidden from an app without the intent."""
    message = await _stage(town)

    await town.post(
        f"/client/channels/{town.channel}/messages",
        {"content": "slower", "reply_to": message["id"], "ping": True},
    )
    seen = await asyncio.wait_for(bot.seen.get(), 15)

    assert seen.content == ""
    assert seen.reference is not None
    assert not seen.mentions


async def test_direct_messages_can_be_sent_and_read(town: Town, bot: Troubadour) -> None:
    """The bot opens a direct channel; what is written there is readable."""
    person = await bot.fetch_user(int(town.discord.world.me.id))
    sent = await person.send("psst")

    await town.post(f"/client/channels/{sent.channel.id}/messages", {"content": "yes?"})
    seen = await asyncio.wait_for(bot.seen.get(), 15)

    assert seen.content == "yes?"
    assert seen.guild is None


async def test_two_acknowledgements_are_one_too_many(town: Town, bot: Troubadour) -> None:
    """The second one is refused with 40060 and counted."""
    await town.run("twice")
    error = await asyncio.wait_for(bot.errors.get(), 15)

    assert getattr(error, "code", None) == 40060
    assert (await town.get("/control/discord"))["violations"] == {"double_ack": 1}
