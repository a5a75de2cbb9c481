"""From kept files to the audio on the card; takes that share a card are brought together."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

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
from bot.jobs.charges import cost_of
from bot.jobs.fetching import Fetcher, clearing, make_workbench
from bot.jobs.fitting import Fitter, Ready, sounds_of
from bot.jobs.head_start import HeadStart
from bot.jobs.ringing import ring
from bot.jobs.runtime import Runtime
from bot.store import jobs

log = logging.getLogger(__name__)

SMALLER_TRIES = 4
"""How often a file that Discord found too large is made smaller."""

PATIENT_TRIES = 40
"""How often trouble that may pass, such as a full disk, is waited out: about forty minutes."""

DOUBTFUL_TRIES = 7
"""How often what came is fetched anew where it is the file that seems wrong: about a minute. The
member is told then, instead of watching for an hour how a web page is taken for music."""

DAMAGED_TRIES = 3
"""How often a file that is no audio at all is fetched anew: its first bytes may be what suffered on
the way. What was paid for is not given up for that."""

_OURS_OR_THEIRS = frozenset({"disk_full", "disk_error", "stopped", "unreachable"})
"""Troubles of a machine, which somebody will see to; all others are the file's."""

HAND_OVER_TRIES = 3

LOOK_SECONDS = 2
"""How often takes that wait for each other look for themselves; usually the bell rings first."""

T = TypeVar("T")


