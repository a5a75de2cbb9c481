"""The Platform API's routes: models, prices, past requests, webhook addresses (fal docs, Platform).

Fault: `fal.requests` at the list of past requests (a lie is an empty list).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from aiohttp import web

from bot.domain.clock import Clock
from bot.domain.job import Json
from sandbox.fal import answers, doors, roster
from sandbox.fal.engines import Makes
from sandbox.fal.ledger import Ledger
from sandbox.fal.misbehaviour import Misbehaviour
from sandbox.fal.roster import ENGINES
from sandbox.fal.settings import Settings
from sandbox.fal.tickets import Ticket
from sandbox.faults import Fault

LISTED_AFTER = timedelta(seconds=0.1)
DEFAULT_SPAN = timedelta(hours=24)
PAGE = 100
UPDATED = "2026-06-01T00:00:00Z"
WEBHOOK_RANGES: list[Json] = ["127.0.0.1/32"]


class Platform:
    """Answers what is under `/fal/v1`."""

    def __init__(
        self, *, clock: Clock, settings: Settings, ledger: Ledger, misbehaviour: Misbehaviour
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._ledger = ledger
        self._faulty = misbehaviour

    def add_routes(self, app: web.Application) -> None:
        """Stand where api.fal.ai/v1 would."""
        app.router.add_get("/fal/v1/models", self._models)
        app.router.add_get("/fal/v1/models/pricing", self._pricing)
        app.router.add_get("/fal/v1/models/requests/by-endpoint", self._requests)
        app.router.add_get("/fal/v1/meta", self._meta)

    async def _meta(self, _request: web.Request) -> web.StreamResponse:
        return answers.json_answer({"webhook_ip_ranges": WEBHOOK_RANGES})

    async def _models(self, request: web.Request) -> web.StreamResponse:
        async def act() -> web.Response:
            asked = _ids(request)
            if len(asked) > 50:
                return answers.platform_error(
                    "validation_error", "At most 50 endpoint ids", status=400
                )
            found = [name for name in asked or ENGINES if self._is_listed(name)]
            words = request.query.get("q", "").lower().split()
            found = [name for name in found if all(word in name for word in words)]
            category = request.query.get("category")
            models = [_model(name) for name in found]
            shown = [
                model
                for model in models
                if category in {None, _category(str(model["endpoint_id"]))}
            ]
            return _page(request, "models", [dict(model) for model in shown])

        return await self._faulty.answer("fal.models", request, act)

    async def _pricing(self, request: web.Request) -> web.StreamResponse:
        async def act() -> web.Response:
            refusal = _refusal(request)
            if refusal is not None:
                return refusal
            asked = _ids(request) or list(ENGINES)
            missing = [name for name in asked if roster.find(name) is None]
            if missing:
                return answers.platform_error(
                    "not_found", f"Endpoint not found: {missing[0]}", status=404
                )
            prices: list[Json] = []
            for name in asked:
                price = roster.ENGINES[roster.proper(name)].price
                prices.append(
                    {
                        "endpoint_id": roster.proper(name),
                        "unit_price": price.usd,
                        "unit": price.unit,
                        "currency": "USD",
                    }
                )
            return _page(request, "prices", prices)

        return await self._faulty.answer("fal.pricing", request, act)

    async def _requests(self, request: web.Request) -> web.StreamResponse:
        async def act() -> web.Response:
            refusal = _refusal(request)
            if refusal is not None:
                return refusal
            asked = {name.lower() for name in _ids(request)}
            if not asked:
                return answers.platform_error(
                    "validation_error", "endpoint_id is required", status=400
                )
            try:
                found = self._past(request, asked)
            except ValueError:
                return answers.platform_error("validation_error", "Invalid date", status=400)
            payloads = request.query.get("expand") == "payloads"
            return _page(request, "items", [_item(ticket, payloads=payloads) for ticket in found])

        return await self._faulty.answer("fal.requests", request, act, lie=_nobody)

    def _past(self, request: web.Request, asked: set[str]) -> list[Ticket]:
        """List finished requests, the newest first; unfinished ones are not known here."""
        now = self._clock.now()
        query = request.query
        start = _moment(query.get("start")) or now - DEFAULT_SPAN
        end = _moment(query.get("end")) or now
        found = [
            ticket
            for ticket in self._ledger.tickets()
            if ticket.endpoint.lower() in asked
            and ticket.ended_at is not None
            and ticket.ended_at + LISTED_AFTER <= now
            and start <= ticket.ended_at
            and ticket.sent_at <= end
            and query.get("request_id") in {None, ticket.id}
            and query.get("status") in {None, _verdict(ticket)}
        ]
        return sorted(found, key=lambda ticket: ticket.ended_at or now, reverse=True)

    def _is_listed(self, name: str) -> bool:
        engine = roster.find(name)
        gone = {endpoint.lower() for endpoint in self._settings.gone}
        return engine is not None and engine.listed and name.lower() not in gone


def _refusal(request: web.Request) -> web.Response | None:
    reason = doors.turned_away(request)
    if reason is None:
        return None
    return answers.platform_error("authorization_error", reason, status=401)


def _ids(request: web.Request) -> list[str]:
    """Read endpoint ids, repeated or with commas between."""
    return [
        name
        for value in request.query.getall("endpoint_id", [])
        for name in value.split(",")
        if name
    ]


def _moment(value: str | None) -> datetime | None:
    if not value:
        return None
    moment = datetime.fromisoformat(value.replace(" ", "+"))
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


def _page(request: web.Request, key: str, items: Sequence[Json]) -> web.Response:
    """Answer one page of a list; the cursor is the number of items before it."""
    limit = request.query.get("limit", "")
    size = min(PAGE, max(1, int(limit))) if limit.isdigit() else PAGE
    cursor = request.query.get("cursor", "")
    start = int(cursor) if cursor.isdigit() else 0
    more = start + size < len(items)
    return answers.json_answer(
        {
            key: list(items[start : start + size]),
            "next_cursor": str(start + size) if more else None,
            "has_more": more,
        }
    )


def _category(endpoint: str) -> str:
    source = {Makes.RESTYLED, Makes.EXTENDED, Makes.REPLACED, Makes.STEMS, Makes.PICKED}
    return "audio-to-audio" if ENGINES[endpoint].makes in source else "text-to-audio"


def _model(name: str) -> dict[str, Json]:
    endpoint = roster.proper(name)
    return {
        "endpoint_id": endpoint,
        "metadata": {
            "display_name": endpoint.split("/", 1)[1].replace("/", " ").replace("-", " ").title(),
            "category": _category(endpoint),
            "description": "Makes audio.",
            "status": "active",
            "tags": [],
            "updated_at": UPDATED,
            "license_type": "commercial",
            "model_url": f"https://fal.run/{endpoint}",
        },
    }


def _verdict(ticket: Ticket) -> str:
    status = ticket.outcome.status if ticket.outcome else 0
    if status == 200:
        return "success"
    return "user_error" if 400 <= status < 500 else "error"


def _item(ticket: Ticket, *, payloads: bool) -> Json:
    started = ticket.started_at or ticket.ended_at
    item: dict[str, Json] = {
        "request_id": ticket.id,
        "endpoint_id": ticket.endpoint,
        "sent_at": ticket.sent_at.isoformat(),
        "started_at": started.isoformat() if started else None,
        "ended_at": ticket.ended_at.isoformat() if ticket.ended_at else None,
        "status_code": ticket.outcome.status if ticket.outcome else None,
        "duration": round(ticket.ran_seconds, 3),
    }
    if payloads and ticket.headers.get("x-fal-store-io") != "0":
        item["json_input"] = ticket.arguments
        item["json_output"] = ticket.outcome.body if ticket.outcome else None
    return item


def _nobody(_answer: web.StreamResponse, _fault: Fault) -> web.Response:
    return answers.json_answer({"items": [], "next_cursor": None, "has_more": False})
