"""From the provider's result to the audio on the card."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from bot import catalogue
from bot.audio.fit import Fit, Fitted, Tags
from bot.audio.naming import file_name
from bot.domain.ids import MessageId
from bot.domain.job import Failure, Job, Json, State
from bot.domain.money import Micros
from bot.errors import (
    AudioError,
    BadResult,
    DeliveryError,
    DiscordUnavailable,
    LostRace,
    TooLarge,
)
from bot.jobs.board import CardState, Sound
from bot.jobs.runtime import Runtime
from bot.store import jobs

log = logging.getLogger(__name__)

DOWNLOAD_LIMIT_BYTES = 256 * 1024 * 1024
DOWNLOAD_SECONDS = 300
LONGEST_SECONDS = 900
"""Longer audio than any model makes is not decoded: it is broken or hostile."""

SMALLER_TRIES = 4
"""How often a file that Discord found too large is made smaller."""

FETCH_TRIES = 3
"""How often a file that will not decode is fetched anew."""

PATIENT_TRIES = 40
"""How often trouble that may pass, such as a full disk, is waited out: about forty minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Original:
    """A file as the model made it, kept on the shelf."""

    path: Path
    label: str | None


class Deliverer:
    """Fetches, fits and attaches what a generated job made."""

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime

    async def deliver(self, job: Job) -> Job:
        """Bring a generated job to its end. Everything here may be repeated after a crash."""
        rt = self._rt
        rt.board.show(CardState(job=job))
        rt.work_dir.mkdir(parents=True, exist_ok=True)
        attempt = 0
        while True:
            work = Path(tempfile.mkdtemp(prefix=f"{job.id}-", dir=rt.work_dir))
            try:
                return await self._deliver(job, work)
            except AudioError as error:
                attempt += 1
                if not error.retryable or attempt >= PATIENT_TRIES:
                    return await self._fail(job, error)
                log.warning("job %s: %s Trying again.", job.id, error.sentence)
                rt.board.show(CardState(job=job, trouble=error.sentence))
                job = await self._as_it_stands(job)
            except BadResult as error:
                return await self._fail(job, error)
            finally:
                await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)
            await rt.clock.sleep(rt.backoff.after(attempt).total_seconds())

    async def _as_it_stands(self, job: Job) -> Job:
        """Read a job whose files were written down since; without that its end loses a race."""
        current = await self._rt.db.read(jobs.get, job.id)
        if current is None or current.lease_owner not in {self._rt.worker, None}:
            raise LostRace("The job was taken over by another worker.")
        return current

    async def _fail(self, job: Job, error: AudioError | BadResult) -> Job:
        log.warning("job %s: nothing to deliver: %s", job.id, error.sentence)
        failure = Failure(code=error.code, sentence=error.sentence)
        return await self._finish(await self._as_it_stands(job), State.FAILED, failure=failure)

    async def _deliver(self, job: Job, work: Path) -> Job:
        job, originals, fitted = await self._fetch_and_fit(job, work)
        seconds = sum(one.seconds or 0 for one in fitted) or None
        for smaller in range(1, SMALLER_TRIES + 1):
            sounds = tuple(
                _sound(job, original, fit) for original, fit in zip(originals, fitted, strict=True)
            )
            try:
                return await self._settle(job, sounds, seconds)
            except TooLarge:
                log.info("job %s: too large for its channel, making it smaller", job.id)
                try:
                    fitted = [
                        await self._fit(job, original, work / f"{smaller}-{index}", before=fit)
                        for index, (original, fit) in enumerate(zip(originals, fitted, strict=True))
                    ]
                except AudioError as error:
                    if error.retryable:
                        raise
                    break  # it cannot be made any smaller
            except DeliveryError as error:
                failure = Failure(code=error.code, sentence=error.sentence)
                return await self._finish(job, State.UNDELIVERED, failure=failure, seconds=seconds)
        sentence = (
            "The audio is ready, but this server takes only files smaller than it can be made."
        )
        failure = Failure(code="too_large", sentence=sentence)
        return await self._finish(job, State.UNDELIVERED, failure=failure, seconds=seconds)

    async def _settle(self, job: Job, sounds: tuple[Sound, ...], seconds: float | None) -> Job:
        """Write the last card, however long Discord is in trouble, and close the job."""
        rt = self._rt
        cost = self._cost(job, seconds)
        state = CardState(
            job=replace(job, state=State.DELIVERED, cost=cost, finished_at=rt.clock.now()),
            sounds=sounds,
        )
        message = await self._until_through(state)
        if message != job.card_id:
            job = await rt.db.write(jobs.set_card, job, message, rt.clock.now())
        return await self._finish(job, State.DELIVERED, seconds=seconds, shown=True)

    async def _until_through(self, state: CardState) -> MessageId:
        rt = self._rt
        attempt = 0
        while True:
            try:
                return await rt.board.settle(state)
            except DiscordUnavailable as error:
                attempt += 1
                log.warning("job %s: delivery is held up: %s", state.job.id, error.sentence)
                await rt.clock.sleep(rt.backoff.after(attempt).total_seconds())

    async def _fetch_and_fit(
        self, job: Job, work: Path
    ) -> tuple[Job, list[_Original], list[Fitted]]:
        """Fetch what was made and fit it; a file that arrived broken is fetched again."""
        for attempt in range(1, FETCH_TRIES + 1):
            job, originals = await self._fetch(job, work)
            try:
                fitted = [
                    await self._fit(job, original, work / f"0-{index}")
                    for index, original in enumerate(originals)
                ]
            except AudioError as error:
                if attempt == FETCH_TRIES or error.code not in {"corrupt", "not_audio", "empty"}:
                    raise
                log.warning("job %s: %s Fetching it again.", job.id, error.sentence)
                await asyncio.to_thread(self._rt.shelf.remove, job.id)
                job = await self._rt.db.write(jobs.amend, job, now=self._rt.clock.now(), files=())
                await self._rt.clock.sleep(self._rt.backoff.after(attempt).total_seconds())
            else:
                return job, originals, fitted
        raise AssertionError("the loop returns or raises")

    async def _fetch(self, job: Job, work: Path) -> tuple[Job, list[_Original]]:
        rt = self._rt
        output = catalogue.read_output(job.model, _output(job))
        labels = [one.label for one in output.files]
        if not (paths := self._kept(job)) or len(paths) != len(labels):
            names = [
                await self._fetch_one(job, one.url, index, work)
                for index, one in enumerate(output.files)
            ]
            job = await rt.db.write(jobs.amend, job, now=rt.clock.now(), files=tuple(names))
            paths = self._kept(job)
        return job, [
            _Original(path=path, label=label) for path, label in zip(paths, labels, strict=True)
        ]

    def _kept(self, job: Job) -> list[Path]:
        """Give the job's kept files; none when one of them is gone."""
        try:
            return [self._rt.shelf.path(name) for name in job.files]
        except AudioError:
            return []

    async def _fetch_one(self, job: Job, url: str, index: int, work: Path) -> str:
        rt = self._rt
        fetched = await rt.downloader.fetch(
            url,
            work / f"original-{index}",
            limit_bytes=DOWNLOAD_LIMIT_BYTES,
            total_seconds=DOWNLOAD_SECONDS,
        )
        name = f"original-{index}.{fetched.kind.value}"
        return await asyncio.to_thread(rt.shelf.keep, job.id, fetched.path, name)

    async def _fit(
        self, job: Job, original: _Original, into: Path, *, before: Fitted | None = None
    ) -> Fitted:
        title = (
            job.prompt[:100] if original.label is None else f"{original.label}: {job.prompt[:90]}"
        )
        comment = f"{job.prompt}\nModel: {job.model}\nJob: {job.id}"
        if job.seed is not None:
            comment += f"\nSeed: {job.seed}"
        fit = Fit(
            format=job.format,
            limit_bytes=self._rt.board.limit_bytes(job),
            tags=Tags(
                title=title,
                artist=catalogue.find(job.model).about.title,
                album="Minstrel",
                comment=comment,
            ),
            max_seconds=LONGEST_SECONDS,
            previous_bytes=before.size if before else None,
        )
        return await self._rt.workshop.fit(original.path, into, fit)

    async def _finish(
        self,
        job: Job,
        to: State,
        *,
        failure: Failure | None = None,
        seconds: float | None = None,
        shown: bool = False,
    ) -> Job:
        now = self._rt.clock.now()
        return await self._rt.db.write(
            jobs.finish,
            job,
            to,
            cost=self._cost(job, seconds),
            failure=failure,
            now=now,
            shown_at=now if shown else None,
        )

    def _cost(self, job: Job, seconds: float | None) -> Micros:
        """Give what the provider charged for a generated job."""
        told = (job.result or {}).get("billable_units")
        try:
            units = Decimal(told) if isinstance(told, str) else None
        except InvalidOperation:
            units = None
        return catalogue.cost(
            job.model,
            job.arguments,
            billable_units=units,
            audio_seconds=seconds,
            market=self._rt.shop.market,
        )


def _output(job: Job) -> Mapping[str, Json]:
    output = (job.result or {}).get("output")
    if not isinstance(output, dict):
        raise BadResult("The model's answer was empty. Please try again with another model.")
    return output


def _sound(job: Job, original: _Original, fitted: Fitted) -> Sound:
    return Sound(
        path=fitted.path,
        file_name=file_name(job.prompt, job.id, fitted.ending, part=original.label or ""),
        seconds=fitted.seconds,
        waveform=fitted.waveform,
        note=fitted.note,
    )
