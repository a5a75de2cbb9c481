"""Dispatching: the one POST that costs money, and what to make of its answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from bot import catalogue
from bot.domain.ids import JobId
from bot.domain.job import Failure, Job, State
from bot.domain.money import ZERO
from bot.errors import (
    AccountLocked,
    BadCredentials,
    Busy,
    LostRace,
    OutcomeUnknown,
    ProviderError,
    QuotaSpent,
    StoreError,
    Unreachable,
)
from bot.jobs.runtime import Runtime
from bot.store import jobs

log = logging.getLogger(__name__)

STORE_TRIES = 8
"""How often an answer is offered to a database in trouble: about two minutes."""

PAUSED = "Paused by the operator: the account that pays for the models needs attention."


class Submitter:
    """Sends a job whose turn has come, exactly once."""

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime
        self._in_flight: dict[JobId, asyncio.Task[Job]] = {}

    async def submit(self, job: Job, *, intended_at: float) -> Job:
        """Send a freshly dispatched job; `intended_at` is the monotonic time of its intent.

        A shutdown does not interrupt the POST: its answer decides whether money was spent. See
        `drain`.
        """
        task = asyncio.create_task(self._submit(job, intended_at), name=f"submit-{job.id}")
        self._in_flight[job.id] = task
        task.add_done_callback(lambda _task: self._in_flight.pop(job.id, None))
        return await asyncio.shield(task)

    def is_sending(self, job_id: JobId) -> bool:
        """Say whether a job's POST is on its way."""
        return job_id in self._in_flight

    async def drain(self, seconds: float) -> None:
        """Wait for POSTs on their way; those that take longer are looked up after the restart."""
        if self._in_flight:
            _done, pending = await asyncio.wait(self._in_flight.values(), timeout=seconds)
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    async def _submit(self, job: Job, intended_at: float) -> Job:
        rt = self._rt
        if rt.clock.monotonic() - intended_at > rt.timing.intent:
            # The process was held up. By now somebody else may have judged this intent to be
            # lost, so it is withdrawn rather than sent.
            return await self._put_back(job, timedelta(0), note="intent too old")
        try:
            handle = await rt.provider(job).submit(
                job.model,
                job.arguments,
                start_seconds=catalogue.find(job.model).about.start_seconds,
                call_url=None if rt.calls is None else rt.calls.of(job.provider, job.id),
            )
        except (Busy, Unreachable) as error:
            return await self._try_later(job, error)
        except (AccountLocked, BadCredentials) as error:
            return await self._close_gate(job, error)
        except OutcomeUnknown as error:
            log.warning("job %s: the answer to its submit was lost", job.id)
            return await self._move(job, State.UNKNOWN, note=error.code)
        except ProviderError as error:
            self._open_gate(job)
            if isinstance(error, QuotaSpent):
                await rt.alarms.ring(f"account:{job.provider}", _alarm(job.provider, error))
            return await self._fail(job, error.code, error.sentence)
        self._open_gate(job)
        job = await self._move(job, State.SUBMITTED, handle=handle)
        # Only now: what was bought is written down before anything else is.
        await rt.alarms.calm(f"account:{job.provider}", _works_again(job.provider))
        return job

    async def _try_later(self, job: Job, error: Busy | Unreachable) -> Job:
        rt = self._rt
        refused_since = await self._refused_since(job)
        if (rt.clock.now() - refused_since).total_seconds() > rt.timing.give_up:
            minutes = round(rt.timing.give_up / 60)
            sentence = (
                f"The music service has not taken new work for {minutes} minutes, so this was "
                "given up. Please ask again later."
            )
            return await self._fail(job, error.code, sentence)
        asked = error.retry_after if isinstance(error, Busy) else None
        log.info("job %s: not taken (%s), trying again", job.id, error.code)
        wait = rt.backoff.after(job.attempt, at_least=min(asked, 300) if asked else None)
        return await self._put_back(job, wait, note=error.code, trouble=error.sentence)

    async def _refused_since(self, job: Job) -> datetime:
        """Give the moment from which on the provider has turned the job away each time.

        Neither waiting for a turn here nor a locked account counts.
        """
        since = self._rt.clock.now()
        try:
            events = await self._rt.db.read(jobs.events, job.id)
        except StoreError:
            return since
        for event in reversed(events):
            if event.state is State.ACCEPTED:
                if event.note not in _TURNED_AWAY:
                    break
                since = event.at
        return since

    async def _close_gate(self, job: Job, error: ProviderError) -> Job:
        if self._rt.gates.of(job.provider).close(PAUSED, self._rt.clock.now()):
            log.warning("dispatching is paused: %s", error.sentence)
        await self._rt.alarms.ring(f"account:{job.provider}", _alarm(job.provider, error))
        return await self._put_back(job, timedelta(0), note=error.code)

    def _open_gate(self, job: Job) -> None:
        if self._rt.gates.of(job.provider).open():
            log.warning("the account takes work again, dispatching goes on")

    async def _put_back(
        self, job: Job, wait: timedelta, *, note: str, trouble: str | None = None
    ) -> Job:
        rt = self._rt

        async def put_back(job: Job) -> Job:
            now = rt.clock.now()
            if job.cancel_at is not None:
                failure = Failure(code="cancelled", sentence="Cancelled.")
                return await rt.db.write(
                    jobs.finish, job, State.CANCELLED, cost=ZERO, failure=failure, now=now
                )
            return await rt.db.write(
                jobs.move,
                job,
                State.ACCEPTED,
                now=now,
                note=note,
                next_run_at=now + wait,
                submit_at=None,
            )

        job = await self._insist(job, put_back)
        if job.state is State.ACCEPTED:
            await rt.show(job, paused=rt.gates.of(job.provider).reason, trouble=trouble)
        return job

    async def _move(self, job: Job, to: State, *, note: str = "", **changes: Any) -> Job:
        return await self._insist(
            job,
            lambda job: self._rt.db.write(
                jobs.move, job, to, now=self._rt.clock.now(), note=note, **changes
            ),
        )

    async def _fail(self, job: Job, code: str, sentence: str) -> Job:
        failure = self._rt.shop.failed(
            job, Failure(code=code, sentence=sentence), self._rt.clock.now()
        )
        return await self._insist(
            job,
            lambda job: self._rt.db.write(
                jobs.finish, job, State.FAILED, cost=ZERO, failure=failure, now=self._rt.clock.now()
            ),
        )

    async def _insist(self, job: Job, write: Callable[[Job], Awaitable[Job]]) -> Job:
        """Write down what the provider answered, whoever touched the job meanwhile.

        The answer is the only copy of what was bought: neither a cancellation that was asked for
        during the POST nor a database in trouble must lose it.
        """
        failures = 0
        while True:
            try:
                try:
                    return await write(job)
                except LostRace:
                    current = await self._rt.db.read(jobs.get, job.id)
                    if current is None or current.state not in {State.DISPATCHING, State.UNKNOWN}:
                        raise
                    job = current
            except LostRace:
                raise
            except StoreError:
                failures += 1
                if failures == STORE_TRIES:
                    raise
                log.exception("job %s: the answer to its submit cannot be stored yet", job.id)
                await self._rt.clock.sleep(self._rt.backoff.after(failures).total_seconds())


def _alarm(provider: str, error: ProviderError) -> str:
    """Tell the operator what is wrong with the account, and what to do."""
    house = catalogue.PROVIDERS.get(provider, provider)
    waits = (
        "What is asked for waits, nothing is lost, and all goes on by itself; you are told when."
    )
    match error:
        case BadCredentials():
            return (
                f"{house} does not accept your key. Set a new one, and start Minstrel anew. {waits}"
            )
        case QuotaSpent():
            return (
                f"Your plan at {house} has nothing left for what members ask for. Raise it, or wait "
                "until it is renewed; until then they are offered other models."
            )
        case _:
            return (
                f"Your account at {house} is locked, most likely for want of money. Top it up there. "
                f"{waits}"
            )


def _works_again(provider: str) -> str:
    house = catalogue.PROVIDERS.get(provider, provider)
    return f"{house} takes requests again, and Minstrel goes on with what waited."


_TURNED_AWAY = frozenset({Busy.code, Unreachable.code})
