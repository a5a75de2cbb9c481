"""Which addresses a file may be fetched from: the whole internet, but nothing that is inside of it.

A link comes out of somebody's answer, and may lead anywhere, at once or after a detour: to a
neighbour in the operator's network, or to the machine's own doors. So a host is looked up here, each of
its addresses is looked at, and the connection goes to the very address that was looked at. Servers
that the operator has configured are fetched from wherever they are.
"""

from __future__ import annotations

import asyncio
import socket
import urllib.request
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Self

import httpx

from bot.config import Settings
from bot.errors import AudioError

_DISCORDS = ("discordapp.com", "discordapp.net", "discord.com")
"""Where files on messages are (Discord docs, Reference, Signed Attachment CDN URLs)."""

_HERE = "localhost"
_TRANSLATED = ip_network("64:ff9b::/96")
"""IPv4 addresses as networks without IPv4 see them (RFC 6052)."""

_Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Looks a host up."""


class Addresses:
    """Knows the operator's own servers, and looks every other one up.

    Args:
        own: URLs of servers that the operator has configured.
        with_this_machine: Whether every server on this very machine counts as the operator's, as
            it does where the far ends are local.
        resolve: Looks a host up, in place of the machine.
    """

    def __init__(
        self,
        own: Iterable[str] = (),
        *,
        with_this_machine: bool = False,
        resolve: Resolve | None = None,
    ) -> None:
        self._own = frozenset(_origin(httpx.URL(url)) for url in own)
        self._with_this_machine = with_this_machine
        self._resolve = resolve or _look_up

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Take the operator's servers from the settings."""
        urls = (
            settings.discord_api_url,
            settings.fal_queue_url,
            settings.fal_rest_url,
            settings.fal_api_url,
            settings.novakit_url,
            settings.nur_url,
        )
        far_end = httpx.URL(settings.fal_queue_url)
        return cls(filter(None, urls), with_this_machine=_host(far_end) == _HERE)

    def is_own(self, url: httpx.URL) -> bool:
        """Say whether a URL is on a server that the operator has configured."""
        return _origin(url) in self._own or (self._with_this_machine and _host(url) == _HERE)

    def check(self, url: httpx.URL, *, from_discord: bool = False) -> None:
        """Check what can be told of a URL by itself.

        Args:
            url: Where something is said to be.
            from_discord: It has to be on one of Discord's hosts.

        Raises:
            AudioError: ``bad_link``.
        """
        if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
            raise bad_link()
        if self.is_own(url):
            return
        literal = _literal(url.host)
        if literal is not None and not _is_public(literal):
            raise bad_link()
        host = url.host.lower().rstrip(".")
        is_discords = any(host == name or host.endswith(f".{name}") for name in _DISCORDS)
        if from_discord and not (is_discords and url.scheme == "https"):
            raise bad_link()

    async def look_up(self, url: httpx.URL) -> list[str]:
        """Give the addresses of a host, all of them public.

        Raises:
            AudioError: ``bad_link``: one of them is not.
            OSError: It cannot be found.
        """
        port = url.port or (443 if url.scheme == "https" else 80)
        found = await self._resolve(url.raw_host.decode("ascii"), port)
        if not all(_is_public(ip_address(one.partition("%")[0])) for one in found):
            raise bad_link()
        # Not every network has the newer kind, and the older one is everywhere.
        return sorted(dict.fromkeys(found), key=lambda one: ":" in one)


class PublicTransport(httpx.AsyncBaseTransport):
    """Connects to the addresses that were looked at, and to no others.

    Connections are not kept: one to an address is good for the one host that it was made for.
    """

    def __init__(
        self, addresses: Addresses, *, inner: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._addresses = addresses
        self._inner = inner or httpx.AsyncHTTPTransport(
            limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        if self._addresses.is_own(request.url) or _literal(request.url.host) is not None:
            return await self._inner.handle_async_request(request)
        try:
            found = await self._addresses.look_up(request.url)
        except OSError as error:
            raise httpx.ConnectError("the host cannot be found", request=request) from error
        trouble: httpx.TransportError = httpx.ConnectError("no address", request=request)
        for address in found:
            try:
                return await self._inner.handle_async_request(_to(address, request))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                trouble = error
        raise trouble

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


def transport_for(addresses: Addresses) -> httpx.AsyncBaseTransport | None:
    """Give the transport that keeps to public addresses.

    None where the environment names a proxy: it looks hosts up itself, and what may be reached
    through it is for whoever runs it to say.
    """
    proxied = {"http", "https", "all"} & set(urllib.request.getproxies())
    return None if proxied else PublicTransport(addresses)


def bad_link() -> AudioError:
    """Say that a link leads nowhere that a file may be fetched from."""
    return AudioError(
        "The link to the audio file cannot be used. Use Again to make a new one.", code="bad_link"
    )


def _to(address: str, request: httpx.Request) -> httpx.Request:
    """Send a request to an address, still in the name of its host."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={
            **request.extensions,
            "sni_hostname": request.url.raw_host.decode("ascii"),
        },
    )


async def _look_up(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _literal(host: str) -> _Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _is_public(address: _Address) -> bool:
    """Say whether an address is on the internet at large, whichever way it is written."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, _host(url), url.port


def _host(url: httpx.URL) -> str:
    """Give a host by one name, however this machine is called."""
    literal = _literal(url.host)
    is_here = url.host.lower() == _HERE or (literal is not None and literal.is_loopback)
    return _HERE if is_here else url.host.lower()
