"""What members wrote into forms, kept for a day: neither a refusal nor a restart costs the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from bot.domain.ids import JobId, UserId
from bot.domain.job import Json
from bot.jobs.material import AttachedFile
from bot.store import Database, drafts


class FormName(StrEnum):
    """Which form it is; stands in the ids of open forms, so a name stays what it is."""

    EDIT = "edit"
    EXTEND = "extend"
    FORMAT = "format"
    REMIX = "remix"
    SONG = "song"
    STEMS = "stems"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form as somebody filled it, or is about to.

    Attributes:
        user_id: Who writes it; nobody else may open it.
        texts: What its inputs say, by their names; a menu's say what is chosen.
        job_id: The piece it is about, if it is about one.
        file: The file it is about, or that came along with it.
    """

    form: FormName
    user_id: UserId
    texts: Mapping[str, str] = field(default_factory=dict)
    job_id: JobId | None = None
    file: AttachedFile | None = None


class Drafts:
    """Keeps drafts in the database; `bot.jobs.upkeep` forgets the old ones."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def keep(self, draft_id: int, draft: Draft) -> None:
        """Keep a draft under the id of the interaction that it came with."""
        content: dict[str, Json] = {
            "form": draft.form.value,
            "user": draft.user_id,
            "texts": dict(draft.texts),
            "job": draft.job_id,
            "file": None if draft.file is None else asdict(draft.file),
        }
        await self._db.write(drafts.save, draft_id, content)

    async def get(self, draft_id: int) -> Draft | None:
        """Give a draft back; None when it is no longer kept."""
        content: dict[str, Any] | None = await self._db.read(drafts.get, draft_id)
        if content is None or "form" not in content:
            return None
        job_id, file = content["job"], content["file"]
        return Draft(
            form=FormName(content["form"]),
            user_id=UserId(content["user"]),
            texts=content["texts"],
            job_id=None if job_id is None else JobId(job_id),
            file=None if file is None else AttachedFile(**file),
        )
