"""Requests that were not accepted yet, such as lyrics with a flaw, kept until they are put right."""

from __future__ import annotations

import json
from collections.abc import Mapping

import sqlalchemy as sa

from bot.domain.job import Json
from bot.store import meta
from bot.store.schema import meta as table

_PREFIX = "draft:"
_DIGITS = 20


def save(conn: sa.Connection, draft_id: int, content: Mapping[str, Json]) -> None:
    """Keep a draft under the id of the interaction that it came with."""
    meta.put(conn, _key(draft_id), json.dumps(content))


def get(conn: sa.Connection, draft_id: int) -> dict[str, Json] | None:
    """Read a draft; None when it is gone."""
    text = meta.get(conn, _key(draft_id))
    return None if text is None else json.loads(text)


def forget_before(conn: sa.Connection, draft_id: int) -> int:
    """Remove drafts with smaller ids, which are older, and give their number."""
    gone = conn.execute(
        sa.delete(table).where(table.c.key >= _PREFIX, table.c.key < _key(draft_id))
    )
    return gone.rowcount


def _key(draft_id: int) -> str:
    # Padded, so that the order of the keys is that of the ids.
    return f"{_PREFIX}{draft_id:0{_DIGITS}d}"
