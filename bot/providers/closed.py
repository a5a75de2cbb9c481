"""A provider whose key is not set any more, while jobs of it still stand in the database."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime

from bot.domain.job import Handle, Json
from bot.errors import BadCredentials
from bot.providers.base import Cancellation, Progress, Result, Seen

_NO_KEY = (
    "This bot has no key for the model's provider any more. "
    "Ask whoever runs it, or choose another model."
)


class ClosedProvider:
    """Can do nothing, and says so: what is under way there waits for the key to come back."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def submit(
        self,
        endpoint: str,
        arguments: Mapping[str, Json],
        *,
        start_seconds: float,
        call_url: str | None = None,
    ) -> Handle:
        """Raise BadCredentials; nothing is sent."""
        raise BadCredentials(_NO_KEY)

    async def follow(self, handle: Handle) -> AsyncGenerator[Progress, None]:
        """Raise BadCredentials; the request itself goes on."""
        raise BadCredentials(_NO_KEY)
        yield  # makes this a generator

    async def result(self, handle: Handle) -> Result:
        """Raise BadCredentials."""
        raise BadCredentials(_NO_KEY)

    async def cancel(self, handle: Handle) -> Cancellation:
        """Raise BadCredentials."""
        raise BadCredentials(_NO_KEY)

    async def look_up(self, endpoint: str, *, since: datetime) -> Sequence[Seen]:
        """Raise BadCredentials."""
        raise BadCredentials(_NO_KEY)

    async def upload(self, data: bytes, *, content_type: str, file_name: str) -> str:
        """Raise BadCredentials."""
        raise BadCredentials(_NO_KEY)
