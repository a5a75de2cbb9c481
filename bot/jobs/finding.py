"""Finding out what became of a submit whose answer was lost. It is never sent again."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.domain.job import Failure, Job, Json, State
from bot.domain.money import ZERO
from bot.errors import LostRace, ProviderError
from bot.jobs.runtime import Runtime
from bot.providers.base import NoHistory, Seen
from bot.store import jobs

log = logging.getLogger(__name__)

LOOKS_SECONDS = (1.5, 2, 3, 5, 10, 15, 20, 30)
"""Waits between looks; the last one repeats until the grace ends."""

UNREADABLE = timedelta(hours=24)
"""How long past the grace a list that cannot be read is waited for. Then the member's money is given
back; whether the request was made, the operator can see at the provider."""

CLOCK_SKEW = timedelta(seconds=60)
"""How far the provider's clock may be from ours."""

CLOCK_ERROR = timedelta(hours=24)
"""How far ours may have been ahead of the right time, where a seed tells a request apart anyway."""

_NEVER_ARRIVED = (
    "The connection to the music service broke while this was being sent, and it never "
    "turned up there. Press Again to try once more."
)
_NOWHERE_TO_LOOK = (
    "The connection to the music service broke while this was being sent, and that service has no "
    "list in which it could be looked up, so it was given up rather than paid for twice. "
    "Press Again to try once more."
)


class Finder:
    """Looks an unknown submit up in the provider's own list."""

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime

    async def find(self, job: Job) -> Job:
        """Give the job submitted, when its request is found, or failed and refunded when not.

        Absence counts only when it was read after the grace had ended: the request may start, run
        and be listed up to then.
        """
        rt = self._rt
        await rt.show(job)
        ends = rt.clock.monotonic() + self._patience(job)
        look = 0
        while True:
            left = ends - rt.clock.monotonic()
            wait = LOOKS_SECONDS[min(look, len(LOOKS_SECONDS) - 1)]
            await rt.clock.sleep(min(wait, left) if left > 0 else wait * (look > 0))
            look += 1
            current = await rt.db.read(jobs.get, job.id)
            if current is None or current.state is not State.UNKNOWN:
                # Its request became known in another way: the provider has called.
                raise LostRace("The job is not looked for any more.")
            is_last = rt.clock.monotonic() >= ends
            try:
                found = await self._look(job, since=self._since(job, wide=is_last))
            except NoHistory:
                return await self._give_up(job, _NOWHERE_TO_LOOK)
            if found:
                return await self._identify(job, found)
            hopeless = rt.clock.monotonic() >= ends + UNREADABLE.total_seconds()
            if is_last and (found is not None or hopeless):
                return await self._give_up(job)

    def _patience(self, job: Job) -> float:
        """Give the seconds until the grace ends; never more than all of it.

        They are counted from here on: a wall clock that jumps neither ends nor prolongs them.
        """
        ends_at = self._rt.timing.grace_ends_at(job)
        whole = ends_at - (job.submit_at or job.created_at)
        return min(ends_at - self._rt.clock.now(), whole).total_seconds()

    def _since(self, job: Job, *, wide: bool) -> datetime:
        """Give the time from which on to list; the last look goes back further.

        It may have been sent while the clock was ahead, and the provider's was not.
        """
        sent_at = job.submit_at or job.created_at
        return min(sent_at, self._rt.clock.now()) - (CLOCK_ERROR if wide else CLOCK_SKEW)

    async def _look(self, job: Job, *, since: datetime) -> Sequence[Seen] | None:
        """List the requests that can only be this job's; None when that cannot be told yet."""
        rt = self._rt
        try:
            seen = await rt.provider(job).look_up(job.model, since=since)
        except NoHistory:
            raise
        except ProviderError as error:
            log.info("job %s: the provider's list cannot be read (%s)", job.id, error.code)
            return None
        matching = [one for one in seen if is_sent_by(job, one)]
        free, alike = await rt.db.read(_unclaimed_and_alike, job, matching)
        if any(other.state is State.DISPATCHING for other in alike):
            return None  # what is free may be its request, whose answer is still on the way
        rivals = [other.id for other in alike if other.state is State.UNKNOWN]
        if len(free) > max(len(rivals), 1):
            log.error("job %s: %d requests match it, none is taken", job.id, len(free))
            return []
        # Jobs that asked for the very same thing may share out what was found in any way, as long
        # as each takes its own: here in the order in which they were asked.
        rank = sorted(rivals).index(job.id) if job.id in rivals else 0
        return free[rank : rank + 1]

    async def _identify(self, job: Job, found: Sequence[Seen]) -> Job:
        rt = self._rt
        log.warning("job %s: found at the provider, going on with it", job.id)
        job = await rt.db.write(
            jobs.move,
            job,
            State.SUBMITTED,
            now=rt.clock.now(),
            note="found in the provider's list",
            handle=found[0].handle,
            # Of a job from a backup nobody knows when it was sent; its time begins now.
            submit_at=job.submit_at or rt.clock.now(),
        )
        await rt.show(job)
        return job

    async def _give_up(self, job: Job, sentence: str = _NEVER_ARRIVED) -> Job:
        log.error("job %s: not found at the provider within the grace, refunded", job.id)
        failure = Failure(code="never_arrived", sentence=sentence)
        failure = self._rt.shop.failed(job, failure, self._rt.clock.now())
        return await self._rt.db.write(
            jobs.finish, job, State.FAILED, cost=ZERO, failure=failure, now=self._rt.clock.now()
        )


def _unclaimed_and_alike(
    conn: Any, job: Job, matching: Sequence[Seen]
) -> tuple[list[Seen], list[Job]]:
    """Read, in one snapshot, which requests nobody has and which open jobs asked for the same."""
    free = [
        one
        for one in matching
        if not jobs.claimed_request(conn, job.provider, one.handle.request_id)
    ]
    alike = [
        other
        for other in jobs.open_jobs(conn)
        if other.model == job.model and _is_alike(other, job, matching)
    ]
    return free, alike


def is_sent_by(job: Job, seen: Seen) -> bool:
    """Say whether a listed request has everything that a job sent or would send, and a fitting time.

    The list may show defaults that the server added, so more keys than ours do not count.
    """
    if not _shows(seen, job.arguments):
        return False
    if seen.sent_at is None or _has_seed(job, seen):
        return True
    return (job.submit_at or job.created_at) - CLOCK_SKEW <= seen.sent_at


def _has_seed(job: Job, seen: Seen) -> bool:
    """Say whether a request shows the random seed of a job, and so is its own whatever the time."""
    return job.seed is not None and (seen.arguments or {}).get("seed") == job.seed


def _is_alike(other: Job, job: Job, matching: Sequence[Seen]) -> bool:
    """Say whether a request that was found for one job could as well be another's."""
    could = any(one.is_partial and _shows(one, other.arguments) for one in matching)
    return could or other.arguments == job.arguments


def _shows(seen: Seen, sent: Mapping[str, Json]) -> bool:
    """Say whether a listed request has all that was sent; of a partial one, all that it shows."""
    shown = seen.arguments
    if shown is None:
        return False
    if seen.is_partial:
        sent = {name: value for name, value in sent.items() if name in shown}
    return bool(sent) and all(name in shown and shown[name] == sent[name] for name in sent)
