"""The attachments' CDN: signed URLs that expire, ranges, types by file name.

Faults at ``discord.cdn``: ``status`` and ``html`` answer instead; ``latency`` waits; ``drop_before``
hangs up; ``silence`` sends the headers and then nothing for so many seconds; ``cut`` and
``drop_after`` stop in the middle; ``corrupt`` damages the bytes; ``huge`` announces and sends far
too much; ``lie`` serves a sentence of text under the file's own type.
"""

from __future__ import annotations

import hmac
import re

from aiohttp import web

from sandbox.discord.state import MEBIBYTE, Attachment
from sandbox.discord.wire import cut_short, hang_up
from sandbox.discord.world import World
from sandbox.faults import Fault, Faults

_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
_GONE = "This content is no longer available."
_LIE = b"This is not the file you are looking for."
_HUGE_BYTES = 2048 * MEBIBYTE
_CHUNK = bytes(MEBIBYTE)
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range",
}


class Cdn:
    """Serves what messages carry."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults

    def add_routes(self, app: web.Application) -> None:
        """Add them to the application."""
        for folder in ("attachments", "ephemeral-attachments"):
            path = f"/cdn/{folder}/{{channel}}/{{attachment}}/{{filename}}"
            app.router.add_get(path, self.serve, allow_head=True)
            app.router.add_route("OPTIONS", path, self.preflight)

    async def preflight(self, request: web.Request) -> web.Response:
        """Let any page read files."""
        allow = {
            "Access-Control-Allow-Headers": "Range",
            "Access-Control-Allow-Methods": "GET, HEAD",
        }
        return web.Response(status=204, headers=_CORS | allow)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve a file, whole or a range of it."""
        self._world.tally.requests["GET /cdn"] += 1
        fault = self._faults.take("discord.cdn", request.path)
        response = self._answer(request)
        if fault is not None:
            return await self._spoil(request, response, fault)
        return response

    def _answer(self, request: web.Request) -> web.Response:
        attachment = self._world.directory.attachments.get(request.match_info["attachment"])
        if attachment is None or self._world.path_of(attachment) != request.path:
            return web.Response(status=404, text=_GONE, headers=_CORS)
        expires = request.query.get("ex", "")
        signature = self._world.sign(request.path, expires, request.query.get("is", ""))
        if not hmac.compare_digest(signature, request.query.get("hm", "")):
            return web.Response(status=403, text="Access denied.", headers=_CORS)
        if self._world.now().timestamp() >= int(expires, 16):
            return web.Response(status=404, text=_GONE, headers=_CORS)
        return _file(attachment, request.headers.get("Range"))

    async def _spoil(
        self, request: web.Request, response: web.Response, fault: Fault
    ) -> web.StreamResponse:
        body = response.body if isinstance(response.body, bytes) else b""
        match fault.what:
            case "latency":
                await self._world.clock.sleep(fault.seconds)
            case "corrupt":
                response.body = bytes(byte ^ 0x5A for byte in body)
            case "lie":
                response.body = _LIE
            case "drop_before":
                return hang_up(request)
            case "cut" | "drop_after":
                return await cut_short(request, response, body)
            case "silence":
                return await self._stall(request, response, len(body), fault.seconds)
            case _:
                return await self._replace(request, response, fault)
        return response

    async def _replace(
        self, request: web.Request, response: web.Response, fault: Fault
    ) -> web.StreamResponse:
        if fault.what == "huge":
            return await self._flood(request, response)
        if fault.what == "html":
            page = fault.body or "<!DOCTYPE html><title>Just a moment...</title>"
            return web.Response(text=page, content_type="text/html", status=fault.status)
        headers = _CORS | fault.headers
        return web.Response(text=fault.body or "", status=fault.status, headers=headers)

    async def _stall(
        self, request: web.Request, like: web.Response, size: int, seconds: float
    ) -> web.StreamResponse:
        response = web.StreamResponse(status=like.status, headers=like.headers)
        response.content_length = size
        await response.prepare(request)
        await self._world.clock.sleep(seconds)
        return hang_up(request)

    async def _flood(self, request: web.Request, like: web.Response) -> web.StreamResponse:
        response = web.StreamResponse(status=200, headers=like.headers)
        response.content_length = _HUGE_BYTES
        await response.prepare(request)
        try:
            for _ in range(_HUGE_BYTES // len(_CHUNK)):
                await response.write(_CHUNK)
        except ConnectionError:
            return response
        return response


def _file(attachment: Attachment, wanted: str | None) -> web.Response:
    body = attachment.body
    headers = _CORS | {
        "Content-Type": attachment.content_type,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=31536000",
        "Content-Disposition": f'attachment; filename="{attachment.filename}"',
    }
    match = _RANGE.match(wanted or "")
    if match is None or not any(match.groups()):
        return web.Response(body=body, headers=headers)
    first, last = match.groups()
    start = int(first) if first else max(0, len(body) - int(last))
    stop = min(int(last), len(body) - 1) if first and last else len(body) - 1
    if start > stop:
        headers["Content-Range"] = f"bytes */{len(body)}"
        return web.Response(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{stop}/{len(body)}"
    return web.Response(status=206, body=body[start : stop + 1], headers=headers)
