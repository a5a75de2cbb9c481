"""What a house beside fal was asked for, for `/control` and the recording."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web

from bot.domain.clock import Clock
from bot.domain.job import Json

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


def bearer(request: web.Request) -> str | None:
    """Give the key that a request came with; None without one."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() or None if scheme == "Bearer" else None


def _masked(headers: Mapping[str, str]) -> dict[str, Json]:
    shown: dict[str, Json] = {name.lower(): value for name, value in headers.items()}
    if "authorization" in shown:
        shown["authorization"] = re.sub(r" \S+", " ***", str(shown["authorization"]))
    return shown
