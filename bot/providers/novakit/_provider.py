"""NovaKit as the rest of the bot sees it: every call of `bot.providers.base.Provider`."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Protocol, Self
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from bot.domain.clock import Clock
from bot.domain.job import Handle, Json
from bot.errors import Busy, OutcomeUnknown, ProviderError
from bot.providers import sentences as say
from bot.providers import standing, verdicts
from bot.providers.addresses import checked_base
from bot.providers.answers import Answer, parse_json
from bot.providers.base import Cancellation, Progress, Result, Seen
from bot.providers.novakit import _jobs
from bot.providers.novakit._follow import LongPoll
from bot.providers.patience import patiently
from bot.providers.polling import Poller
from bot.providers.wire import Wire

log = logging.getLogger(__name__)

PREFIX = "novakit/"
"""Before NovaKit's own names of models, in our endpoint ids."""

_DONE = "done-"
"""Begins our ids of requests that were answered with their result instead of a job's id."""

_MOST_LISTED = 100


class Storage(Protocol):
    """Where a source can be put so that a URL leads to it."""

    async def upload(self, data: bytes, *, content_type: str, file_name: str) -> str:
        """Store a file, as `Provider.upload` says."""


class NovaKitProvider:
    """NovaKit's jobs, as one organisation sees them.

    An async context manager: it owns its connections. `transport` replaces the network in tests.
    NovaKit has no storage of its own: sources go into `storage`, and it is given their URL.

    Raises:
        StartupError: The base is no web address.
    """

    name = "novakit"

    def __init__(
        self,
        *,
        key: SecretStr,
        clock: Clock,
        storage: Storage,
        url: str = "https://www.novakit.ai/api/v1",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._base = checked_base("NOVAKIT_URL", url)
        self._clock = clock
        self._storage = storage
        self._wire = Wire(key, transport=transport)

    async def __aenter__(self) -> Self:
        await self._wire.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._wire.__aexit__(*exc)

    async def submit(
        self,
        endpoint: str,
        arguments: Mapping[str, Json],
        *,
        start_seconds: float,
        call_url: str | None = None,
    ) -> Handle:
        """Send one request as a job, exactly once, as `Provider.submit` says.

        NovaKit has no idempotency key, no limit to the wait and no way to call anybody: neither
        `start_seconds` nor `call_url` is sent.
        """
        body = {**arguments, "model": endpoint.removeprefix(PREFIX)}
        answer = await self._wire.post_once(f"{self._base}/music/generations?async=true", body)
        if not answer.ok:
            raise verdicts.on_submit(answer, self._said(answer))
        taken = parse_json(answer.body)
        job_id = _jobs.read_job_id(taken)
        if job_id is not None:
            return self._handle(job_id)
        output = _jobs.read_output(taken)
        made = _jobs.audio_url(output) if output else None
        if made is None:
            raise OutcomeUnknown(say.UNKNOWN)
        # Not made a job of, but made: what was paid for is kept as if it were one.
        known_as = _DONE + hashlib.sha256(made.encode()).hexdigest()[:32]
        return Handle(request_id=known_as, status_url=made, response_url=made, cancel_url=made)

    async def follow(self, handle: Handle) -> AsyncGenerator[Progress, None]:
        """Yield the job's progress as it changes, as `Provider.follow` says."""
        if handle.request_id.startswith(_DONE):
            yield standing.step_of(_made(handle))
            return
        poller = Poller(
            self._wire, read=_jobs.read_standing, classify=self._on_read, clock=self._clock
        )
        standings = LongPoll(poller, self._job_url(handle.request_id), clock=self._clock)
        async with aclosing(standings.standings()) as steps:
            async for step in standing.news(steps):
                yield step

    async def result(self, handle: Handle) -> Result:
        """Fetch what a finished job produced, as `Provider.result` says."""
        if handle.request_id.startswith(_DONE):
            return standing.settled(_made(handle))
        return await standing.fetch(
            self._wire,
            self._job_url(handle.request_id),
            read=_jobs.read_standing,
            classify=self._on_read,
            clock=self._clock,
        )

    async def cancel(self, handle: Handle) -> Cancellation:
        """Say that a job cannot be stopped: NovaKit documents no call for it."""
        return Cancellation.UNSUPPORTED

    async def look_up(self, endpoint: str, *, since: datetime) -> Sequence[Seen]:
        """List the organisation's music jobs with a model, as `Provider.look_up` says.

        The list has the last hundred, and those that are not over can be had apart.
        """
        entries = await self._list()
        if len(entries) >= _MOST_LISTED:
            log.info("NovaKit's list of jobs is full, asking for those under way apart")
            entries = [*entries, *await self._list(pending="true")]
        model = endpoint.removeprefix(PREFIX)
        found: dict[str, Seen] = {}
        for entry in entries:
            seen = self._seen(entry, model)
            if seen is not None and (seen.sent_at is None or seen.sent_at >= since):
                found[seen.handle.request_id] = seen
        return list(found.values())

    async def _list(self, **only: str) -> list[Json]:
        params = {"tool": "music", "limit": str(_MOST_LISTED), **only}
        url = httpx.URL(f"{self._base}/jobs", params=params)
        async for attempt in patiently(self._clock):
            with attempt:
                answer = await self._wire.ask("GET", url)
                if not answer.ok:
                    raise self._on_read(answer)
                body = parse_json(answer.body)
                entries = body.get("jobs") if isinstance(body, dict) else body
                # An answer that is no list must not pass for an empty one: absence means a refund.
                if not isinstance(entries, list):
                    raise Busy(say.BUSY)
                return entries
        raise AssertionError("tenacity neither returned nor raised")

    def _seen(self, entry: Json, model: str) -> Seen | None:
        if not isinstance(entry, dict):
            return None
        job_id = _jobs.read_job_id(entry)
        arguments = _jobs.read_arguments(entry)
        named = entry.get("model") or (arguments or {}).get("model")
        if job_id is None or (isinstance(named, str) and named != model):
            return None
        return Seen(
            handle=self._handle(job_id),
            arguments=arguments,
            sent_at=_jobs.sent_at(entry),
            is_partial=True,
        )

    async def upload(self, data: bytes, *, content_type: str, file_name: str) -> str:
        """Put a source where NovaKit can read it, as `Provider.upload` says."""
        return await self._storage.upload(data, content_type=content_type, file_name=file_name)

    def _handle(self, job_id: str) -> Handle:
        url = self._job_url(job_id)
        return Handle(request_id=job_id, status_url=url, response_url=url, cancel_url=url)

    def _job_url(self, job_id: str) -> str:
        """Give a job's address; always built anew, so that the key never leaves the base."""
        return f"{self._base}/jobs/{quote(job_id, safe='')}"

    def _said(self, answer: Answer) -> verdicts.Said:
        return _jobs.read_said(answer, now=self._clock.now())

    def _on_read(self, answer: Answer) -> ProviderError:
        return verdicts.on_read(answer, self._said(answer))


def _made(handle: Handle) -> standing.Standing:
    """Give the standing of a request that was answered with its result."""
    output: Mapping[str, Json] = {"audio_url": handle.response_url}
    return standing.Standing(phase=standing.Phase.DONE, output=output)
