"""The runner: gives jobs their turn, drives each to its end, and picks up what a crash left."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

from bot import log_context, metrics
from bot.domain.ids import JobId
from bot.domain.job import Failure, Job, State
from bot.domain.money import ZERO
from bot.errors import LostRace, Refused, StoreError
from bot.jobs.audit_trail import RefusedByModel
from bot.jobs.bell import RANG
from bot.jobs.charges import cost_unseen
from bot.jobs.delivering import Deliverer
from bot.jobs.finding import Finder
from bot.jobs.following import Follower
from bot.jobs.line import Line
from bot.jobs.runtime import Runtime
from bot.jobs.showing import clear_up, post_card, show_end
from bot.jobs.submitting import Submitter
from bot.jobs.upkeep import Upkeep
from bot.store import jobs

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""How often the database is asked for due jobs when nobody pokes."""

CLAIM_AT_ONCE = 20
MISHAPS = 5
"""How often a step that fails for a reason nobody foresaw is tried before the job is ended."""

WORKER_SECONDS = 2
"""How long a shutdown waits for a turn that is being taken."""

DRAIN_SECONDS = 4.5
"""How long a shutdown waits for POSTs on their way; the whole must end within ten."""


WORK, NUDGED = "work", "nudged"
"""What processes tell each other: there is work; somebody wants a job cancelled."""


