"""What the moderators of a server have set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.ids import GuildId
from bot.domain.job import AudioFormat, Kind
from bot.domain.money import Micros
from bot.store.dialect import upsert
from bot.store.schema import guilds


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildSettings:
    """A server's own choices; None or a missing entry leaves the matter to the operator.

    The first five are what `bot.limits.Policy.of` takes as overrides.

    Attributes:
        models: The model that a command uses when the member names none.
        format: The format that members get when they name none.
    """

    guild_per_hour: int | None = None
    guild_at_once: int | None = None
    guild_monthly: Micros | None = None
    user_per_hour: int | None = None
    user_at_once: int | None = None
    models: Mapping[Kind, str] = field(default_factory=dict)
    format: AudioFormat | None = None


_NUMBERS = ("guild_per_hour", "guild_at_once", "guild_monthly", "user_per_hour", "user_at_once")


def get(conn: sa.Connection, guild_id: GuildId) -> GuildSettings:
    """Read a server's settings; nothing is set where none were saved."""
    stored: dict[str, Any] | None = conn.execute(
        sa.select(guilds.c.settings).where(guilds.c.guild_id == guild_id)
    ).scalar_one_or_none()
    if stored is None:
        return GuildSettings()
    return GuildSettings(
        **{name: stored.get(name) for name in _NUMBERS},
        models={Kind(kind): model for kind, model in stored.get("models", {}).items()},
        format=None if stored.get("format") is None else AudioFormat(stored["format"]),
    )


def save(conn: sa.Connection, guild_id: GuildId, settings: GuildSettings, *, now: datetime) -> None:
    """Keep a server's settings, in place of the earlier ones."""
    stored: dict[str, object] = {
        name: value for name in _NUMBERS if (value := getattr(settings, name)) is not None
    }
    if settings.models:
        stored["models"] = {kind.value: model for kind, model in settings.models.items()}
    if settings.format is not None:
        stored["format"] = settings.format.value
    upsert(conn, guilds, {"guild_id": guild_id, "settings": stored, "updated_at": now})