class Deliverer:
    """Fits and attaches what generated jobs made."""

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime
        self._fetcher = Fetcher(runtime)
        self._fitter = Fitter(runtime, self._fetcher)

    async def deliver(self, job: Job) -> Job:
        """Bring a generated job to its end. Everything here may be repeated after a crash.

        What was paid for is kept at once. Takes that share a card then wait for each other; the
        first of those that were made brings all of them.
        """
        if not job.files:
            await self._rt.show(job)
        ahead = await self._fitter.head_start(job)
        try:
            return await self._fetch_and_bring(job, ahead)
        finally:
            if ahead is not None:
                await ahead.close()

    async def _fetch_and_bring(self, job: Job, ahead: HeadStart | None) -> Job:
        growing = None if ahead is None else ahead.grew
        try:
            await self._patiently(job, partial(self._fetcher.fetch, job, growing=growing))
        except (AudioError, BadResult) as error:
            return await self._fail(job, error)
        self._rt.bell.ring(job.card_owner)
        takes = await self._all_at_hand(job)
        mine = next(take for take in takes if take.id == job.id)
        if mine.state is not State.GENERATED:
            return mine
        return await self._bring(mine, takes, ahead)

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
                if attempt >= _tries(error):
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
            cost=cost_of(job, rt.shop.market),
            failure=failure,
            now=rt.clock.now(),
        )
        rt.bell.ring(job.card_owner)
        return failed

    async def _bring(self, job: Job, takes: Sequence[Job], ahead: HeadStart | None) -> Job:
        """Put the files of all takes that were made onto the card, and close them together."""
        made = [take for take in takes if take.state is State.GENERATED]
        lettered = pieces(takes)
        is_lone = len(takes) == len(lettered) == 1
        letters = {(one.job.id, one.index): one.letter for one in lettered if not is_lone}
        work = await self._patiently(job, partial(make_workbench, self._rt, job))
        async with clearing(work):
            ready: list[Ready] = []
            for take in made:
                fit = partial(self._fitter.fetch_and_fit, take, letters, work, ahead=ahead)
                try:
                    ready += await self._patiently(take, fit)
                except (AudioError, BadResult) as error:
                    failed = await self._fail(take, error)
                    if take.id == job.id:
                        return failed  # the next of the takes brings the others
            return await self._attach(job, ready, work)

    async def _attach(self, job: Job, ready: list[Ready], work: Path) -> Job:
        ready, sounds = await self._patiently(
            job, partial(self._fitter.parcelled, job, ready, work)
        )
        for _ in range(SMALLER_TRIES):
            try:
                return await self._settle(job, ready, sounds)
            except TooLarge:
                log.info("job %s: too large for its channel, making it smaller", job.id)
                try:
                    ready = await self._patiently(job, partial(self._fitter.smaller, ready, work))
                except AudioError:
                    break  # it cannot be made any smaller
                sounds = sounds_of(ready)
            except DeliveryError as error:
                return await self._keep_for_later(job, ready, sounds, error)
        too_large = TooLarge(
            "The audio is ready, but this server takes only files smaller than it can be made."
        )
        return await self._keep_for_later(job, ready, (), too_large)

    async def _keep_for_later(
        self, job: Job, ready: list[Ready], sounds: tuple[Sound, ...], error: DeliveryError
    ) -> Job:
        """Close takes that their channel does not take; whoever asked is told where they are."""
        log.warning("job %s: cannot be delivered: %s", job.id, error.sentence)
        kept = f"It is kept: `/show id:{job.card_owner}` brings it to a channel that takes it."
        is_handed = await self._hand_over(job, ready, sounds, f"{error.sentence} {kept}")
        handed = "It was sent to whoever asked for it, by direct message. " if is_handed else ""
        failure = Failure(code=error.code, sentence=f"{error.sentence} {handed}{kept}")
        return await self._close(job, ready, State.UNDELIVERED, failure=failure)

    async def _hand_over(
        self, job: Job, ready: list[Ready], sounds: tuple[Sound, ...], reason: str
    ) -> bool:
        """Send the audio to whoever asked, or word of it; say whether they have the audio."""
        rt = self._rt
        state = await self._ended(job, ready)
        for attempt in range(1, HAND_OVER_TRIES + 1):
            try:
                await rt.board.hand_over(replace(state, sounds=sounds), reason)
            except TooLarge:
                sounds = ()
            except DiscordUnavailable as error:
                log.info("job %s: cannot be handed over yet: %s", job.id, error.sentence)
                await rt.clock.sleep(rt.backoff.after(attempt).total_seconds())
            except DeliveryError as error:
                log.info("job %s: cannot be handed over: %s", job.id, error.sentence)
                return False
            else:
                return bool(sounds)
        return False

    async def _settle(self, job: Job, ready: list[Ready], sounds: tuple[Sound, ...]) -> Job:
        """Write the last card, for as long as Discord is in trouble, and close the takes."""
        whole = await self._ended(job, ready)
        message = await self._until_through(replace(whole, sounds=sounds))
        is_new = message != whole.job.card_id
        delivered = await self._close(
            job, ready, State.DELIVERED, is_shown=True, card_id=message if is_new else None
        )
        await ring(self._rt, replace(whole.job, card_id=message))
        return delivered

    async def _ended(self, job: Job, ready: list[Ready]) -> CardState:
        """Say what the card will show once all that was made is on it."""
        rt = self._rt
        takes = await rt.db.read(jobs.takes, job.card_owner)
        ended = {
            take.id: replace(take, state=State.DELIVERED, cost=cost, finished_at=rt.clock.now())
            for take, cost in self._costs(ready)
        }
        return rt.card([ended.get(take.id, take) for take in takes])

    async def _close(
        self,
        job: Job,
        ready: list[Ready],
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
        began = rt.clock.monotonic()
        attempt = 0
        while True:
            try:
                return await rt.board.settle(state)
            except DiscordUnavailable as error:
                if rt.clock.monotonic() - began > rt.timing.deliver:
                    hours = round(rt.timing.deliver / 3600)
                    sentence = f"Discord has not taken the audio for {hours} hours."
                    raise DeliveryError(sentence) from error
                attempt += 1
                log.warning("job %s: delivery is held up: %s", state.job.id, error.sentence)
                await rt.clock.sleep(rt.backoff.after(attempt).total_seconds())

    def _costs(self, ready: list[Ready]) -> list[tuple[Job, Micros]]:
        """Give each take with what the provider charged for it."""
        lengths: dict[JobId, float] = {}
        for one in ready:
            lengths[one.job.id] = max(lengths.get(one.job.id, 0), one.fitted.seconds or 0)
        takes = {one.job.id: one.job for one in ready}
        market = self._rt.shop.market
        return [
            (take, cost_of(take, market, seconds=lengths[take.id] or None))
            for take in takes.values()
        ]


def _tries(error: AudioError) -> int:
    """Say how often a step that fails like this is taken."""
    if not error.retryable:
        return DAMAGED_TRIES if error.code == "not_audio" else 1
    return PATIENT_TRIES if error.code in _OURS_OR_THEIRS else DOUBTFUL_TRIES


def _is_at_hand(take: Job) -> bool:
    """Say whether a card need not wait for a take any more.

    One that is over has shown so: from then on nothing but the last state is written.
    """
    return take.shown_at is not None or (take.state is State.GENERATED and bool(take.files))
