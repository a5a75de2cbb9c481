"""Carrying out the faults that were set, for every place that answers with a body at once.

Streams and downloads have faults of their own; see `sandbox.fal.streaming` and
`sandbox.fal.files`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.domain.clock import Clock
from sandbox.fal import answers
from sandbox.faults import Fault, Faults

Act = Callable[[], Awaitable[web.StreamResponse]]
Lie = Callable[[web.StreamResponse, Fault], web.StreamResponse]

INGRESS = frozenset({502, 503, 504})


class Misbehaviour:
    """Decides, at a named place, between the real answer and the fault that was set for it."""

    def __init__(self, *, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self.faults = faults

    async def answer(
        self,
        where: str,
        request: web.Request,
        act: Act,
        *,
        lie: Lie | None = None,
        about: str = "",
    ) -> web.StreamResponse:
        """Give the answer of `act`, or what the fault at this place makes of it."""
        fault = self.faults.take(where, f"{request.path_qs}\n{about}")
        if fault is None:
            return await act()
        return await self.carry_out(fault, request, act, lie=lie)

    async def carry_out(
        self, fault: Fault, request: web.Request, act: Act, *, lie: Lie | None = None
    ) -> web.StreamResponse:
        """Do what one fault says."""
        if fault.what in {"latency", "silence"}:
            await self._clock.sleep(fault.seconds)
            return await act()
        at_once = _instead(fault, request)
        return at_once or await self._spoil(fault, request, await act(), lie=lie)

    async def _spoil(
        self, fault: Fault, request: web.Request, answer: web.StreamResponse, *, lie: Lie | None
    ) -> web.StreamResponse:
        match fault.what:
            case "drop_after":
                return hang_up(request)
            case "fail_after":
                return status_answer(fault)
            case "delay":
                await self._clock.sleep(fault.seconds)
            case "lie" if lie is not None:
                return lie(answer, fault)
            case "cut" | "corrupt":
                return await _half(request, answer, hang=fault.what == "cut")
            case _:
                pass
        return answer


def _instead(fault: Fault, request: web.Request) -> web.Response | None:
    """Give the answer of a fault that strikes before anything is done."""
    match fault.what:
        case "status":
            return status_answer(fault)
        case "html":
            return answers.nginx_page(200)
        case "drop_before":
            return hang_up(request)
        case _:
            return None


def status_answer(fault: Fault) -> web.Response:
    """Answer with the status and body of a fault.

    Without a body of its own, a 502, 503 or 504 looks as if the ingress had sent it.
    """
    if fault.body is not None:
        kind = "application/json" if fault.body.lstrip()[:1] in {"{", "["} else "text/html"
        return web.Response(
            text=fault.body, status=fault.status, content_type=kind, headers=fault.headers
        )
    if fault.status in INGRESS:
        page = answers.nginx_page(fault.status)
        page.headers.update(fault.headers)
        return page
    reason = answers.REASONS.get(fault.status, "Error")
    return answers.detail(reason, status=fault.status, headers=fault.headers)


def hang_up(request: web.Request) -> web.Response:
    """Cut the connection; the answer given back never leaves."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _half(
    request: web.Request, answer: web.StreamResponse, *, hang: bool
) -> web.StreamResponse:
    """Send only half of a body: as a cut connection, or as if that were all of it."""
    body = answer.body if isinstance(answer, web.Response) else b""
    whole = body if isinstance(body, bytes) else b""
    half = whole[: len(whole) // 2]
    if not hang:
        return web.Response(body=half, status=answer.status, content_type=answer.content_type)
    partial = web.StreamResponse(status=answer.status)
    partial.content_type = answer.content_type
    partial.content_length = len(whole)
    await partial.prepare(request)
    await partial.write(half)
    await asyncio.sleep(0)  # lets the half leave before the connection is gone
    return hang_up(request)
