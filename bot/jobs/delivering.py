"""From kept files to the audio on the card; takes that share a card are brought together."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot import catalogue
from bot.audio.fit import Fit, Fitted, Tags
from bot.audio.naming import file_name
from bot.domain.ids import JobId, MessageId
from bot.domain.job import Failure, Job, State
from bot.domain.money import Micros
from bot.domain.takes import pieces
from bot.errors import (
    AudioError,
    BadResult,
    DeliveryError,
    DiscordUnavailable,
    LostRace,
    TooLarge,
)
from bot.jobs.board import CardState, Sound
from bot.jobs.fetching import Fetcher, Original, clearing, make_workbench
from bot.jobs.runtime import Runtime
from bot.store import jobs

log = logging.getLogger(__name__)

LONGEST_SECONDS = 900
"""Longer audio than any model makes is not decoded: it is broken or hostile."""

REQUEST_BYTES = 24 * 1024 * 1024
"""What several files of one card may have together: the request that carries them is to stay below
25 MiB (Discord docs, Create Message)."""

MOST_FILES = 9
"""A message carries ten attachments, one of them the waveform."""

LONG_WAIT = timedelta(minutes=3)
"""Who waited longer has looked away, and is told that the piece is ready; an edit tells nobody."""

SMALLER_TRIES = 4
"""How often a file that Discord found too large is made smaller."""

FETCH_TRIES = 3
"""How often a file that will not decode is fetched anew."""

PATIENT_TRIES = 40
"""How often trouble that may pass, such as a full disk, is waited out: about forty minutes."""

LOOK_SECONDS = 2
"""How often takes that wait for each other look for themselves; usually the bell rings first."""

T = TypeVar("T")
_Letters = Mapping[tuple[JobId, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
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


class Deliverer:
    """Fits and attaches what generated jobs made."""

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime
        self._fetcher = Fetcher(runtime)

    async def deliver(self, job: Job) -> Job:
        """Bring a generated job to its end. Everything here may be repeated after a crash.

        What was paid for is kept at once. Takes that share a card then wait for each other; the
        first of those that were made brings all of them.
        """
        if not job.files:
            await self._rt.show(job)
        try:
            await self._patiently(job, partial(self._fetcher.fetch, job))
        except (AudioError, BadResult) as error:
            return await self._fail(job, error)
        self._rt.bell.ring(job.card_owner)
        takes = await self._all_at_hand(job)
        mine = next(take for take in takes if take.id == job.id)
        return mine if mine.state is not State.GENERATED else await self._bring(mine, takes)

    async def _all_at_hand(self, job: Job) -> Sequence[Job]:
        """Wait until it is this job's part to bring the card's files, or there is none for it.

        Raises:
            LostRace: Another worker has the job now.
        """
        rt = self._rt
        while True:
            rung = rt.bell.listen(job.card_owner)
            takes = await rt.db.read(jobs.takes, job.card_owner)
            mine = next((take for take in takes if take.id == job.id), None)
            if mine is None or mine.lease_owner not in {rt.worker, None}:
                raise LostRace("The job was taken over by another worker.")
            first = next((take for take in takes if take.state is State.GENERATED), None)
            if mine.state is not State.GENERATED or (
                mine is first and all(_is_at_hand(take) for take in takes)
            ):
                return takes
            await rt.bell.wait(rung, LOOK_SECONDS)

    async def _patiently(self, job: Job, step: Callable[[], Awaitable[T]]) -> T:
        """Take a step, as often as trouble that may pass needs to pass."""
        rt = self._rt
        attempt = 0
        while True:
            try:
                return await step()
            except AudioError as error:
                attempt += 1
                if not error.retryable or attempt >= PATIENT_TRIES:
                    raise
                log.warning("job %s: %s Trying again.", job.id, error.sentence)
                await rt.show(job, trouble=error.sentence)
            await rt.clock.sleep(rt.backoff.after(attempt).total_seconds())

    async def _fail(self, job: Job, error: AudioError | BadResult) -> Job:
        log.warning("job %s: nothing to deliver: %s", job.id, error.sentence)
        rt = self._rt
        job = await self._fetcher.current(job)
        failure = Failure(code=error.code, sentence=error.sentence)
        failed = await rt.db.write(
            jobs.finish,
            job,
            State.FAILED,
            cost=self._cost(job, None),
            failure=failure,
            now=rt.clock.now(),
        )
        rt.bell.ring(job.card_owner)
        return failed

    async def _bring(self, job: Job, takes: Sequence[Job]) -> Job:
        """Put the files of all takes that were made onto the card, and close them together."""
        made = [take for take in takes if take.state is State.GENERATED]
        lettered = pieces(takes)
        is_lone = len(takes) == len(lettered) == 1
        letters = {(one.job.id, one.index): one.letter for one in lettered if not is_lone}
        work = await self._patiently(job, partial(make_workbench, self._rt, job))
        async with clearing(work):
            ready: list[_Ready] = []
            for take in made:
                fit = partial(self._fetch_and_fit, take, letters, work)
                try:
                    ready += await self._patiently(take, fit)
                except (AudioError, BadResult) as error:
                    failed = await self._fail(take, error)
                    if take.id == job.id:
                        return failed  # the next of the takes brings the others
            return await self._attach(job, ready, work)

    async def _attach(self, job: Job, ready: list[_Ready], work: Path) -> Job:
        for _ in range(SMALLER_TRIES):
            try:
                return await self._settle(job, ready)
            except TooLarge:
                log.info("job %s: too large for its channel, making it smaller", job.id)
                try:
                    ready = await self._patiently(job, partial(self._smaller, ready, work))
                except AudioError:
                    break  # it cannot be made any smaller
            except DeliveryError as error:
                failure = Failure(code=error.code, sentence=error.sentence)
                return await self._close(job, ready, State.UNDELIVERED, failure=failure)
        sentence = (
            "The audio is ready, but this server takes only files smaller than it can be made."
        )
        failure = Failure(code="too_large", sentence=sentence)
        return await self._close(job, ready, State.UNDELIVERED, failure=failure)

    async def _settle(self, job: Job, ready: list[_Ready]) -> Job:
        """Write the last card, however long Discord is in trouble, and close the takes."""
        rt = self._rt
        now = rt.clock.now()
        takes = await rt.db.read(jobs.takes, job.card_owner)
        ended = {
            take.id: replace(take, state=State.DELIVERED, cost=cost, finished_at=now)
            for take, cost in self._costs(ready)
        }
        whole = rt.card([ended.get(take.id, take) for take in takes])
        message = await self._until_through(
            replace(whole, sounds=tuple(_sound(one) for one in ready[:MOST_FILES]))
        )
        is_new = message != whole.job.card_id
        delivered = await self._close(
            job, ready, State.DELIVERED, is_shown=True, card_id=message if is_new else None
        )
        if now - whole.job.created_at > LONG_WAIT:
            await self._ring(replace(whole.job, card_id=message))
        return delivered

    async def _ring(self, job: Job) -> None:
        try:
            await self._rt.board.ring(job)
        except DeliveryError as error:
            log.info("job %s: nobody could be told that it is ready: %s", job.id, error.sentence)

    async def _close(
        self,
        job: Job,
        ready: list[_Ready],
        to: State,
        *,
        failure: Failure | None = None,
        is_shown: bool = False,
        card_id: MessageId | None = None,
    ) -> Job:
        now = self._rt.clock.now()
        ended = await self._rt.db.write(
            jobs.finish_together,
            self._costs(ready),
            to,
            now=now,
            failure=failure,
            shown_at=now if is_shown else None,
            card_id=card_id,
        )
        self._rt.bell.ring(job.card_owner)
        return next(take for take in ended if take.id == job.id)

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

    async def _fetch_and_fit(self, take: Job, letters: _Letters, work: Path) -> list[_Ready]:
        """Fit what a take made; a file that turns out to be broken is fetched again."""
        for attempt in range(1, FETCH_TRIES + 1):
            take, originals = await self._fetcher.fetch(take)
            files = [
                (take, original, None if original.label else letters.get((take.id, index)), None)
                for index, original in enumerate(originals)
            ]
            try:
                return await self._fit_all(files, work, of=max(len(letters), len(files)))
            except AudioError as error:
                if attempt == FETCH_TRIES or error.code not in {"corrupt", "not_audio", "empty"}:
                    raise
                log.warning("job %s: %s Fetching it again.", take.id, error.sentence)
                await self._fetcher.forget(take)
                await self._rt.clock.sleep(self._rt.backoff.after(attempt).total_seconds())
        raise AssertionError("the loop returns or raises")

    async def _smaller(self, ready: list[_Ready], work: Path) -> list[_Ready]:
        """Make every file of the card smaller than it was."""
        files = [(one.job, one.original, one.letter, one.fitted) for one in ready]
        return await self._fit_all(files, work, of=len(ready))

    async def _fit_all(self, files: Sequence[_File], work: Path, *, of: int) -> list[_Ready]:
        """Fit some of the card's `of` files, in a folder that goes again when one of them fails."""
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=work))
        try:
            return [
                await self._fit(file, folder / str(index), of=of)
                for index, file in enumerate(files)
            ]
        except AudioError:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            raise

    async def _fit(self, file: _File, into: Path, *, of: int) -> _Ready:
        job, original, letter, before = file
        name = original.label or letter
        comment = f"{job.prompt}\nModel: {job.model}\nJob: {job.id}"
        if job.seed is not None:
            comment += f"\nSeed: {job.seed}"
        limit = self._rt.board.limit_bytes(job)
        fit = Fit(
            format=job.format,
            limit_bytes=limit if of <= 1 else min(limit, REQUEST_BYTES // of),
            tags=Tags(
                title=job.prompt[:100] if name is None else f"{name}: {job.prompt[:90]}",
                artist=catalogue.find(job.model).about.title,
                album="Minstrel",
                comment=comment,
            ),
            max_seconds=LONGEST_SECONDS,
            previous_bytes=before.size if before else None,
        )
        fitted = await self._rt.workshop.fit(original.path, into, fit)
        return _Ready(job=job, original=original, letter=letter, fitted=fitted)

    def _costs(self, ready: list[_Ready]) -> list[tuple[Job, Micros]]:
        """Give each take with what the provider charged for it."""
        lengths: dict[JobId, float] = {}
        for one in ready:
            lengths[one.job.id] = max(lengths.get(one.job.id, 0), one.fitted.seconds or 0)
        takes = {one.job.id: one.job for one in ready}
        return [(take, self._cost(take, lengths[take.id] or None)) for take in takes.values()]

    def _cost(self, job: Job, seconds: float | None) -> Micros:
        """Give what the provider charged for a generated job; `seconds` is one result's length."""
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


def _is_at_hand(take: Job) -> bool:
    """Say whether a card need not wait for a take any more.

    One that is over has shown so: from then on nothing but the last state is written.
    """
    return take.shown_at is not None or (take.state is State.GENERATED and bool(take.files))


def _sound(ready: _Ready) -> Sound:
    job, fitted = ready.job, ready.fitted
    part = ready.original.label or ready.letter or ""
    return Sound(
        path=fitted.path,
        file_name=file_name(job.prompt, job.card_owner, fitted.ending, part=part),
        seconds=fitted.seconds,
        waveform=fitted.waveform,
        note=fitted.note,
        letter=ready.letter,
        seed=job.seed,
    )