class Runner:
    """Owns every background task of the jobs.

    Any number of jobs is driven at once, each by one task that holds the job's lease; what stands
    in the database is enough for another runner to go on from.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime
        self._submitter = Submitter(runtime)
        self._follower = Follower(runtime)
        self._upkeep = Upkeep(runtime)
        self._line = Line(runtime)
        self._steps: dict[State, Callable[[Job], Awaitable[Job]]] = {
            State.ACCEPTED: partial(post_card, runtime),
            State.UNKNOWN: Finder(runtime).find,
            State.SUBMITTED: self._follower.follow,
            State.RUNNING: self._follower.follow,
            State.GENERATED: Deliverer(runtime).deliver,
        }
        self._nudged: set[JobId] = set()
        self._driven: dict[JobId, asyncio.Task[None]] = {}
        self._turns: dict[JobId, _Turn] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._worker: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._wake = asyncio.Event()

    def start(self) -> None:
        """Begin to work; a runner that is at work goes on."""
        if self._worker is not None:
            return
        self._worker = asyncio.create_task(self._work(), name="work")
        for name, loop in (
            ("renew", self._renew),
            ("upkeep", self._upkeep.run),
            ("alarms", self._rt.alarms.run),
            ("clear-up", partial(clear_up, self._rt)),
        ):
            self._loops.append(asyncio.create_task(loop(), name=name))
        log.info("worker %s is at work", self._rt.worker)

    def poke(self) -> None:
        """Look for work now rather than at the next poll."""
        self._wake.set()

    def nudge(self, job_id: JobId) -> None:
        """Have a job's task read the job again, because somebody else has written it.

        A submit on its way is left alone: the task reads the job again once it has the answer.
        """
        task = self._driven.get(job_id)
        if task is not None and not self._submitter.is_sending(job_id):
            self._nudged.add(job_id)
            task.cancel()

    def announce(self) -> None:
        """Have every process look for work now."""
        self.poke()
        self._rt.tell(WORK)

    def interrupt(self, job_id: JobId) -> None:
        """Have whichever process drives a job read it again."""
        self.nudge(job_id)
        self._rt.tell(f"{NUDGED}:{job_id}")

    def hear(self, notice: str) -> None:
        """Take in what another process, or this one, has told all of them.

        An empty notice says that some may have been missed.
        """
        word, _, number = notice.partition(":")
        if word == RANG and number.isdecimal():
            self._rt.bell.wake(JobId(int(number)))
        elif word == NUDGED and number.isdecimal():
            self.nudge(JobId(int(number)))
        else:
            self.poke()

    def hurry(self, job_id: JobId) -> None:
        """Go on with a job of which the provider has called to say that it is over."""
        if not self._follower.hurry(job_id):
            self.interrupt(job_id)
        self.poke()

    async def stop(self) -> None:
        """Park every job where it stands: what the provider runs goes on running there."""
        self._is_stopping = True
        self.poke()
        if self._worker is not None:
            # It ends by itself: a turn that was taken but never sent would be looked for in vain.
            await asyncio.wait({self._worker}, timeout=WORKER_SECONDS)
            self._loops.append(self._worker)
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await self._submitter.drain(DRAIN_SECONDS)
        self._nudged.clear()
        tasks = list(self._driven.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(StoreError):
            await self._rt.db.write(jobs.release, self._rt.worker)

    # -- loops -------------------------------------------------------------------------------

    async def _work(self) -> None:
        while not self._is_stopping:
            try:
                await self._claim()
                await self._dispatch()
                await self._line.look()
            except StoreError:
                log.exception("the database does not answer, trying again")
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
            self._wake.clear()

    async def _renew(self) -> None:
        rt = self._rt
        while True:
            try:
                await rt.db.write(
                    jobs.renew,
                    rt.worker,
                    rt.clock.now(),
                    rt.timing.lease,
                    only=set(self._driven),
                )
                since = rt.clock.now() - timedelta(seconds=rt.timing.lease)
                rt.peers.saw(await rt.db.read(jobs.at_work, since), rt.worker)
            except StoreError:
                log.exception("leases could not be renewed")
            await rt.clock.sleep(rt.timing.lease / 3)

    async def _claim(self) -> None:
        rt = self._rt
        claimed = await rt.db.write(
            jobs.claim,
            rt.worker,
            now=rt.clock.now(),
            lease_seconds=rt.timing.lease,
            limit=CLAIM_AT_ONCE,
        )
        for job in claimed:
            self._drive(job)
        if len(claimed) == CLAIM_AT_ONCE:
            self.poke()

    async def _dispatch(self) -> None:
        """Give turns while a provider has places free; a closed one gets one job at most."""
        rt = self._rt
        knocked = rt.gates.knock(rt.clock.now())
        for provider in rt.gates.places:
            is_paused = not rt.gates.of(provider).is_open
            metrics.provider_paused(provider, is_paused=is_paused)
        while not self._is_stopping and (places := rt.gates.free(knocked)):
            intended_at = rt.clock.monotonic()
            job = await rt.db.write(
                jobs.take_turn,
                places=places,
                worker=rt.worker,
                now=rt.clock.now(),
                lease_seconds=rt.timing.lease,
            )
            if job is None:
                return
            self._line.leave(job)
            metrics.job_moved(None, job)
            self._drive(job, intended_at=intended_at)
            knocked.discard(job.provider)

    # -- one job -----------------------------------------------------------------------------

    def _drive(self, job: Job, *, intended_at: float | None = None) -> None:
        if job.id in self._driven:
            # Its task has put up the card, and tidies up: it finds the turn when it is through.
            if intended_at is not None:
                self._turns[job.id] = job, intended_at
            return
        task = asyncio.create_task(self._to_its_end(job, intended_at), name=f"job-{job.id}")
        self._driven[job.id] = task
        task.add_done_callback(lambda _task: self._let_go(job.id))

    def _let_go(self, job_id: JobId) -> None:
        self._driven.pop(job_id, None)
        self._nudged.discard(job_id)
        if (turn := self._turns.pop(job_id, None)) and not self._is_stopping:
            self._drive(turn[0], intended_at=turn[1])
        self.poke()

    async def _to_its_end(self, job: Job, intended_at: float | None) -> None:
        """Take one step after another until the job waits for its turn or is over."""
        mishaps = 0
        current: Job | None = job
        recover: _Act | None = None
        while current is not None and not _rests(current):
            before = current
            log_context.is_about(
                job=before.id,
                guild=before.guild_id,
                request=before.handle.request_id if before.handle else None,
            )
            act = recover or partial(self._step, intended_at=intended_at)
            intended_at, recover = None, None
            try:
                current = await act(before)
                if current is not None:
                    metrics.job_moved(before, current)
                if current is not None and current.state.is_final:
                    self._rt.bell.ring(current.card_owner)
                    self._tell_moderators(before, current)
                    self._rt.tell(WORK)  # a place at the provider may be free
                mishaps = 0 if current is None or current.state is not before.state else mishaps
            except LostRace:
                recover = self._read_again
            except asyncio.CancelledError:
                if not self._take_nudge(before.id):
                    raise
                recover = self._read_again
            except StoreError:
                log.exception("job %s: the database does not answer, trying again", job.id)
                recover = self._wait_out
            except Exception:
                mishaps += 1
                incident = secrets.token_hex(3)
                log.exception("job %s: incident %s in %s", job.id, incident, before.state)
                recover = partial(self._mishap, count=mishaps, incident=incident)
            if turn := self._turns.pop(job.id, None):
                (current, intended_at), recover = turn, None

    def _tell_moderators(self, before: Job, ended: Job) -> None:
        is_new = not before.state.is_final
        if is_new and ended.failure is not None and ended.failure.code == Refused.code:
            self._rt.audit.note(RefusedByModel(job=ended))

    def _take_nudge(self, job_id: JobId) -> bool:
        """Say whether the task was cancelled only to read its job again; it then goes on."""
        if job_id not in self._nudged:
            return False
        self._nudged.discard(job_id)
        if task := asyncio.current_task():
            task.uncancel()
        return True

    async def _step(self, job: Job, intended_at: float | None) -> Job:
        if job.state.is_final:
            return await show_end(self._rt, job)
        if job.state is State.DISPATCHING:
            if intended_at is not None:
                return await self._submitter.submit(job, intended_at=intended_at)
            # The process that made this intent is gone, or was held up past its lease.
            return await self._rt.db.write(
                jobs.move,
                job,
                State.UNKNOWN,
                now=self._rt.clock.now(),
                note="interrupted while submitting",
            )
        return await self._steps[job.state](job)

    async def _read_again(self, job: Job) -> Job | None:
        """Read a job that changed under our hands; None when it is no longer ours."""
        current = await self._rt.db.read(jobs.get, job.id)
        if current is None:
            return None
        if current.lease_owner not in {self._rt.worker, None}:
            log.info("job %s: another worker has it now", job.id)
            return None
        return current

    async def _wait_out(self, job: Job) -> Job | None:
        """Give a database in trouble some time, then read what it has."""
        await self._rt.clock.sleep(self._rt.backoff.after(3).total_seconds())
        return await self._read_again(job)

    async def _mishap(self, job: Job, *, count: int, incident: str) -> Job | None:
        """Deal with an error that nobody foresaw: try again, and end the job when that fails."""
        now = self._rt.clock.now
        await self._rt.clock.sleep(self._rt.backoff.after(count).total_seconds())
        current = await self._read_again(job)
        if current is None or count < MISHAPS:
            return current
        if current.state.is_final:
            # Its card cannot be written. That it is over stands in the database.
            return await self._rt.db.write(jobs.amend, current, now=now(), shown_at=now())
        sentence = (
            f"Something went wrong on our side (incident {incident}). "
            "Please tell the person who runs this bot."
        )
        paid = current.state is State.GENERATED
        return await self._rt.db.write(
            jobs.finish,
            current,
            State.UNDELIVERED if paid else State.FAILED,
            cost=cost_unseen(current, self._rt.shop.market) if paid else ZERO,
            failure=Failure(code="incident", sentence=sentence),
            now=now(),
        )


_Turn = tuple[Job, float]
"""A job as its turn left it, and the monotonic time of the intent to send it."""

_Act = Callable[[Job], Awaitable[Job | None]]


def _rests(job: Job) -> bool:
    """Say whether a job needs no task at the moment."""
    if job.state.is_final:
        return job.shown_at is not None
    return job.state is State.ACCEPTED and job.card_id is not None
