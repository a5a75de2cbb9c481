"""The listener for calls: quick, bounded, and of few words to strangers."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import aiohttp
import pytest

from bot import webhook
from bot.errors import StartupError, StoreError, Unreachable
from bot.jobs.calls import Calls
from bot.providers.base import Forged
from bot.webhook import WebhookServer
from tests.environment import free_port

PLACE = f"fal/5000/{'a' * 64}"


class Ear:
    """Stands in for `Calls`."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.error: Exception | None = None

    def is_expected(self, path: str) -> bool:
        """Expect one address."""
        return path == PLACE

    async def take(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Take a call, or fail as told."""
        assert headers["x-mixed-case"] == "kept"
        if self.error is not None:
            raise self.error
        self.taken.append((path, body))


@pytest.fixture
def port() -> int:
    """A port that is free."""
    return free_port()


@pytest.fixture
def ear() -> Ear:
    """Who hears the calls."""
    return Ear()


@pytest.fixture
async def http(port: int, ear: Ear) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of a running listener."""
    async with (
        WebhookServer(port, cast("Calls", ear)),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers={"X-Mixed-Case": "kept"}) as http,
    ):
        yield http


async def _post(http: aiohttp.ClientSession, path: str, body: Any = b"{}") -> int:
    async with http.post(path, data=body) as response:
        return response.status


@pytest.mark.parametrize("before", ["", "/minstrel", "/a/b/c"])
async def test_a_call_is_taken_below_whatever_path_the_proxy_leaves(
    http: aiohttp.ClientSession, ear: Ear, before: str
) -> None:
    """Some proxies cut the path that the public address ends in, some do not."""
    assert await _post(http, f"{before}/{PLACE}", b"body") == 204
    assert ear.taken == [(PLACE, b"body")]


@pytest.mark.parametrize("path", ["/", "/fal/1/2", f"/{PLACE}/more", "/wp-login.php", "/.env"])
async def test_a_stranger_hears_that_there_is_nothing(
    http: aiohttp.ClientSession, ear: Ear, path: str
) -> None:
    """Whatever they look for."""
    assert await _post(http, path) == 404
    assert ear.taken == []


async def test_only_calls_are_taken(http: aiohttp.ClientSession) -> None:
    """Nobody has anything to read here."""
    async with http.get(f"/{PLACE}") as response:
        assert response.status == 405


@pytest.mark.parametrize(
    ("error", "status"),
    [(Forged("Forged."), 401), (Unreachable("Away."), 503), (StoreError("Full."), 503)],
)
async def test_what_cannot_be_taken_is_said_by_a_number_alone(
    http: aiohttp.ClientSession, ear: Ear, error: Exception, status: int
) -> None:
    """Those that may be taken later come again."""
    ear.error = error

    assert await _post(http, f"/{PLACE}") == status


async def test_a_huge_call_is_turned_away(http: aiohttp.ClientSession, ear: Ear) -> None:
    """Memory stays bounded whatever is sent."""
    body = io.BytesIO(b"x" * (webhook.LIMIT_BYTES + 1))

    assert await _post(http, f"/{PLACE}", body) == 413
    assert ear.taken == []


async def test_a_call_whose_body_never_ends_is_given_up(
    http: aiohttp.ClientSession, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody holds a connection for ever."""
    monkeypatch.setattr(webhook, "BODY_SECONDS", 0.05)

    async def drip() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    assert await _post(http, f"/{PLACE}", drip()) == 408
    assert ear.taken == []


async def test_a_port_in_use_is_told_by_its_setting(port: int, ear: Ear) -> None:
    """With a way out."""
    with socket.socket() as other:
        other.bind(("0.0.0.0", port))  # noqa: S104 - whoever has it already
        other.listen()
        with pytest.raises(StartupError, match="MINSTREL_WEBHOOK_PORT"):
            async with WebhookServer(port, cast("Calls", ear)):
                pass


async def test_without_a_port_nothing_listens(ear: Ear) -> None:
    """As long as MINSTREL_PUBLIC_URL is not set."""
    async with WebhookServer(None, cast("Calls", ear)) as server:
        await server.close()
