"""NovaKit's routes: generations, jobs and their list (NovaKit docs, Music Generation and Jobs).

Faults: `novakit.submit`, `novakit.job` and `novakit.jobs`; a status without a body of its own is
answered in NovaKit's words. The settings of `/control/novakit` are the pace, `tracks` (what is left
of the month's plan) and `sync` (to answer with the result although a job was asked for).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated

from aiohttp import web
from pydantic import Field, ValidationError

from bot import catalogue
from bot.domain.clock import Clock
from bot.domain.job import Json
from sandbox.atelier import Pace, Piece, Stage
from sandbox.fal.answers import json_answer
from sandbox.fal.shelf import Shelf
from sandbox.faults import Faults
from sandbox.house import House, Record, bearer, parsed
from sandbox.novakit.models import MODELS, commission

LONG_POLL_SECONDS = 30.0
MULTIPLIER = 1.0
REVOKED = "sk_revoked"
WORDS: Mapping[int, str] = {
    400: "Invalid operation",
    401: "Invalid API key",
    403: "Missing required scope: music",
    404: "Not found",
    429: "Rate limit exceeded",
    500: "Internal server error",
}


class Settings(Pace):
    """How the local NovaKit behaves."""

    tracks: Annotated[float, Field(ge=0)] = 80
    sync: bool = False


class NovaKit(House):
    """The whole house, as one organisation sees it; its files are on fal's CDN, as in reality."""

    name = "novakit"

    def __init__(
        self,
        *,
        clock: Clock,
        faults: Faults,
        shelf: Shelf,
        record: Record = lambda _event: None,
    ) -> None:
        self.settings = Settings()
        super().__init__(
            clock=clock, faults=faults, shelf=shelf, settings=self.settings, record=record
        )
        self._shelf = shelf

    def add_routes(self, app: web.Application) -> None:
        """Answer under `/novakit`, and `/control/novakit`."""
        app.router.add_post("/novakit/music/generations", self.submitted)
        app.router.add_get("/novakit/jobs", self._list)
        app.router.add_get("/novakit/jobs/{id}", self._job)
        self.add_control(app)

    async def _take(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        body = parsed(raw)
        model = str(body.get("model") or next(iter(MODELS))) if body is not None else ""
        refusal = _turned_away(request) or self._refusal(model, body)
        if refusal is not None or body is None:
            refusal = refusal or _error(400)
            self._books.enter(request, raw, endpoint=model, piece_id=None, status=refusal.status)
            return refusal
        piece = Piece(
            id=f"job_{secrets.token_hex(6)}",
            endpoint=f"novakit/{model}",
            arguments=body,
            sent_at=self._clock.now(),
        )
        self.pieces[piece.id] = piece
        self.settings.tracks -= MULTIPLIER
        self._atelier.take(piece, lambda: commission(self._shelf, model, body))
        self._books.enter(request, raw, endpoint=model, piece_id=piece.id, status=202)
        if request.query.get("async") == "true" and not self.settings.sync:
            return json_answer({"id": piece.id, "status": piece.stage.value}, status=202)
        await piece.over.wait()
        return self._made(piece, model)

    def _refusal(self, model: str, body: Mapping[str, Json] | None) -> web.Response | None:
        if body is None:
            return _error(400, "Invalid JSON")
        if not body.get("prompt"):
            return _error(400, "prompt is required")
        if model not in MODELS:
            return _error(400, f"Unknown model {model}")
        try:
            rest = {name: value for name, value in body.items() if name != "model"}
            catalogue.validate(f"novakit/{model}", rest)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            return _error(400, f"{first['loc'][0]}: {first['msg']}")
        return self._spent() if self.settings.tracks < MULTIPLIER else None

    def _spent(self) -> web.Response:
        return json_answer(
            {
                "error": "Music track limit exceeded",
                "tracks_remaining": int(self.settings.tracks),
                "tracks_needed": 1,
                "quota_multiplier": MULTIPLIER,
            },
            status=402,
        )

    def _made(self, piece: Piece, model: str) -> web.Response:
        """Answer as to a request that was not made a job."""
        if piece.url is None:
            return _error(500, piece.why)
        return json_answer(
            {
                "created": int(self._clock.now().timestamp()),
                "data": {"audio_url": piece.url, "duration_seconds": round(piece.seconds, 2)},
                "model": model,
                "model_tier": "standard",
                "usage": {
                    "tracks_used": 1,
                    "quota_multiplier": MULTIPLIER,
                    "tracks_remaining": int(self.settings.tracks),
                },
            }
        )

    async def _job(self, request: web.Request) -> web.StreamResponse:
        async def act() -> web.StreamResponse:
            refusal = _turned_away(request)
            piece = self.pieces.get(request.match_info["id"])
            if refusal is not None or piece is None:
                return refusal or _error(404, "Job not found")
            if request.query.get("poll") == "true":
                with suppress(TimeoutError):
                    async with asyncio.timeout(LONG_POLL_SECONDS):
                        await piece.over.wait()
            return json_answer(_shown(piece))

        return await self.guarded("job", request, act)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        async def act() -> web.StreamResponse:
            refusal = _turned_away(request)
            if refusal is not None:
                return refusal
            given = request.query.get("limit", "20")
            limit = max(1, min(100, int(given) if given.isdecimal() else 20))
            pending = request.query.get("pending") == "true"
            if request.query.get("tool", "music") != "music":
                return json_answer({"jobs": []})
            newest_first = reversed(self.pieces.values())
            shown: list[Json] = [
                _shown(piece) for piece in newest_first if not (pending and piece.over.is_set())
            ]
            return json_answer({"jobs": shown[:limit]})

        return await self.guarded("jobs", request, act)

    def in_our_words(self, status: int) -> web.Response:
        """Answer a status as NovaKit would; a spent quota tells what remains."""
        return self._spent() if status == 402 else _error(status)


def _turned_away(request: web.Request) -> web.Response | None:
    """Turn away who has no key; every one will do but the revoked one."""
    key = bearer(request)
    if key is None:
        return _error(401)
    return _error(401, "API key has been revoked") if key == REVOKED else None


def _error(status: int, text: str | None = None) -> web.Response:
    return json_answer({"error": text or WORDS.get(status, WORDS[500])}, status=status)


def _shown(piece: Piece) -> dict[str, Json]:
    """Write a job as the API does: with camel case, and the file where only jobs have it."""
    shown: dict[str, Json] = {
        "id": piece.id,
        "orgId": "org_sandbox",
        "userId": "api",
        "tool": "music",
        "status": piece.stage.value,
        "progress": piece.progress,
        "inputParams": {name: value for name, value in piece.arguments.items() if name != "model"},
        "estimatedCredits": 15,
        "createdAt": piece.sent_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "model": piece.endpoint.removeprefix("novakit/"),
        "modelTier": "standard",
    }
    if piece.stage is Stage.COMPLETED:
        shown["outputData"] = {"audio": {"url": piece.url, "duration": round(piece.seconds, 2)}}
        shown["actualCredits"] = 15
    if piece.why is not None:
        shown["errorMessage"] = piece.why
    if piece.ended_at is not None:
        shown["completedAt"] = piece.ended_at.isoformat()
    return shown
