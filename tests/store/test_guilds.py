"""A server's own settings."""

from __future__ import annotations

from bot.config import Settings
from bot.domain.job import AudioFormat, Kind
from bot.domain.money import Micros
from bot.limits import Policy
from bot.store import Database, guilds
from bot.store.guilds import GuildSettings
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
