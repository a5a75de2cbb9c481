# ruff: noqa: ASYNC240  # looking at a file from a test's own loop holds up nobody

from __future__ import annotations

import asyncio
import base64
import gzip
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.audio.download import Downloader, DownloadLimits
from bot.audio.sniff import Sniffed
from bot.errors import AudioError

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(3000)
MIB = 1024 * 1024
URL = "https://files.test/song.wav"


class Clock:
    """Notes what it is asked to wait, and waits for nothing."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=sum(self.waits))

    def monotonic(self) -> float:
        return sum(self.waits)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


class Far:
    """A far end that gives prepared answers in turn, the last one for ever."""

    def __init__(self, *answers: httpx.Response | Exception | Callable[[], httpx.Response]) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.clock = Clock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer()

    def downloader(self, **limits: int) -> Downloader:
        return Downloader(
            transport=httpx.MockTransport(self),
            clock=self.clock,
            limits=DownloadLimits(**limits),
        )


class Pieces(httpx.AsyncByteStream):
    """A body that is made while it is read, and may break."""

    def __init__(self, pieces: Iterator[bytes], error: Exception | None = None) -> None:
        self._pieces = pieces
        self._error = error
        self.sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self.sent += len(piece)
            yield piece
        if self._error:
            raise self._error


def whole() -> httpx.Response:
    """Answer with the file as it should be."""
    return httpx.Response(200, content=WAV)


def cut() -> httpx.Response:
    """Announce the whole file, send half, and hang up."""
    broken = Pieces(iter([WAV[:1500]]), httpx.RemoteProtocolError("peer closed connection"))
    return httpx.Response(200, headers={"content-length": str(len(WAV))}, stream=broken)


async def fetch(far: Far, to: Path, url: str = URL, *, limit_bytes: int = MIB) -> bytes:
    """Fetch a file and give what is on the disk then."""
    async with far.downloader() as downloader:
        fetched = await downloader.fetch(url, to, limit_bytes=limit_bytes, total_seconds=30)
    assert fetched.path == to
    assert fetched.size == to.stat().st_size
    return to.read_bytes()


async def failure(far: Far, to: Path, url: str = URL, *, limit_bytes: int = MIB) -> AudioError:
    """Give the error of a fetch that must fail and leave nothing behind."""
    with pytest.raises(AudioError) as caught:
        await fetch(far, to, url, limit_bytes=limit_bytes)
    assert list(to.parent.iterdir()) == []
    return caught.value


@pytest.fixture
def to(tmp_path: Path) -> Path:
    """Where to fetch to: the only file of its folder."""
    return tmp_path / "source"


async def test_file_arrives_whole_and_is_recognised(to: Path) -> None:
    """The bytes on disk are the bytes that were sent, whatever type was announced."""
    far = Far(httpx.Response(200, content=WAV, headers={"content-type": "image/png"}))

    async with far.downloader() as downloader:
        fetched = await downloader.fetch(URL, to, limit_bytes=MIB, total_seconds=30)

    assert (fetched.kind, fetched.size, to.read_bytes()) == (Sniffed.WAV, len(WAV), WAV)
    assert [path.name for path in to.parent.iterdir()] == ["source"]


async def test_request_carries_no_secret_and_asks_for_no_compression(to: Path) -> None:
    """A link that leads to a stranger tells them nothing."""
    far = Far(whole)

    await fetch(far, to)

    sent = far.requests[0].headers
    assert sent["accept-encoding"] == "identity"
    assert not {"authorization", "cookie", "x-fal-key"} & set(sent)


async def test_cookies_are_not_kept_between_downloads(to: Path) -> None:
    """No server can recognise the bot by a cookie it set before."""
    far = Far(lambda: httpx.Response(200, content=WAV, headers={"set-cookie": "id=1; Path=/"}))

    async with far.downloader() as downloader:
        for _ in range(2):
            await downloader.fetch(URL, to, limit_bytes=MIB, total_seconds=30)

    assert "cookie" not in far.requests[1].headers


async def test_cut_off_file_is_fetched_again(to: Path) -> None:
    """A connection that breaks in the middle costs a wait, not the result."""
    far = Far(cut, cut, whole)

    assert await fetch(far, to) == WAV
    assert len(far.clock.waits) == 2
    assert far.clock.waits[1] > 0


async def test_file_shorter_than_announced_is_fetched_again(to: Path) -> None:
    """Bytes are counted against Content-Length even when the connection ends politely."""
    short = httpx.Response(
        200, headers={"content-length": str(len(WAV))}, stream=Pieces(iter([WAV[:99]]))
    )
    far = Far(short, whole)

    assert await fetch(far, to) == WAV


async def test_file_that_keeps_breaking_off_is_given_up(to: Path) -> None:
    """Attempts are limited, and coming back later may help."""
    far = Far(cut)

    error = await failure(far, to)

    assert (error.code, error.retryable, len(far.requests)) == ("truncated", True, 4)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
async def test_passing_trouble_is_tried_again(to: Path, status: int) -> None:
    """A server that has trouble is asked again."""
    assert await fetch(Far(httpx.Response(status), whole), to) == WAV


async def test_server_that_cannot_be_reached_is_tried_again_then_given_up(to: Path) -> None:
    """Connection trouble is passing trouble."""
    assert await fetch(Far(httpx.ConnectError("refused"), whole), to) == WAV
    to.unlink()

    error = await failure(Far(httpx.ConnectTimeout("slow")), to)

    assert (error.code, error.retryable) == ("unreachable", True)


@pytest.mark.parametrize(
    ("status", "code"), [(404, "gone"), (410, "gone"), (403, "forbidden"), (401, "forbidden")]
)
async def test_file_that_is_not_handed_out_is_asked_for_once(
    to: Path, status: int, code: str
) -> None:
    """What is gone stays gone; the sentence says what to do instead."""
    far = Far(httpx.Response(status, json={"detail": "no"}))

    error = await failure(far, to)

    assert (error.code, error.retryable, len(far.requests)) == (code, False, 1)
    assert "Again" in error.sentence


async def test_announced_size_over_the_limit_stops_before_the_body(to: Path) -> None:
    """A huge file is refused by its announcement; not one byte of it is read."""
    body = Pieces(iter([WAV]))
    far = Far(httpx.Response(200, headers={"content-length": str(10**12)}, stream=body))

    error = await failure(far, to)

    assert (error.code, error.retryable, body.sent) == ("too_big", False, 0)
    assert "1 MiB" in error.sentence


async def test_counted_size_over_the_limit_stops_in_the_middle(to: Path) -> None:
    """A body without an announced size is stopped by counting, and its memory stays bounded."""
    endless = Pieces(WAV + bytes(64 * 1024) for _ in range(100_000))
    far = Far(httpx.Response(200, stream=endless))
    tracemalloc.start()

    error = await failure(far, to, limit_bytes=20 * MIB)

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.code == "too_big"
    assert endless.sent < 21 * MIB
    assert most < 3 * MIB


async def test_packed_answer_is_not_unpacked(to: Path) -> None:
    """An answer that would grow a thousandfold stays as small as it came."""
    bomb = gzip.compress(bytes(20 * MIB))
    far = Far(
        httpx.Response(200, stream=Pieces(iter([bomb])), headers={"content-encoding": "gzip"})
    )

    error = await failure(far, to)

    assert error.code == "not_audio"


async def test_error_page_in_place_of_a_file_is_tried_again(to: Path) -> None:
    """Servers in trouble answer a page with status 200; the file may be there a moment later."""
    page = httpx.Response(200, html="<!doctype html><p>Bad gateway")

    assert await fetch(Far(page, whole), to) == WAV
    to.unlink()

    error = await failure(Far(page), to)
    assert (error.code, error.retryable) == ("not_audio", True)


async def test_page_that_is_the_file_itself_is_not_asked_for_again(to: Path) -> None:
    """A member's page by the name of song.mp3 has the size that Discord told of it."""
    html = "<!doctype html><p>My song"
    far = Far(httpx.Response(200, html=html))

    async with far.downloader() as loader:
        with pytest.raises(AudioError) as caught:
            await loader.fetch(
                URL, to, limit_bytes=MIB, total_seconds=60, told_bytes=len(html.encode())
            )

    assert (caught.value.code, caught.value.retryable) == ("not_audio", False)
    assert len(far.requests) == 1


