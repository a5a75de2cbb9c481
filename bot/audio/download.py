"""Fetch a file whose sender is not trusted: bounded in bytes, in seconds and in memory.

The file goes to disk as it arrives. Nothing is unpacked, no secret is sent, no cookie is kept.
Results are public links (fal docs, Media Expiration), so this client has nothing to authenticate
with, and a link that leads elsewhere learns nothing.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import random
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import unquote_to_bytes

import httpx
import tenacity

from bot.audio.addresses import Addresses, bad_link, transport_for
from bot.audio.disk import disk_trouble
from bot.audio.sniff import HEAD_BYTES, Sniffed, sniff
from bot.domain.clock import Clock, SystemClock
from bot.errors import AudioError

_WRITE_BYTES = 256 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PACKED = frozenset({"gzip", "deflate", "br", "zstd", "compress"})
_PASSING = frozenset({408, 425, 429})
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A file that arrived whole and looks like audio."""

    path: Path
    size: int
    kind: Sniffed


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How far a file has come that says how large it will be.

    Attributes:
        part: Where its beginning is. Every attempt begins a file of its own.
        size: How much of it is there.
        of: How large it will be.
    """

    part: Path
    kind: Sniffed
    size: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadLimits:
    """How patient a download is.

    Attributes:
        attempts: How often one file is asked for, the first time included.
        connect_seconds: The longest wait for a connection.
        read_seconds: The longest silence between two pieces.
        redirects: How many times the link may lead elsewhere.
        first_wait_seconds: The wait before the second attempt; it doubles from there.
    """

    attempts: int = 4
    connect_seconds: float = 10
    read_seconds: float = 30
    redirects: int = 5
    first_wait_seconds: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A file to fetch, as `Downloader.fetch` was told of it."""

    url: str
    limit_bytes: int
    told_bytes: int | None
    from_discord: bool
    growing: Callable[[Growth], None] | None


