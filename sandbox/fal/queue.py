"""The queue's routes: submit, status, status stream, result, cancel (fal docs, Queue).

Faults: `fal.submit` (a lie is a 200 without `request_id`; the request is in the queue all the
same), `fal.status` and `fal.stream` (a lie is a status that does not exist, or with the body
"backwards" a return to the queue), `fal.result` (a lie is a 200 with an empty object) and
`fal.cancel` (a lie is a 200 that cancels nothing).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from bot.domain.clock import Clock
from bot.domain.job import Json
from sandbox.fal import answers, doors, roster
from sandbox.fal.ledger import Ledger
from sandbox.fal.line import Line
from sandbox.fal.misbehaviour import Act, Misbehaviour, hang_up
from sandbox.fal.settings import Settings
from sandbox.fal.tickets import Phase, Ticket
from sandbox.faults import Fault

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

WINDOW_SECONDS = 300  # logs of the last five minutes are shown, not more
NOT_FOUND: Json = {"status": "NOT_FOUND"}


class Queue:
    """Answers what is under `/fal/queue`."""

    def __init__(
        self,
        *,
        clock: Clock,
        settings: Settings,
        line: Line,
        ledger: Ledger,
        misbehaviour: Misbehaviour,
        base_url: Callable[[], str],
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._line = line
        self._ledger = ledger
        self._faulty = misbehaviour
        self._base_url = base_url

    def add_routes(self, app: web.Application) -> None:
        """Stand where queue.fal.run would."""
        request = "/fal/queue/{app:.+}/requests/{id}"
        app.router.add_get(f"{request}/status/stream", self._counting("stream", self._stream))
        app.router.add_get(f"{request}/status", self._counting("status", self._status))
        app.router.add_put(f"{request}/cancel", self._counting("cancel", self._cancel))
        app.router.add_get(request, self._counting("result", self._result))
        app.router.add_post("/fal/queue/{endpoint:.+}", self._counting("submit", self._submit))

    def _counting(self, what: str, handler: _Handler) -> _Handler:
        async def counted(request: web.Request) -> web.StreamResponse:
            self._ledger.asked(what, request.match_info.get("id"))
            return await handler(request)

        return counted

    async def _submit(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        about = f"{request.path_qs}\n{_text(raw)}"
        fault = self._faulty.faults.take("fal.submit", about)
        if fault is not None and fault.what == "drop_before":
            # It never arrived, so it is not remembered either.
            return hang_up(request)

        async def act() -> web.Response:
            return self._accept(request, raw)

        if fault is None:
            return await act()
        if fault.what in {"status", "html"}:
            self._ledger.turned_away(request, raw, status=fault.status)
        return await self._faulty.carry_out(fault, request, act, lie=_without_id)

    def _accept(self, request: web.Request, raw: bytes) -> web.Response:
        endpoint = request.match_info["endpoint"].strip("/")
        refusal = self._refusal(request, endpoint)
        if refusal is not None:
            self._ledger.turned_away(request, raw, status=refusal.status)
            return refusal
        headers = doors.masked(dict(request.headers))
        ticket = Ticket(
            id=str(uuid.uuid4()),
            endpoint=endpoint,
            app=roster.app_of(endpoint),
            arguments=_parsed(raw),
            headers=headers,
            sent_at=self._clock.now(),
            number=self._ledger.next_number(),
            low_priority=headers.get("x-fal-queue-priority") == "low",
            webhook=request.query.get("fal_webhook"),
            start_seconds=_seconds(headers.get("x-fal-request-timeout")),
        )
        self._ledger.accepted(ticket)
        self._line.join(ticket)
        return self._answer(
            ticket,
            {
                "status": "IN_QUEUE",
                "request_id": ticket.id,
                **self._urls(ticket),
                "logs": None,
                "queue_position": self._line.position(ticket),
            },
        )

    def _refusal(self, request: web.Request, endpoint: str) -> web.Response | None:
        app = roster.app_of(endpoint)
        refusal = doors.check(request, app=endpoint)
        if refusal is not None:
            return refusal
        if self._settings.locked:
            return doors.locked()
        gone = {name.lower() for name in self._settings.gone}
        if roster.find(endpoint) is None or endpoint.lower() in gone:
            name = app.split("/")[-1] if roster.find(endpoint) is None else endpoint
            return answers.detail(f'Application "{name}" not found', status=404)
        longest = request.query.get("fal_max_queue_length", "")
        if longest.isdigit() and self._line.waiting > int(longest):
            return answers.detail("Queue is full", status=429, headers={"X-Fal-Needs-Retry": "1"})
        return None

    async def _status(self, request: web.Request) -> web.StreamResponse:
        def tell(ticket: Ticket) -> web.Response:
            status = self._shown(ticket, logs=_wants_logs(request))
            return self._answer(
                ticket, status, status=200 if ticket.phase is Phase.COMPLETED else 202
            )

        act = self._of_ticket(request, tell)
        return await self._faulty.answer(
            "fal.status", request, act, lie=_false_status, about=self._about(request)
        )

    async def _result(self, request: web.Request) -> web.StreamResponse:
        def tell(ticket: Ticket) -> web.Response:
            if ticket.outcome is None:
                return answers.detail("Request is still in progress", status=400)
            headers = dict(ticket.outcome.headers)
            if ticket.outcome.units:
                headers["X-Fal-Billable-Units"] = f"{ticket.outcome.units:g}"
            return self._answer(
                ticket, ticket.outcome.body, status=ticket.outcome.status, headers=headers
            )

        act = self._of_ticket(request, tell)
        return await self._faulty.answer(
            "fal.result", request, act, lie=_empty, about=self._about(request)
        )

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        def tell(ticket: Ticket) -> web.Response:
            if not self._line.cancel(ticket):
                return self._answer(ticket, {"status": "ALREADY_COMPLETED"}, status=400)
            return self._answer(ticket, {"status": "CANCELLATION_REQUESTED"}, status=202)

        act = self._of_ticket(request, tell)
        fault = self._faulty.faults.take("fal.cancel", self._about(request))
        if fault is None:
            return await act()
        if fault.what == "lie":
            return answers.json_answer({"status": "CANCELLATION_REQUESTED"}, status=202)
        return await self._faulty.carry_out(fault, request, act)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        fault = self._faulty.faults.take("fal.stream", self._about(request))
        if fault is not None and fault.what in {"status", "html", "drop_before"}:
            return await self._faulty.carry_out(fault, request, _nothing)
        if fault is not None and fault.what == "latency":
            await self._clock.sleep(fault.seconds)
        ticket = self._find(request)
        if isinstance(ticket, web.Response):
            return ticket
        stream = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        )
        stream.headers["x-fal-request-id"] = ticket.id
        await stream.prepare(request)
        if fault is not None and fault.what == "silence":
            await self._clock.sleep(fault.seconds)
        try:
            await self._tell(request, stream, ticket, fault)
        except ConnectionError:
            # The listener went away; the request goes on without it.
            return stream
        return stream

    async def _tell(
        self, request: web.Request, stream: web.StreamResponse, ticket: Ticket, fault: Fault | None
    ) -> None:
        """Send every change until the request is over, each log line once."""
        said: Mapping[str, Json] | None = None
        printed = 0
        while True:
            next_change = self._line.next_change
            status = self._shown(ticket, logs=False)
            lines = self._printed(request, ticket)[printed:]
            if lines or status != said:
                await _send(stream, {**status, "logs": lines} if lines else status)
                said = status
                printed = len(ticket.logs)
                if fault is not None and fault.what in {"cut", "drop_after"}:
                    hang_up(request)
                    return
                if fault is not None and fault.what == "lie":
                    await _send(stream, _falsehood(fault, status))
                    fault = None
            if ticket.phase is Phase.COMPLETED:
                return
            await next_change.wait()

    def _printed(self, request: web.Request, ticket: Ticket) -> list[Json]:
        return [line.shown() for line in ticket.logs] if _wants_logs(request) else []

    def _about(self, request: web.Request) -> str:
        """Tell which request this is about: its address and what its author wrote."""
        ticket = self._ledger.find(request.match_info["id"])
        return f"{request.path_qs}\n{ticket.text if ticket else ''}"

    def _of_ticket(self, request: web.Request, tell: Callable[[Ticket], web.Response]) -> Act:
        """Give what answers a question about a request, or says why there is nothing to tell."""

        async def act() -> web.Response:
            found = self._find(request)
            return found if isinstance(found, web.Response) else tell(found)

        return act

    def _find(self, request: web.Request) -> Ticket | web.Response:
        """Find a request by its address, or give the answer that says why not."""
        app = request.match_info["app"]
        refusal = doors.check(request, app=app)
        if refusal is not None:
            return refusal
        if app.count("/") != 1:
            # The sub-path of an endpoint is part of the submit only.
            return answers.detail("Method Not Allowed", status=405)
        ticket = self._ledger.find(request.match_info["id"])
        if ticket is None or ticket.app.lower() != app.lower():
            return answers.json_answer(NOT_FOUND, status=404)
        return ticket

    def _shown(self, ticket: Ticket, *, logs: bool) -> dict[str, Json]:
        """Write the status object."""
        status: dict[str, Json] = {"status": ticket.phase.value, "request_id": ticket.id}
        status |= self._urls(ticket)
        if ticket.phase is Phase.IN_QUEUE:
            return status | {"queue_position": self._line.position(ticket)}
        # The key is always there; fal's own client stumbles without it.
        status["logs"] = self._recent(ticket) if logs else None
        if ticket.outcome is not None:
            status["metrics"] = {"inference_time": round(ticket.ran_seconds, 3)}
            if ticket.outcome.error is not None:
                status["error"] = ticket.outcome.error
                status["error_type"] = ticket.outcome.error_type
        return status

    def _recent(self, ticket: Ticket) -> list[Json]:
        now = self._clock.now()
        return [
            line.shown() for line in ticket.logs if (now - line.at).total_seconds() < WINDOW_SECONDS
        ]

    def _urls(self, ticket: Ticket) -> dict[str, Json]:
        url = f"{self._base_url()}/fal/queue/{ticket.app}/requests/{ticket.id}"
        return {"response_url": url, "status_url": f"{url}/status", "cancel_url": f"{url}/cancel"}

    def _answer(
        self,
        ticket: Ticket,
        body: Json,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        return answers.json_answer(
            body, status=status, headers={"x-fal-request-id": ticket.id, **(headers or {})}
        )


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _parsed(raw: bytes) -> Json:
    """Read a body as the model will; None when it is not JSON, which only the model minds."""
    try:
        parsed: Json = json.loads(raw)
    except ValueError:
        return None
    return parsed


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value) if value else None
    except ValueError:
        return None
    return seconds if seconds is not None and seconds > 0.1 else None


def _wants_logs(request: web.Request) -> bool:
    return request.query.get("logs", "").lower() in {"1", "true"}


async def _send(stream: web.StreamResponse, status: Mapping[str, Json]) -> None:
    await stream.write(f"data: {json.dumps(status)}\n\n".encode())


async def _nothing() -> web.StreamResponse:
    return web.Response(status=500)


def _body(answer: web.StreamResponse) -> dict[str, Json]:
    body = answer.body if isinstance(answer, web.Response) else None
    parsed = json.loads(body) if isinstance(body, bytes) else {}
    return parsed if isinstance(parsed, dict) else {}


def _without_id(answer: web.StreamResponse, _fault: Fault) -> web.Response:
    body = _body(answer)
    return answers.json_answer({"status": body.get("status"), "queue_position": 0})


def _falsehood(fault: Fault, status: Mapping[str, Json]) -> dict[str, Json]:
    if fault.body == "backwards":
        return {**status, "status": "IN_QUEUE", "queue_position": 7}
    return {**status, "status": fault.body or "REBALANCING"}


def _false_status(answer: web.StreamResponse, fault: Fault) -> web.Response:
    return answers.json_answer(_falsehood(fault, _body(answer)), status=202)


def _empty(_answer: web.StreamResponse, _fault: Fault) -> web.Response:
    return answers.json_answer({})
