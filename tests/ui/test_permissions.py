"""Missing permissions are named before anything is spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import discord
import pytest

from bot.errors import MissingPermissions
from bot.ui.permissions import check_permissions

NEEDED = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}


@dataclass
class Asked:
    """As much of an interaction as the check looks at."""

    app_permissions: discord.Permissions
    channel: object = None


def check(permissions: discord.Permissions, channel: object = None) -> None:
    """Check what a bot with these permissions lacks."""
    check_permissions(cast("discord.Interaction[Any]", Asked(permissions, channel)))


def test_with_all_of_them_there_is_nothing_to_say() -> None:
    """Those, and no others, are needed."""
    check(discord.Permissions(**dict.fromkeys(NEEDED, True)))


@pytest.mark.parametrize(("attribute", "name"), NEEDED.items())
def test_a_missing_one_is_named_as_discord_names_it(attribute: str, name: str) -> None:
    """A moderator finds it in the channel's settings under that very name."""
    granted = discord.Permissions(**(dict.fromkeys(NEEDED, True) | {attribute: False}))

    with pytest.raises(MissingPermissions) as caught:
        check(granted)

    assert caught.value.names == (name,)
    assert f'"{name}"' in caught.value.sentence
    assert "Nothing was charged." in caught.value.sentence


def test_several_missing_ones_are_all_named() -> None:
    """So that one visit to the settings is enough."""
    with pytest.raises(MissingPermissions) as caught:
        check(discord.Permissions(view_channel=True))

    assert set(caught.value.names) == set(NEEDED.values()) - {"View Channel"}


def test_a_thread_has_a_permission_of_its_own() -> None:
    """Sending in threads is another one than sending in channels."""
    thread = object.__new__(discord.Thread)
    granted = discord.Permissions(**dict.fromkeys(NEEDED, True))

    with pytest.raises(MissingPermissions) as caught:
        check(granted, thread)

    assert caught.value.names == ("Send Messages in Threads",)


def test_permissions_that_discord_did_not_tell_are_not_judged() -> None:
    """Posting the card shows then what is missing."""
    check(discord.Permissions.none())
