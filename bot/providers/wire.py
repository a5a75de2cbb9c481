"""HTTP to a provider: who gets the key, how long anything may take, how much is read.

Knows nothing of queues or models. Never retries; callers do, where repeating is harmless.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Self

import httpx
from pydantic import SecretStr

from bot.domain.job import Json
from bot.errors import BadCredentials, OutcomeUnknown, Rejected, Unreachable
from bot.providers import sentences as say
from bot.providers.answers import Answer

JSON_LIMIT_BYTES = 4 * 1024 * 1024
"""Most that is read of an answer; a model's output is a few kilobytes."""

_ERROR_LIMIT_BYTES = 64 * 1024
_CONNECT_SECONDS = 10.0
_SILENCE_SECONDS = 20.0
"""Longest wait for the next byte of an answer."""

_MORE_SECONDS = 20.0
"""What a whole exchange may take beyond its longest silence; without such an end a server could
drip one byte at a time forever."""

NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,  # a proxy's refusal to connect comes before the request
    httpx.UnsupportedProtocol,
)
"""What proves, on a fresh connection, that no byte of the request has left."""

_HEADERS = {
    "User-Agent": "minstrel",
    "Accept": "application/json",
    # A compressed answer could be any size once opened.
    "Accept-Encoding": "identity",
}


