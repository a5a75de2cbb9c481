"""Requests that were not accepted yet, such as lyrics with a flaw, kept until they are put right."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from bot.domain.ids import UserId
from bot.domain.job import Json
from bot.store.notes import Notes

_NOTES = Notes("draft:")


def save(conn: sa.Connection, draft_id: int, content: Mapping[str, Json]) -> None:
    """Keep a draft under the id of the interaction that it came with.

    Its `user` says whose it is, to whom it may be handed out, and with whom it is forgotten.
    """
    _NOTES.save(conn, draft_id, content)


def get(conn: sa.Connection, draft_id: int) -> dict[str, Json] | None:
    """Read a draft; None when it is gone."""
    return _NOTES.get(conn, draft_id)


def change(
    conn: sa.Connection, draft_id: int, before: Mapping[str, Json], after: Mapping[str, Json]
) -> bool:
    """Change a draft that nobody has changed since; say whether it was so."""
    return _NOTES.change(conn, draft_id, before, after)


def forget(conn: sa.Connection, draft_id: int, before: Mapping[str, Json]) -> bool:
    """Remove a draft that nobody has changed since; say whether it was so."""
    return _NOTES.drop(conn, draft_id, before)


def forget_before(conn: sa.Connection, draft_id: int) -> int:
    """Remove drafts with smaller ids, which are older, and give their number."""
    return _NOTES.forget_before(conn, draft_id)


def of(conn: sa.Connection, user_id: UserId) -> list[dict[str, Json]]:
    """List a member's drafts, oldest first."""
    return [content for _, content in _NOTES.having(conn, user=user_id)]


def forget_of(conn: sa.Connection, user_id: UserId) -> int:
    """Remove a member's drafts and give their number."""
    return _NOTES.forget(conn, user=user_id)
