"""Nur as the rest of the bot sees it: every call of `bot.providers.base.Provider`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Self
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from bot.domain.clock import Clock
from bot.domain.job import Handle, Json
from bot.errors import OutcomeUnknown, ProviderError
from bot.providers import sentences as say
from bot.providers import standing, verdicts
from bot.providers.addresses import checked_base
from bot.providers.answers import Answer, parse_json
from bot.providers.base import Cancellation, NoHistory, Progress, Result, Seen
from bot.providers.nur import _tracks
from bot.providers.polling import Poller
from bot.providers.wire import Wire

SUBMIT_SECONDS = 180.0
"""Longest wait for the answer to a submit. Nur's docs do not say that it comes before the track is
made, and a lost one cannot be looked up."""

_NO_HISTORY = "Nur keeps no list in which a lost request could be found."
_NO_STORAGE = "This model makes new music only. Choose another model to work on a sound."


class NurProvider:
    """Nur's tracks, as one account sees them.

    An async context manager: it owns its connections. `transport` replaces the network in tests.

    Raises:
        StartupError: The base is no web address.
    """

    name = "nur"

    def __init__(
        self,
        *,
        key: SecretStr,
        clock: Clock,
        url: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        # The docs write paths with their version and name no host, so either base is understood.
        self._base = checked_base("NUR_URL", url).removesuffix("/v1")
        self._clock = clock
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
        """Ask for one track, exactly once, as `Provider.submit` says.

        Nur has one model, no idempotency key, no limit to the wait, and calls nobody: nothing but
        the arguments is sent.
        """
        answer = await self._wire.post_once(
            f"{self._base}/v1/music/generate", arguments, silence_seconds=SUBMIT_SECONDS
        )
        if not answer.ok:
            raise verdicts.on_submit(answer, self._said(answer))
        track_id = _tracks.read_track_id(parse_json(answer.body))
        if track_id is None:
            raise OutcomeUnknown(say.UNKNOWN)
        url = self._track_url(track_id)
        return Handle(request_id=track_id, status_url=url, response_url=url, cancel_url=url)

    async def follow(self, handle: Handle) -> AsyncGenerator[Progress, None]:
        """Yield the track's progress as it changes, as `Provider.follow` says."""
        poller = Poller(
            self._wire, read=_tracks.read_standing, classify=self._on_read, clock=self._clock
        )
        url = self._track_url(handle.request_id)
        async with aclosing(poller.statuses(url)) as standings:
            async for step in standing.news(standings):
                yield step

    async def result(self, handle: Handle) -> Result:
        """Fetch a finished track with its waveform and stems, as `Provider.result` says."""
        return await standing.fetch(
            self._wire,
            self._track_url(handle.request_id),
            read=_tracks.read_standing,
            classify=self._on_read,
            clock=self._clock,
        )

    async def cancel(self, handle: Handle) -> Cancellation:
        """Say that a track cannot be stopped: Nur documents no call for it."""
        return Cancellation.UNSUPPORTED

    async def look_up(self, endpoint: str, *, since: datetime) -> Sequence[Seen]:
        """Say that there is no list.

        Raises:
            NoHistory: Always.
        """
        raise NoHistory(_NO_HISTORY)

    async def upload(self, data: bytes, *, content_type: str, file_name: str) -> str:
        """Say that sources are not taken.

        Raises:
            ProviderError: Always.
        """
        raise ProviderError(_NO_STORAGE)

    def _track_url(self, track_id: str) -> str:
        """Give a track's address; always built anew, so that the key never leaves the base."""
        return f"{self._base}/v1/music/{quote(track_id, safe='')}"

    def _said(self, answer: Answer) -> verdicts.Said:
        return _tracks.read_said(answer, now=self._clock.now())

    def _on_read(self, answer: Answer) -> ProviderError:
        return verdicts.on_read(answer, self._said(answer))
