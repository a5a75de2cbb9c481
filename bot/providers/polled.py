"""What providers do alike that tell all about a request under one address, and keep its result there.

Knows no provider's addresses and none of its words: those are the subclass's own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import ClassVar, Self
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from bot.domain.clock import Clock
from bot.domain.job import Handle, Json
from bot.errors import ProviderError
from bot.providers import standing, verdicts
from bot.providers.addresses import checked_base
from bot.providers.answers import Answer, parse_json
from bot.providers.base import Cancellation, Progress, Result
from bot.providers.polling import Poller
from bot.providers.standing import Standing
from bot.providers.verdicts import Said
from bot.providers.wire import Wire


class PolledProvider(ABC):
    """The part of such a provider that does not depend on what it makes.

    An async context manager: it owns its connections. `transport` replaces the network in tests.

    Attributes:
        setting: Names the setting that its address is from.

    Raises:
        StartupError: The address is no web address.
    """

    name: str
    setting: ClassVar[str]

    def __init__(
        self,
        *,
        key: SecretStr,
        clock: Clock,
        url: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._base = checked_base(self.setting, url)
        self._clock = clock
        self._wire = Wire(key, transport=transport)

    async def __aenter__(self) -> Self:
        await self._wire.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._wire.__aexit__(*exc)

    @abstractmethod
    def _place_of(self, request_id: str) -> str:
        """Give the address that tells of a request, whose id is quoted already."""

    @abstractmethod
    def _standing_in(self, answer: Answer) -> Standing | None:
        """Read what an answer says of a request; None for anything that is no known status."""

    @abstractmethod
    def _said_in(self, answer: Answer) -> Said:
        """Read an answer that is an error."""

    def _url_of(self, request_id: str) -> str:
        """Give a request's address; always built anew, so that the key never leaves the base."""
        return self._place_of(quote(request_id, safe=""))

    def _handle_of(self, request_id: str) -> Handle:
        url = self._url_of(request_id)
        return Handle(request_id=request_id, status_url=url, response_url=url, cancel_url=url)

    def _taken(self, answer: Answer) -> Json:
        """Give what a submit was answered with.

        Raises:
            ProviderError: It was not taken, or not visibly, as `Provider.submit` says.
        """
        if not answer.ok:
            raise verdicts.on_submit(answer, self._said_in(answer))
        return parse_json(answer.body)

    def _on_read(self, answer: Answer) -> ProviderError:
        return verdicts.on_read(answer, self._said_in(answer))

    def _poller(self) -> Poller[Standing]:
        return Poller(self._wire, read=self._standing_in, classify=self._on_read, clock=self._clock)

    def _standings(self, handle: Handle) -> AsyncGenerator[Standing, None]:
        """Yield where a request stands, again and again; whoever knows a better way overrides it."""
        return self._poller().statuses(self._url_of(handle.request_id))

    async def follow(self, handle: Handle) -> AsyncGenerator[Progress, None]:
        """Yield the request's progress as it changes, as `Provider.follow` says."""
        async with aclosing(self._standings(handle)) as standings:
            async for step in standing.news(standings):
                yield step

    async def result(self, handle: Handle) -> Result:
        """Fetch what a finished request produced, as `Provider.result` says."""
        return await standing.fetch(
            self._wire,
            self._url_of(handle.request_id),
            read=self._standing_in,
            classify=self._on_read,
            clock=self._clock,
        )

    async def cancel(self, handle: Handle) -> Cancellation:
        """Say that a request cannot be stopped: no such provider documents a call for it."""
        return Cancellation.UNSUPPORTED
