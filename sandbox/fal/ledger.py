"""The memory of the local fal: every submit that reached it, what became of it, every upload."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from aiohttp import web

from bot.domain.clock import Clock
from bot.domain.job import Json
from sandbox.fal import doors, roster
from sandbox.fal.tickets import Phase, Ticket

Record = Callable[[dict[str, object]], None]


class Ledger:
    """Remembers and counts; tells the recorder what happens."""

    def __init__(self, *, clock: Clock, record: Record) -> None:
        self._clock = clock
        self._record = record
        self._tickets: dict[str, Ticket] = {}
        self._submits: list[dict[str, Json]] = []
        self._uploads: list[Json] = []
        self._numbers = 0
        self._asked: Counter[str] = Counter()

    def asked(self, what: str, request_id: str | None) -> None:
        """Count a request to the queue, whatever becomes of it."""
        self._asked[what] += 1
        self._record({"kind": "fal.asked", "what": what, "request_id": request_id})

    def next_number(self) -> int:
        """Give the next place in the order of arrival."""
        self._numbers += 1
        return self._numbers

    def accepted(self, ticket: Ticket) -> None:
        """Remember a submit that is in the queue."""
        self._tickets[ticket.id] = ticket
        self._remember(
            ticket.id, ticket.endpoint, ticket.arguments, ticket.headers, ticket.sent_at, 200
        )

    def turned_away(self, request: web.Request, raw: bytes, *, status: int) -> None:
        """Remember a submit that was answered with an error."""
        try:
            arguments: Json = json.loads(raw)
        except ValueError:
            arguments = None
        headers = doors.masked(dict(request.headers))
        endpoint = request.match_info["endpoint"].strip("/")
        self._remember(None, endpoint, arguments, headers, self._clock.now(), status)

    def uploaded(self, *, url: str, name: str, content_type: str, size: int) -> None:
        """Remember a file that was put into the storage."""
        upload: dict[str, Json] = {
            "url": url,
            "file_name": name,
            "content_type": content_type,
            "size": size,
            "at": self._clock.now().isoformat(),
        }
        self._uploads.append(upload)
        self._record({"kind": "fal.upload", **upload})

    def ended(self, ticket: Ticket) -> None:
        """Tell the recorder how a request ended."""
        status = ticket.outcome.status if ticket.outcome else None
        self._record({"kind": "fal.ended", "request_id": ticket.id, "status": status})

    def find(self, request_id: str) -> Ticket | None:
        """Give a request by its id."""
        return self._tickets.get(request_id)

    def tickets(self) -> Sequence[Ticket]:
        """Give all requests, in the order of arrival."""
        return tuple(self._tickets.values())

    def shown(self) -> dict[str, Json]:
        """Write everything for `/control/fal`."""
        return {
            "submits": [dict(submit) for submit in self._submits],
            "counts": self._counts(),
            "uploads": list(self._uploads),
            "requests": dict(self._asked),
        }

    def _remember(
        self,
        request_id: str | None,
        endpoint: str,
        arguments: Json,
        headers: Mapping[str, str],
        at: datetime,
        status: int,
    ) -> None:
        submit: dict[str, Json] = {
            "request_id": request_id,
            "endpoint": endpoint,
            "arguments": arguments,
            "headers": dict(headers),
            "at": at.isoformat(),
            "status": status,
        }
        self._submits.append(submit)
        self._record({"kind": "fal.submit", **submit})

    def _counts(self) -> dict[str, Json]:
        tickets = self._tickets.values()
        done = [ticket for ticket in tickets if ticket.outcome is not None]
        good = [ticket for ticket in done if ticket.outcome and ticket.outcome.status == 200]
        cancelled = [ticket for ticket in done if ticket.outcome and ticket.outcome.status == 499]
        return {
            "submits": len(self._submits),
            "accepted": len(self._tickets),
            "turned_away": len(self._submits) - len(self._tickets),
            "waiting": sum(ticket.phase is Phase.IN_QUEUE for ticket in tickets),
            "running": sum(ticket.phase is Phase.IN_PROGRESS for ticket in tickets),
            "finished": len(good),
            "cancelled": len(cancelled),
            "failed": len(done) - len(good) - len(cancelled),
            "uploads": len(self._uploads),
            "charged_usd": round(sum(map(_charge, good)), 6),
        }


def _charge(ticket: Ticket) -> float:
    engine = roster.find(ticket.endpoint)
    if engine is None or ticket.outcome is None:
        return 0.0
    return engine.price.usd * ticket.outcome.units
