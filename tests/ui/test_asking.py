"""Who asked, read from what Discord sends: their roles come along, and the channel of a thread."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.errors import NotAllowed
from bot.ui.asking import asker, author, place_of

GUILD, ARTIST, CHANNEL, THREAD, PERSON = 1, 5, 30, 31, 2
JOINED = "2026-01-01T00:00:00+00:00"


def client() -> discord.Client:
    """A client that is logged in and has seen one server with one role and one channel."""
    here = discord.Client(intents=discord.Intents(guilds=True, guild_messages=True))
    state = here._connection
    state.user = discord.ClientUser(state=state, data=_user(9))
    channel: Any = {"id": str(CHANNEL), "type": 0, "name": "music", "position": 0}
    guild: Any = {
        "id": str(GUILD),
        "name": "Home",
        "roles": [_role(GUILD, "@everyone"), _role(ARTIST, "artist")],
        "channels": [channel],
        "threads": [_thread()],
        "emojis": [],
        "stickers": [],
        "features": [],
    }
    state._add_guild(discord.Guild(state=state, data=guild))
    return here


def test_an_interaction_brings_roles_and_the_threads_channel() -> None:
    """Tiers go by the one, rules for channels by the other."""
    found = asker(_interaction(client(), permissions="8192"))

    assert found.role_ids == {GUILD, ARTIST}
    assert (found.channel_id, found.parent_channel_id) == (THREAD, CHANNEL)
    assert (found.guild_id, found.user_id, found.interaction_id) == (GUILD, PERSON, 99)
    assert found.moderates


def test_a_reply_brings_the_same() -> None:
    """Nobody gets around a rule by writing instead of using a command."""
    found = author(_message(client()))

    assert found.role_ids == {GUILD, ARTIST}
    assert (found.channel_id, found.parent_channel_id) == (THREAD, CHANNEL)
    assert (found.guild_id, found.user_id, found.interaction_id) == (GUILD, PERSON, 98)
    assert not found.moderates


def test_outside_of_a_server_nobody_asks() -> None:
    """Limits and money belong to one."""
    interaction = _interaction(client())
    interaction.guild_id = None

    for read in (asker, place_of):
        with pytest.raises(NotAllowed, match="in servers only"):
            read(interaction)


def _interaction(here: discord.Client, *, permissions: str = "0") -> discord.Interaction[Any]:
    data: Any = {
        "id": "99",
        "application_id": "7",
        "type": 2,
        "token": "token",
        "version": 1,
        "guild_id": str(GUILD),
        "channel_id": str(THREAD),
        "channel": _thread() | {"permissions": permissions},
        "member": _member() | {"user": _user(PERSON), "permissions": permissions},
        "app_permissions": "0",
        "authorizing_integration_owners": {},
        "entitlements": [],
        "attachment_size_limit": 1,
        "data": {},
    }
    return discord.Interaction(data=data, state=here._connection)


def _message(here: discord.Client) -> discord.Message:
    state = here._connection
    guild = here.get_guild(GUILD)
    thread = guild.get_thread(THREAD) if guild else None
    assert thread is not None
    data: Any = {
        "id": "98",
        "channel_id": str(THREAD),
        "guild_id": str(GUILD),
        "author": _user(PERSON),
        "member": _member(),
        "content": "darker",
        "timestamp": JOINED,
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "attachments": [],
        "embeds": [],
        "pinned": False,
        "type": 19,
    }
    return discord.Message(state=state, channel=thread, data=data)


def _user(user_id: int) -> Any:
    return {"id": str(user_id), "username": "u", "discriminator": "0", "avatar": None}


def _member() -> dict[str, Any]:
    return {"roles": [str(ARTIST)], "joined_at": JOINED, "flags": 0, "deaf": False, "mute": False}


def _role(role_id: int, name: str) -> dict[str, Any]:
    return {
        "id": str(role_id),
        "name": name,
        "permissions": "0",
        "position": 0,
        "color": 0,
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def _thread() -> dict[str, Any]:
    return {
        "id": str(THREAD),
        "type": 11,
        "guild_id": str(GUILD),
        "parent_id": str(CHANNEL),
        "owner_id": "2",
        "name": "thread",
        "member_count": 1,
        "message_count": 1,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 60,
            "archive_timestamp": JOINED,
        },
    }
