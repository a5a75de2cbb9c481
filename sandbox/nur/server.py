"""Nur's routes: generate, get, and the files beside a track (Nur docs, Music Generation, Errors).

Faults: `nur.submit` and `nur.track`; a status without a body of its own is answered in Nur's words.
The settings of `/control/nur` are the pace and `tracks`, what is left of the month's plan.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Annotated

from aiohttp import web
from pydantic import Field, ValidationError

from bot import catalogue
from bot.domain.clock import Clock
from bot.domain.job import Json
from sandbox.atelier import Pace, Piece, Stage
from sandbox.fal import synth
from sandbox.fal.answers import json_answer
from sandbox.fal.engines import Makes
from sandbox.fal.shelf import Shelf
from sandbox.fal.works import Commission
from sandbox.faults import Faults
from sandbox.house import House, Record, bearer, parsed

ENDPOINT = "nur/music"
STEMS = ("vocals", "drums", "bass", "other")
PEAKS = 200
REVOKED = "nur_revoked"
WORDS: Mapping[int, tuple[str, str]] = {
    400: ("invalid_request", "The request body or parameters are malformed."),
    401: ("unauthorized", "Authentication is missing or invalid."),
    403: ("insufficient_scope", "The API key lacks the scope music:write."),
    404: ("not_found", "The requested resource does not exist."),
    413: ("payload_too_large", "The request body exceeds the size limit."),
    422: ("invalid_parameter", "The request is semantically invalid."),
    429: ("rate_limited", "Too many requests in a given time window."),
    500: ("server_error", "An unexpected error occurred on the server."),
    503: ("service_unavailable", "The service is temporarily unavailable."),
}


class Settings(Pace):
    """How the local Nur behaves."""

    tracks: Annotated[int, Field(ge=0)] = 200


class Nur(House):
    """The whole house, as one account sees it."""

    name = "nur"

    def __init__(
        self,
        *,
        clock: Clock,
        faults: Faults,
        shelf: Shelf,
        base_url: Callable[[], str],
        record: Record = lambda _event: None,
    ) -> None:
        self.settings = Settings()
        super().__init__(
            clock=clock, faults=faults, shelf=shelf, settings=self.settings, record=record
        )
        self._base_url = base_url

    def add_routes(self, app: web.Application) -> None:
        """Answer under `/nur`, and `/control/nur`."""
        app.router.add_post("/nur/v1/music/generate", self.submitted)
        app.router.add_get("/nur/v1/music/{id}", self._track)
        app.router.add_get("/nur/files/{id}/waveform.json", self._waveform)
        app.router.add_get("/nur/files/{id}/{stem}.mp3", self._stem)
        self.add_control(app)

    async def _take(self, request: web.Request, raw: bytes) -> web.Response:
        body = parsed(raw)
        refusal = _turned_away(request) or self._refusal(body)
        if refusal is not None or body is None:
            refusal = refusal or _error(400)
            self._books.enter(request, raw, endpoint=ENDPOINT, piece_id=None, status=refusal.status)
            return refusal
        piece = Piece(
            id=f"trk_{secrets.token_hex(8)}",
            endpoint=ENDPOINT,
            arguments=body,
            sent_at=self._clock.now(),
        )
        self.pieces[piece.id] = piece
        self.settings.tracks -= 1
        self._atelier.take(piece, lambda: _commission(body))
        self._books.enter(request, raw, endpoint=ENDPOINT, piece_id=piece.id, status=200)
        return json_answer(self._shown(piece))

    def _refusal(self, body: Mapping[str, Json] | None) -> web.Response | None:
        if body is None:
            return _error(400)
        try:
            catalogue.validate(ENDPOINT, body)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            details: Json = {"parameter": str(first["loc"][0]), "expected": first["msg"]}
            return _error(422, details=details)
        if self.settings.tracks < 1:
            return _error(429, code="quota_exceeded", text="Monthly music track quota exceeded.")
        return None

    async def _track(self, request: web.Request) -> web.StreamResponse:
        async def act() -> web.StreamResponse:
            refusal = _turned_away(request)
            piece = self.pieces.get(request.match_info["id"])
            if refusal is not None or piece is None:
                return refusal or _error(404)
            return json_answer(self._shown(piece))

        return await self.guarded("track", request, act)

    async def _stem(self, request: web.Request) -> web.StreamResponse:
        """Take a track apart only when somebody asks: most never do."""
        piece, stem = self.pieces.get(request.match_info["id"]), request.match_info["stem"]
        if piece is None or piece.kept is None or stem not in STEMS:
            return _error(404)
        wanted = Commission(
            makes=Makes.STEMS,
            prompt="",
            negative="",
            lyrics="",
            seconds=0,
            seed=0,
            container="mp3",
            rate=44_100,
            source=piece.kept.path.read_bytes(),
            stems=(stem,),
            six=False,
        )
        return web.Response(
            body=(await self._atelier.make(wanted))[stem], content_type="audio/mpeg"
        )

    async def _waveform(self, request: web.Request) -> web.StreamResponse:
        piece = self.pieces.get(request.match_info["id"])
        if piece is None or piece.kept is None:
            return _error(404)
        wave = abs(synth.read(piece.kept.path.read_bytes())).max(axis=1)
        width = max(1, len(wave) // PEAKS)
        peaks: Json = [
            round(float(wave[at : at + width].max()), 3) for at in range(0, len(wave), width)
        ]
        return json_answer({"peaks": peaks})

    def in_our_words(self, status: int) -> web.Response:
        """Answer a status as Nur would."""
        return _error(status)

    def _shown(self, piece: Piece) -> dict[str, Json]:
        """Write a track; what is made of it stands there once it is done."""
        shown: dict[str, Json] = {
            "id": piece.id,
            "status": piece.stage.value,
            "audio_url": piece.url,
            "duration": piece.arguments.get("duration", 30),
            "genre": piece.arguments.get("genre"),
            "tempo": piece.arguments.get("tempo"),
            "prompt": piece.arguments.get("prompt"),
            "created_at": piece.sent_at.isoformat(),
        }
        if piece.stage is Stage.COMPLETED:
            files = f"{self._base_url()}/nur/files/{piece.id}"
            shown |= {
                "download_url": f"{piece.url}?download=1",
                "waveform_url": f"{files}/waveform.json",
                "stems": {stem: f"{files}/{stem}.mp3" for stem in STEMS},
            }
        if piece.why is not None:
            shown["error"] = {"code": "generation_failed", "message": piece.why}
        return shown


def _commission(body: Mapping[str, Json]) -> Commission:
    tempo, seconds = body.get("tempo"), body.get("duration", 30)
    words = [body.get("genre"), body["prompt"]]
    return Commission(
        makes=Makes.MUSIC,
        prompt=", ".join(str(word) for word in words if word),
        negative="",
        lyrics="",
        seconds=float(seconds) if isinstance(seconds, (int, float)) else 30.0,
        seed=secrets.randbelow(2**31),
        container=str(body.get("output_format") or "mp3"),
        rate=44_100,
        bpm=float(tempo) if isinstance(tempo, (int, float)) else None,
    )


def _turned_away(request: web.Request) -> web.Response | None:
    """Turn away who has no key; every one will do but the revoked one."""
    key = bearer(request)
    return _error(401) if key is None or key == REVOKED else None


def _error(
    status: int, *, code: str | None = None, text: str | None = None, details: Json = None
) -> web.Response:
    known = WORDS.get(status, WORDS[500])
    error: dict[str, Json] = {"code": code or known[0], "message": text or known[1]}
    if details is not None:
        error["details"] = details
    return json_answer({"error": error}, status=status)
