"""The other end of a provider's wire, played by a test, and time wound by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx

from bot.domain.job import Json

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class ManualClock:
    """A clock that jumps over every wait and remembers how long it would have been."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=sum(self.slept))

    def monotonic(self) -> float:
        return sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Script:
    """Plays a provider: answers request after request, the last answer over and over, and remembers."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def paths(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.seen]


def answer(status: int, body: Json | bytes = None, **headers: str) -> httpx.Response:
    """Make an answer: JSON, or bytes as they are; header names with underscores for hyphens."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, content=content)
