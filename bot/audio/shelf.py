"""Kept files, so that a result can be offered again after the provider has deleted its own.

Everything lies under ``files/<job id>/`` of the data directory. Plain blocking disk work: call
`Shelf.sweep` from a thread.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.audio.disk import disk_trouble
from bot.domain.ids import JobId
from bot.errors import AudioError

FRESH = timedelta(minutes=10)
"""Files as new as that stay in any case: their job may have begun after it was asked who needs
files still."""

_GONE = "That file is no longer kept here. Use Again to make a new one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep removed and left.

    Attributes:
        jobs: Whose files are gone.
        freed_bytes: How much they took.
        kept_bytes: How much is still there.
    """

    jobs: tuple[JobId, ...]
    freed_bytes: int
    kept_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """The files of one job as the disk shows them."""

    job_id: JobId
    changed_at: datetime
    size: int


class Shelf:
    """The place for kept files.

    Args:
        root: The data directory; paths handed out are relative to it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files = root / "files"

    def folder(self, job_id: JobId) -> Path:
        """Give the job's own folder, making it where it is missing."""
        folder = self._files / str(int(job_id))
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def keep(self, job_id: JobId, path: Path, name: str) -> str:
        """Keep a file for a job and give its path relative to the data directory.

        The source stays where it is. The kept file appears whole or not at all, and replaces one
        of the same name, so keeping twice is harmless.

        Raises:
            AudioError: ``disk_full``, or the disk refuses.
        """
        if Path(name).name != name or name in {"", ".", ".."}:
            raise ValueError(f"not a plain file name: {name!r}")
        goal = self.folder(job_id) / name
        part = goal.with_name(f"{name}.part")
        try:
            part.unlink(missing_ok=True)
            _link_or_copy(path, part)
            part.replace(goal)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise disk_trouble(error) from error
        return goal.relative_to(self._root).as_posix()

    def path(self, relative: str) -> Path:
        """Find a kept file again.

        Raises:
            AudioError: ``gone``, when it was swept away, or lies outside the shelf.
        """
        found = (self._root / relative).resolve()
        if not found.is_relative_to(self._files.resolve()) or not found.is_file():
            raise AudioError(_GONE, code="gone")
        return found

    def remove(self, job_id: JobId) -> None:
        """Forget a job's files; a job without any is none the worse."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self._files / str(int(job_id)))

    def jobs(self) -> list[JobId]:
        """List whose files are kept, oldest job first."""
        if not self._files.is_dir():
            return []
        return sorted(
            JobId(int(folder.name)) for folder in self._files.iterdir() if folder.name.isdigit()
        )

    def sweep(
        self,
        now: datetime,
        *,
        keep_days: float,
        keep_bytes: int,
        spare: Collection[JobId] = (),
    ) -> Swept:
        """Remove what is too old, then the oldest until the rest is small enough.

        A job's files go together, or none of them.

        Args:
            now: Aware.
            keep_days: Files last touched longer ago are removed.
            keep_bytes: The most that may stay.
            spare: Jobs whose files are needed still, whatever their age.
        """
        kept = sorted(self._list(), key=lambda one: one.changed_at)
        left = sum(one.size for one in kept)
        gone: list[JobId] = []
        freed = 0
        for one in kept:
            age = now - one.changed_at
            is_needed = one.job_id in spare or age < FRESH
            if is_needed or not (age > timedelta(days=keep_days) or left > keep_bytes):
                continue
            self.remove(one.job_id)
            gone.append(one.job_id)
            freed += one.size
            left -= one.size
        return Swept(jobs=tuple(gone), freed_bytes=freed, kept_bytes=left)

    def _list(self) -> list[_Kept]:
        """Look at every job's folder; what vanishes meanwhile is left out."""
        if not self._files.is_dir():
            return []
        found = []
        for folder in self._files.iterdir():
            if not folder.name.isdigit():
                continue
            with suppress(FileNotFoundError):
                stats = [folder.stat(), *(file.stat() for file in folder.iterdir())]
                changed = max(stat.st_mtime for stat in stats)
                found.append(
                    _Kept(
                        job_id=JobId(int(folder.name)),
                        changed_at=datetime.fromtimestamp(changed, UTC),
                        size=sum(stat.st_size for stat in stats[1:]),
                    )
                )
        return found


def _link_or_copy(source: Path, goal: Path) -> None:
    """Give a file a second name; where the disk cannot (other disk, no links), copy it."""
    try:
        os.link(source, goal)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, goal)
