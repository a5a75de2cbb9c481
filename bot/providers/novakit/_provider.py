"""NovaKit as the rest of the bot sees it: every call of `bot.providers.base.Provider`."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import httpx
from pydantic import SecretStr

from bot.domain.clock import Clock
from bot.domain.job import Handle, Json
from bot.errors import Busy, OutcomeUnknown
from bot.providers import sentences as say
from bot.providers.answers import Answer, parse_json
from bot.providers.base import Result, Seen
from bot.providers.novakit import _jobs
from bot.providers.novakit._follow import LongPoll
from bot.providers.patience import patiently
from bot.providers.polled import PolledProvider
from bot.providers.standing import Phase, Standing, settled
from bot.providers.verdicts import Said

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


class NovaKitProvider(PolledProvider):
    """NovaKit's jobs, as one organisation sees them.

    NovaKit has no storage of its own: sources go into `storage`, and it is given their URL.
    """

    name = "novakit"
    setting = "NOVAKIT_URL"

    def __init__(
        self,
        *,
        key: SecretStr,
        clock: Clock,
        url: str,
        storage: Storage,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(key=key, clock=clock, url=url, transport=transport)
        self._storage = storage

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
        taken = self._taken(answer)
        job_id = _jobs.read_job_id(taken)
        if job_id is not None:
            return self._handle_of(job_id)
        output = _jobs.read_output(taken)
        made = _jobs.audio_url(output) if output else None
        if made is None:
            raise OutcomeUnknown(say.UNKNOWN)
        # Not made a job of, but made: what was paid for is kept as if it were one.
        known_as = _DONE + hashlib.sha256(made.encode()).hexdigest()[:32]
        return Handle(request_id=known_as, status_url=made, response_url=made, cancel_url=made)

    def _standings(self, handle: Handle) -> AsyncGenerator[Standing, None]:
        if handle.request_id.startswith(_DONE):
            return _at_once(handle)
        url = self._url_of(handle.request_id)
        return LongPoll(self._poller(), url, clock=self._clock).standings()

    async def result(self, handle: Handle) -> Result:
        """Fetch what a finished job produced, as `Provider.result` says."""
        if handle.request_id.startswith(_DONE):
            return settled(_made(handle))
        return await super().result(handle)

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
            handle=self._handle_of(job_id),
            arguments=arguments,
            sent_at=_jobs.sent_at(entry),
            is_partial=True,
        )

    async def upload(self, data: bytes, *, content_type: str, file_name: str) -> str:
        """Put a source where NovaKit can read it, as `Provider.upload` says."""
        return await self._storage.upload(data, content_type=content_type, file_name=file_name)

    def _place_of(self, request_id: str) -> str:
        return f"{self._base}/jobs/{request_id}"

    def _standing_in(self, answer: Answer) -> Standing | None:
        return _jobs.read_standing(answer)

    def _said_in(self, answer: Answer) -> Said:
        return _jobs.read_said(answer, now=self._clock.now())


async def _at_once(handle: Handle) -> AsyncGenerator[Standing, None]:
    yield _made(handle)


def _made(handle: Handle) -> Standing:
    """Give the standing of a request that was answered with its result."""
    output: Mapping[str, Json] = {"audio_url": handle.response_url}
    return Standing(phase=Phase.DONE, output=output)
