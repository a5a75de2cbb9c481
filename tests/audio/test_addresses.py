"""Files are fetched from the internet at large, and from nothing that is inside of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.audio.addresses import Addresses, PublicTransport
from bot.audio.download import Downloader, DownloadLimits
from bot.config import Settings
from bot.errors import AudioError
from tests.jobs.world import WAV

LIMITS = DownloadLimits(attempts=1)


class Phonebook:
    """Looks hosts up in a list of its own, and remembers which."""

    def __init__(self, **hosts: list[str]) -> None:
        self._hosts = {name.replace("__", "."): found for name, found in hosts.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        """Look a host up."""
        del port
        self.asked.append(host)
        if host not in self._hosts:
            raise OSError("no such host")
        return self._hosts[host]


@pytest.fixture
async def neighbour() -> AsyncIterator[tuple[str, list[str]]]:
    """A server on this machine that nobody configured, and the hosts it was asked for."""
    asked: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        asked.append(request.host)
        return web.Response(body=WAV)

    app = web.Application()
    app.router.add_get("/{name}", serve)
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("/song.wav")), asked
    await server.close()


async def _fetch(addresses: Addresses, url: str, folder: Path) -> bytes:
    async with Downloader(limits=LIMITS, addresses=addresses) as downloader:
        fetched = await downloader.fetch(url, folder / "it", limit_bytes=10**6, total_seconds=20)
    return fetched.path.read_bytes()


async def test_a_neighbour_is_not_asked(neighbour: tuple[str, list[str]], tmp_path: Path) -> None:
    """A link to this machine's own doors is refused before anything is sent."""
    url, asked = neighbour

    with pytest.raises(AudioError) as caught:
        await _fetch(Addresses(), url, tmp_path)

    assert caught.value.code == "bad_link"
    assert not caught.value.retryable
    assert asked == []


async def test_a_server_of_the_operators_is_asked_wherever_it_is(
    neighbour: tuple[str, list[str]], tmp_path: Path
) -> None:
    """The sandbox and proxies are on such addresses; localhost is 127.0.0.1."""
    url, asked = neighbour
    by_name = url.replace("127.0.0.1", "localhost")

    assert await _fetch(Addresses([by_name]), url, tmp_path) == WAV
    assert await _fetch(Addresses(with_this_machine=True), url, tmp_path) == WAV
    assert len(asked) == 2


async def test_a_name_that_leads_inside_is_refused(
    neighbour: tuple[str, list[str]], tmp_path: Path
) -> None:
    """Anybody can give a name of their own any address."""
    url, asked = neighbour
    book = Phonebook(inside__test=["93.184.216.34", "127.0.0.1"])

    with pytest.raises(AudioError) as caught:
        await _fetch(Addresses(resolve=book), url.replace("127.0.0.1", "inside.test"), tmp_path)

    assert caught.value.code == "bad_link"
    assert asked == []


