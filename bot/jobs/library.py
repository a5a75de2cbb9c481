"""The history for those who look into it: pages, marks, listening, and taking it along."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from enum import StrEnum

from bot.domain.ids import GuildId, JobId, UserId
from bot.domain.job import Job, State
from bot.domain.viewer import Viewer
from bot.errors import InvalidInput, NotFound
from bot.jobs.archive import Archive
from bot.jobs.board import Sound
from bot.jobs.pieces import pieces_of
from bot.jobs.runtime import Runtime
from bot.store import browsing, favourites, queries
from bot.store.browsing import Entry, Page, Wanted
from bot.store.takes import takes

PAGE = 10
AT_ONCE = 200
MESSAGE_BYTES = 24 * 1024 * 1024
"""What the files of one message may have together (Discord docs, Create Message)."""

MOST_ROWS = 20_000
"""So many pieces one export holds."""

_MADE = frozenset({State.DELIVERED, State.UNDELIVERED})
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a table program takes for the beginning of a formula."""


class ExportFormat(StrEnum):
    """The kinds of file that a list can be taken along as; the value is the ending."""

    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A list as a file.

    Attributes:
        is_whole: Whether all that was found is in it.
    """

    content: bytes
    count: int
    is_whole: bool


class Library:
    """The pieces of all servers, as their members may see them."""

    def __init__(self, runtime: Runtime, archive: Archive) -> None:
        self._rt = runtime
        self._archive = archive

    async def ask(self, query_id: int, wanted: Wanted, viewer: Viewer) -> Page:
        """Give the first page of a question, and keep the question for the buttons under it."""
        await self._rt.db.write(queries.save, query_id, wanted, user_id=viewer.user_id)
        return await self.page(wanted, viewer)

    async def wanted(self, query_id: int, guild_id: GuildId) -> Wanted:
        """Give a question that was asked before.

        Raises:
            NotFound: It is no longer kept.
        """
        found = await self._rt.db.read(queries.get, query_id)
        if found is None or found.guild_id != guild_id:
            raise NotFound("This list is too old to go on with. Use /history again.")
        return found

    async def page(self, wanted: Wanted, viewer: Viewer, *, top: JobId | None = None) -> Page:
        """Give a page that begins at a piece; the newest without one."""
        return await self._rt.db.read(browsing.browse, wanted, viewer, top=top, limit=PAGE)

    async def page_above(self, wanted: Wanted, viewer: Viewer, *, above: JobId) -> Page:
        """Give the page that ends just above a piece."""
        return await self._rt.db.read(browsing.browse_up, wanted, viewer, above=above, limit=PAGE)

    async def piece(self, job_id: JobId, guild_id: GuildId, viewer: Viewer) -> Entry:
        """Give one piece.

        Raises:
            NotFound: It is gone, or not for this member to see.
        """
        entry = await self._rt.db.read(browsing.find, guild_id, viewer, job_id)
        if entry is None:
            raise NotFound(
                "This piece is gone, or stands in a channel that you may not read. Use /history "
                "again for what there is now."
            )
        return entry

    async def mark(self, job: Job, user_id: UserId, *, is_favourite: bool) -> None:
        """Mark a piece as a member's favourite, or take the mark away.

        Raises:
            InvalidInput: They have marked too many.
        """
        db, card = self._rt.db, job.card_owner
        if not is_favourite:
            await db.write(favourites.remove, job.guild_id, user_id, card)
        elif not await db.write(
            favourites.add, job.guild_id, user_id, card, now=self._rt.clock.now()
        ):
            raise InvalidInput(
                f"You have {favourites.MOST} favourites here, which is as many as there is room "
                "for. Take one away first: /history favourites: True."
            )

    async def toggle(self, job: Job, user_id: UserId) -> bool:
        """Mark a piece, or take the mark away if there is one; say whether it is marked now."""
        marked = await self._rt.db.read(favourites.is_marked, job.guild_id, user_id, job.card_owner)
        await self.mark(job, user_id, is_favourite=not marked)
        return not marked

    @asynccontextmanager
    async def sounds(self, job: Job, *, limit_bytes: int) -> AsyncIterator[list[Sound]]:
        """Give all that is to be heard of a piece, for as long as the context lasts.

        Raises:
            NotFound, InvalidInput, AudioError: It cannot be had (any more), or not in that size.
        """
        together = await self._rt.db.read(takes, job.card_owner)
        made = pieces_of([take for take in together if take.state in _MADE])
        letters: Sequence[str | None] = [one.letter for one in made] or [None]
        limit = min(limit_bytes, MESSAGE_BYTES // len(letters))
        async with AsyncExitStack() as stack:
            yield [
                await stack.enter_async_context(
                    self._archive.copy(job, job.format, letter=letter, limit_bytes=limit)
                )
                for letter in letters
            ]

    async def export(
        self, wanted: Wanted, viewer: Viewer, form: ExportFormat, *, limit_bytes: int
    ) -> Exported:
        """Write all that is found into a file, newest first, as far as it may be large.

        Raises:
            NotFound: Nothing is found.
        """
        rows = _Rows(form, limit_bytes)
        top: JobId | None = None
        while True:
            page = await self._rt.db.read(browsing.browse, wanted, viewer, top=top, limit=AT_ONCE)
            has_room = all(rows.add(entry) for entry in page.entries)
            top = page.older
            if top is None or not has_room:
                break
        if not rows.count:
            raise NotFound("There is nothing to export: no piece matches.")
        return Exported(content=rows.end(), count=rows.count, is_whole=has_room)


class _Rows:
    """A file that grows row by row, up to a size."""

    def __init__(self, form: ExportFormat, limit_bytes: int) -> None:
        self._form = form
        self._limit = limit_bytes - 2  # the end of a JSON list
        self._file = io.BytesIO()
        self.count = 0
        if form is ExportFormat.CSV:
            # Table programs take a file without this mark for one in their country's old encoding.
            self._file.write("\ufeff".encode() + _csv(list(_COLUMNS)))

    def add(self, entry: Entry) -> bool:
        """Add a row; say whether there was room for it."""
        row = _row(entry)
        if self._form is ExportFormat.CSV:
            line = _csv([_harmless(value) for value in row.values()])
        else:
            begin = "[\n" if self.count == 0 else ",\n"
            line = (begin + json.dumps(row, ensure_ascii=False)).encode()
        if self.count >= MOST_ROWS or self._file.tell() + len(line) > self._limit:
            return False
        self._file.write(line)
        self.count += 1
        return True

    def end(self) -> bytes:
        """Close the file and give what is in it."""
        if self._form is ExportFormat.JSON:
            self._file.write(b"\n]")
        return self._file.getvalue()


_COLUMNS = (
    "id",
    "asked_at",
    "member",
    "channel",
    "kind",
    "model",
    "prompt",
    "seed",
    "format",
    "state",
    "cost_usd",
    "favourite",
    "link",
)


def _row(entry: Entry) -> dict[str, str | int | bool | None]:
    job = entry.job
    place = f"{job.guild_id}/{job.channel_id}/{job.card_id}"
    values = (
        # As texts: table programs and JavaScript round such numbers.
        str(job.id),
        job.created_at.astimezone(UTC).isoformat(timespec="seconds"),
        str(job.user_id),
        str(job.channel_id),
        job.kind.value,
        job.model,
        job.prompt,
        job.seed,
        job.format.value,
        job.state.value,
        None if job.cost is None else f"{Decimal(job.cost) / 1_000_000:f}",
        entry.is_favourite,
        None if job.card_id is None else f"https://discord.com/channels/{place}",
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _csv(cells: Sequence[object]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(cells)
    return file.getvalue().encode("utf-8", "replace")


def _harmless(value: object) -> object:
    """Keep a member's words from being reckoned as a formula by whoever opens the table."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value
