"""What the houses beside fal do alike: keep books, misbehave on demand, and be turned by `/control`."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web
from pydantic import ValidationError

from bot.domain.clock import Clock
from bot.domain.job import Json
from sandbox.atelier import Atelier, Pace, Piece
from sandbox.fal.answers import json_answer
from sandbox.fal.misbehaviour import Act, Misbehaviour, hang_up
from sandbox.fal.shelf import Shelf
from sandbox.faults import Fault, Faults

Record = Callable[[dict[str, object]], None]


class Books:
    """Remembers every submit that arrived, whatever became of it."""

    def __init__(self, house: str, *, clock: Clock, record: Record) -> None:
        self._house = house
        self._clock = clock
        self._record = record
        self._submits: list[dict[str, Json]] = []

    def enter(
        self, request: web.Request, raw: bytes, *, endpoint: str, piece_id: str | None, status: int
    ) -> None:
        """Remember a submit and how it was answered; `piece_id` is None where it was not taken."""
        try:
            arguments: Json = json.loads(raw)
        except ValueError:
            arguments = None
        entry: dict[str, Json] = {
            "request_id": piece_id,
            "endpoint": endpoint,
            "arguments": arguments,
            "headers": _masked(request.headers),
            "at": self._clock.now().isoformat(),
            "status": status,
        }
        self._submits.append(entry)
        self._record({"kind": f"{self._house}.submit", **entry})

    def shown(self, stages: Sequence[str]) -> dict[str, Json]:
        """Write everything down, with counts of the pieces' stages."""
        counts: dict[str, Json] = {name: stages.count(name) for name in sorted(set(stages))}
        accepted = sum(one["request_id"] is not None for one in self._submits)
        counts |= {"submits": len(self._submits), "accepted": accepted}
        return {"submits": [dict(one) for one in self._submits], "counts": counts}


class House(ABC):
    """The part of a house that does not depend on what it sells.

    A fault of the kind `status` without a body of its own is answered in the house's words.

    Attributes:
        pieces: All that was taken, by id, in the order of arrival.
    """

    name: str

    def __init__(
        self, *, clock: Clock, faults: Faults, shelf: Shelf, settings: Pace, record: Record
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._atelier = Atelier(clock=clock, shelf=shelf, pace=settings)
        self._books = Books(self.name, clock=clock, record=record)
        self._faulty = Misbehaviour(clock=clock, faults=faults)
        self.pieces: dict[str, Piece] = {}

    @abstractmethod
    async def _take(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        """Take a submit or turn it away, and answer it."""

    @abstractmethod
    def in_our_words(self, status: int) -> web.Response:
        """Answer a status as this house would."""

    def add_control(self, app: web.Application) -> None:
        """Answer under `/control`."""
        app.router.add_get(f"/control/{self.name}", self._show)
        app.router.add_post(f"/control/{self.name}", self._change)

    async def close(self) -> None:
        """Stop everything that is being made."""
        await self._atelier.close()

    async def submitted(self, request: web.Request) -> web.StreamResponse:
        """Answer a submit, or misbehave at it; what never arrived is not remembered."""
        raw = await request.read()
        about = f"{request.path_qs}\n{raw.decode(errors='replace')}"
        fault = self._faulty.faults.take(f"{self.name}.submit", about)

        async def act() -> web.StreamResponse:
            return await self._take(request, raw)

        if fault is None:
            return await act()
        if fault.what == "drop_before":
            return hang_up(request)
        if fault.what == "status":
            answer = self._struck(fault)
            self._books.enter(request, raw, endpoint="", piece_id=None, status=answer.status)
            return answer
        return await self._faulty.carry_out(fault, request, act)

    async def guarded(self, where: str, request: web.Request, act: Act) -> web.StreamResponse:
        """Answer a question, or misbehave at it."""
        fault = self._faulty.faults.take(f"{self.name}.{where}", request.path_qs)
        if fault is None:
            return await act()
        if fault.what == "status":
            return self._struck(fault)
        return await self._faulty.carry_out(fault, request, act)

    def _struck(self, fault: Fault) -> web.Response:
        if fault.body is not None:
            return web.Response(text=fault.body, status=fault.status, headers=fault.headers)
        answer = self.in_our_words(fault.status)
        answer.headers.update(fault.headers)
        return answer

    async def _show(self, _request: web.Request) -> web.StreamResponse:
        stages = [piece.stage.value for piece in self.pieces.values()]
        return json_answer(self._books.shown(stages) | {"settings": self._settings.model_dump()})

    async def _change(self, request: web.Request) -> web.StreamResponse:
        try:
            self._settings.change(parsed(await request.read()) or {})
        except ValidationError as error:
            first = error.errors()[0]
            return json_answer({"error": f"{first['loc'][0]}: {first['msg']}."}, status=400)
        return json_answer(self._settings.model_dump())


def parsed(raw: bytes) -> dict[str, Json] | None:
    """Read a body; None when it is not a JSON object."""
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def bearer(request: web.Request) -> str | None:
    """Give the key that a request came with; None without one."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() or None if scheme == "Bearer" else None


def _masked(headers: Mapping[str, str]) -> dict[str, Json]:
    shown: dict[str, Json] = {name.lower(): value for name, value in headers.items()}
    if "authorization" in shown:
        shown["authorization"] = re.sub(r" \S+", " ***", str(shown["authorization"]))
    return shown
