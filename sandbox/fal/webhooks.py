"""Calling back when a request is over, signed as fal signs (fal docs, Webhooks).

Unlike fal, it calls loopback addresses too: here is nothing else.

Fault: `fal.webhook`, once for each attempt. drop_before: the call is lost on its way; drop_after: it
arrives, but its answer is lost, so it comes again; status: as if it had been answered with that;
lie: signed with a key that is not fal's; html: without its signature; delay, latency: late.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
from collections.abc import Mapping

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.domain.clock import Clock
from bot.domain.job import Json
from sandbox.fal import answers
from sandbox.fal.misbehaviour import Misbehaviour
from sandbox.fal.tickets import Ticket

log = logging.getLogger(__name__)

ATTEMPTS = 10
WAITS_SECONDS = (1, 2, 4, 8, 16, 30, 60, 120, 240)
TIMEOUT_SECONDS = 15
USER = "sandbox-user"


class Webhooks:
    """Calls whoever asked for it, until the call is taken.

    Attributes:
        calls: Every attempt: request, address, and the status it was answered with, if it was.
    """

    def __init__(self, *, clock: Clock, misbehaviour: Misbehaviour) -> None:
        self._clock = clock
        self._faulty = misbehaviour
        self._key = Ed25519PrivateKey.generate()
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None
        self.calls: list[dict[str, Json]] = []

    def add_routes(self, app: web.Application) -> None:
        """Publish the key where rest.fal.ai would."""
        app.router.add_get("/fal/rest/.well-known/jwks.json", self._keys)

    def call(self, ticket: Ticket) -> None:
        """Call about a request that is over, if its submit asked for it."""
        if ticket.webhook:
            task = asyncio.create_task(self._until_taken(ticket, ticket.webhook))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Call no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    async def _keys(self, _request: web.Request) -> web.Response:
        public = base64.urlsafe_b64encode(self._key.public_key().public_bytes_raw())
        key: dict[str, Json] = {
            "kty": "OKP",
            "crv": "Ed25519",
            "kid": "sandbox",
            # As fal has it: without the padding.
            "x": public.decode().rstrip("="),
        }
        return answers.json_answer({"keys": [key]})

    async def _until_taken(self, ticket: Ticket, url: str) -> None:
        body = json.dumps(_said(ticket)).encode()
        for attempt in range(ATTEMPTS):
            if attempt:
                await self._clock.sleep(WAITS_SECONDS[min(attempt, len(WAITS_SECONDS)) - 1])
            status = await self._attempt(ticket, url, body)
            self.calls.append({"request_id": ticket.id, "url": url, "status": status})
            if status is not None and 200 <= status < 300:
                return
            if status is not None and 300 <= status < 400:
                break
        log.warning("the webhook of %s was never taken", ticket.id)

    async def _attempt(self, ticket: Ticket, url: str, body: bytes) -> int | None:
        """Call once; give the answer's status, or None when there was none."""
        fault = self._faulty.faults.take("fal.webhook", f"{url}\n{ticket.text}")
        what = None if fault is None else fault.what
        if fault is not None and what in {"delay", "latency", "silence"}:
            await self._clock.sleep(fault.seconds)
        if what == "drop_before":
            return None
        if fault is not None and what == "status":
            return fault.status
        headers = self._headers(ticket, body, key=None if what != "lie" else _other_key())
        if what == "html":
            headers = {}
        status = await self._post(url, body, headers)
        return None if what == "drop_after" else status

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            self._http = aiohttp.ClientSession(timeout=timeout)
        try:
            async with self._http.post(
                url,
                data=body,
                headers={"Content-Type": "application/json", **headers},
                allow_redirects=False,
            ) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.info("%s cannot be called: %s", url, type(error).__name__)
            return None

    def _headers(
        self, ticket: Ticket, body: bytes, *, key: Ed25519PrivateKey | None
    ) -> dict[str, str]:
        stamp = str(int(self._clock.now().timestamp()))
        message = "\n".join([ticket.id, USER, stamp, hashlib.sha256(body).hexdigest()])
        return {
            "X-Fal-Webhook-Request-Id": ticket.id,
            "X-Fal-Webhook-User-Id": USER,
            "X-Fal-Webhook-Timestamp": stamp,
            "X-Fal-Webhook-Signature": (key or self._key).sign(message.encode()).hex(),
        }


def _other_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def _said(ticket: Ticket) -> dict[str, Json]:
    said: dict[str, Json] = {"request_id": ticket.id, "gateway_request_id": ticket.id}
    if ticket.outcome is None:
        return said
    said["payload"] = ticket.outcome.body
    if ticket.outcome.status == 200:
        return said | {"status": "OK"}
    return said | {"status": "ERROR", "error": f"Invalid status code: {ticket.outcome.status}"}
