"""Messages of any shape pass through the listener: answered, passed over, and never crashed on."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from discord.message import Message
from hypothesis import given
from hypothesis import strategies as st

from bot.app import MinstrelBot
from bot.domain.ids import GuildId, MessageId
from bot.domain.job import Job, State
from bot.errors import NotFound
from bot.jobs.replies import parse
from bot.jobs.reworks import Origin
from bot.jobs.service import Asker
from cogs import replies
from tests.fuzz.strategies import JSON, ODD_TEXT, fuzzed
from tests.ui.builders import job

BOT_ID = 42
ids = st.integers(1, 2**63 - 1)
odd_id = st.sampled_from(["1000", "1000", None]) | ids.map(str)


class Memory(SimpleNamespace):
    """As much of discord.py's memory as a message asks for."""

    user = SimpleNamespace(id=BOT_ID)
    self_id = BOT_ID
    http = SimpleNamespace()
    loop = None
    allowed_mentions = None
    max_messages = 0

    def _get_guild(self, guild_id: int | None) -> None:
        del guild_id

    def _get_message(self, message_id: int | None) -> None:
        del message_id

    def get_channel(self, channel_id: int | None) -> None:
        del channel_id

    def store_user(self, data: dict[str, Any], **_more: Any) -> discord.User:
        return discord.User(state=cast("Any", self), data=cast("Any", data))

    create_user = store_user

    def get_reaction_emoji(self, data: Any) -> Any:
        return data


class Channel:
    """A channel that remembers what is said in it."""

    def __init__(self, guild: Any) -> None:
        self.id = 300
        self.guild = guild
        self.said: list[str] = []

    async def typing(self) -> None:
        """Show that an answer is being written."""

    async def send(self, content: str | None = None, **_more: Any) -> None:
        """Say something."""
        self.said.append(content or "")


class Reworks:
    """Knows one piece, and takes every wish that the grammar takes."""

    def __init__(self) -> None:
        self.wishes: list[str] = []

    async def on_message(self, message_id: MessageId, guild_id: GuildId) -> Job | None:
        """Give the piece that a message carries."""
        del guild_id
        return job(State.DELIVERED) if message_id == 1_000 else None

    async def wish(self, origin: Origin, text: str, by: Asker, **more: Any) -> Job:
        """Take a wish."""
        self.wishes.append(text)
        if by.user_id % 3 == 0:
            raise NotFound("There is no such piece.")
        parse(text, bot_id=more.get("bot_id"))
        assert isinstance(origin.of, Job)
        return origin.of


USERS = st.fixed_dictionaries(
    {
        "id": ids.map(str),
        "username": ODD_TEXT,
        "discriminator": st.just("0"),
        "avatar": st.none() | st.just("a" * 32),
    },
    optional={"bot": st.booleans(), "global_name": st.none() | ODD_TEXT, "system": st.booleans()},
)
FILES = st.fixed_dictionaries(
    {
        "id": ids.map(str),
        "filename": ODD_TEXT,
        "size": st.integers(0, 2**53),
        "url": ODD_TEXT,
        "proxy_url": ODD_TEXT,
    },
    optional={"content_type": ODD_TEXT, "flags": st.integers(0, 2**20), "waveform": st.none()},
)
REFERENCES = st.fixed_dictionaries(
    {"message_id": odd_id, "channel_id": ids.map(str), "type": st.sampled_from([0, 0, 1, 9])},
    optional={"guild_id": odd_id, "fail_if_not_exists": st.booleans()},
)
PLAIN: dict[str, Any] = {
    "id": "5",
    "channel_id": "300",
    "author": {"id": "7", "username": "kim", "discriminator": "0", "avatar": None},
    "content": "extend 30s",
    "timestamp": "2026-03-01T12:00:00+00:00",
    "edited_timestamp": None,
    "tts": False,
    "mention_everyone": False,
    "mentions": [],
    "mention_roles": [],
    "attachments": [],
    "embeds": [],
    "pinned": False,
    "type": 19,
    "components": [],
    "message_reference": {"type": 0, "message_id": "1000", "channel_id": "300"},
}
"""A reply as it usually is."""

MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "id": ids.map(str),
        "author": USERS,
        "content": ODD_TEXT | st.sampled_from(["<@42> darker", "<@42>", "stems", "B: x", ""]),
        "attachments": st.lists(FILES, max_size=2),
        "embeds": st.lists(st.dictionaries(ODD_TEXT, JSON, max_size=2), max_size=1),
        "type": st.sampled_from([0, 7, 19, 20, 23, 46, 999]),
        "message_reference": REFERENCES,
        "referenced_message": st.none(),
        "flags": st.integers(0, 2**20),
        "webhook_id": ids.map(str),
        "nonce": ids | ODD_TEXT,
        "unheard_of": JSON,
    },
).map(lambda odd: PLAIN | odd)
"""A reply with anything about it that is not usual."""


@dataclass
class Ear:
    """The listener, with what it did."""

    reworks: Reworks
    channel: Channel

    async def hear(self, data: dict[str, Any]) -> Message | None:
        """Let it hear a message; None where discord.py's own parser drops it before."""
        try:
            message = Message(
                state=cast("Any", Memory()),
                channel=cast("Any", self.channel),
                data=cast("Any", data),
            )
        except (TypeError, ValueError, KeyError, AttributeError):
            return None
        services = SimpleNamespace(reworks=self.reworks)
        bot = SimpleNamespace(user=SimpleNamespace(id=BOT_ID), services=services)
        cog = replies.Replies(cast("MinstrelBot", bot))
        await cog.on_message(cast("discord.Message", _Heard(message, self.channel)))
        return message


def _ear(*, is_in_guild: bool = True) -> Ear:
    guild = SimpleNamespace(id=100, get_member=lambda _id: None) if is_in_guild else None
    return Ear(Reworks(), Channel(guild))


class _Heard:
    """A message whose answers are caught."""

    def __init__(self, message: Message, channel: Channel) -> None:
        self._message = message
        self._channel = channel

    async def reply(self, content: str | None = None, **more: Any) -> None:
        """Answer it."""
        await self._channel.send(content, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._message, name)


@fuzzed(share=4)
@given(data=MESSAGES, is_in_guild=st.sampled_from([True, True, False]))
async def test_a_message_of_any_shape_is_answered_or_passed_over(
    data: dict[str, Any], is_in_guild: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Kinds that do not exist yet, references to nothing, people with odd names."""
    caplog.clear()
    ear = _ear(is_in_guild=is_in_guild)

    message = await ear.hear(data)

    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert all("incident" not in one for one in ear.channel.said)
    if message is None or message.author.bot or not is_in_guild:
        assert ear.channel.said == []
        assert ear.reworks.wishes == []


async def test_the_listener_does_listen() -> None:
    """Or all of the above would prove nothing."""
    ear, other = _ear(), _ear()

    await ear.hear(PLAIN)
    await other.hear(PLAIN | {"content": "extend soon"})

    assert ear.reworks.wishes == ["extend 30s"]
    assert ear.channel.said == []
    assert len(other.channel.said) == 1