class Downloader:
    """Fetches files over HTTP and HTTPS, and unpacks ``data:`` links. Use as a context manager.

    Nothing is fetched from inside of the operator's network; see `bot.audio.addresses`.

    Args:
        transport: Replaces the network.
        clock: Waits between attempts.
        limits: How patient to be.
        addresses: Where files may be fetched from; the public internet if nobody says more.
    """

    def __init__(
        self,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        limits: DownloadLimits | None = None,
        addresses: Addresses | None = None,
    ) -> None:
        self._addresses = addresses or Addresses()
        self._clock = clock or SystemClock()
        self._limits = limits or DownloadLimits()
        self._http = httpx.AsyncClient(
            transport=transport or transport_for(self._addresses),
            # A compressed answer could grow a thousandfold; we ask for none and unpack none.
            headers={"Accept": "audio/*, */*;q=0.5", "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(self._limits.read_seconds, connect=self._limits.connect_seconds),
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def fetch(
        self,
        url: str,
        to: Path,
        *,
        limit_bytes: int,
        total_seconds: float,
        told_bytes: int | None = None,
        from_discord: bool = False,
        growing: Callable[[Growth], None] | None = None,
    ) -> Fetched:
        """Bring a file to disk, whole, or raise and leave nothing behind.

        A cut-off, stalled or passing failure is tried again from the start, with growing waits.

        Args:
            url: ``http``, ``https`` or ``data``.
            to: The file to write, in a folder of its own.
            limit_bytes: The most to accept, announced or counted.
            total_seconds: The most all attempts may take together.
            told_bytes: The file's size, where somebody else told it. A page of just that size is
                the file itself, and not a server in trouble: it is not asked for again.
            from_discord: Whether it has to be on Discord's own hosts, all the way.
            growing: Told of what is on the disk, each time that it is more.

        Raises:
            AudioError: ``gone``, ``forbidden``, ``too_big``, ``truncated``, ``unreachable``,
                ``timeout``, ``not_audio``, ``empty``, ``bad_link``, ``disk_full``;
                ``retryable`` says whether coming back later may help.
        """
        part = to.with_name(f"{to.name}.part")
        wanted = _Wanted(
            url=url,
            limit_bytes=limit_bytes,
            told_bytes=told_bytes,
            from_discord=from_discord,
            growing=growing,
        )
        try:
            async with asyncio.timeout(total_seconds):
                kind, size = await self._until_it_works(wanted, part)
            part.replace(to)
        except TimeoutError as error:
            raise _too_slow(total_seconds) from error
        except OSError as error:
            raise disk_trouble(error) from error
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return Fetched(path=to, size=size, kind=kind)

    async def _until_it_works(self, wanted: _Wanted, part: Path) -> tuple[Sniffed, int]:
        """Try as often as the limits say, as long as another attempt may help."""
        attempts = tenacity.AsyncRetrying(
            sleep=self._clock.sleep,
            stop=tenacity.stop_after_attempt(self._limits.attempts),
            wait=tenacity.wait_exponential(multiplier=self._limits.first_wait_seconds, max=10)
            + _Jitter(self._limits.first_wait_seconds),
            retry=tenacity.retry_if_exception(
                lambda error: isinstance(error, AudioError) and error.retryable
            ),
            reraise=True,
        )
        return await attempts(self._attempt, wanted, part)

    async def _attempt(self, wanted: _Wanted, part: Path) -> tuple[Sniffed, int]:
        """Fetch once and look at what came."""
        with part.open("wb") as file:
            sink = _Sink(file, wanted, part)
            try:
                await self._receive(wanted, sink)
            except AudioError:
                # Whoever reads this file as it grows is not to be handed another attempt's.
                part.unlink(missing_ok=True)  # noqa: ASYNC240 - no slower than opening it was
                raise
        kind = sniff(bytes(sink.head))
        if not kind.is_audio:
            raise _not_audio(kind, is_the_file=sink.size == wanted.told_bytes)
        return kind, sink.size

    async def _receive(self, wanted: _Wanted, sink: _Sink) -> None:
        if wanted.url[:5].lower() == "data:" and not wanted.from_discord:
            await sink.take(await asyncio.to_thread(_unpack, wanted.url, wanted.limit_bytes))
        else:
            await self._stream(wanted, sink)
        await sink.flush()

    async def _stream(self, wanted: _Wanted, sink: _Sink) -> None:
        """Follow the link to its end and pour what is there into the sink."""
        try:
            here = httpx.URL(wanted.url)
            for _ in range(self._limits.redirects + 1):
                self._addresses.check(here, from_discord=wanted.from_discord)
                async with self._http.stream("GET", here) as response:
                    if response.status_code in _REDIRECTS and "location" in response.headers:
                        here = here.join(response.headers["location"])
                        continue
                    return await _pour(response, sink)
        except httpx.InvalidURL as error:
            raise bad_link() from error
        except httpx.HTTPError as error:
            raise _connection_trouble(sink) from error
        raise bad_link()


class _Sink:
    """Counts, keeps the head, and writes in pieces that do not hold up the event loop."""

    def __init__(self, file: BinaryIO, wanted: _Wanted, part: Path) -> None:
        self._file = file
        self._limit_bytes = wanted.limit_bytes
        self._part = part
        self._growing = wanted.growing
        self.announced: int | None = None
        self._waiting = bytearray()
        self.head = bytearray()
        self.size = 0

    async def take(self, piece: bytes) -> None:
        """Add a piece, or raise ``too_big`` before any of it is stored."""
        self.expect(self.size + len(piece))
        self.head += piece[: HEAD_BYTES - len(self.head)]
        self.size += len(piece)
        self._waiting += piece
        if len(self._waiting) >= _WRITE_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Write what is waiting. Off the loop: a disk can be slow for seconds."""
        piece, self._waiting = bytes(self._waiting), bytearray()
        await asyncio.to_thread(self._write, piece)
        if self._growing is not None and self.announced is not None:
            kind = sniff(bytes(self.head))
            self._growing(Growth(part=self._part, kind=kind, size=self.size, of=self.announced))

    def _write(self, piece: bytes) -> None:
        self._file.write(piece)
        self._file.flush()

    def expect(self, size: int) -> None:
        """Raise ``too_big`` where a file of this size is too much."""
        if size > self._limit_bytes:
            raise AudioError(
                f"The audio file is larger than the {max(1, self._limit_bytes // _MIB)} MiB I "
                "download. Ask for something shorter.",
                code="too_big",
            )


@dataclass(frozen=True, slots=True)
class _Jitter(tenacity.wait.wait_base):
    """A random part of the wait, so that many downloads do not come back in step."""

    most_seconds: float

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        return random.uniform(0, self.most_seconds)


async def _pour(response: httpx.Response, sink: _Sink) -> None:
    """Read the body of an answer, unpacking nothing, and check that all of it came."""
    _check_status(response.status_code)
    announced = response.headers.get("content-length", "")
    if announced.isdecimal():
        sink.announced = int(announced[:20])
        sink.expect(sink.announced)
    if _PACKED & set(re.findall(r"[a-z]+", response.headers.get("content-encoding", "").lower())):
        raise _not_audio(Sniffed.UNKNOWN)
    async for piece in response.aiter_bytes():
        await sink.take(piece)
    if sink.announced is not None and sink.size != sink.announced:
        raise _truncated()


def _check_status(status: int) -> None:
    """Raise unless the answer carries the file."""
    if status == httpx.codes.OK:
        return
    if status in {404, 410}:
        raise AudioError(
            "The audio file is no longer there. Use Again to make a new one.", code="gone"
        )
    if status in _PASSING or status >= 500:
        raise AudioError(
            "The server that holds the audio file has trouble right now. Try again in a minute.",
            code="unreachable",
            retryable=True,
        )
    raise AudioError(
        "The server that holds the audio file does not hand it out. Use Again to make a new one.",
        code="forbidden",
    )


def _connection_trouble(sink: _Sink) -> AudioError:
    """Tell a file that was cut off from one that never began."""
    if sink.size:
        return _truncated()
    return AudioError(
        "The server that holds the audio file could not be reached. Try again in a minute.",
        code="unreachable",
        retryable=True,
    )


def _truncated() -> AudioError:
    return AudioError(
        "The audio file kept breaking off while I fetched it. Try again in a minute.",
        code="truncated",
        retryable=True,
    )


def _too_slow(seconds: float) -> AudioError:
    return AudioError(
        f"The audio file did not arrive within {seconds:.0f} seconds. Try again in a minute.",
        code="timeout",
        retryable=True,
    )


def _not_audio(kind: Sniffed, *, is_the_file: bool = False) -> AudioError:
    """Servers in trouble answer a page, or nothing, in place of a file; later it may be there."""
    if kind is Sniffed.EMPTY:
        return AudioError(
            "The audio file is empty. Use Again to make a new one.", code="empty", retryable=True
        )
    return AudioError(
        "What came is not an audio file that I know. Use Again to make a new one.",
        code="not_audio",
        retryable=kind in {Sniffed.HTML, Sniffed.JSON} and not is_the_file,
    )


def _unpack(url: str, limit_bytes: int) -> bytes:
    """Decode a ``data:`` link (RFC 2397); what is clearly too long is not decoded at all."""
    header, comma, payload = url.partition(",")
    if not comma:
        raise bad_link()
    encoded = header.lower().endswith(";base64")
    # Escapes make a payload at most three times as long, base64 a third longer.
    shortest = len(payload) // 3 if not encoded else len(payload) * 3 // 4 - 2
    if shortest > limit_bytes:
        return payload[: limit_bytes + 1].encode()
    data = unquote_to_bytes(payload)
    if not encoded:
        return data
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise bad_link() from error