async def test_picture_in_place_of_a_file_is_no_audio(to: Path) -> None:
    """What clearly is something else is not asked for again."""
    far = Far(httpx.Response(200, content=b"\x89PNG\r\n\x1a\n" + bytes(50)))

    error = await failure(far, to)

    assert (error.code, error.retryable, len(far.requests)) == ("not_audio", False, 1)


async def test_empty_file_is_named_so(to: Path) -> None:
    """Nothing at all is its own kind of failure."""
    assert (await failure(Far(httpx.Response(200, content=b"")), to)).code == "empty"


async def test_link_may_lead_elsewhere_a_few_times(to: Path) -> None:
    """Redirects are followed, relative ones too."""
    away = httpx.Response(302, headers={"location": "/moved.wav"})
    far = Far(away, whole)

    assert await fetch(far, to) == WAV
    assert str(far.requests[1].url) == "https://files.test/moved.wav"


async def test_link_that_leads_in_circles_is_given_up(to: Path) -> None:
    """Redirects are counted."""
    far = Far(httpx.Response(302, headers={"location": URL}))

    assert (await failure(far, to)).code == "bad_link"
    assert len(far.requests) == 6


@pytest.mark.parametrize("goal", ["file:///etc/passwd", "ftp://x.test/a", "http://", "gopher:x"])
async def test_link_to_another_kind_of_place_is_refused(to: Path, goal: str) -> None:
    """Only the web is fetched from, also after a redirect."""
    assert (await failure(Far(whole), to, goal)).code == "bad_link"

    far = Far(httpx.Response(302, headers={"location": goal}))
    assert (await failure(far, to)).code == "bad_link"
    assert len(far.requests) == 1


