"""Requests that need one more look by their member before they are accepted."""

from __future__ import annotations

from typing import Any

from bot.catalogue import Ask
from bot.domain.job import AudioFormat, Json, Kind
from bot.jobs.asks import read, typed
from bot.store import Database, drafts


class Drafts:
    """Keeps drafts in the database, so that nobody types lyrics twice because of a restart."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def keep(self, draft_id: int, ask: Ask, audio_format: AudioFormat | None) -> None:
        """Keep a request under the id of the interaction that it came with."""
        content: dict[str, Json] = {
            "kind": ask.kind.value,
            "format": None if audio_format is None else audio_format.value,
            "options": typed(ask),
        }
        await self._db.write(drafts.save, draft_id, content)

    async def get(self, draft_id: int) -> tuple[Ask, AudioFormat | None] | None:
        """Give a request back; None when it is no longer kept."""
        content: dict[str, Any] | None = await self._db.read(drafts.get, draft_id)
        if content is None:
            return None
        ask = read(Kind(content["kind"]), content["options"])
        kept = content["format"]
        return ask, None if kept is None else AudioFormat(kept)
