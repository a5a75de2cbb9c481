"""The fal provider: the queue's verbs, put together from the parts around it."""

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
from bot.domain.offers import Listed, ListedPrice
from bot.errors import OutcomeUnknown
from bot.providers import sentences as say
from bot.providers.addresses import checked_base, is_id
from bot.providers.answers import Answer, parse_json
from bot.providers.base import Cancellation, Progress, Result, Seen
from bot.providers.fal import _history, _platform, _results
from bot.providers.fal._calls import Calls
from bot.providers.fal._errors import on_submit
from bot.providers.fal._follow import SILENCE_SECONDS, Follower
from bot.providers.fal._storage import Storage
from bot.providers.fal._urls import QueueUrls
from bot.providers.wire import Wire


class FalProvider:
    """fal's queue, as one account sees it.

    An async context manager: it owns its connections. `transport` replaces the network in tests.

    Raises:
        StartupError: A base is no web address.
    """

    name = "fal"

    def __init__(
        self,
        *,
        key: SecretStr,
        clock: Clock,
        queue_url: str = "https://queue.fal.run",
        rest_url: str = "https://rest.fal.ai",
        api_url: str = "https://api.fal.ai/v1",
        transport: httpx.AsyncBaseTransport | None = None,
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        bases = {"FAL_QUEUE_URL": queue_url, "FAL_REST_URL": rest_url, "FAL_API_URL": api_url}
        for setting, url in bases.items():
            checked_base(setting, url)
        self._clock = clock
        self._wire = Wire(key, scheme="Key", transport=transport)
        self._urls = QueueUrls(queue_url)
        self._api_url = api_url.rstrip("/")
        self._storage = Storage(self._wire, rest_url, clock=clock)
        self._calls = Calls(self._wire, rest_url, clock=clock)
        self._silence_seconds = silence_seconds

    async def __aenter__(self) -> Self:
        await self._wire.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._wire.__aexit__(*exc)

    def handle_for(self, endpoint: str, request_id: str) -> Handle:
        """Build the handle of a request of which only the id is known."""
        return self._urls.handle_for(endpoint, request_id)

    async def submit(
        self,
        endpoint: str,
        arguments: Mapping[str, Json],
        *,
        start_seconds: float,
        call_url: str | None = None,
    ) -> Handle:
        """Send one request, exactly once, as `Provider.submit` says.

        fal has no idempotency key: every POST that arrives is a new, billable request.
        """
        headers = {
            # fal's clients refuse a second or less.
            "X-Fal-Request-Timeout": f"{max(start_seconds, 1.1):.1f}".removesuffix(".0"),
            # An "equivalent" model in our model's place could not be looked up under its name.
            "X-App-Fal-Disable-Fallback": "true",
        }
        url = self._urls.submit(endpoint)
        if call_url is not None:
            url += f"?fal_webhook={quote(call_url, safe='')}"
        answer = await self._wire.post_once(url, arguments, headers=headers)
        return self._accepted(endpoint, answer)

    async def request_of(self, headers: Mapping[str, str], body: bytes) -> str:
        """Give the request that a call is about, as `Caller.request_of` says."""
        return await self._calls.request_of(headers, body)

    def _accepted(self, endpoint: str, answer: Answer) -> Handle:
        if not answer.ok:
            raise on_submit(answer, now=self._clock.now())
        body = parse_json(answer.body)
        request_id = body.get("request_id") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not is_id(request_id):
            raise OutcomeUnknown(say.UNKNOWN)
        return self._urls.handle_from(endpoint, str(request_id), dict(body))

    async def follow(self, handle: Handle) -> AsyncGenerator[Progress, None]:
        """Yield the request's progress as it changes, as `Provider.follow` says."""
        follower = Follower(
            self._wire,
            self._urls.at_home(handle).status_url,
            clock=self._clock,
            silence_seconds=self._silence_seconds,
        )
        async with aclosing(follower.progress()) as steps:
            async for step in steps:
                yield step

    async def result(self, handle: Handle) -> Result:
        """Fetch the output of a finished request, as `Provider.result` says.

        An answer that proves nothing (a gateway's page, a broken connection, a 404 so soon) is
        asked for again, four times in all, then the status is asked whether it knows of an error.
        """
        return await _results.fetch(self._wire, self._urls.at_home(handle), clock=self._clock)

    async def cancel(self, handle: Handle) -> Cancellation:
        """Ask for the request to be dropped, as `Provider.cancel` says."""
        home = self._urls.at_home(handle)
        answer = await _results.cancel(self._wire, home, clock=self._clock)
        known = {400: Cancellation.TOO_LATE, 404: Cancellation.NOT_FOUND}
        return known.get(answer.status, Cancellation.REQUESTED)

    async def look_up(self, endpoint: str, *, since: datetime) -> Sequence[Seen]:
        """List the account's requests to an endpoint, as `Provider.look_up` says.

        Needs an ordinary key. fal's list probably shows finished requests only, newest first.
        """
        return await _history.look_up(
            self._wire, self._api_url, endpoint, since=since, urls=self._urls, clock=self._clock
        )

    async def listing(self, endpoints: Sequence[str]) -> Mapping[str, Listed]:
        """Say what is on fal's published list, as `Storefront.listing` says.

        The list is public: a key that may not read it is left out.
        """
        return await _platform.listing(self._wire, self._api_url, endpoints, clock=self._clock)

    async def prices(self, endpoints: Sequence[str]) -> Mapping[str, ListedPrice]:
        """Give fal's current prices, as `Storefront.prices` says."""
        return await _platform.prices(self._wire, self._api_url, endpoints, clock=self._clock)

    async def upload(self, data: bytes, *, content_type: str, file_name: str) -> str:
        """Put a file into fal's storage, as `Provider.upload` says."""
        return await self._storage.upload(data, content_type=content_type, file_name=file_name)
