"""Following a submitted job until the provider is done with it, or the deadline passes."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from datetime import datetime

from bot.domain.ids import JobId
from bot.domain.job import Failure, Handle, Job, Json, State
from bot.domain.money import ZERO, Micros
from bot.errors import (
    AccountLocked,
    BadCredentials,
    Busy,
    ProviderError,
    ProviderTimedOut,
    Unreachable,
)
from bot.jobs.charges import cost_of_failure
from bot.jobs.progress import Heartbeat
from bot.jobs.runtime import Runtime
from bot.jobs.shop import Outcome
from bot.jobs.submitting import PAUSED
from bot.providers.base import Cancellation, Finished, Progress, Queued, Result, Running
from bot.store import jobs

log = logging.getLogger(__name__)

_IT_GOES_ON = frozenset({Cancellation.TOO_LATE, Cancellation.UNSUPPORTED})

CANCEL_PATIENCE_SECONDS = 8
"""How long a request that was cancelled while waiting may take to be reported gone."""


class Follower:
    """Keeps a job's row and card in step with the provider."""

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime
        self._patience: dict[JobId, asyncio.Timeout | None] = {}
        self._asking_since: dict[JobId, datetime] = {}

    def hurry(self, job_id: JobId) -> bool:
        """Fetch a job's result now, for the provider has called to say that it is there.

        Gives False where the job is not being followed.
        """
        patience = self._patience.get(job_id)
        if patience is not None:
            patience.reschedule(asyncio.get_running_loop().time())
        return job_id in self._patience

    async def follow(self, job: Job) -> Job:
        """Watch a submitted job until it is generated or ended."""
        rt = self._rt
        remaining = (rt.timing.deadline(job) - rt.clock.now()).total_seconds()
        limit = asyncio.timeout(max(remaining, 0))
        self._patience[job.id] = None
        try:
            async with limit:
                return await (self._watch(job) if job.cancel_at is None else self._call_off(job))
        except TimeoutError:
            if not limit.expired():
                raise
            return await self._overdue(job)
        finally:
            self._patience.pop(job.id, None)

    async def _watch(self, job: Job) -> Job:
        """Follow to the end, write down what is new, and fetch the result."""
        rt = self._rt
        await rt.show(job)
        heartbeat = Heartbeat(rt.clock.monotonic())
        attempt = 0
        while True:
            try:
                job = await self._until_over(job, heartbeat)
                return await self._collect(job)
            except (AccountLocked, BadCredentials) as error:
                # The request lives on; only our reading of it is barred.
                attempt += 1
                log.warning("job %s: cannot be followed: %s", job.id, error.sentence)
                await rt.show(job, paused=PAUSED)
                await rt.clock.sleep(rt.backoff.after(attempt).total_seconds())
            except ProviderError as error:
                return await self._fail(job, error)

    async def _until_over(self, job: Job, heartbeat: Heartbeat) -> Job:
        """Follow until the request is over, or the provider has called to say so."""
        patience = asyncio.timeout(None)
        self._patience[job.id] = patience
        try:
            stream = self._rt.provider(job).follow(_handle(job))
            async with patience, aclosing(stream):
                async for progress in stream:
                    job = await self._note(job, progress, heartbeat)
        except TimeoutError:
            if not patience.expired():
                raise
            log.info("job %s: the provider has called: it is over", job.id)
        finally:
            self._patience[job.id] = None
        return job

    async def _note(self, job: Job, progress: Progress, heartbeat: Heartbeat) -> Job:
        """Write progress into the row and onto the card. A job never goes backwards."""
        rt = self._rt
        match progress:
            case Queued(position=position):
                if job.state is not State.SUBMITTED or position == job.queue_position:
                    return job
                job = await rt.db.write(
                    jobs.amend, job, now=rt.clock.now(), queue_position=position
                )
                await rt.show(job)
            case Running(log=line):
                if job.state is State.SUBMITTED:
                    now = rt.clock.now()
                    job = await rt.db.write(
                        jobs.move, job, State.RUNNING, now=now, queue_position=None, started_at=now
                    )
                    await rt.show(job, progress=line)
                elif heartbeat.beats(line, rt.clock.monotonic()):
                    await rt.show(job, progress=line)
            case Finished():
                pass
        return job

    async def _collect(self, job: Job) -> Job:
        """Fetch the result, for as long as the provider only asks for patience."""
        rt = self._rt
        attempt = 0
        while True:
            try:
                result = await rt.provider(job).result(_handle(job))
            except (Busy, Unreachable) as error:
                attempt += 1
                log.info("job %s: the result is not there yet (%s)", job.id, error.code)
                await rt.clock.sleep(rt.backoff.after(attempt).total_seconds())
            else:
                return await self._keep(job, result)

    async def _keep(self, job: Job, result: Result) -> Job:
        rt = self._rt
        kept: dict[str, Json] = {"output": dict(result.output)}
        if result.billable_units is not None:
            kept["billable_units"] = str(result.billable_units)
        job = await rt.db.write(
            jobs.move, job, State.GENERATED, now=rt.clock.now(), result=kept, queue_position=None
        )
        rt.shop.note(Outcome(model=job.model, code=None, at=rt.clock.now()))
        if job.started_at is not None:
            ran = rt.clock.now() - job.started_at
            rt.run_times.note(job.model, ran.total_seconds())
        await rt.show(job)
        return job

    async def _fail(self, job: Job, error: ProviderError) -> Job:
        """End a job that the provider ended; one that was cancelled is called so."""
        state = State.TIMED_OUT if isinstance(error, ProviderTimedOut) else State.FAILED
        if job.cancel_at is not None and not error.charged:
            return await self._cancelled(job)
        cost = cost_of_failure(job, error, self._rt.shop.market)
        failure = Failure(code=error.code, sentence=error.sentence)
        failure = self._rt.shop.failed(job, failure, self._rt.clock.now())
        return await self._finish(job, state, failure, cost=cost)

    async def _call_off(self, job: Job) -> Job:
        """Cancel at the provider, and find out whether that came in time.

        A request that already runs may still finish and be billed; its result is then delivered,
        because it was paid for.
        """
        rt = self._rt
        await rt.show(job)
        answer = await self._ask_to_cancel(job)
        if answer is Cancellation.NOT_FOUND:
            return await self._cancelled(job)
        # What cannot be dropped is made, and paid for: there is no end to wait for but its own.
        goes_on = job.state is State.RUNNING or answer is Cancellation.UNSUPPORTED
        return await self._after_cancelling(job, goes_on=goes_on)

    async def _ask_to_cancel(self, job: Job) -> Cancellation:
        rt = self._rt
        attempt = 0
        while True:
            try:
                return await rt.provider(job).cancel(_handle(job))
            except ProviderError as error:
                attempt += 1
                log.info("job %s: cancelling did not get through (%s)", job.id, error.code)
                await rt.clock.sleep(rt.backoff.after(attempt).total_seconds())

    async def _after_cancelling(self, job: Job, *, goes_on: bool) -> Job:
        heartbeat = Heartbeat(self._rt.clock.monotonic())
        patience = asyncio.timeout(None if goes_on else CANCEL_PATIENCE_SECONDS)
        try:
            async with patience:
                async with aclosing(self._rt.provider(job).follow(_handle(job))) as stream:
                    async for progress in stream:
                        job = await self._note(job, progress, heartbeat)
                        if isinstance(progress, Running):
                            patience.reschedule(None)
                return await self._collect(job)
        except TimeoutError:
            if not patience.expired():
                raise
            return await self._cancelled(job)
        except (AccountLocked, BadCredentials):
            # It may still finish and be billed; only our reading of it is barred.
            await self._rt.clock.sleep(self._rt.backoff.after(4).total_seconds())
            return job
        except ProviderError as error:
            return await self._fail(job, error)

    async def _cancelled(self, job: Job) -> Job:
        return await self._finish(
            job, State.CANCELLED, Failure(code="cancelled", sentence="Cancelled.")
        )

    async def _overdue(self, job: Job) -> Job:
        """Give up a job past its deadline, unless its result turns out to be there."""
        rt = self._rt
        current = await rt.db.read(jobs.get, job.id)
        job = job if current is None else current
        if job.state not in {State.SUBMITTED, State.RUNNING}:
            return job
        # Whoever has to read the job again goes on asking, and does not begin anew.
        asking_since = self._asking_since.setdefault(job.id, rt.clock.now())
        ended = await self._ask_for_an_end(job, asking_since)
        self._asking_since.pop(job.id, None)
        return ended

    async def _ask_for_an_end(self, job: Job, asking_since: datetime) -> Job:
        rt = self._rt
        attempt = 0
        while True:
            try:
                if await rt.provider(job).cancel(_handle(job)) in _IT_GOES_ON:
                    return await self._keep(job, await rt.provider(job).result(_handle(job)))
            except (Busy, Unreachable, AccountLocked, BadCredentials) as error:
                # Silence proves nothing: the result may be there, and paid for.
                if (rt.clock.now() - asking_since).total_seconds() <= rt.timing.give_up:
                    attempt += 1
                    log.info("job %s: overdue, and %s", job.id, error.code)
                    await rt.clock.sleep(rt.backoff.after(attempt).total_seconds())
                    continue
            except ProviderError as error:
                return await self._fail(job, error)
            return await self._withdraw(job) if job.started_at is None else await self._stop(job)

    async def _stop(self, job: Job) -> Job:
        """End a job that was told to stop while it ran, unless it finishes, and is billed, in spite.

        A running request only gets a signal (fal docs, Queue, Cancel).
        """
        rt = self._rt
        try:
            async with asyncio.timeout(CANCEL_PATIENCE_SECONDS):
                async with aclosing(rt.provider(job).follow(_handle(job))) as stream:
                    async for _ in stream:
                        pass
                return await self._keep(job, await rt.provider(job).result(_handle(job)))
        except ProviderError as error:
            if error.charged:
                return await self._fail(job, error)
        except TimeoutError:
            pass  # it has stopped, or will: nothing came of it
        return await self._withdraw(job)

    async def _withdraw(self, job: Job) -> Job:
        started = job.started_at is not None
        sentence = (
            "This took far longer than this model ever should, so it was stopped. "
            if started
            else "The model did not start in time, so the request was withdrawn. "
        )
        failure = Failure(
            code="timed_out", sentence=sentence + "Please try again, or choose another model."
        )
        failure = self._rt.shop.failed(job, failure, self._rt.clock.now())
        return await self._finish(job, State.TIMED_OUT, failure)

    async def _finish(self, job: Job, to: State, failure: Failure, *, cost: Micros = ZERO) -> Job:
        return await self._rt.db.write(
            jobs.finish, job, to, cost=cost, failure=failure, now=self._rt.clock.now()
        )


def _handle(job: Job) -> Handle:
    if job.handle is None:
        raise AssertionError("a submitted job has a handle")
    return job.handle
