"""A server's own settings."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.config import Settings
from bot.domain.ids import ChannelId, UserId
from bot.domain.job import AudioFormat, Kind
from bot.domain.money import Micros
from bot.errors import InvalidInput
from bot.limits import Policy
from bot.store import Database, guilds
from bot.store.guilds import GuildSettings, Tier
from tests.store.builders import GUILD, NOW


async def test_a_server_without_settings_leaves_all_to_the_operator(db: Database) -> None:
    """Reading them makes none."""
    settings = await db.read(guilds.get, GUILD)

    assert settings == GuildSettings()
    assert Policy.of(Settings(), settings) == Policy.of(Settings())


async def test_settings_read_back_as_they_were_saved(db: Database) -> None:
    """The last ones count; what is not set is not there."""
    full = GuildSettings(
        guild_per_hour=1,
        guild_at_once=2,
        guild_monthly=Micros(3),
        user_per_hour=4,
        user_at_once=5,
        models={Kind.SFX: "some/model"},
        format=AudioFormat.OGG,
    )

    await db.write(guilds.save, GUILD, GuildSettings(user_at_once=9), now=NOW)
    assert await db.read(guilds.get, GUILD) == GuildSettings(user_at_once=9)
    await db.write(guilds.save, GUILD, full, now=NOW)
    assert await db.read(guilds.get, GUILD) == full


async def test_everything_that_can_be_set_reads_back(db: Database) -> None:
    """Sets, lists and the numbers of roles come back as what they were."""
    full = GuildSettings(
        tiers={7: Tier(per_hour=3, daily=Micros(0))},
        exempt_roles=frozenset({8, 9}),
        blocked_users=frozenset({UserId(2**60)}),
        channels=frozenset({ChannelId(5)}),
        allowed_models=frozenset({"a/b"}),
        cheap=Micros(0),
        blocked_words=("one two", "drei"),
        audit_channel=ChannelId(6),
        retention_days=30,
    )

    before, after = await db.write(guilds.change, GUILD, lambda _: full, now=NOW)

    assert (before, after) == (GuildSettings(), full)
    assert await db.read(guilds.get, GUILD) == full


async def test_changes_at_the_same_time_all_stay(db: Database) -> None:
    """Each is made on top of what the others did, however they come to lie."""

    async def block(user: UserId) -> None:
        await db.write(
            guilds.change,
            GUILD,
            lambda one: replace(one, blocked_users=one.blocked_users | {user}),
            now=NOW,
        )

    await asyncio.gather(*(block(UserId(user)) for user in range(20)))

    assert (await db.read(guilds.get, GUILD)).blocked_users == set(range(20))


async def test_a_change_that_is_refused_leaves_all_as_it_was(db: Database) -> None:
    """Nothing of it is kept, not even an empty entry."""

    def refuse(_: GuildSettings) -> GuildSettings:
        raise InvalidInput("No.")

    await db.write(guilds.save, GUILD, GuildSettings(user_at_once=3), now=NOW)
    with pytest.raises(InvalidInput):
        await db.write(guilds.change, GUILD, refuse, now=NOW)

    assert await db.read(guilds.get, GUILD) == GuildSettings(user_at_once=3)