async def test_silent_server_is_given_up_in_time(to: Path) -> None:
    """The total time holds whatever the server does."""

    class Silence(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield WAV
            await asyncio.Event().wait()

    far = Far(httpx.Response(200, stream=Silence()))
    async with far.downloader() as downloader:
        with pytest.raises(AudioError) as caught:
            await downloader.fetch(URL, to, limit_bytes=MIB, total_seconds=0.05)

    assert (caught.value.code, caught.value.retryable) == ("timeout", True)
    assert list(to.parent.iterdir()) == []


async def test_full_disk_is_named(to: Path) -> None:
    """The operator, not the member, can help; the sentence says so."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("only Linux has a disk that is always full")
    to.with_name("source.part").symlink_to(full)

    error = await failure(Far(httpx.Response(200, content=WAV * 300)), to)

    assert (error.code, error.retryable) == ("disk_full", True)
    assert "operator" in error.sentence


@pytest.mark.parametrize(
    "url",
    [
        "data:audio/wav;base64," + base64.b64encode(WAV).decode(),
        "DATA:;BASE64," + base64.b64encode(WAV).decode(),
        "data:," + "".join(f"%{byte:02x}" for byte in WAV),
    ],
)
async def test_data_link_is_unpacked_without_the_network(to: Path, url: str) -> None:
    """Models that answer in line are read like any other."""
    far = Far(whole)

    assert await fetch(far, to, url) == WAV
    assert far.requests == []


async def test_data_link_over_the_limit_is_refused(to: Path) -> None:
    """The limit holds for files that came in line."""
    url = "data:audio/wav;base64," + base64.b64encode(WAV * 1000).decode()

    assert (await failure(Far(whole), to, url)).code == "too_big"


@pytest.mark.parametrize("url", ["data:audio/wav;base64", "data:;base64,@@@", "data:;base64,abc"])
async def test_broken_data_link_is_a_bad_link(to: Path, url: str) -> None:
    """Rubbish in place of a link does not become an internal error."""
    assert (await failure(Far(whole), to, url)).code == "bad_link"
