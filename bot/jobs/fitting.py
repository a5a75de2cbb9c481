"""From kept files to what is attached to a card: each in the wanted kind, small enough, named."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot import catalogue
from bot.audio.fit import Fit, Fitted, Tags, is_lossless
from bot.audio.naming import file_name
from bot.domain.ids import JobId
from bot.domain.job import Job, Kind
from bot.errors import AudioError
from bot.jobs.board import Sound
from bot.jobs.fetching import Fetcher, Original
from bot.jobs.head_start import HeadStart
from bot.jobs.parcels import MOST_FILES, REQUEST_BYTES, most_bytes, parcelled
from bot.jobs.runtime import Runtime
from bot.jobs.titles import bare

log = logging.getLogger(__name__)

LONGEST_SECONDS = 900
"""Longer audio than any model makes is not decoded: it is broken or hostile."""

FETCH_TRIES = 3
"""How often a file that will not decode is fetched anew."""

Letters = Mapping[tuple[JobId, int], str]
"""What a job's files are called on their card, by their places among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """One file on its way onto the card.

    Attributes:
        letter: None where it is the only one, or has a meaning of its own.
    """

    job: Job
    original: Original
    letter: str | None
    fitted: Fitted


_File = tuple[Job, Original, str | None, Fitted | None]
"""A file to be fitted: whose it is, its letter, and what was found too large."""


class Fitter:
    """Fits what jobs made."""

    def __init__(self, runtime: Runtime, fetcher: Fetcher) -> None:
        self._rt = runtime
        self._fetcher = fetcher

    async def head_start(self, job: Job) -> HeadStart | None:
        """Prepare to encode a job's file while it arrives, where it is the only one of its card."""
        if job.leader_id is not None or "variations" in job.options:
            return None
        rt = self._rt
        fit = await self._wanted((job, None, None), of=1)
        into = rt.work_dir / f"{job.id}-{secrets.token_hex(4)}"
        return HeadStart(rt.workshop, rt.clock, fit=fit, into=into)

    async def fetch_and_fit(
        self, take: Job, letters: Letters, work: Path, *, ahead: HeadStart | None = None
    ) -> list[Ready]:
        """Fit what a take made; a file that turns out to be broken is fetched again.

        `ahead` may have been at it before.
        """
        for attempt in range(1, FETCH_TRIES + 1):
            take, originals = await self._fetcher.fetch(take)
            files = [
                (take, original, None if original.label else letters.get((take.id, index)), None)
                for index, original in enumerate(originals)
            ]
            try:
                of = max(len(letters), len(files))
                if of == 1 and ahead is not None and (early := await self._early(files[0], ahead)):
                    return [early]
                return await self._fit_take(take, files, work, of=of)
            except AudioError as error:
                if attempt == FETCH_TRIES or error.code not in {"corrupt", "not_audio", "empty"}:
                    raise
                log.warning("job %s: %s Fetching it again.", take.id, error.sentence)
                await self._fetcher.forget(take)
                await self._rt.clock.sleep(self._rt.backoff.after(attempt).total_seconds())
        raise AssertionError("the loop returns or raises")

    async def _early(self, file: _File, ahead: HeadStart) -> Ready | None:
        """Give what a head start made of a take's only file, if it is what is wanted."""
        job, original, letter, _ = file
        fitted = await ahead.take(await self._wanted((job, original.label, letter), of=1))
        if fitted is None:
            return None
        return Ready(job=job, original=original, letter=letter, fitted=fitted)

    async def _fit_take(
        self, take: Job, files: Sequence[_File], work: Path, *, of: int
    ) -> list[Ready]:
        """Fit a take's files; parts without loss first as large as a zip may make small enough."""
        if _comes_in_parts(take):
            try:
                return await self._fit_all(files, work, of=of, is_whole=True)
            except AudioError as error:
                if error.code != "too_big":
                    raise
        return await self._fit_all(files, work, of=of)

    async def smaller(self, ready: list[Ready], work: Path) -> list[Ready]:
        """Make every file of the card smaller than it was."""
        files = [(one.job, one.original, one.letter, one.fitted) for one in ready]
        return await self._fit_all(files, work, of=len(ready))

    async def _fit_all(
        self, files: Sequence[_File], work: Path, *, of: int, is_whole: bool = False
    ) -> list[Ready]:
        """Fit some of the card's `of` files, in a folder that goes again when one of them fails."""
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=work))
        try:
            return [
                await self._fit(file, folder / str(index), of=of, is_whole=is_whole)
                for index, file in enumerate(files)
            ]
        except AudioError:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            raise

    async def _fit(self, file: _File, into: Path, *, of: int, is_whole: bool) -> Ready:
        job, original, letter, before = file
        fit = await self._wanted(
            (job, original.label, letter), of=of, is_whole=is_whole, before=before
        )
        fitted = await self._rt.workshop.fit(original.path, into, fit)
        return Ready(job=job, original=original, letter=letter, fitted=fitted)

    async def _wanted(
        self,
        file: tuple[Job, str | None, str | None],
        *,
        of: int,
        is_whole: bool = False,
        before: Fitted | None = None,
    ) -> Fit:
        """Say what a file is to become; it is told by its job, its label and its letter."""
        job, label, letter = file
        name = label or letter
        comment = f"{job.prompt}\nModel: {job.model}\nJob: {job.id}"
        if job.seed is not None:
            comment += f"\nSeed: {job.seed}"
        limit = await self._rt.board.limit_bytes(job)
        if is_whole:
            limit = most_bytes(job.format, limit)
        elif of > 1:
            limit = min(limit, REQUEST_BYTES // of)
        return Fit(
            format=job.format,
            limit_bytes=limit,
            is_strict=is_whole,
            tags=Tags(
                title=job.prompt[:100] if name is None else f"{name}: {job.prompt[:90]}",
                artist=catalogue.find(job.model).about.title,
                album="Minstrel",
                comment=comment,
            ),
            max_seconds=LONGEST_SECONDS,
            previous_bytes=before.size if before else None,
        )

    async def parcelled(
        self, job: Job, ready: list[Ready], work: Path
    ) -> tuple[list[Ready], tuple[Sound, ...]]:
        """Give the files as one message takes them; parts without loss are zipped where need be."""
        if not _comes_in_parts(job) or any(one.fitted.ending != job.format for one in ready):
            return ready, sounds_of(ready)
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=work))
        parcels = await parcelled(
            [_sound(one) for one in ready],
            folder,
            limit_bytes=await self._rt.board.limit_bytes(job),
            name=lambda part: file_name(bare(job.prompt), job.card_owner, "zip", part=part),
        )
        if parcels is not None:
            return ready, parcels
        files: list[_File] = [(one.job, one.original, one.letter, None) for one in ready]
        ready = await self._fit_all(files, work, of=len(ready))
        return ready, sounds_of(ready)


def _comes_in_parts(job: Job) -> bool:
    """Say whether a job's files are parts that cannot be made smaller without another format."""
    return job.kind is Kind.STEMS and is_lossless(job.format)


def sounds_of(ready: Sequence[Ready]) -> tuple[Sound, ...]:
    """Give what is attached to the card. Of parts, that the format is another is said once."""
    sounds = [_sound(one) for one in ready[:MOST_FILES]]
    return tuple(
        replace(sound, note=None) if place and sound.label else sound
        for place, sound in enumerate(sounds)
    )


def _sound(ready: Ready) -> Sound:
    job, fitted = ready.job, ready.fitted
    part = ready.original.label or ready.letter or ""
    return Sound(
        path=fitted.path,
        file_name=file_name(
            bare(job.prompt) if part else job.prompt, job.card_owner, fitted.ending, part=part
        ),
        seconds=fitted.seconds,
        waveform=fitted.waveform,
        note=fitted.note,
        letter=ready.letter,
        seed=job.seed,
        label=ready.original.label,
    )