async def test_a_detour_that_leads_inside_is_refused(
    neighbour: tuple[str, list[str]], tmp_path: Path
) -> None:
    """Every hop is looked at, not just the first."""
    url, asked = neighbour

    def lead_on(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": url})

    transport = httpx.MockTransport(lead_on)
    async with Downloader(transport=transport, limits=LIMITS) as downloader:
        with pytest.raises(AudioError) as caught:
            await downloader.fetch(
                "https://files.test/a", tmp_path / "it", limit_bytes=99, total_seconds=9
            )

    assert caught.value.code == "bad_link"
    assert asked == []


async def test_a_host_is_connected_to_at_the_address_that_was_looked_at(tmp_path: Path) -> None:
    """Asked a second time, its name could lead elsewhere. Certificates are still the name's."""
    seen: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host == "93.184.216.34":
            raise httpx.ConnectError("this one is down")
        return httpx.Response(200, content=WAV)

    book = Phonebook(files__test=["2606:2800::1", "93.184.216.34"])
    transport = PublicTransport(Addresses(resolve=book), inner=httpx.MockTransport(serve))
    async with Downloader(transport=transport, limits=LIMITS) as downloader:
        await downloader.fetch(
            "https://files.test/a", tmp_path / "it", limit_bytes=10**6, total_seconds=9
        )

    assert [one.url.host for one in seen] == ["93.184.216.34", "2606:2800::1"]
    assert {one.headers["host"] for one in seen} == {"files.test"}
    assert {one.extensions["sni_hostname"] for one in seen} == {"files.test"}
    assert book.asked == ["files.test"]


async def test_a_host_that_is_not_found_may_be_there_later(tmp_path: Path) -> None:
    """Name servers have bad days."""
    with pytest.raises(AudioError) as caught:
        await _fetch(Addresses(resolve=Phonebook()), "https://gone.test/a", tmp_path)

    assert (caught.value.code, caught.value.retryable) == ("unreachable", True)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a",
        "http://127.8.9.1:8420/a",
        "http://[::1]/a",
        "http://[::ffff:10.0.0.1]/a",
        "http://[64:ff9b::7f00:1]/a",
        "http://[2002:7f00:1::]/a",
        "http://10.1.2.3/a",
        "http://192.168.0.1/a",
        "http://172.16.9.9/a",
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1%25eth0]/a",
        "http://[fd00::1]/a",
        "http://0.0.0.0/a",
        "http://100.64.0.1/a",
        "http://224.0.0.1/a",
        "http://user:word@files.test/a",
        "ftp://files.test/a",
        "file:///etc/passwd",
        "gopher://files.test/a",
        "//files.test/a",
        "/etc/passwd",
        "",
    ],
)
async def test_links_that_lead_elsewhere_than_the_internet_are_refused(
    url: str, tmp_path: Path
) -> None:
    """By what stands in them, before any name is looked up."""
    with pytest.raises(AudioError) as caught:
        await _fetch(Addresses(resolve=Phonebook()), url, tmp_path)

    assert caught.value.code == "bad_link"


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost", "LOCALHOST."])
async def test_other_spellings_of_this_machine_are_looked_up_first(
    host: str, neighbour: tuple[str, list[str]], tmp_path: Path
) -> None:
    """The machine knows many names for itself; what they lead to is looked at."""
    url, asked = neighbour

    with pytest.raises(AudioError) as caught:
        await _fetch(Addresses(), url.replace("127.0.0.1", host), tmp_path)

    assert caught.value.code in {"bad_link", "unreachable"}
    assert asked == []


@pytest.mark.parametrize(
    ("url", "is_discords"),
    [
        ("https://cdn.discordapp.com/attachments/1/2/a.mp3?ex=1", True),
        ("https://media.discordapp.net/attachments/1/2/a.mp3", True),
        ("http://cdn.discordapp.com/attachments/1/2/a.mp3", False),
        ("https://cdn.discordapp.com.evil.test/a.mp3", False),
        ("https://evildiscordapp.com/a.mp3", False),
        ("https://files.test/a.mp3", False),
        ("data:audio/wav;base64,AAAA", False),
    ],
)
async def test_attachments_come_from_discord_alone(
    url: str, is_discords: bool, tmp_path: Path
) -> None:
    """Whatever is said of a file on a message, nobody else is asked for it."""
    asked: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(200, content=WAV)

    transport = httpx.MockTransport(serve)
    async with Downloader(transport=transport, limits=LIMITS) as downloader:
        with suppress(AudioError):
            await downloader.fetch(
                url, tmp_path / "it", limit_bytes=10**6, total_seconds=9, from_discord=True
            )

    assert bool(asked) is is_discords


def test_the_operators_servers_come_from_the_settings() -> None:
    """With local far ends all of this machine is; with a proxy, only the proxy."""
    local = Addresses.of(Settings(_env_file=None, fal_queue_url="http://127.0.0.1:8420/fal/queue"))
    proxied = Addresses.of(Settings(_env_file=None, discord_api_url="http://localhost:3000/api"))

    assert local.is_own(httpx.URL("http://localhost:9999/file"))
    assert proxied.is_own(httpx.URL("http://127.0.0.1:3000/cdn"))
    assert not proxied.is_own(httpx.URL("http://127.0.0.1:9999/file"))
