"""Short-lived notes about one interaction each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from bot.domain.job import Json
from bot.store import meta
from bot.store.schema import meta as table

_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of one sort.

    Attributes:
        prefix: What their keys begin with; ends in a colon.
    """

    prefix: str

    def save(self, conn: sa.Connection, note_id: int, content: Mapping[str, Json]) -> None:
        """Keep a note under the id of the interaction that it came with."""
        meta.put(conn, self._key(note_id), json.dumps(content))

    def get(self, conn: sa.Connection, note_id: int) -> dict[str, Json] | None:
        """Read a note; None when it is gone."""
        text = meta.get(conn, self._key(note_id))
        return None if text is None else json.loads(text)

    def change(
        self,
        conn: sa.Connection,
        note_id: int,
        before: Mapping[str, Json],
        after: Mapping[str, Json],
    ) -> bool:
        """Change a note that nobody has changed since; say whether it was so."""
        changed = conn.execute(
            sa.update(table)
            .where(table.c.key == self._key(note_id), table.c.value == json.dumps(before))
            .values(value=json.dumps(after))
        )
        return changed.rowcount == 1

    def drop(self, conn: sa.Connection, note_id: int, before: Mapping[str, Json]) -> bool:
        """Remove a note that nobody has changed since; say whether it was so."""
        gone = conn.execute(
            sa.delete(table).where(
                table.c.key == self._key(note_id), table.c.value == json.dumps(before)
            )
        )
        return gone.rowcount == 1

    def ids(self, conn: sa.Connection) -> list[int]:
        """List the interactions of which there is a note, oldest first."""
        return [int(key.removeprefix(self.prefix)) for key, _ in self.having(conn)]

    def having(self, conn: sa.Connection, **wanted: Json) -> list[tuple[str, dict[str, Json]]]:
        """List key and content of the notes that say all of this, oldest first."""
        rows = conn.execute(
            sa.select(table.c.key, table.c.value)
            .where(table.c.key >= self.prefix, table.c.key < f"{self.prefix}~")
            .order_by(table.c.key)
        )
        notes = [(row.key, json.loads(row.value)) for row in rows]
        return [
            (key, content)
            for key, content in notes
            if all(content.get(name) == value for name, value in wanted.items())
        ]

    def forget(self, conn: sa.Connection, **wanted: Json) -> int:
        """Remove the notes that say all of this, and give their number."""
        keys = [key for key, _ in self.having(conn, **wanted)]
        return conn.execute(sa.delete(table).where(table.c.key.in_(keys))).rowcount

    def forget_before(self, conn: sa.Connection, note_id: int) -> int:
        """Remove notes with smaller ids, which are older, and give their number."""
        gone = conn.execute(
            sa.delete(table).where(table.c.key >= self.prefix, table.c.key < self._key(note_id))
        )
        return gone.rowcount

    def _key(self, note_id: int) -> str:
        # Padded, so that the order of the keys is that of the ids.
        return f"{self.prefix}{note_id:0{_DIGITS}d}"
