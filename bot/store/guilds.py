"""What the moderators of a server have set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.domain.ids import ChannelId, GuildId, UserId
from bot.domain.job import AudioFormat, Kind
from bot.domain.money import Micros
from bot.store.dialect import insert_once, upsert
from bot.store.schema import guilds


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """What the members with one role are held to, in place of the server's numbers for members.

    None keeps the server's number.
    """

    per_hour: int | None = None
    at_once: int | None = None
    daily: Micros | None = None
    monthly: Micros | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildSettings:
    """A server's own choices; None or a missing entry leaves the matter to the operator.

    The numbers up to `user_monthly` are what `bot.limits.Policy.of` takes as overrides.

    Attributes:
        tiers: Other numbers for members who have a role, by its id.
        exempt_roles: Roles whose members are held to the server's limits only, not to a member's.
        blocked_users: Members who may ask for nothing.
        channels: Channels where requests are taken; empty for all.
        allowed_models: Endpoints that members may use; empty for all.
        longest_seconds: The longest duration that may be asked for.
        cheap: Up to this price nothing is said of it beforehand.
        dear: From this price on a request is confirmed first.
        retention_days: How long results and their prompts are kept.
        blocked_words: Words and phrases that no request may contain, as they were typed.
        audit_channel: Where requests, refusals and changes of settings are told.
        models: The model that a command uses when the member names none.
        format: The format that members get when they name none.
    """

    guild_per_hour: int | None = None
    guild_at_once: int | None = None
    guild_daily: Micros | None = None
    guild_monthly: Micros | None = None
    user_per_hour: int | None = None
    user_at_once: int | None = None
    user_daily: Micros | None = None
    user_monthly: Micros | None = None
    tiers: Mapping[int, Tier] = field(default_factory=dict)
    exempt_roles: frozenset[int] = frozenset()
    blocked_users: frozenset[UserId] = frozenset()
    channels: frozenset[ChannelId] = frozenset()
    allowed_models: frozenset[str] = frozenset()
    longest_seconds: int | None = None
    cheap: Micros | None = None
    dear: Micros | None = None
    retention_days: int | None = None
    blocked_words: tuple[str, ...] = ()
    audit_channel: ChannelId | None = None
    models: Mapping[Kind, str] = field(default_factory=dict)
    format: AudioFormat | None = None


_STORED = TypeAdapter(GuildSettings)
"""Reads what another version may have written: unknown names are passed over."""

_SETTINGS = sa.select(guilds.c.settings).where(guilds.c.guild_id == sa.bindparam("its_id"))


def get(conn: sa.Connection, guild_id: GuildId) -> GuildSettings:
    """Read a server's settings; nothing is set where none were saved."""
    stored = conn.execute(_SETTINGS, {"its_id": guild_id}).scalar_one_or_none()
    return GuildSettings() if stored is None else _STORED.validate_python(stored)


def save(conn: sa.Connection, guild_id: GuildId, settings: GuildSettings, *, now: datetime) -> None:
    """Keep a server's settings, in place of the earlier ones."""
    upsert(conn, guilds, {"guild_id": guild_id, "settings": _dump(settings), "updated_at": now})


def change(
    conn: sa.Connection,
    guild_id: GuildId,
    fn: Callable[[GuildSettings], GuildSettings],
    *,
    now: datetime,
) -> tuple[GuildSettings, GuildSettings]:
    """Change a server's settings, and give them as they were and as they are now.

    They are read, changed and kept in one transaction that nobody else can come between, so that
    of two admins at once none loses what the other did. What `fn` raises leaves all as it was.
    """
    insert_once(conn, guilds, {"guild_id": guild_id, "settings": {}, "updated_at": now})
    stored = conn.execute(
        # PostgreSQL runs transactions side by side; there the row is held until this one is over.
        sa.select(guilds.c.settings).where(guilds.c.guild_id == guild_id).with_for_update()
    ).scalar_one()
    before = _STORED.validate_python(stored)
    after = fn(before)
    if after != before:
        conn.execute(
            sa.update(guilds)
            .where(guilds.c.guild_id == guild_id)
            .values(settings=_dump(after), updated_at=now)
        )
    return before, after


def _dump(settings: GuildSettings) -> object:
    return _STORED.dump_python(settings, mode="json", exclude_defaults=True)
