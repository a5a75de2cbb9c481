"""Where a request lives at fal, and to which hosts the key may go.

Status, result and cancel are addressed by owner and app only; the rest of an endpoint id is
dropped after the submit (fal docs, Queue).
"""

from __future__ import annotations

from urllib.parse import quote

import httpx

from bot.domain.job import Handle
from bot.providers.addresses import origin, parse_url

_NAMESPACES = frozenset({"workflows", "comfy"})
"""Endpoint ids of these have one segment more before owner and app."""

_FAL_DOMAINS = ("fal.run", "fal.ai", "falrun.com", "fal.media")


def app_path(endpoint: str) -> str:
    """Give the part of an endpoint id that names the app.

    >>> app_path("fal-ai/ace-step/prompt-to-audio"), app_path("workflows/me/flow/extra")
    ('fal-ai/ace-step', 'workflows/me/flow')
    """
    parts = [part for part in endpoint.split("/") if part]
    length = 3 if parts and parts[0] in _NAMESPACES else 2
    return "/".join(parts[:length])


def is_fal_host(url: httpx.URL) -> bool:
    """Say whether a URL is on one of fal's own hosts, reached safely."""
    host = url.host.lower().rstrip(".")
    known = any(host == domain or host.endswith(f".{domain}") for domain in _FAL_DOMAINS)
    return known and url.scheme == "https" and url.port is None and not url.userinfo


class QueueUrls:
    """Builds and checks the URLs of requests under one queue base.

    The key goes to the base's own origin and, while the base is fal's, to fal's other hosts. With
    a base of the operator's own (a proxy, a sandbox), nothing goes anywhere else, even if a
    relayed answer names fal's hosts.
    """

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")
        parsed = parse_url(self._base)
        self._origin = origin(parsed) if parsed else None
        self._on_fal = parsed is not None and is_fal_host(parsed)

    def submit(self, endpoint: str) -> str:
        """Give the address that takes requests to an endpoint."""
        return f"{self._base}/{quote(endpoint.strip('/'))}"

    def is_trusted(self, url: httpx.URL) -> bool:
        """Say whether the key may be sent there."""
        if url.userinfo:
            return False
        return origin(url) == self._origin or (self._on_fal and is_fal_host(url))

    def handle_for(self, endpoint: str, request_id: str) -> Handle:
        """Build a request's handle from its id alone."""
        return self._handle(app_path(endpoint), request_id)

    def handle_from(self, endpoint: str, request_id: str, given: dict[str, object]) -> Handle:
        """Build a handle from the URLs an answer gave, replacing what is missing or not ours."""
        built = self.handle_for(endpoint, request_id)
        return Handle(
            request_id=request_id,
            status_url=self._accept(given.get("status_url")) or built.status_url,
            response_url=self._accept(given.get("response_url")) or built.response_url,
            cancel_url=self._accept(given.get("cancel_url")) or built.cancel_url,
        )

    def at_home(self, handle: Handle) -> Handle:
        """Give the handle as it may be used under this base.

        A handle may have been stored under another base, which the operator has changed since;
        such URLs are rebuilt from their path.
        """
        urls = (handle.status_url, handle.response_url, handle.cancel_url)
        if all(self._accept(url) for url in urls):
            return handle
        return self._handle(_app_of(urls), handle.request_id)

    def _accept(self, text: object) -> str | None:
        url = parse_url(text)
        return str(url) if url is not None and self.is_trusted(url) else None

    def _handle(self, app: str, request_id: str) -> Handle:
        url = f"{self._base}/{quote(app)}/requests/{quote(request_id, safe='')}"
        return Handle(
            request_id=request_id,
            status_url=f"{url}/status",
            response_url=url,
            cancel_url=f"{url}/cancel",
        )


def stream_url(status_url: str) -> httpx.URL:
    """Give the address that streams what `status_url` tells once."""
    url = httpx.URL(status_url)
    path = url.path.rstrip("/") + "/stream"
    return url.copy_with(path=path).copy_set_param("logs", "1")


def poll_url(status_url: str) -> httpx.URL:
    """Give the status address, asking for the model's log lines too."""
    return httpx.URL(status_url).copy_set_param("logs", "1")


def _app_of(urls: tuple[str, ...]) -> str:
    """Find owner and app in front of ``/requests/`` in whichever URL has it."""
    for text in urls:
        url = parse_url(text)
        before, found, _ = url.path.partition("/requests/") if url else ("", "", "")
        parts = [part for part in before.split("/") if part]
        if found and len(parts) >= 2:
            has_namespace = len(parts) >= 3 and parts[-3] in _NAMESPACES
            return "/".join(parts[-3:] if has_namespace else parts[-2:])
    return ""
