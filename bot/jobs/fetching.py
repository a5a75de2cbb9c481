"""From the provider's result to files of our own, before Discord is asked for anything."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot import catalogue
from bot.audio.disk import disk_trouble
from bot.audio.download import Growth
from bot.domain.job import Job, Json, State
from bot.errors import AudioError, BadResult, LostRace
from bot.jobs.runtime import Runtime
from bot.store import jobs

DOWNLOAD_LIMIT_BYTES = 256 * 1024 * 1024
DOWNLOAD_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A file as the model made it, kept on the shelf.

    Attributes:
        label: What it is where a model makes files of different meaning, such as ``vocals``.
    """

    path: Path
    label: str | None


class Fetcher:
    """Fetches what generated jobs made, and keeps it."""

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime

    async def fetch(
        self, job: Job, *, growing: Callable[[Growth], None] | None = None
    ) -> tuple[Job, list[Original]]:
        """Give a generated job's files; those that are not kept yet, or no longer, are fetched.

        `growing` is told how far the file has come, where there is but one.

        Raises:
            AudioError, BadResult: They cannot be had.
            LostRace: Somebody else ended the job or took it over.
        """
        job = await self.current(job)
        output = catalogue.read_output(job.model, _output(job))
        labels = [one.label for one in output.files]
        paths = self._kept(job)
        if not paths or len(paths) != len(labels):
            urls = [one.url for one in output.files]
            job = await self._keep(job, urls, growing if len(urls) == 1 else None)
            paths = self._kept(job)
        return job, [
            Original(path=path, label=label) for path, label in zip(paths, labels, strict=True)
        ]

    async def forget(self, job: Job) -> None:
        """Throw away what was fetched, because it arrived broken."""
        rt = self._rt
        job = await self.current(job)
        await asyncio.to_thread(rt.shelf.remove, job.id)
        await rt.db.write(jobs.amend, job, now=rt.clock.now(), files=())

    async def current(self, job: Job) -> Job:
        """Read a generated job as it stands.

        Raises:
            LostRace: It is over, or was ours and is no longer.
        """
        worker = self._rt.worker
        current = await self._rt.db.read(jobs.get, job.id)
        if current is None or current.state is not State.GENERATED:
            raise LostRace("The job was ended by somebody else.")
        if job.lease_owner == worker and current.lease_owner not in {worker, None}:
            raise LostRace("The job was taken over by another worker.")
        return current

    def _kept(self, job: Job) -> list[Path]:
        """Give the job's kept files; none when one of them is gone."""
        try:
            return [self._rt.shelf.path(name) for name in job.files]
        except AudioError:
            return []

    async def _keep(
        self, job: Job, urls: list[str], growing: Callable[[Growth], None] | None
    ) -> Job:
        rt = self._rt
        work = await make_workbench(rt, job)
        async with clearing(work):
            names = [
                await self._keep_one(job, url, work / f"original-{index}", growing)
                for index, url in enumerate(urls)
            ]
        return await rt.db.write(jobs.amend, job, now=rt.clock.now(), files=tuple(names))

    async def _keep_one(
        self, job: Job, url: str, to: Path, growing: Callable[[Growth], None] | None
    ) -> str:
        rt = self._rt
        fetched = await rt.downloader.fetch(
            url,
            to,
            limit_bytes=DOWNLOAD_LIMIT_BYTES,
            total_seconds=DOWNLOAD_SECONDS,
            growing=growing,
        )
        name = f"{to.name}.{fetched.kind.value}"
        return await asyncio.to_thread(rt.shelf.keep, job.id, fetched.path, name)


async def make_workbench(runtime: Runtime, job: Job) -> Path:
    """Make a folder for work on a job.

    Raises:
        AudioError: ``disk_full``, or the disk refuses.
    """
    try:
        runtime.work_dir.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f"{job.id}-", dir=runtime.work_dir))
    except OSError as error:
        raise disk_trouble(error) from error
    return work


@asynccontextmanager
async def clearing(work: Path) -> AsyncIterator[None]:
    """Remove a folder afterwards, with all that is in it."""
    try:
        yield
    finally:
        await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)


def _output(job: Job) -> Mapping[str, Json]:
    output = (job.result or {}).get("output")
    if not isinstance(output, dict):
        raise BadResult("The model's answer was empty. Please try again with another model.")
    return output
