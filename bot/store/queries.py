"""What members looked for in the history, kept for as long as the buttons under it are pressed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.domain.ids import GuildId, UserId
from bot.store.browsing import Wanted
from bot.store.notes import Notes

_NOTES = Notes("query:")
_STORED = TypeAdapter(Wanted)


def save(conn: sa.Connection, query_id: int, wanted: Wanted, *, user_id: UserId) -> None:
    """Keep a member's question under the id of the interaction that it came with."""
    question = _STORED.dump_python(wanted, mode="json", exclude_defaults=True)
    content = {"guild": wanted.guild_id, "user": user_id, "wanted": question}
    _NOTES.save(conn, query_id, content)


def get(conn: sa.Connection, query_id: int) -> Wanted | None:
    """Read a question; None when it is gone."""
    content = _NOTES.get(conn, query_id)
    return None if content is None else _STORED.validate_python(content["wanted"])


def of(conn: sa.Connection, guild_id: GuildId, user_id: UserId) -> list[dict[str, Any]]:
    """List what a member looked for on a server, oldest first."""
    return [content for _, content in _NOTES.having(conn, guild=guild_id, user=user_id)]


def forget_before(conn: sa.Connection, query_id: int) -> int:
    """Remove questions with smaller ids, which are older, and give their number."""
    return _NOTES.forget_before(conn, query_id)


def forget_of(conn: sa.Connection, guild_id: GuildId, user_id: UserId | None = None) -> int:
    """Remove a server's questions, or those of one of its members, and give their number."""
    if user_id is None:
        return _NOTES.forget(conn, guild=guild_id)
    return _NOTES.forget(conn, guild=guild_id, user=user_id)
