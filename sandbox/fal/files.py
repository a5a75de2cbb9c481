"""The files' routes: downloads with ranges, and the storage that uploads go to (fal docs, Files).

Faults: `fal.file` (cut, corrupt, html, huge: announces four gigabytes and keeps sending, status,
latency, silence: stalls in the middle, drop_before; a lie announces a length that is too short, or
with the name of an impostor as its body sends that instead) and `fal.upload` (a lie is a 200
without an address).
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import unquote

from aiohttp import web

from bot.domain.clock import Clock
from bot.domain.job import Json
from sandbox.fal import answers, doors, impostors
from sandbox.fal.ledger import Ledger
from sandbox.fal.misbehaviour import Misbehaviour, hang_up
from sandbox.fal.settings import Settings
from sandbox.fal.shelf import Kept, Shelf
from sandbox.faults import Fault

BLOCK = 64 * 1024
HUGE = 4 * 2**30
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
TOKEN_SECONDS = 3600
FREE_TYPE = "application/octet-stream"


class Files:
    """Answers what is under `/fal/files` and `/fal/rest`."""

    def __init__(
        self,
        *,
        clock: Clock,
        settings: Settings,
        shelf: Shelf,
        ledger: Ledger,
        misbehaviour: Misbehaviour,
        base_url: Callable[[], str],
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._shelf = shelf
        self._ledger = ledger
        self._faulty = misbehaviour
        self._base_url = base_url
        self._promised: dict[str, tuple[str, str]] = {}
        self._parts: dict[str, dict[int, bytes]] = {}

    def add_routes(self, app: web.Application) -> None:
        """Stand where rest.fal.ai and v3.fal.media would."""
        rest = "/fal/rest"
        app.router.add_post(f"{rest}/storage/auth/token", self._token)
        app.router.add_post(f"{rest}/storage/upload/initiate", self._initiate)
        app.router.add_put(f"{rest}/storage/put/{{token}}", self._put)
        app.router.add_post(f"{rest}/files/upload", self._upload)
        app.router.add_post(f"{rest}/files/upload/multipart", self._begin_parts)
        app.router.add_get("/fal/files/{token}/{name}", self._download)
        parts = "/fal/files/{token}/{name}/multipart/{upload}"
        app.router.add_put(f"{parts}/{{number:\\d+}}", self._part)
        app.router.add_post(f"{parts}/complete", self._complete)

    async def _token(self, request: web.Request) -> web.StreamResponse:
        async def act() -> web.Response:
            expires = self._clock.now() + timedelta(seconds=TOKEN_SECONDS)
            return self._refusal(request) or answers.json_answer(
                {
                    "token": secrets.token_urlsafe(24),
                    "token_type": "Bearer",
                    "base_url": f"{self._base_url()}/fal/rest",
                    "expires_at": expires.isoformat(),
                }
            )

        return await self._faulty.answer("fal.upload", request, act, lie=_no_address)

    async def _initiate(self, request: web.Request) -> web.StreamResponse:
        async def act() -> web.Response:
            refusal = self._refusal(request)
            if refusal is not None:
                return refusal
            try:
                asked = await request.json()
                name, kind = str(asked["file_name"]), str(asked["content_type"])
            except (ValueError, KeyError, TypeError):
                body = answers.model_error("missing", "Field required", field="file_name")
                return answers.json_answer(body, status=422)
            token = secrets.token_hex(12)
            name = _safe(name)
            self._promised[token] = (name, kind)
            return answers.json_answer(
                {
                    "upload_url": f"{self._base_url()}/fal/rest/storage/put/{token}",
                    "file_url": self._shelf.address(token, name),
                }
            )

        return await self._faulty.answer("fal.upload", request, act, lie=_no_address)

    async def _put(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]

        async def act() -> web.Response:
            promised = self._promised.get(token)
            if promised is None:
                return web.Response(status=403, text="Invalid signature")
            name, kind = promised
            self._keep(await request.read(), name, kind, token)
            return web.Response()

        return await self._faulty.answer("fal.upload", request, act)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        async def act() -> web.Response:
            refusal = self._refusal(request, bearer=True)
            if refusal is not None:
                return refusal
            name = _safe(unquote(request.headers.get("X-Fal-File-Name", "upload.bin")))
            kept = self._keep(await request.read(), name, request.content_type, None)
            return answers.json_answer({"access_url": self._shelf.address(kept.token, kept.name)})

        return await self._faulty.answer("fal.upload", request, act, lie=_no_address)

    async def _begin_parts(self, request: web.Request) -> web.StreamResponse:
        async def act() -> web.Response:
            refusal = self._refusal(request, bearer=True)
            if refusal is not None:
                return refusal
            token, upload = secrets.token_hex(12), secrets.token_hex(12)
            name = _safe(unquote(request.headers.get("X-Fal-File-Name", "upload.bin")))
            self._promised[token] = (name, request.content_type)
            self._parts[upload] = {}
            url = self._shelf.address(token, name)
            return answers.json_answer({"access_url": url, "uploadId": upload})

        return await self._faulty.answer("fal.upload", request, act, lie=_no_address)

    async def _part(self, request: web.Request) -> web.StreamResponse:
        parts = self._parts.get(request.match_info["upload"])
        if parts is None:
            return answers.detail("Upload not found", status=404)
        number = int(request.match_info["number"])
        parts[number] = await request.read()
        return web.Response(headers={"etag": f'"{number}-{len(parts[number])}"'})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        parts = self._parts.pop(request.match_info["upload"], None)
        promised = self._promised.get(token)
        if parts is None or promised is None:
            return answers.detail("Upload not found", status=404)
        data = b"".join(parts[number] for number in sorted(parts))
        self._keep(data, *promised, token)
        return answers.json_answer({"access_url": self._shelf.address(token, promised[0])})

    def _keep(self, data: bytes, name: str, content_type: str, token: str | None) -> Kept:
        kept = self._shelf.put(data, name=name, content_type=content_type, token=token)
        url = self._shelf.address(kept.token, name)
        self._ledger.uploaded(url=url, name=name, content_type=content_type, size=kept.size)
        return kept

    def _refusal(self, request: web.Request, *, bearer: bool = False) -> web.Response | None:
        """Turn away who has no key, or, on the CDN, no token."""
        if bearer:
            if not request.headers.get("Authorization", "").startswith("Bearer "):
                return answers.detail("Invalid token", status=401)
            return None
        return doors.check(request) or (doors.locked() if self._settings.locked else None)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        fault = self._faulty.faults.take("fal.file", f"{request.path_qs}\n{self._maker(token)}")
        kept = self._shelf.find(token)

        async def act() -> web.StreamResponse:
            if kept is None:
                return web.Response(status=404, text="Not found")
            return await self._send(request, kept, fault)

        if fault is not None and fault.what in {"status", "latency", "drop_before", "html"}:
            return await self._faulty.carry_out(fault, request, act)
        if kept is not None and fault is not None and fault.what == "lie" and fault.body:
            return await _pretend(kept, fault.body)
        return await act()

    def _maker(self, token: str) -> str:
        """Give what the author of the request that made a file wrote."""
        tickets = self._ledger.tickets()
        made = (one for one in tickets if one.outcome and token in json.dumps(one.outcome.body))
        return next((one.text for one in made), "")

    async def _send(
        self, request: web.Request, kept: Kept, fault: Fault | None
    ) -> web.StreamResponse:
        start, end = _wanted(request.headers.get("Range"), kept.size)
        if start >= kept.size and kept.size:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{kept.size}"})
        whole = "Range" not in request.headers
        answer = web.StreamResponse(status=200 if whole else 206)
        answer.content_type = kept.content_type
        answer.headers["Accept-Ranges"] = "bytes"
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["Cache-Control"] = "public, max-age=5184000"
        if not whole:
            answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{kept.size}"
        what = fault.what if fault is not None else None
        lengths = {"huge": HUGE, "lie": (end - start) // 2}
        answer.content_length = lengths.get(what or "", end - start)
        await answer.prepare(request)
        if request.method == "HEAD":
            return answer
        if what == "huge":
            return await _pour(answer)
        stop = start + (end - start) // 2 if what in {"cut", "drop_after"} else end
        began = self._clock.monotonic()
        with kept.path.open("rb") as file:
            file.seek(start)
            while (left := stop - file.tell()) > 0:
                block = file.read(min(BLOCK, left))
                await answer.write(_damaged(block) if what == "corrupt" else block)
                if (speed := self._settings.file_bytes_per_second) is not None:
                    due = began + (file.tell() - start) / speed
                    await self._clock.sleep(max(due - self._clock.monotonic(), 0))
                if fault is not None and what == "silence":
                    await self._clock.sleep(fault.seconds)
                    return hang_up(request)
        return hang_up(request) if stop != end else answer


async def _pretend(kept: Kept, name: str) -> web.Response:
    """Send something else under the name and type of a file."""
    body = await asyncio.to_thread(impostors.KINDS[name])
    headers = {"Content-Encoding": "gzip"} if name == "packed" else None
    return web.Response(body=body, content_type=kept.content_type, headers=headers)


async def _pour(answer: web.StreamResponse) -> web.StreamResponse:
    """Send zeros until the announced length is reached, or the other side has enough."""
    block = bytes(BLOCK)
    try:
        for _ in range(HUGE // BLOCK):
            await answer.write(block)
    except ConnectionError:
        pass  # the other side hung up, as it should
    return answer


def _damaged(block: bytes) -> bytes:
    """Turn over a byte in every 97, the first ones included."""
    damaged = bytearray(block)
    for index in range(0, len(damaged), 97):
        damaged[index] ^= 0xFF
    return bytes(damaged)


def _wanted(header: str | None, size: int) -> tuple[int, int]:
    match = RANGE.fullmatch(header or "")
    if match is None:
        return 0, size
    first, last = match.groups()
    if not first:
        return max(0, size - int(last or 0)), size
    return int(first), min(size, int(last) + 1 if last else size)


def _safe(name: str) -> str:
    """Keep only what may stand in a path."""
    return re.sub(r"[^\w.-]+", "_", name.rsplit("/", 1)[-1])[:120] or "upload.bin"


def _no_address(_answer: web.StreamResponse, _fault: Fault) -> web.Response:
    body: Json = {"status": "ok"}
    return answers.json_answer(body)
