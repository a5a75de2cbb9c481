"""All that is kept about a member of a server, as one file for them to take along."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.audio.disk import disk_trouble
from bot.domain.ids import JobId
from bot.errors import AudioError, InvalidInput
from bot.jobs.runtime import Runtime
from bot.jobs.service import Asker
from bot.store import drafts, favourites, guilds, people, queries

AT_ONCE = 100
DATA_NAME = "data.json"
PACKED_NAME = "minstrel-data.zip"
_ENTRY_BYTES = 512
"""What a zip needs for each file beside its content, generously."""

ABOUT = (
    "All that Minstrel keeps about you on this server. Amounts are in millionths of a US dollar; "
    "times are UTC. What Discord itself keeps, such as the messages, is not in here."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A zip file, there for as long as it is borrowed.

    Attributes:
        requests: How many requests are told of in it.
        files: How many kept files are in it.
        left_out: How many did not fit.
    """

    path: Path
    requests: int
    files: int
    left_out: int


class Takeout:
    """Packs what is kept about a member."""

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime

    @asynccontextmanager
    async def pack(self, by: Asker, *, limit_bytes: int) -> AsyncIterator[Packed]:
        """Pack all words, and of the kept files the newest, as far as they fit.

        Raises:
            InvalidInput: The words alone do not fit.
            AudioError: The disk refuses.
        """
        folder = await asyncio.to_thread(_make_folder, self._rt.work_dir)
        try:
            names, kept, files = await self._pack(by, folder, limit_bytes)
            yield Packed(
                path=folder / PACKED_NAME,
                requests=names,
                files=files,
                left_out=kept - files,
            )
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _pack(self, by: Asker, folder: Path, limit_bytes: int) -> tuple[int, int, int]:
        """Make the file; give the number of requests, of kept files, and of those in it."""
        try:
            names = await self._write(by, folder / DATA_NAME)
            kept = self._kept(names)
            into = folder / PACKED_NAME
            files = await asyncio.to_thread(_zip, folder / DATA_NAME, kept, into, limit_bytes)
        except OSError as error:
            raise disk_trouble(error) from error
        return len(names), len(kept), files

    async def _write(self, by: Asker, path: Path) -> list[tuple[JobId, list[str]]]:
        """Write the words, page by page; give the requests, oldest first, with their kept files."""
        db = self._rt.db
        with path.open("w", encoding="utf-8", errors="replace") as file:
            file.write(_member("about", ABOUT, begins=True))
            file.write(_member("made_at", self._rt.clock.now()))
            file.write(_member("server_id", by.guild_id) + _member("member_id", by.user_id))
            for name, value in (await self._beside(by)).items():
                file.write(_member(name, value))
            file.write(',\n"requests": [')
            names: list[tuple[JobId, list[str]]] = []
            last = JobId(-1)
            while rows := await db.read(
                people.jobs_of, by.guild_id, by.user_id, after=last, limit=AT_ONCE
            ):
                for row in rows:
                    file.write(("\n" if not names else ",\n") + _json(row))
                    names.append((JobId(row["id"]), list(row["files"])))
                last = names[-1][0]
            file.write("\n]\n}\n")
        return names

    async def _beside(self, by: Asker) -> dict[str, Any]:
        """Collect what is kept beside the requests."""
        db, guild_id, user_id = self._rt.db, by.guild_id, by.user_id
        settings = await db.read(guilds.get, guild_id)
        marked = await db.read(favourites.of, guild_id, user_id)
        return {
            "settings": {"is_blocked_from_asking": user_id in settings.blocked_users},
            "favourites": [{"piece_id": job_id, "marked_at": at} for job_id, at in marked],
            "history_searches": await db.read(queries.of, guild_id, user_id),
            "drafts": await db.read(drafts.of, user_id),
            "counters": await db.read(people.counters_of, guild_id, user_id),
            "bookings": await db.read(people.bookings_of, guild_id, user_id),
        }

    def _kept(self, names: Sequence[tuple[JobId, list[str]]]) -> list[Path]:
        """Find the files that are there, newest first."""
        found = []
        for _, relatives in reversed(names):
            for relative in relatives:
                try:
                    found.append(self._rt.shelf.path(relative))
                except AudioError:
                    continue  # swept away since, as the operator wants it
        return found


def _zip(data: Path, kept: Sequence[Path], into: Path, limit_bytes: int) -> int:
    """Pack the words, and of the files as many as there is room for; give their number."""
    count = 0
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.write(data, DATA_NAME)
        words = sum(one.compress_size for one in bundle.infolist())
        room = limit_bytes - words - 2 * _ENTRY_BYTES
        if room < 0:
            raise InvalidInput(
                "There is more about you than fits into one file here. Please ask the person who "
                "runs this bot for it."
            )
        for path in kept:
            size = path.stat().st_size + _ENTRY_BYTES
            if size <= room:
                # Audio hardly shrinks, so it is not worth the time.
                name = f"audio/{path.parent.name}/{path.name}"
                bundle.write(path, name, compress_type=zipfile.ZIP_STORED)
                room -= size
                count += 1
    return count


def _member(name: str, value: object, *, begins: bool = False) -> str:
    return f"{'{' if begins else ','}\n{json.dumps(name)}: {_json(value)}"


def _json(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: object, name: str = "") -> object:
    """Write moments as ISO 8601, and ids as texts: JavaScript would round them."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Mapping():
            return {str(key): _plain(item, str(key)) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item, name) for item in value]
        case bool():
            return value
        case int() if value >= 2**53 or name == "id" or name.endswith("_id"):
            return str(value)
    return value


def _make_folder(work_dir: Path) -> Path:
    try:
        work_dir.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="takeout-", dir=work_dir))
    except OSError as error:
        raise disk_trouble(error) from error
