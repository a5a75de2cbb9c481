"""Calls of a provider about requests that are over, at an address that only it was told.

A call spares waiting, and names the request of a job whose submit's answer was lost. Nothing
depends on one: what is not called about is found by following, or in the provider's list.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from bot.domain.ids import JobId
from bot.domain.job import State
from bot.errors import LostRace
from bot.jobs.runner import Runner
from bot.jobs.runtime import Runtime
from bot.providers.base import Caller, Forged
from bot.store import claims

log = logging.getLogger(__name__)


class Calls:
    """Takes calls, once it is proven who makes them."""

    def __init__(self, runtime: Runtime, runner: Runner, callers: Mapping[str, Caller]) -> None:
        self._rt = runtime
        self._runner = runner
        self._callers = callers

    def is_expected(self, path: str) -> bool:
        """Say whether calls are taken at a path. Costs next to nothing."""
        return self._place(path) is not None

    async def take(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Take a call. Repeating it is harmless.

        Raises:
            Forged: It does not come from the provider.
            Busy, Unreachable, StoreError: Not now; the provider calls again.
        """
        place = self._place(path)
        if place is None:
            raise Forged("A call came to an address that nobody was given.")
        provider, job_id = place
        request_id = await self._callers[provider].request_of(headers, body)
        await self._heard(provider, job_id, request_id)

    def _place(self, path: str) -> tuple[str, JobId] | None:
        place = None if self._rt.calls is None else self._rt.calls.read(path)
        return place if place is not None and place[0] in self._callers else None

    async def _heard(self, provider: str, job_id: JobId, request_id: str) -> None:
        rt = self._rt
        job = None
        while job is None:
            try:
                job = await rt.db.write(
                    claims.claim_request,
                    job_id,
                    request_id,
                    handle_for=self._callers[provider].handle_for,
                    now=rt.clock.now(),
                )
            except LostRace:
                continue
            if job is None:
                log.info("job %s is not known any more: its request %s", job_id, request_id)
                return
        if job.handle is None or job.handle.request_id != request_id:
            log.warning(
                "job %s is %s, and request %s was made for it all the same: see it in the list of "
                "requests of the account that pays",
                *(job_id, job.state, request_id),
            )
        elif job.state in {State.SUBMITTED, State.RUNNING}:
            self._runner.hurry(job.id)
