"""Serves the one page. What it shows comes from `/client` and `/control`, which are others' work.

Whoever drives the page by program finds these `data-testid`s: ``composer``, ``send``, ``attach``,
``command-list``, ``command-item-<name>`` (a subcommand's name is ``settings view``),
``option-<name>``, ``option-input-<name>``, ``add-option-<name>``, ``option-error``,
``message-<id>``, ``audio-<attachment id>`` (the audio element), ``pending`` (a command that nobody
answered yet), ``select-<custom id>``, ``modal``, ``field-<custom id>``, ``modal-submit``, ``ping``,
``act-as``, ``channel-<name>``, ``member-<username>``, ``bot-state``, ``backstage``,
``lock-account``, ``house-<provider>``, ``use-up-<provider>`` and ``toast``. Buttons are found by
their label.
"""

from __future__ import annotations

import mimetypes
from importlib import resources
from pathlib import Path
from typing import get_args

from aiohttp import web

from sandbox import faults

_STATIC = Path(str(resources.files("sandbox.web").joinpath("static")))

# Written out because a machine's own table may call JavaScript text/plain, which no browser runs.
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".html": "text/html",
    ".webmanifest": "application/manifest+json",
}

# Pictures and sound may come from another name of this machine (localhost, 127.0.0.1, a LAN name).
# Scripts never do, so that a message that slips through the escaping still cannot run anything.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src * blob: data:",
        "media-src * blob:",
        "connect-src 'self' ws: wss:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
_HEADERS = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Page:
    """The page at ``/`` and the files it is made of under ``/assets``."""

    def __init__(self) -> None:
        self._files = {
            path.relative_to(_STATIC).as_posix(): path
            for path in sorted(_STATIC.rglob("*"))
            if path.is_file()
        }

    def add_routes(self, app: web.Application) -> None:
        """Add the routes of the page to an application."""
        app.router.add_get("/", self._index)
        app.router.add_get("/favicon.ico", self._favicon)
        app.router.add_get("/assets/fault-kinds.json", self._fault_kinds)
        app.router.add_get("/assets/{name:.+}", self._asset)

    async def close(self) -> None:
        """Nothing is held open; here because every part of the sandbox is closed alike."""

    async def _index(self, request: web.Request) -> web.StreamResponse:
        response = self._send("index.html")
        response.headers["Content-Security-Policy"] = _POLICY
        return response

    async def _favicon(self, request: web.Request) -> web.StreamResponse:
        return self._send("art/favicon.svg")

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        return self._send(request.match_info["name"])

    async def _fault_kinds(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"kinds": list(get_args(faults.What))}, headers=_HEADERS)

    def _send(self, name: str) -> web.FileResponse:
        # Only names that were found at the start are served, so no path can climb out.
        path = self._files.get(name)
        if path is None:
            raise web.HTTPNotFound(text="There is no such file on this page.")
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        headers = {**_HEADERS, "Content-Type": f"{kind or 'application/octet-stream'}"}
        if path.suffix in {".js", ".css", ".html", ".svg"}:
            headers["Content-Type"] += "; charset=utf-8"
        return web.FileResponse(path, headers=headers)