class Wire:
    """The HTTP clients of one provider, and its key.

    Submits have a client of their own that never keeps a connection: on a fresh one, a connect
    error proves that nothing was sent, and no stale connection can swallow a request. Each stream has
    one too: httpcore looks at every connection of a pool with each request, and keeps none of them
    while more are open than may be kept, so a thousand streams would cost each read a handshake, and
    each other a look at all of them.
    """

    def __init__(
        self,
        key: SecretStr,
        *,
        scheme: str = "Bearer",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Prepare the clients; `scheme` is the word before the key in its header."""
        self._key = key
        self._scheme = scheme
        self._stack = AsyncExitStack()
        # Loading the system's certificates takes tens of milliseconds: once is enough.
        self._tls = httpx.create_ssl_context()
        self._transport = transport
        self._submits = httpx.AsyncClient(
            headers={**_HEADERS, "Connection": "close"},
            timeout=_timeout(_SILENCE_SECONDS),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            transport=transport,
            verify=self._tls,
        )
        self._reads = httpx.AsyncClient(
            headers=_HEADERS,
            timeout=_timeout(_SILENCE_SECONDS),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            transport=transport,
            verify=self._tls,
        )

    def __repr__(self) -> str:
        return "<Wire>"

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._submits)
        await self._stack.enter_async_context(self._reads)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    def authorization(self) -> str:
        """Give the header that proves who we are.

        Raises:
            BadCredentials: The key cannot even be sent.
        """
        key = self._key.get_secret_value().strip()
        if not key or not key.isascii() or not key.isprintable():
            raise BadCredentials(say.BAD_KEY)
        return f"{self._scheme} {key}"

    async def post_once(
        self,
        url: str,
        body: Mapping[str, Json],
        *,
        headers: Mapping[str, str] | None = None,
        silence_seconds: float = _SILENCE_SECONDS,
    ) -> Answer:
        """Send one submit, on a connection of its own, with the key. It is never repeated here.

        `silence_seconds` is for providers that answer only once the work is done.

        Raises:
            Unreachable: No byte of it has left.
            OutcomeUnknown: It may have arrived, and there is no whole answer.
            Rejected: The body cannot be written as JSON; nothing was sent.
        """
        request = self._submits.build_request(
            "POST",
            url,
            content=_encode(body),
            headers={
                **(headers or {}),
                "Content-Type": "application/json",
                "Authorization": self.authorization(),
            },
            timeout=_timeout(silence_seconds),
        )
        try:
            async with asyncio.timeout(silence_seconds + _MORE_SECONDS):
                return await self._exchange(self._submits, request, limit=JSON_LIMIT_BYTES)
        except NOTHING_SENT as error:
            raise Unreachable(say.UNREACHABLE) from error
        except (httpx.TransportError, TimeoutError) as error:
            raise OutcomeUnknown(say.UNKNOWN) from error

    async def ask(
        self,
        method: str,
        url: httpx.URL | str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        with_key: bool = True,
        limit: int = JSON_LIMIT_BYTES,
        silence_seconds: float = _SILENCE_SECONDS,
        deadline_seconds: float | None = None,
    ) -> Answer:
        """Send a request that may be repeated freely.

        The whole may take `deadline_seconds`, which is somewhat more than the longest silence
        where nothing else is said.

        Raises:
            Unreachable: There was no complete answer, for whatever reason.
        """
        extra = dict(headers or {})
        if with_key:
            extra["Authorization"] = self.authorization()
        try:
            timeout = _timeout(silence_seconds)
            request = self._reads.build_request(
                method, url, content=content, headers=extra, timeout=timeout
            )
            async with asyncio.timeout(deadline_seconds or silence_seconds + _MORE_SECONDS):
                return await self._exchange(self._reads, request, limit=limit)
        except (httpx.TransportError, TimeoutError) as error:
            raise Unreachable(say.UNREACHABLE) from error

    @asynccontextmanager
    async def open_stream(self, url: httpx.URL) -> AsyncIterator[httpx.Response]:
        """Open an event stream, with the key. It may be silent for as long as the caller bears it.

        Raises:
            httpx.TransportError: As it happened.
        """
        streaming = httpx.AsyncClient(
            headers={
                **_HEADERS,
                "Accept": "text/event-stream",
                "Cache-Control": "no-store",
                "Authorization": self.authorization(),
            },
            timeout=httpx.Timeout(_SILENCE_SECONDS, connect=_CONNECT_SECONDS, read=None),
            transport=self._transport,
            verify=self._tls,
        )
        async with streaming as client, client.stream("GET", url) as response:
            yield response

    async def _exchange(
        self, client: httpx.AsyncClient, request: httpx.Request, *, limit: int
    ) -> Answer:
        response = await client.send(request, stream=True)
        try:
            return await read_answer(response, limit=limit)
        finally:
            await response.aclose()
            # httpx ties these two in a circle, which only a search for garbage would undo.
            response.stream = httpx.ByteStream(b"")


def _timeout(silence_seconds: float) -> httpx.Timeout:
    return httpx.Timeout(silence_seconds, connect=_CONNECT_SECONDS)


async def read_answer(response: httpx.Response, *, limit: int = JSON_LIMIT_BYTES) -> Answer:
    """Read an answer up to a limit, in bytes, before and after opening what is compressed.

    An error whose body breaks off is still that error: its status was said in full.

    Raises:
        httpx.TransportError: A success broke off.
    """
    failed = response.status_code >= 400
    limit = min(limit, _ERROR_LIMIT_BYTES) if failed else limit
    body = bytearray()
    is_cut = False
    try:
        async with aclosing(raw_body(response)) as chunks:
            async for chunk in chunks:
                body += chunk
                if len(body) > limit:
                    is_cut = True
                    break
    except httpx.TransportError:
        if not failed:
            raise
        is_cut = True
    opened = _open(bytes(body[:limit]), response.headers.get("content-encoding", ""), limit=limit)
    return Answer(
        status=response.status_code,
        headers=response.headers,
        body=opened[:limit],
        is_cut=is_cut or len(opened) > limit,
    )


async def raw_body(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Give a body as it comes off the wire.

    Past `httpx.Response.aiter_raw`, which refuses responses that were made with their body.
    """
    if isinstance(response.stream, httpx.AsyncByteStream):
        async for chunk in response.stream:
            yield chunk


def _open(body: bytes, encoding: str, *, limit: int) -> bytes:
    """Decompress at most one byte over the limit of what a proxy compressed unasked."""
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return body
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(body, limit + 1)
    except zlib.error:
        return body


def _encode(body: Mapping[str, Json]) -> bytes:
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError) as error:  # half an emoji, or a number that is none
        raise Rejected(say.REJECTED) from error
