"""HTTP as Discord speaks it: tokens, bodies, answers, faults, and a record of everything.

Libraries depend on details here: the content type must be exactly ``application/json``, a 429
without a ``Via`` header counts as a ban, and uploads come as ``payload_json`` beside ``files[n]``.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, MultipartReader, web

from sandbox.discord import refusals
from sandbox.discord.rates import GLOBAL, Buckets, Rate
from sandbox.discord.refusals import Refusal
from sandbox.discord.state import MEBIBYTE, Json
from sandbox.discord.world import World
from sandbox.faults import Fault, Faults

BASE = "/api/v10"
_JSON_LIMIT_BYTES = 4 * MEBIBYTE
_REQUEST_CAP_BYTES = 25 * MEBIBYTE
_PADDING_BYTES = 32 * MEBIBYTE
_CHUNK_BYTES = 256 * 1024
_PAGE = "<!DOCTYPE html><html><head><title>discord.com | 502: Bad gateway</title></head></html>"
_USUAL_FAULTS = {
    400: (0, "400: Bad Request"),
    401: (0, "401: Unauthorized"),
    403: (50013, "Missing Permissions"),
    404: (10008, "Unknown Message"),
    413: (40005, "Request entity too large"),
}


@dataclass(slots=True, kw_only=True)
class Upload:
    """A file of a multipart body.

    Attributes:
        name: The form field, such as ``files[0]``.
    """

    name: str
    filename: str
    body: bytes

    @property
    def key(self) -> str:
        """What stands in the brackets: ``0`` for ``files[0]``."""
        return self.name.partition("[")[2].rstrip("]") or self.name


@dataclass(slots=True, kw_only=True)
class Reply:
    """What a handler answers: JSON, or nothing with 204."""

    body: Any = None
    status: int = 200


NO_CONTENT = Reply(status=204)


@dataclass(slots=True, kw_only=True)
class Call:
    """One request under way.

    Attributes:
        payload: The JSON body, once read.
        headers: Headers the answer will carry.
    """

    request: web.Request
    buckets: Buckets
    payload: Any = None
    uploads: list[Upload] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """Give a part of the path."""
        return self.request.match_info[name]

    def asks(self, name: str) -> bool:
        """Say whether a boolean query parameter is set."""
        return self.request.query.get(name, "").lower() in {"1", "true"}

    def limit(self, rate: Rate, major: str) -> None:
        """Count this call against a bucket.

        Raises:
            Refusal: 429.
        """
        self.headers |= self.buckets.take(rate, major)

    async def form(self, *, limit_bytes: int = 0) -> Json:
        """Read a JSON object, with the files beside it when files up to a size are taken.

        Raises:
            Refusal: No JSON object (400), or too large (413).
        """
        payload = await self.read(limit_bytes=limit_bytes)
        if not isinstance(payload, dict):
            message = "Only dictionaries may be used in a DictType"
            raise refusals.invalid((), "DICT_TYPE_CONVERT", message)
        return payload

    async def read(self, *, limit_bytes: int = 0) -> Any:
        """Read any JSON body, multipart or not.

        Raises:
            Refusal: No JSON (400), or too large (413).
        """
        if self.request.content_type == "multipart/form-data":
            text = await self._read_multipart(limit_bytes)
        else:
            text = await read_up_to(self.request, _JSON_LIMIT_BYTES)
        try:
            self.payload = json.loads(text) if text else {}
        except ValueError:
            raise refusals.bad_json() from None
        return self.payload

    async def _read_multipart(self, limit_bytes: int) -> bytes:
        cap = max(_REQUEST_CAP_BYTES, limit_bytes)
        text, self.uploads, oversize = await read_parts(
            self.request, limit_bytes=limit_bytes, cap_bytes=cap
        )
        if oversize:
            raise refusals.too_large()
        return text


async def read_up_to(request: web.Request, limit_bytes: int) -> bytes:
    """Read a body whole.

    Raises:
        Refusal: 413, after the rest was read and thrown away.
    """
    body = bytearray()
    total = 0
    async for chunk in request.content.iter_chunked(_CHUNK_BYTES):
        total += len(chunk)
        if total <= limit_bytes:
            body += chunk
    if total > limit_bytes:
        raise refusals.too_large()
    return bytes(body)


async def read_parts(
    request: web.Request, *, limit_bytes: int, cap_bytes: int
) -> tuple[bytes, list[Upload], bool]:
    """Read a multipart body: the text of ``payload_json``, the files, and whether any is too big.

    What is over a limit is read to its end and thrown away, so that the refusal arrives.

    Raises:
        Refusal: 400, when the body is not well-formed.
    """
    text, uploads, total, oversize = b"", [], 0, False
    try:
        # Not request.multipart(): that one applies the application's own small limit.
        reader = MultipartReader(request.headers, request.content)
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader):
                continue
            limit = limit_bytes if part.filename else _JSON_LIMIT_BYTES
            body, size = await _read_part(part, limit)
            total += size
            oversize = oversize or size > limit or total > cap_bytes
            if part.filename:
                upload = Upload(name=part.name or "files[0]", filename=part.filename, body=body)
                uploads.append(upload)
            elif part.name == "payload_json":
                text = body
    except ValueError:
        raise refusals.bad_json() from None
    return text, uploads, oversize


async def _read_part(part: BodyPartReader, limit_bytes: int) -> tuple[bytes, int]:
    body = bytearray()
    size = 0
    while chunk := await part.read_chunk(_CHUNK_BYTES):
        size += len(chunk)
        if size <= limit_bytes:
            body += chunk
    return bytes(body), size


Handler = Callable[[Call], Awaitable[Reply]]


def json_response(
    body: Any, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """Answer JSON without a charset, which discord.py would take for text."""
    if status == 204:
        return web.Response(status=204, headers=headers)
    return web.Response(
        body=json.dumps(body).encode(),
        status=status,
        headers={"Content-Type": "application/json"} | (headers or {}),
    )


class Api:
    """Turns handlers into routes of Discord's REST API.

    Faults: ``status`` and ``html`` answer instead; ``latency`` waits first; ``drop_before`` and
    ``silence`` do nothing and hang up (at once, or after so many seconds); all others do what was
    asked and then spoil the answer: ``delay`` keeps it back, ``drop_after`` hangs up, ``cut`` sends
    half of it, ``fail_after`` gives a status in its place, ``corrupt`` breaks the JSON, ``huge``
    pads it with megabytes, ``lie`` says 500 although it was done.
    """

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self._buckets = Buckets(world)

    def add(
        self,
        app: web.Application,
        route: str,
        handler: Handler,
        *,
        place: str = "discord.any",
        needs_token: bool = True,
    ) -> None:
        """Add a route such as ``GET /users/@me``; `place` is where faults strike."""
        method, _, path = route.partition(" ")

        async def respond(request: web.Request) -> web.StreamResponse:
            call = Call(request=request, buckets=self._buckets)
            started = self._world.clock.monotonic()
            self._world.tally.requests[route] += 1
            fault = self._fault_for(place, request)
            response = await self._respond(call, handler, fault, needs_token=needs_token)
            self._record(call, route, response, started, fault)
            return response

        app.router.add_route(method, BASE + path, respond)

    def _fault_for(self, place: str, request: web.Request) -> Fault | None:
        """Give the fault that strikes; a request with files can be meant apart from the rest."""
        places = [place, "discord.any"]
        if request.content_type == "multipart/form-data":
            places.insert(0, f"{place}_files")
        return next(
            (fault for one in places if (fault := self._faults.take(one, request.path))), None
        )

    async def _respond(
        self, call: Call, handler: Handler, fault: Fault | None, *, needs_token: bool
    ) -> web.StreamResponse:
        if fault is not None:
            early = await self._strike_before(call, fault)
            if early is not None:
                return early
        try:
            if needs_token:
                self._authorize(call)
            reply = await handler(call)
            response = json_response(reply.body, reply.status, call.headers)
        except Refusal as refusal:
            self._world.tally.refusals[f"{refusal.status}/{refusal.code}"] += 1
            headers = call.headers | refusal.headers
            response = json_response(refusal.body(), refusal.status, headers)
        if fault is not None:
            return await self._strike_after(call, fault, response)
        return response

    def _authorize(self, call: Call) -> None:
        scheme, _, token = call.request.headers.get("Authorization", "").partition(" ")
        if scheme not in {"Bot", "Bearer"} or not token or token == "invalid":
            raise refusals.unauthorized()
        self._world.tokens.add(token)
        self._buckets.take(GLOBAL, token)

    async def _strike_before(self, call: Call, fault: Fault) -> web.StreamResponse | None:
        match fault.what:
            case "status":
                return self._faulty_status(fault)
            case "html":
                page = fault.body or _PAGE
                headers = fault.headers
                return web.Response(
                    text=page, status=fault.status, content_type="text/html", headers=headers
                )
            case "latency":
                await self._world.clock.sleep(fault.seconds)
            case "drop_before" | "silence":
                if fault.what == "silence":
                    await self._world.clock.sleep(fault.seconds)
                return hang_up(call.request)
            case _:
                pass
        return None

    def _faulty_status(self, fault: Fault) -> web.Response:
        code, message = _USUAL_FAULTS.get(
            fault.status, (0, f"{fault.status}: Internal Server Error")
        )
        body: Json = {"message": message, "code": code}
        headers = {}
        if fault.status == 429:
            self._world.tally.rate_limited += 1
            wait = fault.seconds or 0.5
            body = {"message": "You are being rate limited.", "retry_after": wait, "global": False}
            headers = {
                "Via": "1.1 sandbox",
                "Retry-After": str(int(wait) + 1),
                "X-RateLimit-Scope": "shared",
            }
        headers |= fault.headers
        if fault.body is None:
            return json_response(body, fault.status, headers)
        text = fault.body.encode()
        return web.Response(
            body=text,
            status=fault.status,
            headers={"Content-Type": "application/json"} | headers,
        )

    async def _strike_after(
        self, call: Call, fault: Fault, response: web.Response
    ) -> web.StreamResponse:
        body = response.body if isinstance(response.body, bytes) else b""
        match fault.what:
            case "fail_after":
                return self._faulty_status(fault)
            case "delay":
                await self._world.clock.sleep(fault.seconds)
            case "drop_after":
                return hang_up(call.request)
            case "cut":
                return await cut_short(call.request, response, body)
            case "corrupt":
                response.body = b"{" + body[: len(body) // 2]
            case "huge":
                response.body = body + b" " * _PADDING_BYTES
            case "lie":
                return json_response({"message": "500: Internal Server Error", "code": 0}, 500)
            case _:
                pass
        return response

    def _record(
        self,
        call: Call,
        route: str,
        response: web.StreamResponse,
        started: float,
        fault: Fault | None,
    ) -> None:
        answer: Any = None
        if isinstance(response, web.Response) and isinstance(response.body, bytes):
            answer = _readable(response.body)
        self._world.record(
            {
                "kind": "rest",
                "at": self._world.clock.now().isoformat(),
                "route": route,
                "method": call.request.method,
                "path": call.request.path_qs,
                "request": call.payload,
                "files": [{"name": one.filename, "size": len(one.body)} for one in call.uploads],
                "status": response.status,
                "response": answer,
                "seconds": round(self._world.clock.monotonic() - started, 6),
                "fault": fault.what if fault else None,
            }
        )


def _readable(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body[:200].decode(errors="replace")


def hang_up(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def cut_short(request: web.Request, like: web.Response, body: bytes) -> web.StreamResponse:
    """Announce a whole body, send half of it, and hang up."""
    response = web.StreamResponse(status=like.status, headers=like.headers)
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    hang_up(request)
    return response
